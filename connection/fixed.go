package connection

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
)

// observe sets the state of a static credential by the status of an API's response, and
// stores what other processes have to know: that it was refused, or is accepted again.
func (e *entry) observe(ctx context.Context, status int) {
	state, reason := e.health.observe(ctx, status)
	if _, ok := e.store.(*memory); ok {
		return
	}
	before := e.storedState.Load()
	if before == state || !e.storedState.CompareAndSwap(before, state) || !e.renewals.begin() {
		return
	}
	go func() { // tasks do not wait for the store
		defer e.renewals.end()
		ctx, stop := detached(e.renewals.over, ctx)
		defer stop()
		ctx, cancel := context.WithTimeout(ctx, saveWait)
		defer cancel()
		if e.storeState(ctx, state, reason) != nil {
			e.storedState.CompareAndSwap(state, StateUnused) // the next response tries again
		}
	}()
}

// storeState stores the state of a static credential. One that has never been refused
// needs no record.
func (e *entry) storeState(ctx context.Context, state State, reason string) error {
	h, err := e.load(ctx)
	if err != nil || h.state == state || h.state == "" && state == StateReady {
		return err
	}
	record, err := (&tokenSet{bound: bindingOf(e.conn), refused: state == StateNeedsReauth, reason: reason}).record()
	if err != nil {
		return err
	}
	return e.store.Put(ctx, e.key, record)
}

// fingerprint identifies a static credential, so that a stored state does not apply to
// its successor.
func fingerprint(c *oauthtoml.Connection) string {
	text := c.Token.Reveal()
	if c.Grant.Basic {
		text = c.BasicCredential()
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// statusOfFixed returns what the store has of a static credential.
func (e *entry) statusOfFixed(ctx context.Context) (Status, error) {
	h, err := e.load(ctx)
	switch {
	case err != nil:
		return Status{}, err
	case e.conn.Expired():
		return Status{State: StateNeedsReauth, Reason: "it expired, according to expires in oauth.toml", Expiry: e.conn.Expires}, nil
	case h.state == "":
		return Status{State: e.health.now(), Expiry: e.conn.Expires}, nil
	}
	return Status{Expiry: e.conn.Expires, State: h.state, Reason: h.reason, Updated: h.updated.Truncate(time.Millisecond)}, nil
}
