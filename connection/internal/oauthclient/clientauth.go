package oauthclient

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/connection/internal/secret"
)

// assertionLifetime is the lifetime of an assertion, which is used at once.
const assertionLifetime = time.Minute

// authenticate adds the client's authentication to the header or parameters of a
// request, RFC 6749 §2.3. A request never uses more than one method.
func authenticate(c *oauthtoml.Connection, header http.Header, params url.Values, clientSecret secret.Text, audience string) error {
	switch c.AuthMethod {
	case oauthtoml.AuthBasic:
		id, password := c.ClientID, clientSecret.Reveal()
		if c.BasicEncoding != oauthtoml.BasicRaw {
			id, password = url.QueryEscape(id), url.QueryEscape(password)
		}
		r := http.Request{Header: header}
		r.SetBasicAuth(id, password)
		return nil
	case oauthtoml.AuthPost:
		params.Set("client_secret", clientSecret.Reveal())
	case oauthtoml.AuthSecretJWT:
		return assert(c, params, jose.SigningKey{Algorithm: jose.HS256, Key: []byte(clientSecret.Reveal())}, audience)
	case oauthtoml.AuthPrivateKeyJWT:
		return assert(c, params, signingKey(c), audience)
	}
	params.Set("client_id", c.ClientID)
	return nil
}

// assert adds a client assertion, RFC 7523 §2.2.
func assert(c *oauthtoml.Connection, params url.Values, key jose.SigningKey, audience string) error {
	now := time.Now()
	assertion, err := sign(key, c.SigningKeyID, jwt.Claims{
		Issuer: c.ClientID, Subject: c.ClientID, Audience: jwt.Audience{audience},
		ID: rand.Text(), IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(assertionLifetime)),
	})
	if err != nil {
		return err
	}
	params.Set("client_id", c.ClientID)
	params.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	params.Set("client_assertion", assertion)
	return nil
}

// sign returns a signed JWT in compact form, RFC 7519, with all claims.
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

// signingKey is the connection's private key with its algorithm.
func signingKey(c *oauthtoml.Connection) jose.SigningKey {
	return jose.SigningKey{Algorithm: c.SigningAlg, Key: c.PrivateKey()}
}

// signingHint says what to check if an assertion cannot be signed.
func signingHint(method string) string {
	if method == oauthtoml.AuthSecretJWT {
		return "client_secret_jwt needs a client_secret of at least 32 bytes" // RFC 7518 §3.2
	}
	return "check signing_key and signing_alg"
}
