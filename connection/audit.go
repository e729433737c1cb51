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

// audit notes what was done. A store that cannot is not worth a failed task.
func (e *entry) audit(ctx context.Context, action Action, detail string) {
	_ = e.store.Audit(ctx, AuditEvent{Action: action, Key: e.key, Actor: e.actor(ctx), Detail: detail})
}

func (e *entry) actor(ctx context.Context) string {
	actor, _ := ctx.Value(actorKey{}).(string)
	return cmp.Or(actor, e.defaultActor, defaultActor)
}

// used notes that a credential is sent to host, before it is. Without a Store
// nobody would keep the note.
func (m *Manager) used(ctx context.Context, e *entry, host string) {
	if _, ok := m.cfg.Store.(*memory); ok {
		return
	}
	if m.uses.note(use{e.key, e.actor(ctx), host}, e.now()) {
		e.audit(context.WithoutCancel(ctx), ActionUse, host)
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
	mu    sync.Mutex
	noted map[use]time.Duration
}

// note reports whether u is to be noted.
func (s *uses) note(u use, now time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.noted[u]; ok && now-at < useInterval {
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
