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

// Revoke gives back what the named connection holds, RFC 7009, and forgets it.
// Where the server has no revocation endpoint it is only forgotten, and revoked is
// false; so is what the store has and cannot decrypt. If the server cannot be asked
// nothing is forgotten.
func (m *Manager) Revoke(ctx context.Context, name string) (revoked bool, err error) {
	const op = "revoke"
	e, err := m.peek(op, name)
	if err != nil {
		return false, err
	}
	if e.conn.Grant.Static {
		return false, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: op, Name: name, Message: "its credential stands in the file of connections", Hint: "revoke it where it was made, and remove it there",
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
	e.health.enter(StateUnused, nil)
	e.audit(ctx, ActionRevoke, "")
	if err := e.health.trouble(); err != nil {
		return revoked, withOp(e.hostFailed(err), op)
	}
	return revoked, nil
}

// revokeTokens asks the server to revoke the tokens of h, and reports whether there was
// one to be revoked and a way to ask for it.
func (e *entry) revokeTokens(ctx context.Context, h *tokenSet) (revoked bool, err error) {
	metadata, err := e.client.Discovery.Get(ctx)
	if err != nil || !metadata.Has("revocation_endpoint") {
		return false, err
	}
	// Another server's tokens are not held, see binding. The refresh token goes first:
	// it is what others could go on with.
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

// Introspection is what an authorization server says of a token, RFC 7662 §2.2.
type Introspection struct {
	Active   bool      `json:"active"`
	Scope    string    `json:"scope,omitempty"`
	ClientID string    `json:"client_id,omitempty"`
	Username string    `json:"username,omitempty"`
	Subject  string    `json:"sub,omitempty"`
	Expiry   time.Time `json:"expires_at,omitzero"`
}

// Introspect asks the authorization server about the named connection's access
// token, which is got if there is none. Where the server has no introspection
// endpoint the result is nil.
func (m *Manager) Introspect(ctx context.Context, name string) (*Introspection, error) {
	const op = "introspect"
	e, err := m.entry(op, name)
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
	secrets := new(redact.Set) // a server that gives a token back tells nobody who reads this
	for _, s := range append(e.conn.Secrets(), c.AccessToken()) {
		if len(s) >= redact.MinLength {
			secrets.Hide(s)
		}
	}
	text := func(name string) string {
		s, _ := a[name].(string)
		s, _ = redact.Text(context.WithoutCancel(ctx), s, secrets) // nothing ends it, and the answer is small
		return s
	}
	out := &Introspection{Scope: text("scope"), ClientID: text("client_id"), Username: text("username"), Subject: text("sub")}
	out.Active, _ = a["active"].(bool)
	if seconds := oauthclient.Number(a["exp"]); seconds > 0 {
		out.Expiry = time.Unix(int64(seconds), 0)
	}
	return out, nil
}
