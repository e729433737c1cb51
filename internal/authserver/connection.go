package authserver

import (
	"net/url"
	"strconv"
	"strings"
)

// Connection returns the table of an oauth.toml that makes Postern itself this client of the
// server with that issuer, or an error that says what is wrong with the issuer. The secret is
// read from the environment variable POSTERN_CLIENT_SECRET.
func (c *Client) Connection(issuer string) (string, error) {
	endpoints, err := EndpointsOf(issuer)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(endpoints.Token)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	// What the name of a connection cannot have, see its checkName.
	name := strings.TrimLeft(strings.ReplaceAll(c.Name, "#", " "), " -")
	setDefault(&name, c.ID)
	b.WriteString("[connections." + quoteTOML(name) + "]\n")
	set := func(key, value string) { b.WriteString(key + " = " + value + "\n") }
	set("grant", `"authorization_code"`)
	set("issuer", quoteTOML(strings.TrimSuffix(endpoints.Token, tokenPath)))
	set("authorization_endpoint", quoteTOML(endpoints.Authorization))
	set("token_endpoint", quoteTOML(endpoints.Token))
	set("revocation_endpoint", quoteTOML(endpoints.Revocation))
	set("client_id", quoteTOML(c.ID))
	set("token_endpoint_auth_method", quoteTOML(string(c.AuthMethod)))
	if c.AuthMethod != AuthMethodNone {
		set("client_secret", `"env:POSTERN_CLIENT_SECRET"`)
	}
	set("scopes", "["+quoteTOML(string(c.Scope))+"]")
	if len(c.RedirectURIs) > 0 {
		set("redirect_uri", quoteTOML(c.RedirectURIs[0]))
	}
	set("hosts", "["+quoteTOML(u.Host)+"]")
	return b.String(), nil
}

// quoteTOML returns a basic string. Of the escapes of Go, only those of control characters are
// not those of TOML, and neither names nor URIs have these.
func quoteTOML(text string) string { return strconv.Quote(text) }
