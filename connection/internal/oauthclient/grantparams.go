package oauthclient

import (
	"context"
	"crypto/rand"
	"maps"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
)

// Token requests a token with a non-interactive grant: client credentials, an
// assertion, another token or a password. It is bound to key unless that is nil.
func (client *Client) Token(ctx context.Context, key secret.Key) (*oauth2.Token, error) {
	c, err := client.begin(ctx, "token_endpoint")
	if err != nil {
		return nil, err
	}
	params, err := grantParams(client.conn, c.audience)
	if err != nil {
		return nil, &Error{NeedsReauth: true, Err: hostapi.Error{
			Code: hostapi.CodeConnection, Name: client.conn.Name, Message: "the assertion cannot be signed", Hint: "check signing_key and signing_alg",
		}}
	}
	return client.Exchange(ctx, key, params)
}

// Refresh requests a token with a refresh token, RFC 6749 §6.
func (client *Client) Refresh(ctx context.Context, key secret.Key, refreshToken secret.Text) (*oauth2.Token, error) {
	params := url.Values{"grant_type": {oauthtoml.GrantRefresh}, "refresh_token": {refreshToken.Reveal()}}
	if client.conn.SendScopesOnRefresh {
		client.conn.WithScope(params)
	}
	return client.Exchange(ctx, key, params)
}

// grantParams returns the parameters of a non-interactive grant.
func grantParams(c *oauthtoml.Connection, audience string) (url.Values, error) {
	switch c.Grant.Name {
	case "jwt_bearer":
		return jwtBearer(c, audience)
	case "token_exchange":
		return tokenExchange(c), nil
	case "password":
		return c.WithScope(url.Values{"grant_type": {"password"}, "username": {c.Username}, "password": {c.Password.Reveal()}}), nil
	}
	return c.WithScope(url.Values{"grant_type": {"client_credentials"}}), nil
}

// jwtBearer returns the parameters of RFC 7523 §2.1. Claims that the file does not set
// are those of the client.
func jwtBearer(c *oauthtoml.Connection, audience string) (url.Values, error) {
	now := time.Now()
	claims := map[string]any{
		"iss": c.ClientID, "sub": c.ClientID, "aud": audience, "jti": rand.Text(),
		"iat": jwt.NewNumericDate(now), "exp": jwt.NewNumericDate(now.Add(assertionLifetime)),
	}
	maps.Copy(claims, c.Claims)
	assertion, err := sign(signingKey(c), c.SigningKeyID, claims)
	if err != nil {
		return nil, err
	}
	return c.WithScope(url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion},
	}), nil
}

// tokenExchange returns the parameters of RFC 8693 §2.1.
func tokenExchange(c *oauthtoml.Connection) url.Values {
	params := url.Values{
		"grant_type":    {"urn:ietf:params:oauth:grant-type:token-exchange"},
		"subject_token": {c.SubjectToken.Reveal()}, "subject_token_type": {c.SubjectTokenType},
	}
	if c.RequestedTokenType != "" {
		params.Set("requested_token_type", c.RequestedTokenType)
	}
	return c.WithScope(params)
}
