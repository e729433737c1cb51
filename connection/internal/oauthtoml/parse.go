package oauthtoml

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
)

const (
	defaultTimeout = 30 * time.Second
	maxTimeout     = 10 * time.Minute
)

// readConnection reads the table of one connection.
func readConnection(name string, t *table, opts Options) *Connection {
	c := &Connection{Name: name, publicOnly: opts.PublicOnly}
	if p := checkName(name); p != nil {
		t.fail("", *p)
	}
	t.dropEmpty(t.doc.texts...)
	t.check(t.doc.keys)
	c.Grant = readGrant(t)
	t.checkGrant(c.Grant)
	t.readVariables()
	c.Grant.read(c, t, opts, t.flag("allow_plaintext", false))
	c.readHeader(t)
	c.readHosts(t)
	c.readExpired(t)
	c.readTLS(t, opts)
	if t.has("proxy") {
		if c.publicOnly {
			t.fail("proxy", Problem{"cannot be used here", "remove it"})
		}
		c.Proxy = t.proxy("proxy", opts)
	}
	c.Sealed = t.flag("sealed", !c.Grant.Basic)
	if !c.Sealed && !c.Grant.Basic {
		c.warn("sealed = false: scripts can read the token and send it anywhere")
	}
	c.readSealedIn(t)
	c.readExpires(t)
	c.readDPoP(t)
	c.warnUnused(t)
	return c
}

// rereadConnection reads the table of a connection again, resolving its secrets.
func rereadConnection(name string, t *table, opts Options) (*Connection, error) {
	again := &table{doc: &document{file: t.doc.file, schema: t.doc.schema}, title: t.op(), toml: t.toml}
	c := readConnection(name, again, opts)
	if again.doc.err != nil {
		return nil, again.doc.err
	}
	return c, nil
}

// readOAuth reads the keys of every grant with a token endpoint.
func (c *Connection) readOAuth(t *table, opts Options, plaintext bool) {
	c.readEndpoints(t)
	c.readClient(t, opts, plaintext)
	c.readScopes(t)
	c.readTokenParams(t, opts)
	c.readTokenRequest(t, opts)
	c.readResponse(t)
	c.RefreshBefore = t.refreshBefore("refresh_before")
	c.Timeout = t.timeout("timeout")
}

func (c *Connection) readPasswordGrant(t *table, opts Options, plaintext bool) {
	c.readOAuth(t, opts, plaintext)
	c.readUser(t, opts, plaintext)
	if !t.flag("legacy", false) {
		t.fail("legacy", Problem{
			"must be true for the password grant, which RFC 9700 §2.4 forbids for new use",
			"use client_credentials if the server has it, or add legacy = true",
		})
	}
	c.warn("the password grant is legacy: OAuth 2.1 removes it")
}

func (c *Connection) readStatic(t *table, opts Options, plaintext bool) {
	c.Token = c.readSecret(t, "token", opts, plaintext)
	switch token := c.Token.Reveal(); {
	case token != strings.TrimSpace(token):
		t.fail("token", Problem{"begins or ends with white space", "remove it"})
	case !IsHeaderText(token):
		t.fail("token", Problem{"has a line break or another control character", ""})
	case len(token) > MaxToken:
		t.fail("token", Problem{fmt.Sprintf("has more than %d KiB, which no header can carry", MaxToken>>10), ""})
	}
}

func (c *Connection) warn(text string) {
	c.Warnings = append(c.Warnings, fmt.Sprintf("connection %q: %s", c.Name, text))
}

// readSecret returns the secret at key, which is required and must be a single one.
func (c *Connection) readSecret(t *table, key string, opts Options, plaintext bool) secret.Text {
	t.text(key) // a list is a mistake
	if all := c.readSecrets(t, key, opts, plaintext); len(all) > 0 {
		return all[0]
	}
	return nil
}

// readSecrets returns the secrets at key, in the order in which to try them; at least
// one.
func (c *Connection) readSecrets(t *table, key string, opts Options, plaintext bool) []secret.Text {
	t.need(key, "write env:NAME or file:PATH")
	texts, many := t.texts(key)
	if many && len(texts) == 0 {
		t.fail(key, Problem{"is empty", "write env:NAME or file:PATH"})
	}
	if t.doc.err != nil {
		return nil
	}
	secrets := make([]secret.Text, len(texts))
	for i, text := range texts {
		var p *unresolved
		if secrets[i], p = opts.resolve(text, plaintext); p != nil {
			t.failResolve(key, p)
		}
	}
	if plaintext && slices.ContainsFunc(texts, func(text string) bool { return !isReference(text) }) {
		c.warn(key + " is stored in plaintext")
	}
	return secrets
}

const endpointHint = "write the URL that the server has"

func (c *Connection) readEndpoints(t *table) {
	if t.has("issuer") {
		c.Issuer = t.filledURL("issuer", endpointHint)
		u, p := CheckEndpoint(c.Issuer)
		if p == nil && u.RawQuery != "" {
			p = &Problem{"has a query, which no issuer may have", "remove ? and what follows"} // RFC 8414 §2
		}
		if p != nil {
			t.fail("issuer", *p)
		} else {
			c.checkPublic(t, "issuer", hostapi.OriginOf(u).Host)
		}
	} else {
		t.need("token_endpoint", "write the URL that issues tokens, or issuer if the server publishes it")
	}
	c.Endpoints = make(map[string]*url.URL)
	for _, key := range t.keys() {
		if !strings.HasSuffix(key, "_endpoint") {
			continue
		}
		var p *Problem
		if c.Endpoints[key], p = CheckEndpoint(t.filledURL(key, endpointHint)); p != nil {
			t.fail(key, *p)
			continue
		}
		c.checkPublic(t, key, hostapi.OriginOf(c.Endpoints[key]).Host)
	}
}

// CheckEndpoint parses the URL of an endpoint, RFC 6749 §3.1 and §3.2: https and
// without a fragment. http is allowed on loopback.
func CheckEndpoint(text string) (*url.URL, *Problem) {
	u, err := hostapi.CheckURL(text)
	switch {
	case err != nil:
		return nil, &Problem{"is not the URL of an endpoint", "write it as https://host/path"}
	case strings.Contains(text, "#"):
		return nil, &Problem{"has a fragment, which no endpoint may have", "remove # and what follows"}
	case u.Scheme != "https" && !hostapi.IsLoopback(hostapi.OriginOf(u).Host):
		return nil, &Problem{"must begin with https://", "http is for loopback addresses only"}
	}
	return u, nil
}

func (c *Connection) readClient(t *table, opts Options, plaintext bool) {
	c.readAuthMethod(t)
	c.BasicEncoding = t.one("basic_encoding", BasicForm, BasicRaw)
	if t.has("basic_encoding") && c.AuthMethod != AuthBasic {
		t.fail("basic_encoding", Problem{"has no effect without client_secret_basic", "remove it"})
	}
	t.need("client_id", "write the id that the authorization server gave")
	if c.ClientID = t.text("client_id"); c.ClientID == "" {
		t.fail("client_id", Problem{"is empty", "write the id that the authorization server gave"})
	}
	t.checkReplaced("client_id", c.ClientID, "write the id that the authorization server gave")
	if c.BasicEncoding == BasicRaw && strings.Contains(c.ClientID, ":") {
		t.fail("client_id", Problem{`has a colon, which basic_encoding = "raw" cannot carry`, "use client_secret_post"}) // RFC 7617 §2
	}
	switch {
	case usesSecret(c.AuthMethod):
		c.ClientSecrets = c.readSecrets(t, "client_secret", opts, plaintext)
	case t.has("client_secret"):
		t.fail("client_secret", Problem{fmt.Sprintf("has no effect with token_endpoint_auth_method %q", c.AuthMethod), "remove one of the two"})
	}
	if c.AuthMethod == AuthPrivateKeyJWT || c.Grant.Name == "jwt_bearer" {
		c.readSigningKey(t, opts)
		return
	}
	for _, key := range []string{"signing_key", "signing_key_id", "signing_alg"} {
		if t.has(key) {
			t.fail(key, Problem{"has no effect without private_key_jwt or the grant jwt_bearer", "remove it"})
		}
	}
}

// readAuthMethod reads the method of client authentication. A client of the grant
// jwt_bearer without a secret is authenticated by its assertion alone.
func (c *Connection) readAuthMethod(t *table) {
	const key = "token_endpoint_auth_method"
	c.AuthMethod = t.one(key, authMethods()...)
	if c.Grant.Name == "jwt_bearer" && !t.has(key) && !t.has("client_secret") {
		c.AuthMethod = authNone
	}
}

// readUser reads a user name and password. The name may be a reference: some APIs take
// a key as the user name, with an empty password.
func (c *Connection) readUser(t *table, opts Options, plaintext bool) {
	t.need("username", "")
	c.Username = t.text("username")
	if isReference(c.Username) {
		name, p := opts.resolve(c.Username, false)
		if p != nil {
			t.failResolve("username", p)
		}
		c.Username, c.SecretUsername = name.Reveal(), name
	} else {
		t.checkReplaced("username", c.Username, "write the name of the account")
	}
	if c.Grant.Basic {
		if strings.Contains(c.Username, ":") { // RFC 7617 §2
			t.fail("username", Problem{"has a colon, which basic authentication cannot carry", ""})
		}
		if t.has("password") && t.text("password") == "" {
			return
		}
	}
	c.Password = c.readSecret(t, "password", opts, plaintext)
}

// readScopes reads scopes, one string or a list. Scopes are case-sensitive, RFC 6749
// §3.3, so they are kept unchanged.
func (c *Connection) readScopes(t *table) {
	c.SendScopesOnRefresh = t.flag("send_scopes_on_refresh", false)
	separator := " "
	if t.has("scope_separator") {
		if separator = t.text("scope_separator"); separator == "" {
			t.fail("scope_separator", Problem{"is empty", ""})
		}
	}
	c.ScopeSeparator = separator
	texts, many := t.texts("scopes")
	for i, text := range texts {
		t.checkReplaced("scopes", text, "write what the server calls the scope")
		texts[i] = t.fill("scopes", text)
	}
	switch c.scope = strings.Join(texts, separator); {
	case many:
		c.Scopes = texts
	case c.scope != "":
		c.Scopes = strings.Split(c.scope, separator)
	}
}

func (t *table) timeout(key string) time.Duration {
	if !t.has(key) {
		return defaultTimeout
	}
	d, err := time.ParseDuration(t.text(key))
	if err != nil || d <= 0 || d > maxTimeout {
		t.fail(key, Problem{"must be a time above 0 and up to 10m", `write it as "30s"`})
	}
	return d
}

// readHeader reads the header for the credential. A header other than Authorization has
// no scheme unless one is set.
func (c *Connection) readHeader(t *table) {
	c.Header, c.Scheme = "Authorization", "Bearer"
	if c.Grant.Basic {
		c.Scheme = "Basic"
	}
	if !t.has("header") {
		return
	}
	h := t.table("header")
	h.check(headerKeys())
	if h.has("name") {
		name := h.text("name")
		if err := hostapi.CheckHeader(name, ""); err != nil {
			h.fail("name", Problem{"is not a header that may be set", `such as "Authorization" or "X-Api-Key"`})
		}
		if c.Header = headerName(name); !strings.EqualFold(name, "Authorization") {
			c.Scheme = ""
		}
	}
	if h.has("scheme") {
		c.Scheme = h.text("scheme")
		if strings.ContainsFunc(c.Scheme, func(r rune) bool { return r <= ' ' || r > '~' }) {
			h.fail("scheme", Problem{"is not one word", `such as "Bearer", or "" for none`})
		}
	}
}

// readHosts reads the hosts that the credential may be sent to: exact hosts, host:port,
// or *.example.com for one label.
func (c *Connection) readHosts(t *table) {
	for _, text := range t.list("hosts") {
		if strings.ContainsAny(text, "<>") {
			t.fail("hosts", notReplaced("write the host of the API"))
			return
		}
		text, p := t.vars.fillStrict(text)
		if p != nil {
			t.fail("hosts", *p)
			return
		}
		rule, err := hostapi.ParseRule(text)
		if err != nil || rule.Methods != nil || rule.Scheme != "" || rule.Path != "" {
			t.fail("hosts", Problem{"has an entry that is not a host", `write "api.example.com", "api.example.com:8443" or "*.example.com"`})
			return
		}
		c.checkPublic(t, "hosts", rule.Host)
		c.Hosts = append(c.Hosts, rule)
	}
}

// readCookies reads how cookies in responses are treated.
func (t *table) readCookies() hostapi.Cookies {
	c := hostapi.Cookies{Keep: t.flag("cookies", false), Quiet: !t.flag("cookie_warnings", true)}
	if t.has("cookie_warnings") && !c.Keep {
		t.fail("cookie_warnings", Problem{"has no effect without cookies = true", "remove it"})
	}
	return c
}
