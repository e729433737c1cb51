package connection

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// entries holds the connections and accounts in use.
type entries struct {
	// named has those of the file by name, nil until they are in use. The map never
	// changes: tasks that ask for tokens at once do not wait for each other.
	named map[string]*atomic.Pointer[entry]

	mu       sync.RWMutex
	accounts map[string]*entry // by name#account
	byStand  map[string]*entry // the sealed ones, by stand-in
	limit    int               // number of accounts above which unused ones are dropped
}

func newEntries(names []string) entries {
	named, all := make(map[string]*atomic.Pointer[entry], len(names)), make([]atomic.Pointer[entry], len(names))
	for i, name := range names {
		named[name] = &all[i]
	}
	return entries{named: named, accounts: make(map[string]*entry), byStand: make(map[string]*entry)}
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

// find returns the named connection or account if it is in use.
func (m *Manager) find(name string) *entry {
	if known := m.entries.named[name]; known != nil {
		return known.Load()
	}
	m.entries.mu.RLock()
	defer m.entries.mu.RUnlock()
	e := m.entries.accounts[name]
	if e != nil {
		e.lastUsed.Store(int64(e.now()))
	}
	return e
}

// sealed returns the connection or account of a stand-in; nil if there is none.
func (m *Manager) sealed(standIn string) *entry {
	m.entries.mu.RLock()
	defer m.entries.mu.RUnlock()
	return m.entries.byStand[standIn]
}

// entry returns the named connection or account for use: several users may have
// authorized the same connection, each under an account. Its secrets are resolved on
// first use.
func (m *Manager) entry(op, name string) (*entry, error) {
	if e := m.find(name); e != nil {
		return e, nil
	}
	made, err := m.make(op, name)
	if err != nil {
		return nil, err
	}
	all := &m.entries
	all.mu.Lock()
	defer all.mu.Unlock()
	if known := all.named[name]; known != nil {
		if !known.CompareAndSwap(nil, made) {
			return known.Load(), nil // another task came first
		}
	} else {
		if e := all.accounts[name]; e != nil {
			return e, nil // as above
		}
		if len(all.accounts) >= all.limit {
			all.drop()
		}
		made.lastUsed.Store(int64(made.now()))
		all.accounts[name] = made
	}
	if made.standIn != "" {
		all.byStand[made.standIn] = made
	}
	return made, nil
}

// drop removes idle accounts that hold no token, and sets the limit to twice the number
// of those that remain.
func (s *entries) drop() {
	for name, e := range s.accounts {
		if e.current.Load() == nil && e.kept.Load() == nil && e.now()-time.Duration(e.lastUsed.Load()) > maxIdle {
			delete(s.accounts, name)
			delete(s.byStand, e.standIn)
		}
	}
	s.limit = max(minAccounts, 2*len(s.accounts))
}

// peek is entry without putting the connection in use.
func (m *Manager) peek(op, name string) (*entry, error) {
	if e := m.find(name); e != nil {
		return e, nil
	}
	return m.make(op, name)
}

// make returns a new entry for a connection or account.
func (m *Manager) make(op, name string) (*entry, error) {
	c := m.cfg.Set.named(name)
	if c == nil {
		return nil, unknown(op, name, m.cfg.Set.Names())
	}
	whole, err := c.WithSecrets()
	if err != nil {
		return nil, err
	}
	return m.newEntry(whole, name), nil
}
