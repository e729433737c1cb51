package oauthtoml

import (
	"fmt"
	"slices"
	"strings"

	"github.com/postern-dev/postern/internal/brief"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/nearest"
)

// keys are the keys of a table. Names follow RFC 8414 and RFC 7591 where these have
// one.
type keys struct {
	Known   []string
	planned []string // for later versions: refused, never ignored
}

func topKeys() keys {
	return keys{Known: []string{"connections", "egress", "limits", "store"}, planned: []string{"authserver"}}
}

func limitsKeys() keys { return keys{Known: limit.Names()} }

func storeKeys() keys { return keys{Known: []string{"url", "key", "prefix", "schema", "namespace"}} }

func egressKeys() keys {
	return keys{Known: []string{"allow", "deny", "dns", "proxy", "max_redirects", "max_response_bytes", "cookies", "cookie_warnings"}}
}

// optionalTexts returns the optional keys of a connection with free text or a URL. ""
// is the same as leaving them out.
func optionalTexts() []string {
	texts := []string{
		"username", "proxy", "redirect_uri", "audience", "resource", "scopes", "signing_key_id", "subject_token_type", "requested_token_type",
	}
	for _, key := range oauthKeys() {
		if key == "issuer" || strings.HasSuffix(key, "_endpoint") {
			texts = append(texts, key)
		}
	}
	return texts
}

func responsePathKeys() []string { return []string{"access_token", "refresh_token", "expires_in"} }

func responseKeys() keys {
	return keys{Known: []string{"access_token", "refresh_token", "expires_in", "expires_unit", "token_types", "fields"}}
}

func refreshResponseKeys() keys {
	return keys{Known: []string{"access_token", "refresh_token", "expires_in", "expires_unit", "ended"}}
}

func conditionKeys() keys { return keys{Known: []string{"status", "json", "equals"}} }

func headerKeys() keys { return keys{Known: []string{"name", "scheme"}} }

// ConnectionKeys returns the keys of every connection and of all grants.
func ConnectionKeys() keys {
	known := commonKeys()
	for _, g := range grantTypes() {
		known = append(known, g.keys...)
	}
	slices.Sort(known)
	return keys{Known: slices.Compact(known)}
}

// commonKeys returns the keys that apply to every grant.
func commonKeys() []string {
	return []string{"grant", "header", "hosts", "allow_plaintext", "expired_status", "expired_when", "tls", "proxy", "variables", "expires"}
}

// oauthKeys returns the keys of the grants with a token endpoint.
func oauthKeys() []string {
	return []string{
		"issuer", "token_endpoint", "authorization_endpoint", "refresh_endpoint", "revocation_endpoint", "introspection_endpoint",
		"device_authorization_endpoint", "pushed_authorization_request_endpoint",
		"client_id", "client_secret", "token_endpoint_auth_method", "basic_encoding",
		"signing_key", "signing_key_id", "signing_alg",
		"scopes", "scope_separator", "send_scopes_on_refresh", "audience", "resource",
		"token_params", "refresh_params", "token_headers", "token_body", "token_method", "token_request", "refresh_request", "response", "refresh_response",
		"refresh_before", "sealed", "sealed_in", "dpop", "timeout",
	}
}

// isKnownKey reports whether name is one of the keys above, so that it cannot be a
// secret.
func isKnownKey(name string) bool {
	for _, k := range []keys{topKeys(), egressKeys(), ConnectionKeys(), headerKeys(), responseKeys(), refreshResponseKeys(), bodyKeys(), conditionKeys(), TLSKeys(), storeKeys(), limitsKeys()} {
		if slices.Contains(k.Known, name) || slices.Contains(k.planned, name) {
			return true
		}
	}
	return false
}

// check refuses unknown and planned keys of t.
func (t *table) check(k keys) {
	for _, name := range t.keys() {
		switch {
		case slices.Contains(k.planned, name):
			t.fail(name, Problem{"is not supported by this version", "remove it"})
		case !slices.Contains(k.Known, name):
			t.fail(Shorten(name), Problem{"unknown key", hintFor(name, k)})
		}
	}
}

// checkGrant refuses keys of t that do not apply to g.
func (t *table) checkGrant(g *GrantType) {
	for _, name := range t.keys() {
		if !slices.Contains(commonKeys(), name) && !slices.Contains(g.keys, name) {
			t.fail(name, Problem{fmt.Sprintf("has no effect with grant %q", g.Name), "remove it"})
		}
	}
}

func hintFor(name string, k keys) string {
	near := nearest.Names(name, slices.Concat(k.Known, k.planned))
	switch {
	case len(near) == 0:
		return ""
	case strings.EqualFold(near[0], name):
		return fmt.Sprintf("write it as %s: keys are in lower case", near[0])
	}
	return fmt.Sprintf("did you mean %s?", near[0])
}

// MaxName is how many bytes of a name an error shows.
const MaxName = 400

// Shorten truncates a name for an error: a script may pass a long one.
func Shorten(name string) string { return brief.Cut(name, MaxName) }
