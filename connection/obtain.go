package connection

import (
	"context"
	"errors"

	"golang.org/x/oauth2"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/hostapi"
)

// obtain requests a new token: with the refresh token of h if it has one, else with the
// connection's grant. Its error is an [oauthclient.Error].
func (e *entry) obtain(ctx context.Context, h *tokenSet) (*oauth2.Token, error) {
	c := e.conn
	switch {
	case c.Grant.Basic:
		return &oauth2.Token{AccessToken: c.BasicCredential()}, nil
	case c.Grant.Static:
		return &oauth2.Token{AccessToken: c.Token.Reveal()}, nil
	}
	key, err := h.bind(c)
	if err != nil {
		return nil, err
	}
	if h.refreshToken != nil {
		token, err := e.client.Refresh(ctx, key, h.refreshToken)
		f, ok := errors.AsType[*oauthclient.Error](err)
		switch {
		case !ok || f.Code != "invalid_grant":
			return token, err
		case c.Grant.Interactive:
			f.Err.Code = hostapi.CodeNeedsReauth
			return nil, f
		}
		// A grant that needs no user can simply start again.
	}
	if c.Grant.Interactive {
		return nil, unauthorized(c, h)
	}
	return e.client.Token(ctx, key)
}

// unauthorized is the error of a grant that needs authorization by a user.
func unauthorized(c *oauthtoml.Connection, h *tokenSet) *oauthclient.Error {
	message := "not authorized yet"
	if h.accessToken != nil {
		message = "its access token has expired or was refused, and there is no refresh token"
	}
	return &oauthclient.Error{NeedsReauth: true, Err: hostapi.Error{
		Code: hostapi.CodeNeedsReauth, Name: c.Name, Message: message, Hint: "run: postern connect " + c.Name,
	}}
}
