package connection

import (
	"context"
	goruntime "runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"weak"
)

// slot holds a connection and its accounts while they are in use, for as long as the
// definition of the connection stays the same.
type slot struct {
	hosts   []*hostSecrets // of hosts of the connection
	retired atomic.Bool    // Replace has changed or removed the connection: only runs from before use it

	entry atomic.Pointer[entry] // nil until it is in use: looking it up takes no lock

	mu       sync.RWMutex
	accounts map[string]*entry       // by name; nil until there are any
	held     map[string]*credentials // by account; that of the connection is ""
	limit    int                     // number of accounts above which unused ones are dropped
}

// minAccounts is the smallest limit.
const minAccounts = 1024

// maxIdle is how long an account without a token is kept after its last use.
const maxIdle = time.Hour

// splitAccount splits a name of the form connection#account. Without # the account is
// "".
func splitAccount(name string) (connection, account string) {
	connection, account, _ = strings.Cut(name, "#")
	return connection, account
}

// find returns the connection, or the account if that is not "", if it is in use.
func (s *slot) find(account string) *entry {
	if account == "" {
		return s.entry.Load()
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	e := s.accounts[account]
	if e != nil {
		e.lastUsed.Store(int64(e.now()))
	}
	return e
}

// inUse returns the connection or one of its accounts; nil if none is in use.
func (s *slot) inUse() *entry {
	if e := s.entry.Load(); e != nil {
		return e
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, e := range s.accounts {
		return e
	}
	return nil
}

// put puts an entry in use, unless another task came first: it returns the one in use.
func (s *slot) put(account string, made *entry) *entry {
	if account == "" {
		if !s.entry.CompareAndSwap(nil, made) {
			return s.entry.Load()
		}
		return made
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.accounts[account]; e != nil {
		return e
	}
	if len(s.accounts) >= s.limit {
		s.drop()
	}
	made.lastUsed.Store(int64(made.now()))
	if s.accounts == nil {
		s.accounts = make(map[string]*entry)
	}
	s.accounts[account] = made
	return made
}

// drop removes idle accounts that hold no token, and sets the limit to twice the number
// of those that remain.
func (s *slot) drop() {
	for account, e := range s.accounts {
		if e.current.Load() == nil && e.held.set.Load() == nil && e.now()-time.Duration(e.lastUsed.Load()) > maxIdle {
			delete(s.accounts, account)
		}
	}
	s.limit = max(minAccounts, 2*len(s.accounts))
}

// standIns finds sealed connections and accounts by their stand-ins. It keeps none of
// them alive: what Replace has removed, and no run uses, is forgotten.
type standIns struct {
	mu      sync.RWMutex
	entries map[string]weak.Pointer[entry]
}

func newStandIns() *standIns { return &standIns{entries: make(map[string]weak.Pointer[entry])} }

func (s *standIns) add(e *entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries[e.standIn] = weak.Make(e)
	goruntime.AddCleanup(e, s.remove, e.standIn)
}

func (s *standIns) remove(standIn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.entries, standIn)
}

// findIn returns the connection or account of a stand-in in a snapshot; nil if there is
// none.
func (s *standIns) findIn(now *snapshot, standIn string) *entry {
	s.mu.RLock()
	e := s.entries[standIn].Value()
	s.mu.RUnlock()
	if e == nil {
		return nil
	}
	if in, _ := now.slot(e.name()); in != e.slot {
		return nil
	}
	return e
}

// sealed returns the function that finds the connections and accounts of a snapshot by
// their stand-ins. It is small enough to be inlined, which saves an allocation.
func (m *Manager) sealed(s *snapshot) seals {
	return func(standIn string) *entry { return m.standIns.findIn(s, standIn) }
}

// entry returns the named connection or account for use: several users may have
// authorized the same connection, each under an account. Its secrets are resolved on
// first use.
func (m *Manager) entry(ctx context.Context, s *snapshot, op, name string) (*entry, error) {
	if err := m.closed(op, name); err != nil {
		return nil, err
	}
	if e := s.find(name); e != nil {
		return e, nil
	}
	made, err := m.make(ctx, s, op, name)
	if err != nil {
		return nil, err
	}
	if made.standIn != "" {
		m.standIns.add(made) // before another task can get it
	}
	in, account := s.slot(name)
	used := in.put(account, made)
	if used == made && made.standIn != "" {
		made.held.show(made.standIn)
	}
	return used, nil
}

// peek is entry without putting the connection in use.
func (m *Manager) peek(ctx context.Context, s *snapshot, op, name string) (*entry, error) {
	if e := s.find(name); e != nil {
		return e, nil
	}
	return m.make(ctx, s, op, name)
}

// make returns a new entry for a connection or account.
func (m *Manager) make(ctx context.Context, s *snapshot, op, name string) (*entry, error) {
	c := s.set.named(name)
	if c == nil {
		return nil, unknown(op, name, s.set.Names())
	}
	whole, err := c.WithSecrets(ctx)
	if err != nil {
		return nil, err
	}
	return m.newEntry(s, whole, name), nil
}
