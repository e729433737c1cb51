package connection

import (
	"net/url"
	"slices"
	"strings"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/hostapi"
)

// snapshot is a Set in use. [Manager.Replace] makes another one; a run keeps the one that
// it first used. The maps never change; what they hold does.
type snapshot struct {
	set    *Set
	slots  map[string]*slot // by the name of the connection
	hosts  map[hostKey]*hostEntry
	grants grants

	// former are the credentials of connections that Replace has changed or removed: a
	// response may still have them. Snapshots keep them for the next one, which is all that
	// does.
	former []*credentials
}

// maxFormer bounds them: with more, the oldest are forgotten.
const maxFormer = 1024

// newSnapshot returns a snapshot of set. It shares with the one before, which may be nil,
// the slots of connections whose definitions are the same.
func newSnapshot(set *Set, before *snapshot) *snapshot {
	s := &snapshot{set: set, slots: make(map[string]*slot, len(set.file.Connections)), hosts: make(map[hostKey]*hostEntry, len(set.file.Connections))}
	for name, c := range set.file.Connections {
		mine := s.list(c, before)
		if known := before.same(c); known != nil {
			s.slots[name] = known
		} else {
			s.slots[name] = &slot{hosts: mine, limit: minAccounts}
		}
	}
	return s
}

// same returns the slot of a connection with the definition of c, and with its secrets as
// far as they are known; nil if there is none.
func (s *snapshot) same(c *oauthtoml.Connection) *slot {
	if s == nil || !c.Same(s.set.file.Connections[c.Name]) {
		return nil
	}
	known := s.slots[c.Name]
	if e := known.inUse(); e != nil && !c.SameSecrets(e.conn) {
		return nil
	}
	return known
}

// list adds the hosts of a connection. What is removed from their responses is shared
// with the snapshot before, which runs may still use.
func (s *snapshot) list(c *oauthtoml.Connection, before *snapshot) []*hostSecrets {
	mine := make([]*hostSecrets, 0, len(c.Hosts))
	for _, rule := range c.EgressRules() {
		key := keyOf(rule)
		at := s.hosts[key]
		if at == nil {
			at = newHostEntry(rule)
			if before != nil && before.hosts[key] != nil {
				at.hostSecrets = before.hosts[key].hostSecrets
				at.learned.Store(min(before.hosts[key].learned.Load(), 1)) // what is in the file now is not known yet
			} else {
				at.hostSecrets = new(hostSecrets)
			}
			s.hosts[key] = at
		}
		if len(at.names) == 0 || at.names[len(at.names)-1] != c.Name {
			at.names, mine = append(at.names, c.Name), append(mine, at.hostSecrets)
		}
	}
	return mine
}

// at returns the entries that match u, of that origin: for the host and for *, each with and
// without a port.
func (s *snapshot) at(u *url.URL, origin hostapi.Origin) []*hostEntry {
	var found []*hostEntry
	_, domain, _ := strings.Cut(origin.Host, ".")
	for _, key := range [...]hostKey{
		{host: origin.Host, port: origin.Port},
		{host: origin.Host},
		{host: domain, port: origin.Port, wild: true},
		{host: domain, wild: true},
	} {
		switch at := s.hosts[key]; {
		case at == nil || !at.rules[0].MatchHost(u):
		case found == nil:
			found = at.alone[:]
		default:
			found = append(found, at)
		}
	}
	return found
}

// slot returns the slot of the named connection or account, and the account; nil if
// there is no such connection.
func (s *snapshot) slot(name string) (found *slot, account string) {
	if found = s.slots[name]; found != nil {
		return found, ""
	}
	base, account := splitAccount(name)
	return s.slots[base], account
}

// find returns the named connection or account if it is in use.
func (s *snapshot) find(name string) *entry {
	found, account := s.slot(name)
	if found == nil {
		return nil
	}
	return found.find(account)
}

// snapshot returns the connections that a call with this grant uses: those that the run
// used first, or else the current ones.
func (m *Manager) snapshot(grant *hostapi.Grant) *snapshot {
	if grant != nil {
		if pinned, ok := grant.Run.Get(m).(*snapshot); ok {
			return pinned
		}
	}
	now := m.now()
	if grant != nil {
		grant.Run.Set(m, now)
	}
	return now
}

// now returns the current connections.
func (m *Manager) now() *snapshot {
	if s := m.current.Load(); s != nil {
		return s
	}
	return new(snapshot) // of the zero Manager
}

// Replace makes set the connections of m, in place of those it had. Connections that
// tasks use go on in between:
//
//   - A connection whose definition is the same keeps its token, its stand-in, its state
//     and its accounts. What a reference or the name of a file refers to is compared if
//     both have read it: call [Set.CheckSecrets] before, and another secret is a change.
//     Otherwise a secret is read once, when the connection is first used.
//   - A connection that is changed begins anew: with another stand-in, as
//     [StateUnused], and with the tokens that the [Store] has, if they were issued under
//     the same settings.
//   - A connection that is removed is unknown. Its tokens stay in the Store, see
//     [Manager.Revoke]. A stand-in of it is refused, and never sent.
//
// A run of the engine finishes with the connections that it used first, whether they
// were replaced in between or not, see [hostapi.RunState]. A renewal that is in progress
// ends and is stored. Of a connection that is changed or removed, no event is reported
// any more, an authorization that has begun cannot be completed, and, if it has tls or
// proxy settings, its network connections are closed when no run uses it.
//
// The other tables of the file have no effect here: [Set.ChangedTables] names those that
// take another [egress.Client], Engine or Store. The error has [hostapi.CodeConfig] for a
// nil Set or one without its secrets, and matches [hostapi.ErrClosed] after Close; then
// nothing is replaced.
func (m *Manager) Replace(set *Set) error {
	const op = "replace connections"
	if err := usable(op, set); err != nil {
		return err
	}
	if m.renewals == nil {
		return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: op, Message: "the Manager is its zero value", Hint: "make it with connection.NewManager"}
	}
	if err := m.closed(op, ""); err != nil {
		return err
	}
	m.replacing.Lock()
	defer m.replacing.Unlock()
	before := m.now()
	next := newSnapshot(set, before)
	next.former = before.former
	for name, s := range before.slots {
		if next.slots[name] != s {
			next.former = append(slices.Clip(next.former), s.credentialsOfAll()...)
		}
	}
	next.former = next.former[max(0, len(next.former)-maxFormer):]
	m.current.Store(next)
	for name, s := range before.slots {
		if next.slots[name] != s {
			s.retired.Store(true)
		}
	}
	return nil
}

// usable returns why a Manager cannot use set.
func usable(op string, set *Set) error {
	switch {
	case set == nil:
		return &hostapi.Error{Code: hostapi.CodeConfig, Op: op, Message: "the Set is nil"}
	case set.file.Skipped:
		return &hostapi.Error{Code: hostapi.CodeConfig, Op: op, Message: "the Set is without its secrets", Hint: "read it without SkipSecrets"}
	}
	return nil
}
