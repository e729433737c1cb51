package connection

import (
	"fmt"
	"slices"
	"strings"
)

// key is one key that an oauth.toml may have. The names are those of RFC 8414
// and RFC 7591 wherever these have one.
type key struct {
	name    string
	grants  []grant // where it means something; nil: everywhere
	planned bool    // known, refused until a version can do it: never ignored
}

func topKeys() []key {
	return []key{
		{name: "connections"},
		{name: "egress"},
		{name: "authserver", planned: true},
		{name: "store", planned: true},
	}
}

func egressKeys() []key {
	return []key{
		{name: "allow"},
		{name: "deny"},
		{name: "dns"},
		{name: "proxy"},
		{name: "max_redirects"},
		{name: "max_response_bytes"},
	}
}

func connectionKeys() []key {
	oauth := []grant{grantClientCredentials, grantPassword} // what talks to a token endpoint
	return []key{
		{name: "grant"},

		{name: "token_endpoint", grants: oauth},
		{name: "authorization_endpoint", grants: oauth},
		{name: "refresh_endpoint", grants: oauth},
		{name: "revocation_endpoint", grants: oauth},
		{name: "introspection_endpoint", grants: oauth},
		{name: "device_authorization_endpoint", grants: oauth},
		{name: "pushed_authorization_request_endpoint", grants: oauth},
		{name: "variables", grants: oauth},
		{name: "issuer", planned: true},

		{name: "client_id", grants: oauth},
		{name: "client_secret", grants: oauth},
		{name: "token_endpoint_auth_method", grants: oauth},
		{name: "basic_encoding", grants: oauth},
		{name: "signing_key", planned: true},
		{name: "signing_key_id", planned: true},
		{name: "signing_alg", planned: true},

		{name: "username", grants: []grant{grantPassword, grantBasic}},
		{name: "password", grants: []grant{grantPassword, grantBasic}},
		{name: "token", grants: []grant{grantStatic}},
		{name: "legacy", grants: []grant{grantPassword}},
		{name: "allow_plaintext"},

		{name: "scopes", grants: oauth},
		{name: "scope_separator", grants: oauth},
		{name: "send_scopes_on_refresh", planned: true},
		{name: "pkce", planned: true},
		{name: "audience", grants: oauth},
		{name: "resource", grants: oauth},
		{name: "authorize_params", planned: true},
		{name: "token_params", grants: oauth},
		{name: "refresh_params", planned: true},
		{name: "token_headers", planned: true},
		{name: "token_body", planned: true},
		{name: "response", planned: true},

		{name: "header"},
		{name: "hosts"},
		{name: "sealed", grants: []grant{grantClientCredentials, grantPassword, grantStatic}},
		{name: "expired_status", planned: true},
		{name: "expired_when", planned: true},
		{name: "tls", planned: true},
		{name: "timeout", grants: oauth},
	}
}

func headerKeys() []key { return []key{{name: "name"}, {name: "scheme"}} }

// isKnownKey reports whether name is one of the keys above, in which case it
// cannot be a secret.
func isKnownKey(name string) bool {
	for _, keys := range [][]key{topKeys(), egressKeys(), connectionKeys(), headerKeys()} {
		if slices.ContainsFunc(keys, func(k key) bool { return k.name == name }) {
			return true
		}
	}
	return false
}

// check finds keys of t that are unknown or planned, and, given a grant, those
// that mean nothing with it.
func (t *table) check(known []key, g grant) {
	for _, name := range t.keys {
		i := slices.IndexFunc(known, func(k key) bool { return k.name == name })
		switch {
		case i < 0:
			t.fail(shorten(name), problem{"is not a key of oauth.toml", t.hintFor(name, known)})
		case known[i].planned:
			t.fail(name, problem{"is not supported by this version", "remove it"})
		case g != "" && known[i].grants != nil && !slices.Contains(known[i].grants, g):
			t.fail(name, problem{fmt.Sprintf("means nothing with grant %q", g), "remove it"})
		}
	}
}

func (t *table) hintFor(name string, known []key) string {
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = k.name
	}
	if near := nearest(name, names); len(near) > 0 {
		if strings.EqualFold(near[0], name) {
			return fmt.Sprintf("write it as %s: keys are in lower case", near[0])
		}
		return fmt.Sprintf("did you mean %s?", near[0])
	}
	return ""
}
