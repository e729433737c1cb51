package connection

import (
	"context"
	"time"
)

// A refresh token that a server rotates can be used once (RFC 9700 §4.14.2), so
// processes that share a Store take turns: only the holder of a record's lease sends
// its refresh token. A lease has no expiry time, since clocks may jump or differ
// between machines. Its holder sends heartbeats, and another process takes the lease
// over once it has seen no heartbeat for leaseTime. model/renew.pml is a model of the
// protocol.
const (
	leaseTime      = 1500 * time.Millisecond // without a heartbeat before its holder is considered dead
	beatEvery      = leaseTime / 5           // interval of heartbeats
	pollLease      = 50 * time.Millisecond   // interval at which the other processes poll
	responsiveTime = 200 * time.Millisecond  // upper bound for one operation of a store that is not stalled
)

// leaseWatch distinguishes the lease of a process that has ended from one in use. Its
// zero value has seen no lease.
type leaseWatch struct {
	lease  Lease
	still  time.Duration // for how long it has been seen unchanged
	looked time.Duration // time of the last look
}

// dead reports whether lease, just loaded, belongs to a process that has ended. Only
// time between looks in quick succession counts: while this process or its store was
// stalled, it may have missed heartbeats.
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
		// A database may serve reads while no process can write, not even a heartbeat. So
		// this writes too; there is no row for it to change.
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
		return false, nil // the store is stalled now: keep watching
	}
	return taken, err
}

// keepLease sends heartbeats until stop is called.
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
				// A lost lease or a stalled store is noticed by save.
				_, _ = e.store.Beat(ctx, e.key, e.holder)
			}
		}
	}()
	return cancel
}
