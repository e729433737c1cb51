package oauthtoml

import (
	"crypto"
	"crypto/ecdsa"

	"github.com/go-jose/go-jose/v4"
)

// The methods of client authentication, RFC 7591 §2, RFC 7523 §2.2 and RFC 8705 §2.
const (
	AuthBasic         = "client_secret_basic"
	AuthPost          = "client_secret_post"
	AuthSecretJWT     = "client_secret_jwt"
	AuthPrivateKeyJWT = "private_key_jwt"
	authTLS           = "tls_client_auth"
	authSelfSignedTLS = "self_signed_tls_client_auth"
	authNone          = "none"

	BasicForm = "form" // id and secret form-encoded before base64, RFC 6749 §2.3.1
	BasicRaw  = "raw"  // as they are, for servers that do not decode them
)

// authMethods returns all methods, the default first.
func authMethods() []string {
	return []string{AuthBasic, AuthPost, AuthSecretJWT, AuthPrivateKeyJWT, authTLS, authSelfSignedTLS, authNone}
}

// usesSecret reports whether the method needs a client secret.
func usesSecret(method string) bool {
	return method == AuthBasic || method == AuthPost || method == AuthSecretJWT
}

// readSigningKey reads signing_key, signing_key_id and signing_alg.
func (c *Connection) readSigningKey(t *table, opts Options) {
	pemText := c.readSecret(t, "signing_key", opts, false)
	c.SigningKeyID = t.text("signing_key_id")
	t.one("signing_alg", string(jose.RS256), string(jose.PS256), string(jose.ES256)) // checked against the key below
	if t.doc.err != nil || opts.SkipSecrets {
		return
	}
	key, p := parsePrivateKey(pemText.Reveal())
	if p != nil {
		t.fail("signing_key", *p)
		return
	}
	c.PrivateKey = func() crypto.Signer { return key }
	algorithms := []string{string(jose.RS256), string(jose.PS256)}
	if _, ok := key.(*ecdsa.PrivateKey); ok {
		algorithms = []string{string(jose.ES256)}
	}
	c.SigningAlg = jose.SignatureAlgorithm(t.one("signing_alg", algorithms...))
}
