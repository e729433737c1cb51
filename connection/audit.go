package connection

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

const (
	// auditTime bounds how long an event may wait for the store. A stalled or full store
	// must not fail a task.
	auditTime = 2 * time.Second

	// auditPause is how long no event is tried after the store did not take one.
	auditPause = 10 * time.Second

	// flushTime is how long Close waits until events are stored.
	flushTime = 5 * time.Second

	// useInterval is how long a use of a credential that is repeated is not recorded again.
	useInterval = time.Minute

	// maxUses bounds the recent uses that are remembered.
	maxUses = 1024
)

// trail records the events of a Manager. It counts those that the store does not take, and
// records their number when the store takes events again.
type trail struct {
	store     Store
	namespace string
	actor     string    // see Config.Actor
	start     time.Time // of the manager's clock

	mu     sync.Mutex
	noted  map[use]time.Duration // recently recorded uses with their times, on the manager's clock
	paused time.Duration         // no event is tried before
	missed int                   // events that were not recorded
	since  time.Time             // time of the first of them
}

// use is one kind of event: a task or an actor sends a credential to a host.
type use struct {
	key      Key
	identity hostapi.Identity
	host     string
}

func (t *trail) now() time.Duration { return time.Since(t.start) }

// audit records an event.
func (e *entry) audit(ctx context.Context, action Action, detail string) {
	e.trail.record(ctx, AuditEvent{Action: action, Key: e.key, Identity: identityOf(ctx, e.trail.actor), Detail: detail})
}

// used records that a credential is about to be sent to host. It blocks until ctx ends,
// and no longer than auditTime. Without a Store there is no audit trail.
func (m *Manager) used(ctx context.Context, e *entry, host string) {
	if _, ok := m.cfg.Store.(*memory); ok {
		return
	}
	u := use{e.key, identityOf(ctx, m.trail.actor), host}
	if !m.trail.note(u) {
		return
	}
	if !m.trail.record(ctx, AuditEvent{Action: ActionUse, Key: u.key, Identity: u.identity, Detail: host}) {
		m.trail.forget(u)
	}
}

// record records an event, and reports whether the store took it.
func (t *trail) record(ctx context.Context, event AuditEvent) bool {
	if t.isPaused() {
		t.miss(1, time.Now())
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, auditTime)
	defer cancel()
	if err := t.store.Audit(ctx, event); err != nil {
		t.miss(1, time.Now())
		t.pause()
		return false
	}
	t.recordMissed(ctx)
	return true
}

// recordMissed records the number of events that the store did not take.
func (t *trail) recordMissed(ctx context.Context) {
	n, since := t.takeMissed()
	if n == 0 {
		return
	}
	err := t.store.Audit(ctx, AuditEvent{
		Action: ActionMissed, Key: Key{Namespace: t.namespace}, Identity: hostapi.Identity{Actor: cmp.Or(t.actor, defaultActor)},
		Detail: fmt.Sprintf("%d since %s", n, since.UTC().Format(time.RFC3339)),
	})
	if err != nil {
		t.miss(n, since)
	}
}

func (t *trail) isPaused() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now() < t.paused
}

func (t *trail) pause() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.paused = t.now() + auditPause
}

// miss counts n events that were not recorded, the first at that time.
func (t *trail) miss(n int, since time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.missed += n; t.since.IsZero() || since.Before(t.since) {
		t.since = since
	}
}

func (t *trail) takeMissed() (n int, since time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, since = t.missed, t.since
	t.missed, t.since = 0, time.Time{}
	return n, since
}

// flush waits until what was recorded is stored, for flushTime at most.
func (t *trail) flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, flushTime)
	defer cancel()
	t.recordMissed(ctx)
	if err := t.store.Flush(ctx); err != nil {
		return &hostapi.Error{
			Code: hostapi.CodeOf(err), Op: "close", Message: "events of the audit trail are not stored yet", Cause: err,
		}
	}
	if n, since := t.takeMissed(); n > 0 {
		return &hostapi.Error{
			Code: hostapi.CodeConnection, Op: "close",
			Message: fmt.Sprintf("events missing in the audit trail: %d since %s", n, since.UTC().Format(time.RFC3339)),
			Hint:    "the store did not take them: check its database",
		}
	}
	return nil
}

// note reports whether u has to be recorded.
func (t *trail) note(u use) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if at, ok := t.noted[u]; ok && now-at < useInterval {
		return false
	}
	if t.noted == nil {
		t.noted = make(map[use]time.Duration)
	}
	if len(t.noted) >= maxUses {
		for u, at := range t.noted {
			if now-at >= useInterval {
				delete(t.noted, u)
			}
		}
		if len(t.noted) >= maxUses {
			clear(t.noted) // duplicates are better than unbounded memory
		}
	}
	t.noted[u] = now
	return true
}

// forget reverts note for u: the next one is recorded.
func (t *trail) forget(u use) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.noted, u)
}
