package runs

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/internal/database"
)

// Nodes that share PostgreSQL tell each other what they otherwise find at the next poll: that is only faster,
// and may be lost. The one node of SQLite has none to tell.

// channel is the channel of the notifications.
const channel = "postern_runs"

// The payloads.
const (
	tellReady    = "ready"    // runs are ready, and this node has no free worker
	tellEnded    = "ended"    // runs have ended that are not watched here
	tellCanceled = "canceled" // the end of a run was asked for that is not executed here
)

// notices are kinds of notifications that wait to be dealt with: of each one is enough.
type notices struct {
	bell chan struct{}

	mu    sync.Mutex
	kinds map[string]bool
}

func newNotices() *notices {
	return &notices{bell: make(chan struct{}, 1), kinds: make(map[string]bool)}
}

func (n *notices) add(kind string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.kinds[kind] = true
	select {
	case n.bell <- struct{}{}:
	default: // this one will be found too
	}
}

func (n *notices) take() map[string]bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	kinds := n.kinds
	n.kinds = make(map[string]bool)
	return kinds
}

// others are the other nodes.
type others struct {
	n    atomic.Int64 // at the last heartbeat
	tell *notices
}

// tell tells other nodes something, if there are any.
func (r *Runs) tell(kind string) {
	if r.others.n.Load() > 0 {
		r.others.tell.add(kind)
	}
}

// startTelling tells and hears notifications until ctx ends.
func (r *Runs) startTelling(ctx context.Context) {
	if r.db.Dialect != database.PostgreSQL {
		return
	}
	heard := newNotices()
	r.loops.Go(func() { r.listen(ctx, heard) })
	r.loops.Go(func() {
		r.deal(ctx, heard, func(kind string) error {
			switch kind {
			case tellReady:
				r.wakeTaker()
			case tellEnded:
				return r.ringEnded(ctx)
			case tellCanceled:
				return r.cancelRequested(ctx)
			}
			return nil
		})
	})
	r.loops.Go(func() {
		r.deal(ctx, r.others.tell, func(kind string) error {
			if _, err := r.db.ExecContext(ctx, "SELECT pg_notify($1, $2)", channel, kind); err != nil {
				return r.db.Failed(ctx, "notify other nodes", "", err)
			}
			return nil
		})
	})
}

// deal calls do for each kind, at most once in a few milliseconds.
func (r *Runs) deal(ctx context.Context, n *notices, do func(kind string) error) {
	const between = 5 * time.Millisecond
	last := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.bell:
		}
		for kind := range n.take() {
			last = r.logged(last, do(kind))
		}
		pause(ctx, between)
	}
}

// listen hears what other nodes tell.
func (r *Runs) listen(ctx context.Context, heard *notices) {
	const between = time.Second // attempts to connect
	last := ""
	for ctx.Err() == nil {
		err := r.db.Listen(ctx, channel, func() { last = "" }, heard.add)
		last = r.logged(last, err)
		pause(ctx, between)
	}
}
