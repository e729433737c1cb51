package connection

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// memory is the [Store] of a Manager that was given none. It keeps no audit.
type memory struct {
	mu      sync.Mutex
	records map[Key]*kept
}

// kept is a record and the lease on it.
type kept struct {
	Record
	holder string
	until  time.Time
}

func (k *kept) leased(now time.Time) bool { return k.holder != "" && now.Before(k.until) }

func newMemory() *memory { return &memory{records: make(map[Key]*kept)} }

func (m *memory) Load(_ context.Context, key Key) (*Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.records[key]
	if k == nil {
		return nil, nil //nolint:nilnil // there is none, as the interface says
	}
	record := k.Record
	return &record, nil
}

func (m *memory) Lease(_ context.Context, key Key, generation int64, holder string, d time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.records[key]
	if k == nil {
		k = new(kept)
		m.records[key] = k
	}
	now := time.Now()
	if k.Generation != generation || k.leased(now) && k.holder != holder {
		return false, nil
	}
	k.holder, k.until, k.InFlight = holder, now.Add(d), now
	return true, nil
}

func (m *memory) Commit(_ context.Context, key Key, holder string, next *Record) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.records[key]
	if k == nil || k.holder != holder || k.Generation != next.Generation-1 {
		return false, nil
	}
	m.put(key, next)
	return true, nil
}

// put stores record, with m locked.
func (m *memory) put(key Key, record *Record) {
	k := &kept{Record: *record}
	k.InFlight, k.Updated = time.Time{}, time.Now()
	m.records[key] = k
}

func (m *memory) Release(_ context.Context, key Key, holder string, state State, reason string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k := m.records[key]; k != nil && k.holder == holder {
		k.holder, k.InFlight, k.State, k.Reason = "", time.Time{}, state, reason
	}
	return nil
}

func (m *memory) Put(_ context.Context, key Key, record *Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := *record
	next.Generation = 1
	if k := m.records[key]; k != nil {
		next.Generation = k.Generation + 1
	}
	m.put(key, &next)
	return nil
}

func (m *memory) Delete(_ context.Context, key Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.records, key)
	return nil
}

func (m *memory) List(context.Context) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Entry
	for key, k := range m.records {
		e := Entry{key, k.Record}
		e.Secret = nil
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b Entry) int {
		return strings.Compare(a.Connection+"#"+a.Account, b.Connection+"#"+b.Account)
	})
	return list, nil
}

func (m *memory) Audit(context.Context, AuditEvent) error { return nil }
