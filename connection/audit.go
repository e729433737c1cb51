package connection

import (
	"cmp"
	"context"
	"sync"
	"time"
)

// actorKey is the key of who acts in a context.
type actorKey struct{}

// WithActor returns a context in which actor is who acts: the audit trail of a
// [Store] names them for what is done in it, such as the token requests of a task.
// Whoever waits for a token that is being fetched already is not named, since they
// did not cause it.
func WithActor(ctx context.Context, actor string) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

// defaultActor is who acts where nobody is named.
const defaultActor = "postern"

// auditTime is how long a note may take. A store that is stalled or full is not worth
// a failed task.
const auditTime = 2 * time.Second

// audit notes what was done, and reports whether it could.
func (e *entry) audit(ctx context.Context, action Action, detail string) bool {
	ctx, cancel := context.WithTimeout(ctx, auditTime)
	defer cancel()
	return e.store.Audit(ctx, AuditEvent{Action: action, Key: e.key, Actor: e.actor(ctx), Detail: detail}) == nil
}

func (e *entry) actor(ctx context.Context) string {
	actor, _ := ctx.Value(actorKey{}).(string)
	return cmp.Or(actor, e.defaultActor, defaultActor)
}

// used notes that a credential is sent to host, before it is, for as long as the
// request may take. If the store does not take the note, the next use after a pause
// is noted instead. Without a Store there is nowhere to keep it.
func (m *Manager) used(ctx context.Context, e *entry, host string) {
	if _, ok := m.cfg.Store.(*memory); ok {
		return
	}
	u := use{e.key, e.actor(ctx), host}
	if m.uses.note(u, e.now()) && !e.audit(ctx, ActionUse, host) {
		m.uses.failed(u, e.now())
	}
}

// use is who sends which credential where.
type use struct {
	key   Key
	actor string
	host  string
}

// useInterval is how long a use speaks for the same ones after it: a note of every
// request would cost each of them a write to disk.
const useInterval = time.Minute

// maxUses is how many are remembered before old ones are looked for.
const maxUses = 1024

// uses are those noted of late, and when, on the manager's clock.
type uses struct {
	mu     sync.Mutex
	noted  map[use]time.Duration
	paused time.Duration // until then nothing is noted
}

// auditPause is how long a store is left alone that did not take a note.
const auditPause = 10 * time.Second

// failed takes back that u was noted.
func (s *uses) failed(u use, now time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.noted, u)
	s.paused = now + auditPause
}

// note reports whether u is to be noted.
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
			clear(s.noted) // noting some again is better than remembering ever more
		}
	}
	s.noted[u] = now
	return true
}
