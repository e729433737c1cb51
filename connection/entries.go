package connection

import (
	"strings"
	"sync"
	"time"
)

// entries holds the connections and accounts in use.
type entries struct {
	mu       sync.RWMutex
	byName   map[string]*entry
	byStand  map[string]*entry // the sealed ones, by stand-in
	accounts int
	limit    int // number of accounts above which unused ones are dropped
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
	m.entries.mu.RLock()
	defer m.entries.mu.RUnlock()
	e := m.entries.byName[name]
	if e != nil && e.key.Account != "" {
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

// drop removes idle accounts that hold no token, and sets the limit to twice the number
// of those that remain.
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
