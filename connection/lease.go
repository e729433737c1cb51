package connection

import (
	"context"
	"time"
)

// A refresh token that a server rotates is good once, so the processes on a Store
// take turns: only the holder of a record's lease sends its refresh token. A lease
// has no end by any clock, which may jump or differ between machines. Its holder
// beats for as long as it lives, and another process takes the lease over once it
// has watched the beat stand still. The model of this is model/renew.pml.
const (
	leaseTime = 1500 * time.Millisecond // how long a beat stands still before its holder is taken for dead
	beatEvery = leaseTime / 5           // how often a holder beats
	pollLease = 50 * time.Millisecond   // how often the others look
	responsiveTime     = 200 * time.Millisecond  // what an operation of a store that is not stalled takes at most
)

// leaseWatch tells the lease of a process that has ended from one that is in use.
// Its zero value has seen nothing yet.
type leaseWatch struct {
	lease  Lease
	still  time.Duration // how long it has been seen unchanged
	looked time.Duration // when it was looked at last
}

// dead reports whether lease, which was just loaded, is that of a process that has
// ended. Only the time between looks in quick succession counts: while a process
// or its store is stalled, it sees no beat and there may have been many.
func (w *leaseWatch) dead(lease Lease, now time.Duration) bool {
	gap := now - w.looked
	w.looked = now
	if lease != w.lease {
		w.lease, w.still = lease, 0
		return false
	}
	if gap <= responsiveTime {
		w.still += gap
	}
	return w.still >= leaseTime
}

// tryLease takes the lease on h, if it is free or its holder is dead.
func (e *entry) tryLease(ctx context.Context, h *tokenSet, watch *leaseWatch) (bool, error) {
	var dead Lease
	if h.lease.Holder != "" && h.lease.Holder != e.holder {
		// A database may let others read while none can write, not even a beat. So
		// this writes as well; there is no row for it to change.
		if _, err := e.store.Beat(ctx, e.key, e.holder); err != nil {
			return false, err
		}
		if !watch.dead(h.lease, e.now()) {
			return false, nil
		}
		dead = h.lease
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, responsiveTime)
		defer cancel()
	}
	taken, err := e.store.Lease(ctx, e.key, h.generation, e.holder, dead)
	if err != nil && dead.Holder != "" && ctx.Err() != nil {
		return false, nil // the store is stalled now: watch on
	}
	return taken, err
}

// keepLease beats until stop is called.
func (e *entry) keepLease(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		ticker := time.NewTicker(beatEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				// If the lease is lost or the store is stalled there is nothing to do
				// about it: save finds out.
				_, _ = e.store.Beat(ctx, e.key, e.holder)
			}
		}
	}()
	return cancel
}
