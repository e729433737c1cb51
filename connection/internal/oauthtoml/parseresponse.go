package oauthtoml

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
)

// readTokenRequest reads how token requests differ from RFC 6749.
func (c *Connection) readTokenRequest(t *table, opts Options) {
	c.TokenBody = t.one("token_body", BodyForm, BodyJSON, BodyQuery)
	c.TokenMethod = t.one("token_method", http.MethodPost, http.MethodGet)
	if c.TokenMethod == http.MethodGet && t.has("token_body") && c.TokenBody != BodyQuery {
		t.fail("token_body", Problem{`has no effect with token_method = "GET", which sends the parameters in the query`, "remove it"})
	}
	c.readTokenHeaders(t, opts)
	c.readBodies(t)
}

// readResponse reads where the parts of a token response are, and which of them tasks
// see.
func (c *Connection) readResponse(t *table) {
	usual := Paths{AccessToken: "access_token", RefreshToken: "refresh_token", ExpiresIn: "expires_in", ExpiresUnit: UnitSeconds}
	c.Response = usual
	if t.has("response") {
		r := t.table("response")
		r.dropEmpty(responsePathKeys()...)
		r.check(responseKeys())
		c.Response = r.paths(usual)
		c.Response.tokenTypes = r.tokenTypes("token_types")
		c.Response.Fields = r.readFields(c.Response)
	}
	c.refreshResponse = c.Response
	if t.has("refresh_response") {
		r := t.table("refresh_response")
		r.dropEmpty(responsePathKeys()...)
		r.check(refreshResponseKeys())
		c.refreshResponse = r.paths(c.Response)
		c.RefreshEnded = r.list("ended")
	}
	c.refreshResponse.OrStandard = true
}

// paths reads the paths of the parts of a response; otherwise has the defaults.
func (t *table) paths(otherwise Paths) Paths {
	p := otherwise
	p.AccessToken = cmp.Or(t.jsonPath("access_token"), p.AccessToken)
	p.RefreshToken = cmp.Or(t.jsonPath("refresh_token"), p.RefreshToken)
	p.ExpiresIn = cmp.Or(t.jsonPath("expires_in"), p.ExpiresIn)
	if t.has("expires_unit") {
		p.ExpiresUnit = t.one("expires_unit", UnitSeconds, UnitMilliseconds, UnitDate)
	}
	return p
}

// tokenTypes returns the token types at key whose tokens are sent as bearer tokens.
func (t *table) tokenTypes(key string) []string {
	list := t.list(key)
	for _, name := range list {
		switch {
		case !IsWord(name):
			t.fail(key, Problem{"has an entry that is not the name of a token type", `write it as the server does, such as "jwt"`})
		case strings.EqualFold(name, "DPoP"):
			t.fail(key, Problem{"has DPoP, whose tokens cannot be sent as bearer tokens are", "write dpop = true"})
		}
	}
	return list
}

// jsonPath returns the path at key, see [Steps].
func (t *table) jsonPath(key string) string {
	path := t.text(key)
	if p := CheckPath(path); p != nil {
		t.fail(key, *p)
	}
	return path
}

// refreshBefore returns the duration at key; 0 if it is absent.
func (t *table) refreshBefore(key string) time.Duration {
	const most = 30 * 24 * time.Hour
	if !t.has(key) {
		return 0
	}
	d, err := time.ParseDuration(t.text(key))
	if err != nil || d < time.Second || d > most {
		t.fail(key, Problem{"must be a time from 1s to 720h", `write it as "30s"`})
	}
	return d
}

// readFields reads the parts of a token response that tasks may see.
func (t *table) readFields(paths Paths) []string {
	const key = "fields"
	list := t.list(key)
	for i, path := range list {
		name := secretAt(path, paths)
		switch {
		case path == "" || strings.ContainsFunc(path, unicode.IsControl) || CheckPath(path) != nil:
			t.fail(key, Problem{"has an entry that is not a path", `write names with dots between, such as "team.id"`})
		case name != "":
			t.fail(key, Problem{"lets tasks see " + name + ", which is a secret", "remove it"})
		case path == "token_type" || path == "scope" || path == "expires_at":
			t.fail(key, Problem{"has " + path + ", which tasks always see", "remove it"})
		case slices.Contains(list[:i], path):
			t.fail(key, Problem{"has an entry twice", "remove one of the two"})
		}
	}
	return list
}

// secretAt returns the name of the secret at a path, judged by the path's names in any
// spelling or by the other paths; "" if it is not a secret.
func secretAt(path string, paths Paths) string {
	along := Steps(path)
	switch {
	case slices.Equal(along, Steps(paths.AccessToken)):
		return "access_token"
	case slices.Equal(along, Steps(paths.RefreshToken)):
		return "refresh_token"
	}
	plain := strings.NewReplacer("_", "", "-", "")
	for _, segment := range along {
		for _, name := range []string{"access_token", "refresh_token", "id_token", "client_secret", "device_code"} {
			if strings.EqualFold(plain.Replace(segment), plain.Replace(name)) {
				return name
			}
		}
	}
	return ""
}

// The encodings of request parameters. RFC 6749 has the first.
const (
	BodyForm  = "form"
	BodyJSON  = "json"
	BodyQuery = "query"
)
