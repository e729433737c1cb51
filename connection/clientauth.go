package connection

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"net/http"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// The ways a client proves who it is, RFC 7591 §2, RFC 7523 §2.2 and RFC 8705 §2.
const (
	authBasic         = "client_secret_basic"
	authPost          = "client_secret_post"
	authSecretJWT     = "client_secret_jwt"
	authPrivateKeyJWT = "private_key_jwt"
	authTLS           = "tls_client_auth"
	authSelfSignedTLS = "self_signed_tls_client_auth"
	authNone          = "none"

	basicForm = "form" // id and secret form-encoded before base64, RFC 6749 §2.3.1
	basicRaw  = "raw"  // for servers that do not decode them
)

// authMethods returns the methods, the default first.
func authMethods() []string {
	return []string{authBasic, authPost, authSecretJWT, authPrivateKeyJWT, authTLS, authSelfSignedTLS, authNone}
}

// usesSecret reports whether the client has a secret to prove itself with.
func usesSecret(method string) bool {
	return method == authBasic || method == authPost || method == authSecretJWT
}

// assertionLifetime is how long an assertion is good for: it is used at once.
const assertionLifetime = time.Minute

// authenticate adds to a request to the authorization server what proves the
// client, in its header or its parameters. The secret in the body goes without an
// Authorization header: the client uses one method only.
func (c *connection) authenticate(header http.Header, params url.Values, clientSecret secret, audience string) error {
	switch c.authMethod {
	case authBasic:
		id, password := c.clientID, clientSecret.reveal()
		if c.basicEncoding != basicRaw {
			id, password = url.QueryEscape(id), url.QueryEscape(password)
		}
		r := http.Request{Header: header}
		r.SetBasicAuth(id, password)
		return nil
	case authPost:
		params.Set("client_secret", clientSecret.reveal())
	case authSecretJWT:
		return c.assert(params, jose.SigningKey{Algorithm: jose.HS256, Key: []byte(clientSecret.reveal())}, audience)
	case authPrivateKeyJWT:
		return c.assert(params, c.signingKey(), audience)
	}
	params.Set("client_id", c.clientID)
	return nil
}

// assert adds a client assertion, RFC 7523 §3.
func (c *connection) assert(params url.Values, key jose.SigningKey, audience string) error {
	now := time.Now()
	assertion, err := sign(key, c.signingKeyID, jwt.Claims{
		Issuer: c.clientID, Subject: c.clientID, Audience: jwt.Audience{audience},
		ID: rand.Text(), IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(assertionLifetime)),
	})
	if err != nil {
		return err
	}
	params.Set("client_id", c.clientID)
	params.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	params.Set("client_assertion", assertion)
	return nil
}

// sign returns a compact JWT, RFC 7519, with every claim of the list.
func sign(key jose.SigningKey, keyID string, claims ...any) (string, error) {
	options := new(jose.SignerOptions).WithType("JWT")
	if keyID != "" {
		options.WithHeader("kid", keyID)
	}
	signer, err := jose.NewSigner(key, options)
	if err != nil {
		return "", err
	}
	builder := jwt.Signed(signer)
	for _, c := range claims {
		builder = builder.Claims(c)
	}
	return builder.Serialize()
}

// signingKey is the connection's own key with its algorithm.
func (c *connection) signingKey() jose.SigningKey {
	return jose.SigningKey{Algorithm: c.signingAlg, Key: c.privateKey()}
}

// privateKey is a key that no formatting shows, as secret is a text.
type privateKey func() crypto.Signer

// readSigningKey reads signing_key with what belongs to it.
func (c *connection) readSigningKey(t *table, opts ParseOptions) {
	pemText := c.readSecret(t, "signing_key", opts, false)
	c.signingKeyID = t.text("signing_key_id")
	t.one("signing_alg", string(jose.RS256), string(jose.PS256), string(jose.ES256)) // which of them, the key decides
	if t.doc.err != nil || opts.SkipSecrets {
		return
	}
	key, p := parsePrivateKey(pemText.reveal())
	if p != nil {
		t.fail("signing_key", *p)
		return
	}
	c.privateKey = func() crypto.Signer { return key }
	algorithms := []string{string(jose.RS256), string(jose.PS256)}
	if _, ok := key.(*ecdsa.PrivateKey); ok {
		algorithms = []string{string(jose.ES256)}
	}
	c.signingAlg = jose.SignatureAlgorithm(t.one("signing_alg", algorithms...))
}

// signingHint says what to look at when an assertion cannot be signed.
func signingHint(method string) string {
	if method == authSecretJWT {
		return "client_secret_jwt needs a client_secret of at least 32 bytes" // RFC 7518 §3.2
	}
	return "check signing_key and signing_alg"
}
