package connection

import (
	"context"

	"github.com/postern-dev/postern/hostapi"
)

// Refresh returns a new token of the named connection even if the current one is still
// valid, RFC 6749 §6. It also tries a grant that the server has ended: servers have
// been wrong about that. A renewal by another caller in the meantime is enough. If it
// fails, the current token stays in use. A token that is in oauth.toml is returned as
// it is.
func (m *Manager) Refresh(ctx context.Context, name string) (Token, error) {
	const op = "token"
	e, err := m.entry(ctx, m.now(), op, name)
	if err != nil {
		return Token{}, err
	}
	e.forced.Add(1)
	defer e.forced.Add(-1)
	before := new(tokenSet)
	if !e.conn.Grant.Static {
		if before, err = e.load(ctx); err != nil {
			return Token{}, withOp(err, op)
		}
	}
	seen, err := e.tokenFor(ctx, op, 0)
	if err != nil {
		return Token{}, err
	}
	if e.conn.Grant.Static || seen.generation > before.generation {
		return seen.Token, nil
	}
	if e.conn.Grant.Interactive && before.refreshToken == nil {
		return Token{}, &hostapi.Error{
			Code: hostapi.CodeNeedsReauth, Op: op, Name: name, Message: "there is no refresh token",
			Hint: "run: postern connect NAME",
		}
	}
	refused := e.refusedGeneration.Swap(seen.generation) // do not load it from the store again
	e.current.CompareAndSwap(seen, nil)
	renewed, err := e.tokenFor(ctx, op, 0)
	if err != nil {
		e.refusedGeneration.CompareAndSwap(seen.generation, refused)
		e.current.CompareAndSwap(nil, seen)
		return Token{}, err
	}
	return renewed.Token, nil
}
