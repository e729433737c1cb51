package connection

import (
	"context"
	"errors"

	"golang.org/x/oauth2"

	"github.com/postern-dev/postern/hostapi"
)

// obtain gets a new credential, with what is held of the connection so far. Its
// error is a *tokenError.
func (e *entry) obtain(ctx context.Context, h *held) (*oauth2.Token, error) {
	c := e.conn
	switch {
	case c.grant.pair:
		return &oauth2.Token{AccessToken: c.basicCredential()}, nil
	case c.grant.fixed:
		return &oauth2.Token{AccessToken: c.token.reveal()}, nil
	}
	key, err := h.bind(c)
	if err != nil {
		return nil, err
	}
	if h.refreshToken != nil {
		token, err := e.wire.Refresh(ctx, key, h.refreshToken)
		f, ok := errors.AsType[*tokenError](err)
		switch {
		case !ok || f.code != "invalid_grant":
			return token, err
		case c.grant.person:
			f.reason.Code = hostapi.CodeNeedsReauth
			return nil, f
		}
		// A grant that needs no user can simply start again.
	}
	if c.grant.person {
		return nil, unauthorized(c, h)
	}
	return e.wire.Token(ctx, key)
}

// unauthorized is the failure of a grant that needs a user.
func unauthorized(c *connection, h *held) *tokenError {
	message := "not authorized yet"
	if h.accessToken != nil {
		message = "its access token has expired or was refused, and there is no refresh token"
	}
	return &tokenError{needsReauth: true, reason: hostapi.Error{
		Code: hostapi.CodeNeedsReauth, Name: c.name, Message: message, Hint: "run: postern connect " + c.name,
	}}
}
