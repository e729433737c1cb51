package connection

import (
	"strings"
	"sync"
	"time"
)

// entries are the connections and accounts in use.
type entries struct {
	mu       sync.RWMutex
	byName   map[string]*entry
	byStand  map[string]*entry // those that are sealed, by stand-in
	accounts int
	limit     int // accounts there may be before some are dropped
}

// minAccounts is how many accounts are kept in any case.
const minAccounts = 1024

// maxIdle is how long an account without a token is kept after it was asked for.
const maxIdle = time.Hour

// splitAccount splits the name of an account, connection#account. Without an
// account it is the connection itself.
func splitAccount(name string) (connection, account string) {
	connection, account, _ = strings.Cut(name, "#")
	return connection, account
}

// find returns the connection or account of that name if it is in use.
func (m *Manager) find(name string) *entry {
	m.entries.mu.RLock()
	defer m.entries.mu.RUnlock()
	e := m.entries.byName[name]
	if e != nil && e.key.Account != "" {
		e.lastUsed.Store(int64(e.now()))
	}
	return e
}

// sealed returns the connection or account of a stand-in, nil if there is none.
func (m *Manager) sealed(standIn string) *entry {
	m.entries.mu.RLock()
	defer m.entries.mu.RUnlock()
	return m.entries.byStand[standIn]
}

// entry returns the connection of that name, or one of its accounts, for use: several
// people may have given the same connection grants of their own. Its secrets are
// looked up when it comes into use.
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
	if e := all.byName[name]; e != nil {
		return e, nil // another task came first
	}
	if made.key.Account != "" {
		if all.accounts++; all.accounts > all.limit {
			all.drop()
		}
		made.lastUsed.Store(int64(made.now()))
	}
	all.byName[name] = made
	if made.standIn != "" {
		all.byStand[made.standIn] = made
	}
	return made, nil
}

// drop forgets the accounts that did not get a token: the next one of that name can
// do so as well. It leaves room for twice as many as there are then.
func (s *entries) drop() {
	for name, e := range s.byName {
		if e.key.Account != "" && e.current.Load() == nil && e.kept.Load() == nil && e.now()-time.Duration(e.lastUsed.Load()) > maxIdle {
			delete(s.byName, name)
			delete(s.byStand, e.standIn)
			s.accounts--
		}
	}
	s.limit = max(minAccounts, 2*s.accounts)
}

// peek is entry for one that is only looked at: it does not come into use by it.
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
