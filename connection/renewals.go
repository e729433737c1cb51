package connection

import (
	"context"
	"strings"
	"sync"

	"github.com/postern-dev/postern/hostapi"
)

// renewals counts the renewals of a manager, and ends them with it.
type renewals struct {
	mu     sync.Mutex
	n      int
	closed bool
	idle   chan struct{} // closed when the last one has ended
	lost   []string      // connections whose renewed token could not be stored

	// closing ends when the manager is closed, and with it every renewal that can be
	// done again. over ends when no renewal is waited for any more.
	closing, over context.Context
	close, giveUp context.CancelFunc
}

func newRenewals() *renewals {
	r := &renewals{idle: make(chan struct{})}
	r.closing, r.close = context.WithCancel(context.Background())
	r.over, r.giveUp = context.WithCancel(context.Background())
	return r
}

// begin reports whether a renewal may begin; end must follow then.
func (r *renewals) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.n++
	return true
}

// more adds to a renewal something that goes on after it; end must follow.
func (r *renewals) more() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.n++
}

func (r *renewals) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n--; r.n == 0 && r.closed {
		close(r.idle)
	}
}

// lose notes that the renewed token of a connection could not be stored.
func (r *renewals) lose(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = append(r.lost, name)
}

// failure is what Close returns when no renewal is under way any more.
func (r *renewals) failure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.lost) == 0 {
		return nil
	}
	return &hostapi.Error{
		Code: hostapi.CodeConnection, Op: "close", Name: strings.Join(r.lost, ", "),
		Message: "the renewed token could not be stored, and the refresh token in the store is spent", Hint: "run: postern connect " + r.lost[0],
	}
}

// stop lets no renewal begin any more, ends those that can be done again, and
// returns what is closed when the last one has ended.
func (r *renewals) stop() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.closed = true
		r.close()
		if r.n == 0 {
			close(r.idle)
		}
	}
	return r.idle
}

// detached returns ctx without its end, and with that of a context of the manager. A
// renewal serves everyone who waits for it, so it does not end with the task that
// happened to come first.
func detached(end, ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(end, cancel)
	return ctx, func() { stop(); cancel() }
}
