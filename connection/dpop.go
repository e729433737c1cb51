package connection

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/postern-dev/postern/hostapi"
)

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

// bind returns the key that the connection's tokens are bound to, a new one if
// none is held; nil unless the connection binds them. RFC 9449 §5: a refresh token
// may be bound as well, so the key lasts as long as what is held.
func (h *held) bind(c *connection) (privateKey, error) {
	if !c.dpop || h.proofKey != nil {
		return h.proofKey, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, &tokenError{reason: hostapi.Error{
			Code: hostapi.CodeInternal, Name: c.name, Message: "no key can be made", Cause: err,
		}}
	}
	h.proofKey = func() crypto.Signer { return key }
	return h.proofKey, nil
}

// bind has the code of an authorization request bound to the key already, RFC 9449
// §10.
func (a *Authorization) bind(c *connection, params url.Values) (err error) {
	if a.key, err = new(held).bind(c); err != nil || a.key == nil {
		return err
	}
	sum, err := (&jose.JSONWebKey{Key: a.key().Public()}).Thumbprint(crypto.SHA256) // RFC 7638
	if err != nil {
		return err
	}
	params.Set("dpop_jkt", base64.RawURLEncoding.EncodeToString(sum))
	return nil
}

// marshalKey returns a key as a record holds it, PKCS #8; nil for none.
func marshalKey(key privateKey) ([]byte, error) {
	if key == nil {
		return nil, nil
	}
	return x509.MarshalPKCS8PrivateKey(key())
}

func unmarshalKey(der []byte) (privateKey, error) {
	if der == nil {
		return nil, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("the key is not an EC key")
	}
	return func() crypto.Signer { return key }, nil
}

// proof returns what shows that the sender of one request has the key, RFC 9449
// §4.2. The token is that of a request to an API, "" for none.
func proof(key privateKey, method string, target *url.URL, nonce, token string) (string, error) {
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

// nonces are what servers want to see in the next proof, RFC 9449 §8 and §9.
type nonces struct {
	mu   sync.Mutex
	last map[hostapi.Origin]string
}

const (
	maxNonce  = 1 << 10 // bytes
	maxNonces = 64      // servers: a connection may list all hosts of a domain
)

func (n *nonces) get(target *url.URL) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.last[hostapi.OriginOf(target)]
}

// note keeps the nonce that an answer brings, if it does.
func (n *nonces) note(target *url.URL, header http.Header) {
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

// prove adds a proof to a request that carries a token in its Authorization
// header, RFC 9449 §7.1. A script may have written it there as a bearer token,
// which is all that it knows of it.
func (x *exchange) prove(r *http.Request, s sent) error {
	if s.proofKey == nil {
		return nil
	}
	token := s.AccessToken()
	scheme, credential, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if credential != token || !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "DPoP") {
		return nil
	}
	text, err := proof(s.proofKey, r.Method, r.URL, s.entry.wire.nonces.get(r.URL), token)
	if err != nil {
		return withOp(s.entry.internal("the request cannot be signed", err), x.op)
	}
	r.Header.Set("Authorization", "DPoP "+token)
	r.Header.Set("DPoP", text)
	return nil
}

// wantsNonce reports whether an API has refused a request for want of the nonce
// that the answer brings, RFC 9449 §9. Any answer may bring one for later.
func (x *exchange) wantsNonce(response *hostapi.Response) bool {
	proved := false
	for _, s := range x.sent {
		if s.proofKey != nil && !x.left {
			s.entry.wire.nonces.note(x.start, response.Header)
			proved = true
		}
	}
	return proved && response.Status == http.StatusUnauthorized && slices.ContainsFunc(
		response.Header.Values("WWW-Authenticate"), func(v string) bool { return strings.Contains(v, "use_dpop_nonce") })
}
