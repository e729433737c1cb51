package oauthclient

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
)

// Proof returns a DPoP proof for one request, RFC 9449 §4.2. token is the access token
// of a request to an API; "" for a request to the authorization server.
func Proof(key secret.Key, method string, target *url.URL, nonce, token string) (string, error) {
	options := (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key()}, options)
	if err != nil {
		return "", err
	}
	bare := url.URL{Scheme: target.Scheme, Host: target.Host, Path: target.Path, RawPath: target.RawPath}
	if bare.Path == "" {
		bare.Path = "/"
	}
	claims := map[string]any{"jti": rand.Text(), "htm": method, "htu": bare.String(), "iat": jwt.NewNumericDate(time.Now())}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}

// nonces holds the nonces that servers require in the next proof, RFC 9449 §8 and §9.
type nonces struct {
	mu   sync.Mutex
	last map[hostapi.Origin]string
}

const (
	maxNonce  = 1 << 10 // bytes
	maxNonces = 64      // of servers: a connection may list all hosts of a domain
)

func (n *nonces) Get(target *url.URL) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.last[hostapi.OriginOf(target)]
}

// Note keeps the nonce of a response, if it has one.
func (n *nonces) Note(target *url.URL, header http.Header) {
	nonce := header.Get("DPoP-Nonce")
	if nonce == "" || len(nonce) > maxNonce {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.last == nil || len(n.last) >= maxNonces {
		n.last = make(map[hostapi.Origin]string)
	}
	n.last[hostapi.OriginOf(target)] = nonce
}
