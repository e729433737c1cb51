package connection

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
)

// observe judges a fixed credential by what the API says to it, and keeps in the
// store what other processes have to know: that it was refused, or is good again.
func (e *entry) observe(status int) {
	state, reason := e.health.observe(status)
	if _, ok := e.store.(*memory); ok {
		return
	}
	before := e.storedState.Load()
	if before == state || !e.storedState.CompareAndSwap(before, state) || !e.renewals.begin() {
		return
	}
	go func() { // no task waits for this
		defer e.renewals.end()
		ctx, cancel := context.WithTimeout(e.renewals.over, saveWait)
		defer cancel()
		if e.storeState(ctx, state, reason) != nil {
			e.storedState.CompareAndSwap(state, StateUnused) // so the next answer tries again
		}
	}()
}

// storeState stores the state of a fixed credential. One that is good from the beginning
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

// fingerprint tells a fixed credential from the one that the file has later.
func fingerprint(c *oauthtoml.Connection) string {
	text := c.Token.Reveal()
	if c.Grant.Basic {
		text = c.BasicCredential()
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// statusOfFixed returns what the store has of a fixed credential.
func (e *entry) statusOfFixed(ctx context.Context) (Status, error) {
	h, err := e.load(ctx)
	switch {
	case err != nil:
		return Status{}, err
	case e.conn.Expired():
		return Status{State: StateNeedsReauth, Reason: "it expired, as the file of connections says", Expiry: e.conn.Expires}, nil
	case h.state == "":
		return Status{State: e.health.now(), Expiry: e.conn.Expires}, nil
	}
	return Status{Expiry: e.conn.Expires, State: h.state, Reason: h.reason, Updated: h.updated.Truncate(time.Millisecond)}, nil
}
