package connection

import (
	"context"
	"crypto/rand"
	"maps"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"

	"github.com/postern-dev/postern/hostapi"
)

// Token asks for a token as a grant does that needs no user: with client credentials,
// an assertion, another token or a password. It is bound to key unless that is nil.
func (w *wire) Token(ctx context.Context, key privateKey) (*oauth2.Token, error) {
	c, err := w.begin(ctx, "token_endpoint")
	if err != nil {
		return nil, err
	}
	params, err := grantParams(w.conn, c.audience)
	if err != nil {
		return nil, &tokenError{needsReauth: true, reason: hostapi.Error{
			Code: hostapi.CodeConnection, Name: w.conn.name, Message: "the assertion cannot be signed", Hint: "check signing_key and signing_alg",
		}}
	}
	return w.exchange(ctx, key, params)
}

// Refresh asks for a token in place of another, RFC 6749 §6.
func (w *wire) Refresh(ctx context.Context, key privateKey, refreshToken secret) (*oauth2.Token, error) {
	params := url.Values{"grant_type": {grantRefresh}, "refresh_token": {refreshToken.reveal()}}
	if w.conn.sendScopesOnRefresh {
		w.conn.withScope(params)
	}
	return w.exchange(ctx, key, params)
}

// grantParams returns the parameters of a token request that needs no user.
func grantParams(c *connection, audience string) (url.Values, error) {
	switch c.grant.name {
	case "jwt_bearer":
		return jwtBearer(c, audience)
	case "token_exchange":
		return tokenExchange(c), nil
	case "password":
		return c.withScope(url.Values{"grant_type": {"password"}, "username": {c.username}, "password": {c.password.reveal()}}), nil
	}
	return c.withScope(url.Values{"grant_type": {"client_credentials"}}), nil
}

// jwtBearer asks with an assertion, RFC 7523 §2.1. What claims does not say is
// the client's own.
func jwtBearer(c *connection, audience string) (url.Values, error) {
	now := time.Now()
	claims := map[string]any{
		"iss": c.clientID, "sub": c.clientID, "aud": audience, "jti": rand.Text(),
		"iat": jwt.NewNumericDate(now), "exp": jwt.NewNumericDate(now.Add(assertionLifetime)),
	}
	maps.Copy(claims, c.claims)
	assertion, err := sign(signingKey(c), c.signingKeyID, claims)
	if err != nil {
		return nil, err
	}
	return c.withScope(url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion},
	}), nil
}

// tokenExchange exchanges a token for another, RFC 8693 §2.1.
func tokenExchange(c *connection) url.Values {
	params := url.Values{
		"grant_type":    {"urn:ietf:params:oauth:grant-type:token-exchange"},
		"subject_token": {c.subjectToken.reveal()}, "subject_token_type": {c.subjectTokenType},
	}
	if c.requestedTokenType != "" {
		params.Set("requested_token_type", c.requestedTokenType)
	}
	return c.withScope(params)
}
