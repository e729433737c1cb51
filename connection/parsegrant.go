package connection

import (
	"math"
	"net/url"
	"strings"
)

func (c *connection) readAuthorizationCode(t *table, opts options, plaintext bool) {
	c.readOAuth(t, opts, plaintext)
	if c.issuer == "" {
		t.need("authorization_endpoint", "write the URL where people give the grant, or issuer if the server publishes it")
	}
	c.authorizeExtra = c.readParams(t, "authorize_params", opts)
	c.readPKCE(t)
	if c.redirectURI = t.filledURL("redirect_uri", "write the callback as it is registered"); c.redirectURI != "" {
		u, err := url.Parse(c.redirectURI)
		if err != nil || u.Fragment != "" || u.Scheme == "" || u.Host == "" {
			t.fail("redirect_uri", problem{"is not the URL of a callback", `write it as it is registered, such as "http://127.0.0.1:8765/oauth2callback"`})
		}
	}
}

// readPKCE reads whether to prove that whoever redeems a code asked for it, RFC
// 7636. It is on unless a server refuses it.
func (c *connection) readPKCE(t *table) {
	c.pkce = t.one("pkce", "S256", "off") == "S256"
	if !c.pkce {
		c.warn(`pkce = "off": a code that is stolen can be redeemed by the thief`)
	}
}

func (c *connection) readDeviceCode(t *table, opts options, plaintext bool) {
	c.readOAuth(t, opts, plaintext)
	c.authorizeExtra = c.readParams(t, "authorize_params", opts)
	if c.issuer == "" {
		t.need("device_authorization_endpoint", "write the URL that issues device codes, or issuer if the server publishes it")
	}
}

func (c *connection) readJWTBearer(t *table, opts options, plaintext bool) {
	c.readOAuth(t, opts, plaintext)
	claims := t.table("claims", t.op+" claims")
	for _, name := range claims.keys() {
		switch v := claims.any(name).(type) {
		case string, bool, int64:
			c.setClaim(name, v)
		case float64:
			if math.IsNaN(v) || math.IsInf(v, 0) {
				claims.fail(name, problem{"is not a number that JSON can hold", ""})
			}
			c.setClaim(name, v)
		default:
			claims.fail(name, problem{"is " + describe(v) + ", which a claim here cannot be", "write text, a number, true or false"})
		}
	}
	for _, name := range []string{"iat", "exp", "jti"} {
		if claims.has(name) {
			claims.fail(name, problem{"comes of itself", "remove it"})
		}
	}
}

func (c *connection) setClaim(name string, v any) {
	if c.claims == nil {
		c.claims = make(map[string]any)
	}
	c.claims[name] = v
}

// The token types of RFC 8693 §3.
const tokenTypePrefix = "urn:ietf:params:oauth:token-type:" //nolint:gosec // a name, not a token

func (c *connection) readTokenExchange(t *table, opts options, plaintext bool) {
	c.readOAuth(t, opts, plaintext)
	c.subjectToken = c.readSecret(t, "subject_token", opts, plaintext)
	c.subjectTokenType = t.tokenType("subject_token_type", "access_token")
	c.requestedTokenType = t.tokenType("requested_token_type", "")
}

// tokenType reads the type of a token, in full or by its last word.
func (t *table) tokenType(key, otherwise string) string {
	text := t.text(key)
	switch {
	case text == "" && otherwise == "":
		return ""
	case text == "":
		text = otherwise
	case strings.Contains(text, ":"):
		return text
	}
	return tokenTypePrefix + text
}

// condition is an answer of an API that says that the token has expired, though
// its status does not.
type condition struct {
	status int    // 0: any
	path   string // in the answer's JSON, see [answer.at]
	equals string // what stands there, as text
}

// readExpired reads how an API says that a token has expired.
func (c *connection) readExpired(t *table) {
	c.expiredStatus = []int{401}
	if t.has("expired_status") {
		c.expiredStatus = nil
		list, _ := value[[]any](t, "expired_status", "a list of numbers")
		for _, v := range list {
			n, ok := v.(int64)
			if !ok || !isStatus(n) {
				t.fail("expired_status", problem{"has an entry that is no status", "write expired_status = [401]"})
				return
			}
			c.expiredStatus = append(c.expiredStatus, int(n))
		}
	}
	if !t.has("expired_when") {
		return
	}
	when := t.table("expired_when", t.op+" expired_when")
	when.check(conditionKeys())
	when.need("json", `write where in the answer to look, such as "errors.0.code"`)
	when.need("equals", "write what stands there")
	c.expiredWhen = &condition{path: when.jsonPath("json"), equals: when.text("equals")}
	if n, ok := value[int64](when, "status", "a number"); ok {
		if !isStatus(n) {
			when.fail("status", problem{"is no status", "write a number such as 200, or remove it"})
		}
		c.expiredWhen.status = int(n)
	}
}

// isStatus reports whether n is the status of an API's answer, RFC 9110 §15.
func isStatus(n int64) bool { return n >= 200 && n <= 599 }

// readDPoP reads whether tokens are bound to a key, RFC 9449. Whoever takes one
// has no use for it then, as long as the key stays here.
func (c *connection) readDPoP(t *table) {
	if c.dpop = t.flag("dpop", false); !c.dpop {
		return
	}
	if !c.sealed {
		t.fail("dpop", problem{"needs sealed tokens: a script that holds one cannot prove that it may use it", "remove sealed = false"})
	}
	if t.has("header") {
		t.fail("header", problem{"means nothing with dpop = true, which has a header and scheme of its own", "remove it"})
	}
	c.scheme = "DPoP" // RFC 9449 §7.1
}
