package connection

import (
	"context"
	"sync"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// auditTime bounds one write to the audit trail. A stalled or full store must not fail
// a task.
const auditTime = 2 * time.Second

// audit records an event, and reports whether the store accepted it.
func (e *entry) audit(ctx context.Context, action Action, detail string) bool {
	ctx, cancel := context.WithTimeout(ctx, auditTime)
	defer cancel()
	return e.store.Audit(ctx, AuditEvent{Action: action, Key: e.key, Identity: identityOf(ctx, e.health.defaultActor), Detail: detail}) == nil
}

// used records that a credential is about to be sent to host. It blocks no longer than
// auditTime. If the store does not accept the event, the next use after auditPause is
// recorded instead. Without a Store there is no audit trail.
func (m *Manager) used(ctx context.Context, e *entry, host string) {
	if _, ok := m.cfg.Store.(*memory); ok {
		return
	}
	u := use{e.key, identityOf(ctx, e.health.defaultActor), host}
	if m.uses.note(u, e.now()) && !e.audit(ctx, ActionUse, host) {
		m.uses.failed(u, e.now())
	}
}

// use is one kind of event: a task or an actor sends a credential to a host.
type use struct {
	key      Key
	identity hostapi.Identity
	host     string
}

// useInterval is how long repeated uses are not recorded again: an event for every
// request would cost each of them a disk write.
const useInterval = time.Minute

// maxUses bounds the recent uses that are remembered.
const maxUses = 1024

// uses holds the recently recorded uses with their times, on the manager's clock.
type uses struct {
	mu     sync.Mutex
	noted  map[use]time.Duration
	paused time.Duration // nothing is recorded before
}

// auditPause is how long nothing is recorded after the store failed to accept an event.
const auditPause = 10 * time.Second

// failed reverts note for u.
func (s *uses) failed(u use, now time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.noted, u)
	s.paused = now + auditPause
}

// note reports whether u has to be recorded.
func (s *uses) note(u use, now time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.noted[u]; now < s.paused || ok && now-at < useInterval {
		return false
	}
	if s.noted == nil {
		s.noted = make(map[use]time.Duration)
	}
	if len(s.noted) >= maxUses {
		for u, at := range s.noted {
			if now-at >= useInterval {
				delete(s.noted, u)
			}
		}
		if len(s.noted) >= maxUses {
			clear(s.noted) // duplicates are better than unbounded memory
		}
	}
	s.noted[u] = now
	return true
}
