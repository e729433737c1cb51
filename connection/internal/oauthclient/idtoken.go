package oauthclient

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// maxClockSkew is how far the server's clock may be behind.
const maxClockSkew = time.Minute

// CheckIDToken returns what is wrong with the ID token, OpenID Connect Core §3.1.3.7;
// "" if nothing is. The token came directly from the token endpoint, so TLS
// authenticates it and its signature need not be checked.
func CheckIDToken(issued *oauth2.Token, nonce, issuer, clientID string) string {
	text, _ := issued.Extra("id_token").(string)
	if text == "" {
		return ""
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return "the ID token is not a signed JWT"
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "the ID token cannot be read"
	}
	var claims struct {
		Nonce string  `json:"nonce"`
		Iss   string  `json:"iss"`
		Aud   any     `json:"aud"`
		Exp   float64 `json:"exp"`
	}
	if json.Unmarshal(payload, &claims) != nil {
		return "the ID token cannot be read"
	}
	audience, _ := claims.Aud.([]any)
	switch {
	case claims.Nonce != nonce:
		return "nonce mismatch: the ID token is for another attempt"
	case issuer != "" && claims.Iss != issuer:
		return "the issuer of the ID token is not " + issuer
	case claims.Exp < float64(time.Now().Add(-maxClockSkew).Unix()):
		return "the ID token has expired: do the clocks agree?"
	case claims.Aud != any(clientID) && !slices.Contains(audience, any(clientID)):
		return "the ID token is for another client"
	}
	return ""
}
