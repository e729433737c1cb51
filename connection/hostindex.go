package connection

import (
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/redact"
)

// hostEntry is one entry of hosts, shared by all connections that list it. It lets a
// request find what it needs without looking at every connection.
type hostEntry struct {
	rule  hostapi.Rule // for egress
	names []string     // of the connections that list it

	mu     sync.Mutex
	kept   []*entry    // connections and accounts whose credential is removed from responses
	base   *redact.Set // the secrets of kept, except recent
	recent []*entry    // entries whose secrets changed since base was built
	latest *redact.Set // the secrets of recent; nil: not built yet
}

// hostKey identifies an entry of hosts.
type hostKey struct{ host, port string }

// hostIndex has all entries of hosts. The maps never change; their entries do.
type hostIndex struct {
	byHost       map[hostKey]*hostEntry
	byConnection map[string][]*hostEntry
}

// newHostIndex returns the index of a set.
func newHostIndex(set *Set) hostIndex {
	p := hostIndex{make(map[hostKey]*hostEntry, len(set.file.Connections)), make(map[string][]*hostEntry, len(set.file.Connections))}
	for name, c := range set.file.Connections {
		p.byConnection[name] = p.add(c)
	}
	return p
}

func (p hostIndex) add(c *oauthtoml.Connection) []*hostEntry {
	mine := make([]*hostEntry, 0, len(c.Hosts))
	for _, rule := range c.EgressRules() {
		key := hostKey{rule.Host, rule.Port}
		at := p.byHost[key]
		if at == nil {
			at = &hostEntry{rule: rule}
			p.byHost[key] = at
		}
		if !slices.Contains(mine, at) {
			at.names, mine = append(at.names, c.Name), append(mine, at)
		}
	}
	return mine
}

// at returns the entries that match u: for the host and for *, each with and without a
// port.
func (p hostIndex) at(u *url.URL) []*hostEntry {
	origin := hostapi.OriginOf(u)
	hosts := []string{origin.Host}
	if i := strings.IndexByte(origin.Host, '.'); i > 0 {
		hosts = append(hosts, "*"+origin.Host[i:])
	}
	var found []*hostEntry
	for _, host := range hosts {
		for _, port := range []string{origin.Port, ""} {
			if at := p.byHost[hostKey{host, port}]; at != nil && at.rule.MatchHost(u) {
				found = append(found, at)
			}
		}
	}
	return found
}

// changed records that the secrets of e have changed.
func (p *hostEntry) changed(e *entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.kept, e) {
		p.kept = append(p.kept, e)
	}
	if !slices.Contains(p.recent, e) {
		p.recent = append(p.recent, e)
	}
	p.latest = nil
}

// secrets appends to sets what is removed from responses of the host.
//
// Rebuilding one set of all secrets after each renewal would cost time in proportion to
// the number of connections. So recently renewed ones are in a second set, until they
// outnumber a quarter of the square root of all: a renewal then costs in proportion to
// that root, and a response at most two passes. With few connections there is one set.
func (p *hostEntry) secrets(sets []*redact.Set) []*redact.Set {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.latest == nil {
		if n := 4 * len(p.recent); n*n > len(p.kept) {
			p.base, p.recent = unionOf(p.kept), nil
		}
		p.latest = unionOf(p.recent)
	}
	for _, s := range []*redact.Set{p.base, p.latest} {
		if !s.Empty() {
			sets = append(sets, s)
		}
	}
	return sets
}

func unionOf(entries []*entry) *redact.Set {
	sets := make([]*redact.Set, len(entries))
	for i, e := range entries {
		sets[i] = e.kept.Load()
	}
	return redact.Union(sets...)
}
