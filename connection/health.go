package connection

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/callback"
)

// State is the condition of a connection.
type State string

// The states.
const (
	StateUnused      State = "unused"       // its credential has not been requested yet
	StateReady       State = "ready"        // the last attempt to get or use the credential succeeded
	StateFailing     State = "failing"      // the last attempt failed, and a later one may succeed
	StateNeedsReauth State = "needs_reauth" // the credential was refused: a user has to authorize the connection again, or the operator to change it
)

// Event reports that a connection has changed its state.
type Event struct {
	Connection string
	State      State
	Err        error            // the reason; nil for StateReady. It holds no secret.
	Identity   hostapi.Identity // the caller whose operation noticed it, as in an [AuditEvent]
}

// health is the state of one connection.
type health struct {
	name         string
	notify       func(Event)  // may be nil
	retired      *atomic.Bool // then nothing is reported
	defaultActor string       // see Config.Actor

	mu       sync.Mutex
	state    State
	panicked error // of a callback
}

func (h *health) now() State {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state
}

func (h *health) ready(ctx context.Context) { h.enter(ctx, StateReady, nil) }

func (h *health) failed(ctx context.Context, f *oauthclient.Error) {
	if f.NeedsReauth {
		h.enter(ctx, StateNeedsReauth, &f.Err)
	} else {
		h.enter(ctx, StateFailing, &f.Err)
	}
}

// observe sets the state of a static credential by the status of an API's response: no
// token endpoint reports that it was revoked.
func (h *health) observe(ctx context.Context, status int) (State, string) {
	if status != http.StatusUnauthorized {
		h.ready(ctx)
		return StateReady, ""
	}
	err := &hostapi.Error{
		Code: hostapi.CodeConnection, Name: h.name, Message: "the API answered 401 to its credential",
		Hint: "has it expired or been revoked?",
	}
	h.enter(ctx, StateNeedsReauth, err)
	return StateNeedsReauth, err.Message
}

func (h *health) enter(ctx context.Context, s State, err error) {
	h.mu.Lock()
	changed := h.state != s
	h.state = s
	h.mu.Unlock()
	if !changed || h.notify == nil || h.retired.Load() {
		return
	}
	if err := h.tell(Event{h.name, s, err, identityOf(ctx, h.defaultActor)}); err != nil {
		h.broke(err)
	}
}

// broke records the panic of a callback, for trouble.
func (h *health) broke(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.panicked = err
}

func (h *health) tell(e Event) (err error) {
	defer callback.Recover("event", "the callback OnEvent of the connection.Config", &err)
	h.notify(e)
	return nil
}

// trouble returns the error of a callback if one has panicked since the last call. The
// operation under way completes first and then fails with it.
func (h *health) trouble() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	err := h.panicked
	h.panicked = nil
	return err
}
