package connection

import (
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

// tokenSet is what a record of a connection holds, opened.
type tokenSet struct {
	generation   int64
	accessToken  secret.Text
	tokenType    string
	refreshToken secret.Text
	expiry       time.Time // zero: unknown
	scopes       []string
	inFlight     time.Time          // see Record
	proofKey     secret.Key         // that the tokens are bound to, see bind; nil: they are not
	fields       oauthclient.Fields // that tasks may see
	refused      bool               // the server has ended the grant: it is not to be asked with it again
	unusable     bool               // what the server issued last cannot be used, but for the refresh token
	state        State              // of the record
	reason       string             // of that state
	updated      time.Time          // when the record was stored
	lease        Lease              // on the record
	bound        binding            // what the tokens belong to
	changed      string             // keys in which that differs from the file, so that nothing is held; see binding
}

// material is the secret part of a record.
type material struct {
	AccessToken  string             `json:"access_token,omitempty"`
	TokenType    string             `json:"token_type,omitempty"`
	RefreshToken string             `json:"refresh_token,omitempty"`
	ProofKey     []byte             `json:"proof_key,omitempty"` // PKCS #8
	Fields       oauthclient.Fields `json:"fields,omitempty"`
	Refused      bool               `json:"refused,omitempty"`

	Binding binding `json:"binding,omitzero"`
}

// open returns what a record holds: nothing, if there is none.
func open(r *Record) (*tokenSet, error) {
	if r == nil {
		return new(tokenSet), nil
	}
	h := &tokenSet{
		generation: r.Generation, expiry: r.Expiry, scopes: r.Scopes, inFlight: r.InFlight,
		state: r.State, reason: r.Reason, updated: r.Updated, lease: r.Lease,
	}
	if len(r.Secret) == 0 {
		return h, nil
	}
	var m material
	if err := json.Unmarshal(r.Secret, &m); err != nil {
		return nil, err
	}
	h.accessToken, h.tokenType, h.refreshToken = secret.New(m.AccessToken), m.TokenType, secret.New(m.RefreshToken)
	h.fields, h.refused, h.bound = m.Fields, m.Refused, m.Binding
	var err error
	h.proofKey, err = unmarshalKey(m.ProofKey)
	return h, err
}

// record returns h as a store keeps it.
func (h *tokenSet) record() (*Record, error) {
	key, err := marshalKey(h.proofKey)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(material{h.accessToken.Reveal(), h.tokenType, h.refreshToken.Reveal(), key, h.fields, h.refused, h.bound}) //nolint:gosec // for the store, which encrypts it
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

// ended returns what is held after the server has ended the grant. It is kept:
// servers have been wrong about that.
func (h *tokenSet) ended(reason string) *tokenSet {
	n := *h
	n.generation++
	n.refused, n.reason = true, reason
	return &n
}

// rotated returns what is held after the server replaced the refresh token and sent
// no access token that can be used, for that reason.
func (h *tokenSet) rotated(refreshToken secret.Text, reason string) *tokenSet {
	n := *h
	n.generation++
	n.refreshToken, n.unusable, n.reason = refreshToken, true, reason
	return &n
}

// next returns what is held after the server issued a token. RFC 6749 §6: a
// refresh token that was not replaced stays good.
func (h *tokenSet) next(c *oauthtoml.Connection, issued *oauth2.Token) *tokenSet {
	n := &tokenSet{
		generation: h.generation + 1, accessToken: secret.New(issued.AccessToken), tokenType: issued.Type(),
		refreshToken: secret.New(issued.RefreshToken), expiry: issued.Expiry, scopes: c.Scopes,
		proofKey: h.proofKey, bound: bindingOf(c),
	}
	if n.refreshToken == nil {
		n.refreshToken = h.refreshToken
	}
	if h.scopes != nil && h.refreshToken != nil {
		n.scopes = h.scopes
	}
	secrets := secretsBeside(c, h, n, issued)
	// RFC 6749 §5.1: what was granted may differ from what was asked for.
	switch granted := issued.Extra("scope").(type) {
	case string:
		if !secrets.Found(granted) {
			n.scopes = strings.Fields(strings.ReplaceAll(granted, c.ScopeSeparator, " "))
		}
	case bool:
		n.scopes = []string{} // the server said which, in a way that cannot be read
	}
	n.fields = h.nextFields(c, issued, secrets)
	return n
}

// secretsBeside returns what nothing of a token answer may hold that is shown: the
// tokens before and after it, and what the file has.
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

// bind returns the key that the connection's tokens are bound to, a new one if
// none is held; nil unless the connection binds them. RFC 9449 §5: a refresh token
// may be bound as well, so the key lasts as long as what is held.
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

// marshalKey returns a key as a record holds it, PKCS #8; nil for none.
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
