package connection

import (
	"encoding/json"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// held is what a record of a connection holds, opened.
type held struct {
	generation   int64
	accessToken  secret
	tokenType    string
	refreshToken secret
	expiry       time.Time // zero: unknown
	scopes       []string
	inFlight     time.Time  // see Record
	proofKey     privateKey // that the tokens are bound to, see bind; nil: they are not
	fields       fields     // that tasks may see
}

// material is the secret part of a record.
type material struct {
	AccessToken  string `json:"access_token,omitempty"`
	TokenType    string `json:"token_type,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"`
	ProofKey     []byte `json:"proof_key,omitempty"` // PKCS #8
	Fields       fields `json:"fields,omitempty"`
}

// open returns what a record holds: nothing, if there is none.
func open(r *Record) (*held, error) {
	if r == nil {
		return new(held), nil
	}
	h := &held{generation: r.Generation, expiry: r.Expiry, scopes: r.Scopes, inFlight: r.InFlight}
	if len(r.Secret) == 0 {
		return h, nil
	}
	var m material
	if err := json.Unmarshal(r.Secret, &m); err != nil {
		return nil, err
	}
	h.accessToken, h.tokenType, h.refreshToken = newSecret(m.AccessToken), m.TokenType, newSecret(m.RefreshToken)
	h.fields = m.Fields
	var err error
	h.proofKey, err = unmarshalKey(m.ProofKey)
	return h, err
}

// record returns h as a store keeps it.
func (h *held) record() (*Record, error) {
	key, err := marshalKey(h.proofKey)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(material{h.accessToken.reveal(), h.tokenType, h.refreshToken.reveal(), key, h.fields}) //nolint:gosec // for the store, which encrypts it
	if err != nil {
		return nil, err
	}
	return &Record{Generation: h.generation, State: StateReady, Expiry: h.expiry, Scopes: h.scopes, Secret: text}, nil
}

// next returns what is held after the server issued a token. RFC 6749 §6: a
// refresh token that was not replaced stays good.
func (h *held) next(c *connection, issued *oauth2.Token) *held {
	n := &held{
		generation: h.generation + 1, accessToken: newSecret(issued.AccessToken), tokenType: issued.Type(),
		refreshToken: newSecret(issued.RefreshToken), expiry: issued.Expiry, scopes: c.scopes,
		proofKey: h.proofKey,
	}
	if n.refreshToken == nil {
		n.refreshToken = h.refreshToken
	}
	if h.scopes != nil && h.refreshToken != nil {
		n.scopes = h.scopes
	}
	// RFC 6749 §5.1: what was granted may differ from what was asked for.
	if granted, ok := issued.Extra("scope").(string); ok && granted != "" {
		n.scopes = strings.Fields(granted)
	}
	n.fields = h.nextFields(c, issued, n)
	return n
}
