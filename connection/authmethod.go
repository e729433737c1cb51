package connection

import (
	"crypto"
	"crypto/ecdsa"

	"github.com/go-jose/go-jose/v4"
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

// readSigningKey reads signing_key with what belongs to it.
func (c *connection) readSigningKey(t *table, opts options) {
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
