package connection

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
)

// Status is the stored state of a connection. Reading it makes no request. It holds no
// secret.
type Status struct {
	State       State     `json:"state"`
	Reason      string    `json:"reason,omitempty"`         // of the state
	Expiry      time.Time `json:"expires_at,omitzero"`      // of the access token
	Scopes      []string  `json:"scopes,omitempty"`         // as granted
	Refreshable bool      `json:"refreshable"`              // there is a refresh token
	Updated     time.Time `json:"updated_at,omitzero"`      // when its tokens were stored
	InFlight    time.Time `json:"in_flight_since,omitzero"` // start of a renewal that has not ended
}

// Status returns what the store has of the named connection. The state of one that
// lacks a secret is [StateFailing], and the reason names the secret.
func (m *Manager) Status(ctx context.Context, name string) (Status, error) {
	const op = "connection"
	s := m.now()
	e, missing := m.peek(ctx, s, op, name)
	if missing != nil {
		c := s.set.named(name)
		if c == nil {
			return Status{}, missing
		}
		e = m.newEntry(s, c, name)
	}
	status, err := e.status(ctx, missing != nil)
	if err != nil {
		return Status{}, withOp(err, op)
	}
	if e, ok := errors.AsType[*hostapi.Error](missing); ok {
		status.State, status.Reason = StateFailing, e.Name+": "+e.Message
	}
	return status, nil
}

// status returns what the store has of the connection, whose secrets may be unresolved
// (bare).
func (e *entry) status(ctx context.Context, bare bool) (Status, error) {
	switch {
	case e.conn.Grant.Static && bare:
		return Status{}, nil
	case e.conn.Grant.Static:
		return e.statusOfFixed(ctx)
	}
	h, err := e.load(ctx)
	switch {
	case err != nil:
		return Status{}, err
	case h.changed != "" && e.conn.Grant.Interactive:
		return Status{State: StateNeedsReauth, Reason: e.foreign(h).Err.Message}, nil
	case h.state == "":
		return Status{State: StateUnused}, nil
	}
	return Status{
		State: h.state, Reason: h.reason, Expiry: h.expiry, Scopes: h.scopes,
		Refreshable: h.refreshToken != nil, Updated: h.updated, InFlight: h.inFlight,
	}, nil
}

// Imported are tokens obtained elsewhere.
type Imported struct {
	AccessToken  string    `json:"access_token"`
	RefreshToken string    `json:"refresh_token"`
	TokenType    string    `json:"token_type"`
	Expiry       time.Time `json:"expires_at"`
	Scopes       []string  `json:"scopes"`
}

// String returns "[secret]".
func (Imported) String() string { return secret.Hidden }

// GoString returns "[secret]".
func (Imported) GoString() string { return secret.Hidden }

// Import stores tokens obtained elsewhere as those of the named connection.
func (m *Manager) Import(ctx context.Context, name string, tokens Imported) error {
	const op = "import"
	e, err := m.peek(ctx, m.now(), op, name)
	if err != nil {
		return err
	}
	fail := func(message, hint string) error {
		return &hostapi.Error{Code: hostapi.CodeConfig, Op: op, Name: name, Message: message, Hint: hint}
	}
	// White space around a token is left over from copying it.
	accessToken, refreshToken := strings.TrimSpace(tokens.AccessToken), strings.TrimSpace(tokens.RefreshToken)
	switch {
	case e.conn.Grant.Static:
		return fail("its credential is in oauth.toml", "write it there")
	case accessToken == "" && refreshToken == "":
		return fail("there is neither an access token nor a refresh token", "")
	case len(accessToken) > oauthtoml.MaxToken:
		return fail(fmt.Sprintf("the access token has more than %d KiB, which no header can carry", oauthtoml.MaxToken>>10), "")
	case !oauthtoml.IsHeaderText(accessToken):
		return fail("the access token has a control character in it", "")
	case accessToken != "" && (e.conn.DPoP || strings.EqualFold(tokens.TokenType, "DPoP")):
		return fail("an access token cannot be imported with DPoP: it is bound to a key that is elsewhere", "import a refresh token alone")
	case accessToken != "" && !e.conn.IsBearer(tokens.TokenType):
		return fail("the access token is not a bearer token, according to its token_type", "if it is used like one, add its type to token_types of response")
	}
	h := &tokenSet{
		accessToken: secret.New(accessToken), refreshToken: secret.New(refreshToken),
		tokenType: "Bearer", expiry: tokens.Expiry, scopes: tokens.Scopes, bound: bindingOf(e.conn), old: e.oldTokens(ctx),
	}
	record, err := h.record()
	if err == nil {
		err = e.store.Put(ctx, e.key, record)
	}
	if err != nil {
		return withOp(e.hostFailed(err), op)
	}
	e.current.Store(nil)
	e.failed.Store(nil)
	e.audit(ctx, ActionAdd, "imported")
	return nil
}
