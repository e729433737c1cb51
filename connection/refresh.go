package connection

import (
	"context"

	"github.com/postern-dev/postern/hostapi"
)

// Refresh returns a new token of the named connection, though the one that is held
// may still be good. It tries a grant that the server has ended as well: servers have
// been wrong about that. What somebody else renews meanwhile is new enough. If it fails,
// the token that is held stays in use. A token that stands in the file is returned as
// it is.
func (m *Manager) Refresh(ctx context.Context, name string) (Token, error) {
	const op = "token"
	e, err := m.entry(op, name)
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
			Code: hostapi.CodeNeedsReauth, Op: op, Name: name, Message: "there is no refresh token to get another token with",
			Hint: "run: postern connect NAME",
		}
	}
	refused := e.refusedGeneration.Swap(seen.generation) // it is not to be had from the store again
	e.current.CompareAndSwap(seen, nil)
	renewed, err := e.tokenFor(ctx, op, 0)
	if err != nil {
		e.refusedGeneration.CompareAndSwap(seen.generation, refused)
		e.current.CompareAndSwap(nil, seen)
		return Token{}, err
	}
	return renewed.Token, nil
}
