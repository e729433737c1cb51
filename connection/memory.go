package connection

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// memory is the [Store] of a Manager that has none. It keeps no audit trail.
type memory struct {
	mu   sync.Mutex
	rows map[Key]*memoryRow
}

// memoryRow is the record of a key.
type memoryRow struct {
	Record

	deleted bool
	newest  int64 // the highest generation that the key has had
}

func newMemory() *memory { return &memory{rows: make(map[Key]*memoryRow)} }

// row returns the record of a key; nil if there is none or it was deleted.
func (m *memory) row(key Key) *memoryRow {
	if r := m.rows[key]; r != nil && !r.deleted {
		return r
	}
	return nil
}

// leased returns the row whose lease holder has; nil if there is none.
func (m *memory) leased(key Key, holder string) *memoryRow {
	if r := m.row(key); r != nil && r.Lease.Holder != "" && r.Lease.Holder == holder {
		return r
	}
	return nil
}

// copyOf returns a deep copy of r.
func copyOf(r Record) *Record {
	r.Scopes, r.Secret = slices.Clone(r.Scopes), slices.Clone(r.Secret)
	return &r
}

func (m *memory) Load(_ context.Context, key Key) (*Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.row(key)
	if r == nil {
		return nil, nil //nolint:nilnil // there is none, as the interface says
	}
	return copyOf(r.Record), nil
}

func (m *memory) Lease(_ context.Context, key Key, generation int64, holder string, dead Lease) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.row(key)
	if r == nil && generation == 0 {
		r = m.set(key, Record{State: StateUnused})
	}
	if r == nil || r.Generation != generation || r.Lease.Holder != "" && r.Lease.Holder != holder && r.Lease != dead {
		return false, nil
	}
	r.Lease, r.InFlight = Lease{holder, r.Lease.Beat + 1}, time.Now()
	return true, nil
}

func (m *memory) Beat(_ context.Context, key Key, holder string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.leased(key, holder)
	if r == nil {
		return false, nil
	}
	r.Lease.Beat++
	return true, nil
}

func (m *memory) Commit(_ context.Context, key Key, holder string, next *Record) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.leased(key, holder)
	if r == nil || r.Generation != next.Generation-1 {
		return false, nil
	}
	m.set(key, *next)
	return true, nil
}

// set replaces the record of a key. m must be locked.
func (m *memory) set(key Key, record Record) *memoryRow {
	row := &memoryRow{Record: *copyOf(record), newest: record.Generation}
	row.InFlight, row.Updated, row.Lease = time.Time{}, time.Now(), Lease{}
	if before := m.rows[key]; before != nil {
		row.newest = max(row.newest, before.newest)
		row.Lease.Beat = before.Lease.Beat // a lease never has the same beat again
	}
	m.rows[key] = row
	return row
}

func (m *memory) Release(_ context.Context, key Key, holder string, state State, reason string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.leased(key, holder); r != nil {
		r.Lease.Holder, r.InFlight, r.State, r.Reason = "", time.Time{}, state, reason
	}
	return nil
}

func (m *memory) Put(_ context.Context, key Key, record *Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := *record
	next.Generation = 1
	if r := m.rows[key]; r != nil {
		next.Generation = r.newest + 1
	}
	m.set(key, next)
	return nil
}

func (m *memory) Delete(_ context.Context, key Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.row(key); r != nil {
		m.rows[key] = &memoryRow{deleted: true, newest: r.newest, Record: Record{Lease: Lease{Beat: r.Lease.Beat}}}
	}
	return nil
}

func (m *memory) List(_ context.Context, namespace string) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Entry
	for key, r := range m.rows {
		if !r.deleted && key.Namespace == namespace {
			e := Entry{key, *copyOf(r.Record)}
			e.Secret = nil
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b Entry) int {
		return cmp.Or(strings.Compare(a.Connection, b.Connection), strings.Compare(a.Account, b.Account))
	})
	return list, nil
}

func (m *memory) Audit(context.Context, AuditEvent) error { return nil }

func (m *memory) Flush(context.Context) error { return nil }
