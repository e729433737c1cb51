package oauthtoml

import (
	"math"
	"net/url"
	"strings"
)

func (c *Connection) readAuthorizationCode(t *table, opts Options, plaintext bool) {
	c.readOAuth(t, opts, plaintext)
	if c.Issuer == "" {
		t.need("authorization_endpoint", "write the URL where people give the grant, or issuer if the server publishes it")
	}
	c.AuthorizeExtra = c.readParams(t, "authorize_params", opts)
	c.readPKCE(t)
	if c.RedirectURI = t.filledURL("redirect_uri", "write the callback as it is registered"); c.RedirectURI != "" {
		u, err := url.Parse(c.RedirectURI)
		if err != nil || u.Fragment != "" || u.Scheme == "" || u.Host == "" {
			t.fail("redirect_uri", Problem{"is not the URL of a callback", `write it as it is registered, such as "http://127.0.0.1:8765/oauth2callback"`})
		}
	}
}

// readPKCE reads whether to prove that whoever redeems a code asked for it, RFC
// 7636. It is on unless a server refuses it.
func (c *Connection) readPKCE(t *table) {
	c.PKCE = t.one("pkce", "S256", "off") == "S256"
	if !c.PKCE {
		c.warn(`pkce = "off": a code that is stolen can be redeemed by the thief`)
	}
}

func (c *Connection) readDeviceCode(t *table, opts Options, plaintext bool) {
	c.readOAuth(t, opts, plaintext)
	c.AuthorizeExtra = c.readParams(t, "authorize_params", opts)
	if c.Issuer == "" {
		t.need("device_authorization_endpoint", "write the URL that issues device codes, or issuer if the server publishes it")
	}
}

func (c *Connection) readJWTBearer(t *table, opts Options, plaintext bool) {
	c.readOAuth(t, opts, plaintext)
	claims := t.table("claims", t.op+" claims")
	for _, name := range claims.keys() {
		switch v := claims.any(name).(type) {
		case string, bool, int64:
			c.setClaim(name, v)
		case float64:
			if math.IsNaN(v) || math.IsInf(v, 0) {
				claims.fail(name, Problem{"is not a number that JSON can hold", ""})
			}
			c.setClaim(name, v)
		default:
			claims.fail(name, Problem{"is " + describe(v) + ", which a claim here cannot be", "write text, a number, true or false"})
		}
	}
	for _, name := range []string{"iat", "exp", "jti"} {
		if claims.has(name) {
			claims.fail(name, Problem{"comes of itself", "remove it"})
		}
	}
}

func (c *Connection) setClaim(name string, v any) {
	if c.Claims == nil {
		c.Claims = make(map[string]any)
	}
	c.Claims[name] = v
}

// The token types of RFC 8693 §3.
const tokenTypePrefix = "urn:ietf:params:oauth:token-type:" //nolint:gosec // a name, not a token

func (c *Connection) readTokenExchange(t *table, opts Options, plaintext bool) {
	c.readOAuth(t, opts, plaintext)
	c.SubjectToken = c.readSecret(t, "subject_token", opts, plaintext)
	c.SubjectTokenType = t.tokenType("subject_token_type", "access_token")
	c.RequestedTokenType = t.tokenType("requested_token_type", "")
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

// Condition is an answer of an API that says that the token has expired, though
// its status does not.
type Condition struct {
	Status int    // 0: any
	Path   string // in the answer's JSON, see [answer.at]
	Equals string // what stands there, as text
}

// readExpired reads how an API says that a token has expired.
func (c *Connection) readExpired(t *table) {
	c.ExpiredStatus = []int{401}
	if t.has("expired_status") {
		c.ExpiredStatus = nil
		list, _ := value[[]any](t, "expired_status", "a list of numbers")
		for _, v := range list {
			n, ok := v.(int64)
			if !ok || !isStatus(n) {
				t.fail("expired_status", Problem{"has an entry that is no status", "write expired_status = [401]"})
				return
			}
			c.ExpiredStatus = append(c.ExpiredStatus, int(n))
		}
	}
	if !t.has("expired_when") {
		return
	}
	when := t.table("expired_when", t.op+" expired_when")
	when.check(conditionKeys())
	when.need("json", `write where in the answer to look, such as "errors.0.code"`)
	when.need("equals", "write what stands there")
	c.ExpiredWhen = &Condition{Path: when.jsonPath("json"), Equals: when.text("equals")}
	if n, ok := value[int64](when, "status", "a number"); ok {
		if !isStatus(n) {
			when.fail("status", Problem{"is no status", "write a number such as 200, or remove it"})
		}
		c.ExpiredWhen.Status = int(n)
	}
}

// isStatus reports whether n is the status of an API's answer, RFC 9110 §15.
func isStatus(n int64) bool { return n >= 200 && n <= 599 }

// readDPoP reads whether tokens are bound to a key, RFC 9449. Whoever takes one
// has no use for it then, as long as the key stays here.
func (c *Connection) readDPoP(t *table) {
	if c.DPoP = t.flag("dpop", false); !c.DPoP {
		return
	}
	if !c.Sealed {
		t.fail("dpop", Problem{"needs sealed tokens: a script that holds one cannot prove that it may use it", "remove sealed = false"})
	}
	if t.has("header") {
		t.fail("header", Problem{"means nothing with dpop = true, which has a header and scheme of its own", "remove it"})
	}
	c.Scheme = "DPoP" // RFC 9449 §7.1
}
