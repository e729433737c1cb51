package connection

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

const (
	defaultTimeout = 30 * time.Second
	maxTimeout     = 10 * time.Minute
)

// readConnection reads the table of one connection.
func readConnection(name string, t *table, opts options) *connection {
	c := &connection{name: name}
	if p := checkName(name); p != nil {
		t.fail("", *p)
	}
	t.dropEmpty(optionalTexts()...)
	t.check(t.doc.keys)
	c.grant = readGrant(t)
	t.checkGrant(c.grant)
	t.readVariables()
	c.grant.read(c, t, opts, t.flag("allow_plaintext", false))
	c.readHeader(t)
	c.readHosts(t)
	c.readExpired(t)
	c.readTLS(t, opts)
	if t.has("proxy") {
		c.proxy = t.proxy("proxy", opts)
	}
	c.sealed = t.flag("sealed", !c.grant.pair)
	if !c.sealed && !c.grant.pair {
		c.warn("sealed = false: scripts can read the token and send it anywhere")
	}
	c.readExpires(t)
	c.readDPoP(t)
	c.warnUnused(t)
	return c
}

// rereadConnection reads the table of a connection again, with its secrets.
func rereadConnection(name string, t *table, opts options) (*connection, error) {
	again := &table{doc: &document{file: t.doc.file, vocabulary: t.doc.vocabulary}, op: t.op, toml: t.toml}
	c := readConnection(name, again, opts)
	if again.doc.err != nil {
		return nil, again.doc.err
	}
	return c, nil
}

// readOAuth reads what every grant with a token endpoint has.
func (c *connection) readOAuth(t *table, opts options, plaintext bool) {
	c.readEndpoints(t)
	c.readClient(t, opts, plaintext)
	c.readScopes(t)
	c.readTokenParams(t, opts)
	c.readTokenRequest(t, opts)
	c.readResponse(t)
	c.refreshBefore = t.refreshBefore("refresh_before")
	c.timeout = t.timeout("timeout")
}

func (c *connection) readPasswordGrant(t *table, opts options, plaintext bool) {
	c.readOAuth(t, opts, plaintext)
	c.readUser(t, opts, plaintext)
	if !t.flag("legacy", false) {
		t.fail("legacy", problem{
			"must be true for the password grant, which RFC 9700 §2.4 forbids for new use",
			"use client_credentials if the server has it, or add legacy = true",
		})
	}
	c.warn("the password grant is legacy: OAuth 2.1 removes it")
}

func (c *connection) readStatic(t *table, opts options, plaintext bool) {
	c.token = c.readSecret(t, "token", opts, plaintext)
	switch token := c.token.reveal(); {
	case token != strings.TrimSpace(token):
		t.fail("token", problem{"begins or ends with white space", "remove it"})
	case !isHeaderText(token):
		t.fail("token", problem{"has a line break or another control character", ""})
	case len(token) > maxToken:
		t.fail("token", problem{fmt.Sprintf("has more than %d KiB, which no header can carry", maxToken>>10), ""})
	}
}

func (c *connection) warn(text string) {
	c.warnings = append(c.warnings, fmt.Sprintf("connection %q: %s", c.name, text))
}

// readSecret returns the secret at key, which must be there and be one.
func (c *connection) readSecret(t *table, key string, opts options, plaintext bool) secret {
	t.text(key) // a list is a mistake
	if all := c.readSecrets(t, key, opts, plaintext); len(all) > 0 {
		return all[0]
	}
	return nil
}

// readSecrets returns the secrets at key, to try in order: one at least.
func (c *connection) readSecrets(t *table, key string, opts options, plaintext bool) []secret {
	t.need(key, "write env:NAME or file:PATH")
	texts, many := t.texts(key)
	if many && len(texts) == 0 {
		t.fail(key, problem{"is empty", "write env:NAME or file:PATH"})
	}
	if t.doc.err != nil {
		return nil
	}
	secrets := make([]secret, len(texts))
	for i, text := range texts {
		var p *problem
		if secrets[i], p = opts.resolve(text, plaintext); p != nil {
			t.fail(key, *p)
		}
	}
	if plaintext && slices.ContainsFunc(texts, func(text string) bool { return !isReference(text) }) {
		c.warn(key + " stands in the file in plain text")
	}
	return secrets
}

const serverHint = "write the URL that the server has"

func (c *connection) readEndpoints(t *table) {
	if t.has("issuer") {
		c.issuer = t.filledURL("issuer", serverHint)
		u, p := checkEndpoint(c.issuer)
		if p == nil && u.RawQuery != "" {
			p = &problem{"has a query, which no issuer may have", "remove ? and what follows"} // RFC 8414 §2
		}
		if p != nil {
			t.fail("issuer", *p)
		}
	} else {
		t.need("token_endpoint", "write the URL that issues tokens, or issuer if the server publishes it")
	}
	c.endpoints = make(map[string]*url.URL)
	for _, key := range t.keys() {
		if !strings.HasSuffix(key, "_endpoint") {
			continue
		}
		var p *problem
		if c.endpoints[key], p = checkEndpoint(t.filledURL(key, serverHint)); p != nil {
			t.fail(key, *p)
		}
	}
}

// checkEndpoint returns the URL of an endpoint, RFC 6749 §3.1 and §3.2: https
// and without fragment. This machine may be reached by http.
func checkEndpoint(text string) (*url.URL, *problem) {
	u, err := hostapi.CheckURL(text)
	switch {
	case err != nil:
		return nil, &problem{"is not the URL of an endpoint", "write it as https://host/path"}
	case strings.Contains(text, "#"):
		return nil, &problem{"has a fragment, which no endpoint may have", "remove # and what follows"}
	case u.Scheme != "https" && !isLoopback(hostapi.OriginOf(u).Host):
		return nil, &problem{"must begin with https://", "http is for loopback addresses only"}
	}
	return u, nil
}

func (c *connection) readClient(t *table, opts options, plaintext bool) {
	c.readAuthMethod(t)
	c.basicEncoding = t.one("basic_encoding", basicForm, basicRaw)
	if t.has("basic_encoding") && c.authMethod != authBasic {
		t.fail("basic_encoding", problem{"means nothing without client_secret_basic", "remove it"})
	}
	t.need("client_id", "write the id that the authorization server gave")
	if c.clientID = t.text("client_id"); c.clientID == "" {
		t.fail("client_id", problem{"is empty", "write the id that the authorization server gave"})
	}
	t.replaced("client_id", c.clientID, "write the id that the authorization server gave")
	if c.basicEncoding == basicRaw && strings.Contains(c.clientID, ":") {
		t.fail("client_id", problem{`has a colon, which basic_encoding = "raw" cannot carry`, "use client_secret_post"}) // RFC 7617 §2
	}
	switch {
	case usesSecret(c.authMethod):
		c.clientSecrets = c.readSecrets(t, "client_secret", opts, plaintext)
	case t.has("client_secret"):
		t.fail("client_secret", problem{fmt.Sprintf("means nothing with token_endpoint_auth_method %q", c.authMethod), "remove one of the two"})
	}
	if c.authMethod == authPrivateKeyJWT || c.grant.name == "jwt_bearer" {
		c.readSigningKey(t, opts)
		return
	}
	for _, key := range []string{"signing_key", "signing_key_id", "signing_alg"} {
		if t.has(key) {
			t.fail(key, problem{"means nothing without private_key_jwt or the grant jwt_bearer", "remove it"})
		}
	}
}

// readAuthMethod reads how the client proves itself. A client that has nothing to
// prove itself with, beside an assertion that is its grant, does not.
func (c *connection) readAuthMethod(t *table) {
	const key = "token_endpoint_auth_method"
	c.authMethod = t.one(key, authMethods()...)
	if c.grant.name == "jwt_bearer" && !t.has(key) && !t.has("client_secret") {
		c.authMethod = authNone
	}
}

// readUser reads a user name and password. The name may be a reference too:
// some APIs take a key as the user name, with an empty password.
func (c *connection) readUser(t *table, opts options, plaintext bool) {
	t.need("username", "")
	c.username = t.text("username")
	if isReference(c.username) {
		name, p := opts.resolve(c.username, false)
		if p != nil {
			t.fail("username", *p)
		}
		c.username, c.secretUsername = name.reveal(), name
	} else {
		t.replaced("username", c.username, "write the name of the account")
	}
	if c.grant.pair {
		if strings.Contains(c.username, ":") { // RFC 7617 §2
			t.fail("username", problem{"has a colon, which basic authentication cannot carry", ""})
		}
		if t.has("password") && t.text("password") == "" {
			return
		}
	}
	c.password = c.readSecret(t, "password", opts, plaintext)
}

// readScopes takes one text as it is, and a list joined. RFC 6749 §3.3: scopes
// are case-sensitive, so every byte is kept.
func (c *connection) readScopes(t *table) {
	c.sendScopesOnRefresh = t.flag("send_scopes_on_refresh", false)
	separator := " "
	if t.has("scope_separator") {
		if separator = t.text("scope_separator"); separator == "" {
			t.fail("scope_separator", problem{"is empty", ""})
		}
	}
	c.scopeSeparator = separator
	texts, many := t.texts("scopes")
	for i, text := range texts {
		t.replaced("scopes", text, "write what the server calls the scope")
		texts[i] = t.fill("scopes", text)
	}
	switch c.scope = strings.Join(texts, separator); {
	case many:
		c.scopes = texts
	case c.scope != "":
		c.scopes = strings.Split(c.scope, separator)
	}
}

func (t *table) timeout(key string) time.Duration {
	if !t.has(key) {
		return defaultTimeout
	}
	d, err := time.ParseDuration(t.text(key))
	if err != nil || d <= 0 || d > maxTimeout {
		t.fail(key, problem{"must be a time above 0 and up to 10m", `write it as "30s"`})
	}
	return d
}

// readHeader reads where the credential goes. A header other than
// Authorization has no scheme unless one is given.
func (c *connection) readHeader(t *table) {
	h := t.table("header", t.op+" header")
	h.check(headerKeys())
	c.header, c.scheme = "Authorization", "Bearer"
	if c.grant.pair {
		c.scheme = "Basic"
	}
	if h.has("name") {
		name := h.text("name")
		if err := hostapi.CheckHeader(name, ""); err != nil {
			h.fail("name", problem{"is not a header that may be set", `such as "Authorization" or "X-Api-Key"`})
		}
		if c.header = headerName(name); !strings.EqualFold(name, "Authorization") {
			c.scheme = ""
		}
	}
	if h.has("scheme") {
		c.scheme = h.text("scheme")
		if strings.ContainsFunc(c.scheme, func(r rune) bool { return r <= ' ' || r > '~' }) {
			h.fail("scheme", problem{"is not one word", `such as "Bearer", or "" for none`})
		}
	}
}

// readHosts reads where the credential may be sent: exact hosts, host:port, or
// *.example.com for one label.
func (c *connection) readHosts(t *table) {
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
			t.fail("hosts", problem{"has an entry that is not a host", `write "api.example.com", "api.example.com:8443" or "*.example.com"`})
			return
		}
		c.hosts = append(c.hosts, rule)
	}
}

// readCookies reads what becomes of the cookies that answers set.
func (t *table) readCookies() hostapi.Cookies {
	c := hostapi.Cookies{Keep: t.flag("cookies", false), Quiet: !t.flag("cookie_warnings", true)}
	if t.has("cookie_warnings") && !c.Keep {
		t.fail("cookie_warnings", problem{"means nothing without cookies = true", "remove it"})
	}
	return c
}
