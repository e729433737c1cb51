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

// hostEntry is an entry of hosts, of however many connections have it: what a request
// there may need is found without a look at all connections.
type hostEntry struct {
	rule  hostapi.Rule // as egress takes it
	names []string     // of the connections that have it

	mu     sync.Mutex
	kept   []*entry    // those of them, and of their accounts, that keep something back
	base   *redact.Set // what all kept keep back, but for recent
	recent []*entry    // those that keep something else back than when base was made
	latest *redact.Set // what recent keep back; nil: not made yet
}

// hostKey is what tells one entry of hosts from another.
type hostKey struct{ host, port string }

// hostIndex are all there are, and those of each connection by its name. They never
// change; what is in them does.
type hostIndex struct {
	byHost map[hostKey]*hostEntry
	byConnection  map[string][]*hostEntry
}

// newHostIndex returns the places of a set.
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

// at returns the places that u is at: one for the host and one for *, each with and
// without a port.
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

// changed notes that e has something else to keep back than before.
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

// secrets appends what is taken out of responses from there to sets.
//
// To make one set of all after each renewal would cost in proportion to the
// connections. So those that were renewed since are in a second one, until there are
// more of them than a fraction of the root of all: then a renewal costs in proportion
// to that root, and a response two passes at most. Few connections have one set.
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
