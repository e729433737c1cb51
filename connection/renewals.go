package connection

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/postern-dev/postern/hostapi"
)

// renewals counts the renewals of a manager in progress, and cancels them when it
// closes.
type renewals struct {
	mu     sync.Mutex
	n      int
	closed bool
	shut   atomic.Bool   // closed, to be read without the lock
	idle   chan struct{} // closed when none is in progress any more
	lost   []string      // connections whose renewed token could not be stored

	// closing is cancelled when the manager is closed, and with it every renewal that can
	// be repeated. over is cancelled when Close stops waiting.
	closing, over context.Context
	close, giveUp context.CancelFunc
}

func newRenewals() *renewals {
	r := &renewals{idle: make(chan struct{})}
	r.closing, r.close = context.WithCancel(context.Background())
	r.over, r.giveUp = context.WithCancel(context.Background())
	return r
}

// begin reports whether a renewal may begin; then end must follow.
func (r *renewals) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.n++
	return true
}

// more extends a renewal by work that continues after it; end must follow.
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

// lose records that the renewed token of a connection could not be stored.
func (r *renewals) lose(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = append(r.lost, name)
}

// failure is the error of Close once no renewal is in progress.
func (r *renewals) failure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.lost) == 0 {
		return nil
	}
	return &hostapi.Error{
		Code: hostapi.CodeConnection, Op: "close", Name: strings.Join(r.lost, ", "),
		Message: "the renewed token could not be stored, and the refresh token in the store has been used", Hint: "run: postern connect " + r.lost[0],
	}
}

// stop lets no renewal begin any more, cancels those that can be repeated, and returns
// a channel that is closed when the last one has ended.
func (r *renewals) stop() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.closed = true
		r.shut.Store(true)
		r.close()
		if r.n == 0 {
			close(r.idle)
		}
	}
	return r.idle
}

// detached returns ctx without its cancellation, cancelled with end instead. A renewal
// serves all callers that wait for it, so it does not end with the first one.
func detached(end, ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(end, cancel)
	return ctx, func() { stop(); cancel() }
}
