package oauthclient

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
)

// token returns the token in a response, RFC 6749 §5.1, with its id_token, scope and
// fields as extra values, or why there is none.
func (c *call) token(r *response) (*oauth2.Token, error) {
	if r.refused() {
		return nil, c.refused(r)
	}
	issued := r.object.tokenResponse(c.conn.PathsFor(c.grantType), c.sentAt)
	if issued.accessToken == "" && c.grantType == oauthtoml.GrantRefresh && r.object.saysRefreshTokenEnded() {
		return nil, c.refused(r)
	}
	tokenType, f := c.usable(r, issued)
	if f != nil {
		return nil, c.withRotated(r, f)
	}
	token := &oauth2.Token{AccessToken: issued.accessToken, TokenType: tokenType, RefreshToken: issued.refreshToken}
	if issued.expiresIn > 0 {
		token.Expiry = c.sentAt.Add(time.Duration(issued.expiresIn) * time.Second)
	}
	return token.WithExtra(map[string]any{
		"id_token": issued.idToken, "scope": issued.scope, "fields": r.object.fields(c.conn.Response.Fields),
	}), nil
}

// usable returns the type of an issued token, or why the token cannot be used.
func (c *call) usable(r *response, issued tokenResponse) (string, *Error) {
	bound := strings.EqualFold(issued.tokenType, "DPoP")
	switch {
	case issued.accessToken == "" && c.grantType == oauthtoml.GrantRefresh:
		return "", c.fail(hostapi.CodeConnection, false, "if the token is elsewhere in the response, write its path in refresh_response; a refresh that returns no token is not supported",
			"answered %d without an access token", r.status)
	case issued.accessToken == "":
		return "", c.fail(hostapi.CodeConnection, false, "if the token is elsewhere in the response, write its path in response", "answered %d without an access token", r.status)
	case len(issued.accessToken) > oauthtoml.MaxToken:
		return "", c.fail(hostapi.CodeConnection, false, "is "+c.key+" right?", "sent an access token of more than %d KiB, which no header can carry", oauthtoml.MaxToken>>10)
	case !oauthtoml.IsHeaderText(issued.accessToken):
		return "", c.fail(hostapi.CodeConnection, false, "", "sent an access token with a control character in it")
	case c.proofKey != nil && !bound:
		// RFC 9449 §5: it is not bound to the key.
		return "", c.fail(hostapi.CodeConnection, true, "remove dpop = true if the server does not know DPoP", "issued a token that is not bound to a key")
	case bound && c.proofKey == nil:
		// Such a token is not accepted as a bearer token, RFC 9449 §7.
		return "", c.fail(hostapi.CodeConnection, true, "add dpop = true, or register the client for bearer tokens", "issued a token that is not a bearer token: its token_type is DPoP")
	case bound:
		return "DPoP", nil
	case c.conn.IsBearer(issued.tokenType):
		return "Bearer", nil
	}
	// RFC 6749 §7.1: a client must not use a token whose type it does not understand.
	what := "its token_type is not known"
	if oauthtoml.IsWord(issued.tokenType) && !c.conn.HoldsSecret(issued.tokenType) && !c.holdsSent(issued.tokenType) && !strings.Contains(issued.tokenType, issued.accessToken) {
		what = fmt.Sprintf("its token_type is %q", issued.tokenType)
	}
	return "", c.fail(hostapi.CodeConnection, true, "if it is used like one, add its type to token_types of response", "issued a token that is not a bearer token: %s", what)
}

// withRotated returns f with the refresh token of an unusable response to a refresh, if
// it has one.
func (c *call) withRotated(r *response, f *Error) *Error {
	if c.grantType != oauthtoml.GrantRefresh || r.status < 200 || r.status > 299 || r.object.isError() {
		return f
	}
	a := r.object
	paths := c.conn.PathsFor(c.grantType)
	if a.tokenResponse(paths, c.sentAt).refreshToken == "" {
		a = salvage(r.body)
	}
	if text := a.tokenResponse(paths, c.sentAt).refreshToken; !a.isError() && text != c.sent.Get("refresh_token") {
		f.Rotated = secret.New(text)
	}
	return f
}
