package oauthtoml

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
)

// Extra has parameters or headers that the file adds to requests, by name. Each value
// may be a secret.
type Extra map[string][]secret.Text

// AddTo sets the values in params.
func (e Extra) AddTo(params url.Values) {
	for name, values := range e {
		params[name] = nil
		for _, v := range values {
			params.Add(name, v.Reveal())
		}
	}
}

// readTokenParams reads the parameters of every token request that do not depend on the
// grant.
func (c *Connection) readTokenParams(t *table, opts Options) {
	c.Target = make(url.Values)
	if audience := t.filled("audience"); audience != "" {
		t.checkReplaced("audience", audience, "write what the server calls the API")
		c.Target.Set("audience", audience)
	}
	resources, many := t.texts("resource") // RFC 8707 §2: may be repeated
	for _, text := range resources {
		t.checkReplaced("resource", text, "write the URL by which the server knows the API")
		c.Target.Add("resource", t.fill("resource", text))
	}
	if many {
		c.ListParams = append(c.ListParams, "resource")
	}
	c.TokenParams = c.readParams(t, "token_params", opts)
	c.RefreshExtra = c.readParams(t, "refresh_params", opts)
}

// readParams returns the table of parameters at key.
func (c *Connection) readParams(t *table, key string, opts Options) Extra {
	if !t.has(key) {
		return nil
	}
	out := make(Extra)
	params := t.table(key)
	for _, name := range params.keys() {
		texts, many := params.texts(name)
		switch {
		case name == "grant_type" && key != "authorize_params" && !many:
			// Some servers use another name for a grant.
		case isReserved(name):
			params.fail(name, Problem{"cannot be a parameter here: it has its own key, or is set automatically", "use that key"})
		case many && len(texts) == 0:
			params.fail(name, Problem{"is empty", "remove it"})
		}
		for _, text := range texts {
			if key == "authorize_params" && isReference(text) {
				params.fail(name, Problem{"cannot be a secret: it goes through the browser", "write the text itself, or send it in token_params"})
				continue
			}
			out[name] = append(out[name], c.readExtra(params, name, text, opts))
		}
		if many {
			c.ListParams = append(c.ListParams, name)
		}
	}
	return out
}

// isReserved reports whether the file must not add a parameter of that name.
func isReserved(name string) bool {
	return slices.Contains([]string{
		"grant_type", "client_id", "client_secret", "username", "password", "scope", "audience", "resource",
		"refresh_token", "code", "code_verifier", "client_assertion", "client_assertion_type", "assertion",
		"response_type", "state", "redirect_uri", "code_challenge", "code_challenge_method", "nonce",
	}, name)
}

// readExtra returns the value of a string at key: itself, or the secret that it refers
// to.
func (c *Connection) readExtra(t *table, key, text string, opts Options) secret.Text {
	if !isReference(text) {
		return secret.New(t.fill(key, text))
	}
	s, p := opts.resolve(text, false)
	if p != nil {
		t.failResolve(key, p)
	}
	c.ExtraSecrets = append(c.ExtraSecrets, s)
	return s
}

// readTokenHeaders reads the headers that the file adds to every request to the
// authorization server.
func (c *Connection) readTokenHeaders(t *table, opts Options) {
	if !t.has("token_headers") {
		return
	}
	headers := t.table("token_headers")
	c.TokenHeaders = make(Extra)
	seen := make(http.Header)
	for _, name := range headers.keys() {
		value := c.readExtra(headers, name, headers.text(name), opts)
		switch {
		case hostapi.CheckHeader(name, "") != nil, strings.EqualFold(name, "Authorization"), strings.EqualFold(name, "DPoP"):
			headers.fail(Shorten(name), Problem{"is not a header that may be set here", ""})
		case hostapi.CheckHeader(name, value.Reveal()) != nil:
			headers.fail(name, Problem{"has a line break or another control character", ""})
		case seen.Values(name) != nil:
			headers.fail(name, Problem{"is given twice, in different case", "keep one"})
		}
		seen.Set(name, "")
		c.TokenHeaders[headerName(name)] = []secret.Text{value}
	}
}

// headerName returns the name of a header in the case to send: unchanged, except for
// User-Agent, which net/http adds itself unless it finds this name.
func headerName(name string) string {
	if strings.EqualFold(name, "User-Agent") {
		return "User-Agent"
	}
	return name
}

// SetHeader sets a header whose name keeps its case in HTTP/1.1. Names that are already
// in h are canonical.
func SetHeader(h http.Header, name, value string) {
	h.Del(name)
	h[name] = []string{value}
}

// WithScope adds the connection's scopes, RFC 6749 §3.3.
func (c *Connection) WithScope(params url.Values) url.Values {
	if c.scope != "" {
		params.Set("scope", c.scope)
	}
	return params
}

// AddTokenParams adds the connection's parameters to a token request of that grant
// type. A grant_type in token_params does not apply to a refresh.
func (c *Connection) AddTokenParams(params url.Values, grantType string) {
	maps.Copy(params, c.Target)
	c.TokenParams.AddTo(params)
	if grantType == GrantRefresh {
		params.Set("grant_type", grantType)
		c.RefreshExtra.AddTo(params)
	}
}
