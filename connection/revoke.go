package connection

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/redact"
)

// Revoke revokes the tokens of the named connection, RFC 7009, and deletes them from
// the store. If the server has no revocation endpoint they are only deleted, and
// revoked is false; so is a record that cannot be decrypted. If the request to the
// server fails, nothing is deleted.
func (m *Manager) Revoke(ctx context.Context, name string) (revoked bool, err error) {
	const op = "revoke"
	e, err := m.peek(ctx, m.now(), op, name)
	if err != nil {
		return false, err
	}
	if e.conn.Grant.Static {
		return false, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: op, Name: name, Message: "its credential is in oauth.toml", Hint: "revoke it where it was made, and remove it there",
		}
	}
	ctx, cancel := e.withTimeout(ctx)
	defer cancel()
	h, err := e.load(ctx)
	switch {
	case err == nil:
		if revoked, err = e.revokeTokens(ctx, h); err != nil {
			return false, withOp(err, op)
		}
	case !errors.Is(withOp(err, op), ErrUnreadable):
		return false, withOp(err, op)
	}
	if err := e.store.Delete(ctx, e.key); err != nil {
		return revoked, withOp(e.hostFailed(err), op)
	}
	e.current.Store(nil)
	e.health.enter(ctx, StateUnused, nil)
	e.audit(ctx, ActionRevoke, "")
	if err := e.health.trouble(); err != nil {
		return revoked, withOp(e.hostFailed(err), op)
	}
	return revoked, nil
}

// revokeTokens asks the server to revoke the tokens of h, RFC 7009 §2.1. It reports
// false if there was no token or no revocation endpoint.
func (e *entry) revokeTokens(ctx context.Context, h *tokenSet) (revoked bool, err error) {
	metadata, err := e.client.Discovery.Get(ctx)
	if err != nil || !metadata.Has("revocation_endpoint") {
		return false, err
	}
	// Tokens of another server are not in h, see binding. The refresh token goes first,
	// since it can be used to get new access tokens.
	for _, t := range []struct {
		hint  string
		token secret.Text
	}{{"refresh_token", h.refreshToken}, {"access_token", h.accessToken}} {
		if t.token == nil {
			continue
		}
		if _, err := e.client.Post(ctx, "revocation_endpoint", url.Values{"token": {t.token.Reveal()}, "token_type_hint": {t.hint}}); err != nil {
			return false, err
		}
		revoked = true
	}
	return revoked, nil
}

// Introspection is a response of an introspection endpoint, RFC 7662 §2.2.
type Introspection struct {
	Active   bool      `json:"active"`
	Scope    string    `json:"scope,omitempty"`
	ClientID string    `json:"client_id,omitempty"`
	Username string    `json:"username,omitempty"`
	Subject  string    `json:"sub,omitempty"`
	Expiry   time.Time `json:"expires_at,omitzero"`
}

// Introspect asks the authorization server about the named connection's access token,
// RFC 7662 §2.1, requesting a token first if there is none. The result is nil if the
// server has no introspection endpoint.
func (m *Manager) Introspect(ctx context.Context, name string) (*Introspection, error) {
	const op = "introspect"
	e, err := m.entry(ctx, m.now(), op, name)
	if err != nil {
		return nil, err
	}
	c, err := e.tokenFor(ctx, op, 0)
	if err != nil {
		return nil, err
	}
	if e.conn.Grant.Static {
		return nil, nil //nolint:nilnil // there is no server to ask
	}
	ctx, cancel := e.withTimeout(ctx)
	defer cancel()
	metadata, err := e.client.Discovery.Get(ctx)
	if err != nil {
		return nil, withOp(err, op)
	}
	if !metadata.Has("introspection_endpoint") {
		return nil, nil //nolint:nilnil // as above
	}
	a, err := e.client.Post(ctx, "introspection_endpoint", url.Values{"token": {c.AccessToken()}, "token_type_hint": {"access_token"}})
	if err != nil {
		return nil, withOp(err, op)
	}
	secrets := new(redact.Set) // a server may echo the token
	for _, s := range append(e.conn.Secrets(), c.AccessToken()) {
		if len(s) >= redact.MinLength {
			secrets.Hide(s)
		}
	}
	text := func(name string) string {
		s, _ := a[name].(string)
		s, _ = redact.Text(context.WithoutCancel(ctx), s, secrets) // it cannot be cancelled, and the response is small
		return s
	}
	out := &Introspection{Scope: text("scope"), ClientID: text("client_id"), Username: text("username"), Subject: text("sub")}
	out.Active, _ = a["active"].(bool)
	if seconds := oauthclient.Number(a["exp"]); seconds > 0 {
		out.Expiry = time.Unix(int64(seconds), 0)
	}
	return out, nil
}
