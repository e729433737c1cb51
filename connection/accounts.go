package connection

import (
	"maps"
	"strings"
)

// roster is the connections in use. It is replaced as a whole when an account is
// added, so that whoever reads it needs no lock.
type roster struct {
	entries map[string]*entry // by name
	seals   seals
}

// with returns a roster with e as well.
func (r *roster) with(e *entry) *roster {
	next := &roster{entries: maps.Clone(r.entries), seals: maps.Clone(r.seals)}
	next.entries[e.name()] = e
	if e.standIn != "" {
		next.seals[e.standIn] = e
	}
	return next
}

// splitAccount splits the name of an account, connection#account. Without an
// account it is the connection itself.
func splitAccount(name string) (connection, account string) {
	connection, account, _ = strings.Cut(name, "#")
	return connection, account
}

// entry returns the connection of that name, or one of its accounts: several
// people may have given the same connection grants of their own. A connection
// whose credential is written down has only the one.
func (m *Manager) entry(name string) (*entry, bool) {
	if e, ok := m.roster.Load().entries[name]; ok {
		return e, true
	}
	if !m.has(name) {
		return nil, false
	}
	m.adding.Lock()
	defer m.adding.Unlock()
	if e, ok := m.roster.Load().entries[name]; ok {
		return e, true
	}
	base, account := splitAccount(name)
	conn := *m.roster.Load().entries[base].conn
	conn.name = name
	added := m.newEntry(&conn, Key{Connection: base, Account: account})
	m.roster.Store(m.roster.Load().with(added))
	return added, true
}

// has reports whether there is a connection of that name, or could be an account.
func (m *Manager) has(name string) bool {
	entries := m.roster.Load().entries
	if entries[name] != nil {
		return true
	}
	base, account := splitAccount(name)
	e := entries[base]
	return e != nil && account != "" && !e.conn.grant.fixed && len(name) <= maxName
}
