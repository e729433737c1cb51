package connection

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// accounts are those in use, by name, and their stand-ins.
type accounts struct {
	mu      sync.RWMutex
	entries map[string]*entry
	seals   map[string]*entry
	most    int // how many there may be before some are dropped
}

// minAccounts is how many accounts are kept in any case.
const minAccounts = 1024

// splitAccount splits the name of an account, connection#account. Without an
// account it is the connection itself.
func splitAccount(name string) (connection, account string) {
	connection, account, _ = strings.Cut(name, "#")
	return connection, account
}

// find returns the connection of that name, or one of its accounts that is in use.
func (m *Manager) find(name string) (*entry, bool) {
	if e := m.connections[name]; e != nil {
		return e, true
	}
	m.accounts.mu.RLock()
	defer m.accounts.mu.RUnlock()
	e := m.accounts.entries[name]
	if e == nil {
		return nil, false
	}
	e.asked.Store(int64(e.now()))
	return e, true
}

// sealed returns the connection or account of a stand-in, nil if there is none.
func (m *Manager) sealed(standIn string) *entry {
	if e := m.seals[standIn]; e != nil {
		return e
	}
	m.accounts.mu.RLock()
	defer m.accounts.mu.RUnlock()
	return m.accounts.seals[standIn]
}

// look is entry for one that is only looked at: an account that is not in use does
// not come into use by it.
func (m *Manager) look(name string) (*entry, bool) {
	if e, ok := m.find(name); ok {
		return e, true
	}
	if !m.has(name) {
		return nil, false
	}
	return m.newAccount(name), true
}

// entry returns the connection of that name, or one of its accounts: several
// people may have given the same connection grants of their own. A connection
// whose credential is written down has only the one.
func (m *Manager) entry(name string) (*entry, bool) {
	if e, ok := m.find(name); ok {
		return e, true
	}
	if !m.has(name) {
		return nil, false
	}
	a := &m.accounts
	a.mu.Lock()
	defer a.mu.Unlock()
	if e := a.entries[name]; e != nil {
		return e, true
	}
	if len(a.entries) >= a.most {
		a.drop()
	}
	e := m.newAccount(name)
	e.asked.Store(int64(e.now()))
	a.entries[name] = e
	if e.standIn != "" {
		a.seals[e.standIn] = e
	}
	return e, true
}

// idle is how long an account without a token is kept after it was asked for.
const idle = time.Hour

// drop forgets the accounts that did not get a token: the next one of that name can
// do so as well. It leaves room for twice as many as there are then.
func (a *accounts) drop() {
	for name, e := range a.entries {
		if e.current.Load() == nil && e.kept.Load() == nil && e.now()-time.Duration(e.asked.Load()) > idle {
			delete(a.entries, name)
			delete(a.seals, e.standIn)
		}
	}
	a.most = max(minAccounts, 2*len(a.entries))
}

func (m *Manager) newAccount(name string) *entry {
	base, account := splitAccount(name)
	conn := *m.connections[base].conn
	conn.name = name
	return m.newEntry(&conn, m.connections[base].places, Key{Connection: base, Account: account})
}

// has reports whether there is a connection of that name, or could be an account.
func (m *Manager) has(name string) bool {
	if m.connections[name] != nil {
		return true
	}
	base, _ := splitAccount(name)
	e := m.connections[base]
	return e != nil && e.conn.mayHave(name)
}

// mayHave reports whether an account of c may have that name.
func (c *connection) mayHave(name string) bool {
	_, account := splitAccount(name)
	return !c.grant.fixed && checkAccount(account) == nil && len(name) <= maxName
}

// names returns those of all connections, and of the accounts in use.
func (m *Manager) names() []string {
	names := slices.AppendSeq(make([]string, 0, len(m.connections)), maps.Keys(m.connections))
	m.accounts.mu.RLock()
	defer m.accounts.mu.RUnlock()
	return slices.AppendSeq(names, maps.Keys(m.accounts.entries))
}
