package oauthtoml

import (
	"math"
	"net/url"
	"strings"
)

func (c *Connection) readAuthorizationCode(t *table, opts Options, plaintext bool) {
	c.readOAuth(t, opts, plaintext)
	if c.Issuer == "" {
		t.need("authorization_endpoint", "write the URL where users authorize the client, or issuer if the server publishes it")
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

// readPKCE reads whether to use PKCE, RFC 7636, which is on by default; "off" is for
// servers that refuse it.
func (c *Connection) readPKCE(t *table) {
	c.PKCE = t.one("pkce", "S256", "off") == "S256"
	if !c.PKCE {
		c.warn(`pkce = "off": a stolen code can be redeemed by an attacker`)
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
	claims := t.table("claims")
	for _, name := range claims.keys() {
		switch v := claims.any(name).(type) {
		case string, bool, int64:
			c.setClaim(name, v)
		case float64:
			if math.IsNaN(v) || math.IsInf(v, 0) {
				claims.fail(name, Problem{"is not a number that JSON can represent", ""})
			}
			c.setClaim(name, v)
		default:
			claims.fail(name, Problem{"is " + describe(v) + ", which is not supported as a claim", "write text, a number, true or false"})
		}
	}
	for _, name := range []string{"iat", "exp", "jti"} {
		if claims.has(name) {
			claims.fail(name, Problem{"is set automatically", "remove it"})
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

// tokenType reads a token type identifier, in full or its last part.
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

// Condition describes a response of an API that means that the token has expired,
// though its status does not say so.
type Condition struct {
	Status int    // 0: any
	Path   string // in the JSON of the response, see [Steps]
	Equals string // the value there, as text
}

// readExpired reads how an API reports that a token has expired.
func (c *Connection) readExpired(t *table) {
	c.ExpiredStatus = []int{401}
	if t.has("expired_status") {
		c.ExpiredStatus = nil
		list, _ := value[[]any](t, "expired_status", "a list of numbers")
		for _, v := range list {
			n, ok := v.(int64)
			if !ok || !isStatus(n) {
				t.fail("expired_status", Problem{"has an entry that is not an HTTP status", "write expired_status = [401]"})
				return
			}
			c.ExpiredStatus = append(c.ExpiredStatus, int(n))
		}
	}
	if !t.has("expired_when") {
		return
	}
	when := t.table("expired_when")
	when.check(conditionKeys())
	when.need("json", `write the path in the response, such as "errors.0.code"`)
	when.need("equals", "write the value there")
	c.ExpiredWhen = &Condition{Path: when.jsonPath("json"), Equals: when.text("equals")}
	if n, ok := value[int64](when, "status", "a number"); ok {
		if !isStatus(n) {
			when.fail("status", Problem{"is not an HTTP status", "write a number such as 200, or remove it"})
		}
		c.ExpiredWhen.Status = int(n)
	}
}

// isStatus reports whether n is the status of a final response, RFC 9110 §15.
func isStatus(n int64) bool { return n >= 200 && n <= 599 }

// readDPoP reads whether tokens are bound to a key, RFC 9449: a stolen one is useless
// without the key, which stays here.
func (c *Connection) readDPoP(t *table) {
	if c.DPoP = t.flag("dpop", false); !c.DPoP {
		return
	}
	if !c.Sealed {
		t.fail("dpop", Problem{"needs sealed tokens: a script cannot sign the proofs itself", "remove sealed = false"})
	}
	if t.has("header") {
		t.fail("header", Problem{"has no effect with dpop = true, which sets the header and scheme", "remove it"})
	}
	c.Scheme = "DPoP" // RFC 9449 §7.1
}
