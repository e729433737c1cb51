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
	records map[Key]*Record
}

func newMemory() *memory { return &memory{records: make(map[Key]*Record)} }

func (m *memory) Load(_ context.Context, key Key) (*Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.records[key]
	if r == nil {
		return nil, nil //nolint:nilnil // there is none, as the interface says
	}
	record := *r
	return &record, nil
}

func (m *memory) Lease(_ context.Context, key Key, generation int64, holder string, dead Lease) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.records[key]
	if r == nil {
		r = new(Record)
		m.records[key] = r
	}
	if r.Generation != generation || r.Lease.Holder != "" && r.Lease.Holder != holder && r.Lease != dead {
		return false, nil
	}
	r.Lease, r.InFlight = Lease{holder, r.Lease.Beat + 1}, time.Now()
	return true, nil
}

func (m *memory) Beat(_ context.Context, key Key, holder string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.records[key]
	if r == nil || r.Lease.Holder != holder {
		return false, nil
	}
	r.Lease.Beat++
	return true, nil
}

func (m *memory) Commit(_ context.Context, key Key, holder string, next *Record) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.records[key]
	if r == nil || r.Lease.Holder != holder || r.Generation != next.Generation-1 {
		return false, nil
	}
	m.put(key, next)
	return true, nil
}

// put stores record, with m locked.
func (m *memory) put(key Key, record *Record) {
	r := *record
	r.InFlight, r.Updated, r.Lease = time.Time{}, time.Now(), Lease{}
	if before := m.records[key]; before != nil {
		r.Lease.Beat = before.Lease.Beat // never the same again
	}
	m.records[key] = &r
}

func (m *memory) Release(_ context.Context, key Key, holder string, state State, reason string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.records[key]; r != nil && r.Lease.Holder == holder {
		r.Lease.Holder, r.InFlight, r.State, r.Reason = "", time.Time{}, state, reason
	}
	return nil
}

func (m *memory) Put(_ context.Context, key Key, record *Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := *record
	next.Generation = 1
	if r := m.records[key]; r != nil {
		next.Generation = r.Generation + 1
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
	for key, r := range m.records {
		e := Entry{key, *r}
		e.Secret = nil
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b Entry) int {
		return strings.Compare(a.Connection+"#"+a.Account, b.Connection+"#"+b.Account)
	})
	return list, nil
}

func (m *memory) Audit(context.Context, AuditEvent) error { return nil }
