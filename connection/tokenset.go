package connection

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/redact"
)

// tokenSet is the decoded content of a connection's record.
type tokenSet struct {
	generation   int64
	accessToken  secret.Text
	tokenType    string
	refreshToken secret.Text
	expiry       time.Time // zero: unknown
	scopes       []string
	inFlight     time.Time          // see Record
	proofKey     secret.Key         // that the tokens are bound to, see bind; nil: they are not
	fields       oauthclient.Fields // for tasks
	refused      bool               // the server has ended the grant: do not use it again
	unusable     bool               // of the last response only the refresh token can be used
	state        State              // of the record
	reason       string             // of state
	updated      time.Time          // time at which the record was stored
	lease        Lease              // on the record
	stored       bool               // it was read from the store
	bound        binding            // to what the tokens belong
	old          []oldToken         // access tokens before, until they expire
	changed      string             // keys in which bound differs from the file; the set is empty then, see binding
}

// material is the secret part of a record.
type material struct {
	AccessToken  string             `json:"access_token,omitempty"`
	TokenType    string             `json:"token_type,omitempty"`
	RefreshToken string             `json:"refresh_token,omitempty"`
	ProofKey     []byte             `json:"proof_key,omitempty"` // PKCS #8
	Fields       oauthclient.Fields `json:"fields,omitempty"`
	Refused      bool               `json:"refused,omitempty"`
	Old          []oldToken         `json:"old,omitempty"`

	Binding binding `json:"binding,omitzero"`
}

// open decodes a record; nil is an empty set.
func open(r *Record) (*tokenSet, error) {
	if r == nil {
		return new(tokenSet), nil
	}
	h := &tokenSet{
		generation: r.Generation, expiry: r.Expiry, scopes: r.Scopes, inFlight: r.InFlight,
		state: r.State, reason: r.Reason, updated: r.Updated, lease: r.Lease, stored: true,
	}
	if len(r.Secret) == 0 {
		return h, nil
	}
	var m material
	if err := json.Unmarshal(r.Secret, &m); err != nil {
		return nil, err
	}
	h.accessToken, h.tokenType, h.refreshToken = secret.New(m.AccessToken), m.TokenType, secret.New(m.RefreshToken)
	h.fields, h.refused, h.bound, h.old = m.Fields, m.Refused, m.Binding, m.Old
	var err error
	h.proofKey, err = unmarshalKey(m.ProofKey)
	return h, err
}

// record encodes h for a store.
func (h *tokenSet) record() (*Record, error) {
	key, err := marshalKey(h.proofKey)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(material{h.accessToken.Reveal(), h.tokenType, h.refreshToken.Reveal(), key, h.fields, h.refused, h.old, h.bound}) //nolint:gosec // for the store, which encrypts it
	if err != nil {
		return nil, err
	}
	state := StateReady
	switch {
	case h.refused:
		state = StateNeedsReauth
	case h.unusable:
		state = StateFailing
	}
	return &Record{Generation: h.generation, State: state, Reason: h.reason, Expiry: h.expiry, Scopes: h.scopes, Secret: text}, nil
}

// ended returns h after the server has ended the grant. The tokens are kept: servers
// have been wrong about that.
func (h *tokenSet) ended(reason string) *tokenSet {
	n := *h
	n.generation++
	n.refused, n.reason = true, reason
	return &n
}

// rotated returns h after the server replaced the refresh token but sent no usable
// access token, for that reason.
func (h *tokenSet) rotated(refreshToken secret.Text, reason string) *tokenSet {
	n := *h
	n.generation++
	n.refreshToken, n.unusable, n.reason = refreshToken, true, reason
	return &n
}

// next returns the token set after the server issued a token. A refresh token that was
// not replaced stays valid, RFC 6749 §6.
func (h *tokenSet) next(c *oauthtoml.Connection, issued *oauth2.Token) *tokenSet {
	n := &tokenSet{
		generation: h.generation + 1, accessToken: secret.New(issued.AccessToken), tokenType: issued.Type(),
		refreshToken: secret.New(issued.RefreshToken), expiry: issued.Expiry, scopes: c.Scopes,
		proofKey: h.proofKey, bound: bindingOf(c), old: h.replaced(),
	}
	if n.refreshToken == nil {
		n.refreshToken = h.refreshToken
	}
	if h.scopes != nil && h.refreshToken != nil {
		n.scopes = h.scopes
	}
	secrets := secretsBeside(c, h, n, issued)
	// RFC 6749 §5.1: the granted scope may differ from the requested one.
	switch granted := issued.Extra("scope").(type) {
	case string:
		if !secrets.Found(granted) {
			n.scopes = strings.Fields(strings.ReplaceAll(granted, c.ScopeSeparator, " "))
		}
	case bool:
		n.scopes = []string{} // the server sent it in an unknown form
	}
	n.fields = h.nextFields(c, issued, secrets)
	return n
}

// oldToken is an access token that was replaced: a server may accept it until it expires, and
// an API may return it.
type oldToken struct {
	AccessToken string    `json:"access_token"`
	Expiry      time.Time `json:"expiry,omitzero"` // zero: unknown
}

// String returns "[secret]".
func (oldToken) String() string { return secret.Hidden }

// GoString returns "[secret]".
func (oldToken) GoString() string { return secret.Hidden }

// sendable returns the access tokens of h, the current one last.
func (h *tokenSet) sendable() []credential {
	all := make([]credential, 0, len(h.old)+1)
	for _, t := range h.old {
		all = append(all, credential{t.AccessToken, t.Expiry})
	}
	return append(all, credential{h.accessToken.Reveal(), h.expiry})
}

// replaced returns the old tokens of the set that replaces h.
func (h *tokenSet) replaced() []oldToken {
	if h.accessToken == nil {
		return h.old
	}
	all := unexpired(append(h.sendable(), credential{}))
	old := make([]oldToken, len(all)-1)
	for i := range old {
		old[i] = oldToken{all[i].text, all[i].expiry}
	}
	return old
}

// oldTokens returns the tokens that a new record, which does not follow from the one in the
// store, has to keep. A record that cannot be read has none.
func (e *entry) oldTokens(ctx context.Context) []oldToken {
	h, err := e.load(ctx)
	if err != nil {
		return nil
	}
	return h.replaced()
}

// secretsBeside returns what no visible value of a token response may contain: the
// tokens before and after it, and the secrets of the file.
func secretsBeside(c *oauthtoml.Connection, before, after *tokenSet, issued *oauth2.Token) *redact.Set {
	idToken, _ := issued.Extra("id_token").(string)
	all := append(c.Secrets(), idToken)
	for _, h := range []*tokenSet{before, after} {
		all = append(all, h.accessToken.Reveal(), h.refreshToken.Reveal())
	}
	secrets := new(redact.Set)
	for _, s := range all {
		if len(s) >= redact.MinLength {
			secrets.Hide(s)
		}
	}
	return secrets
}

// bind returns the key that the connection's tokens are bound to, a new one if h has
// none; nil unless the connection uses DPoP. A refresh token may be bound too, RFC 9449
// §5, so the key lives as long as the grant.
func (h *tokenSet) bind(c *oauthtoml.Connection) (secret.Key, error) {
	if !c.DPoP || h.proofKey != nil {
		return h.proofKey, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, &oauthclient.Error{Err: hostapi.Error{
			Code: hostapi.CodeInternal, Name: c.Name, Message: "no key can be made", Cause: err,
		}}
	}
	h.proofKey = func() crypto.Signer { return key }
	return h.proofKey, nil
}

// marshalKey encodes a key for a record, PKCS #8; nil for none.
func marshalKey(key secret.Key) ([]byte, error) {
	if key == nil {
		return nil, nil
	}
	return x509.MarshalPKCS8PrivateKey(key())
}

func unmarshalKey(der []byte) (secret.Key, error) {
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
