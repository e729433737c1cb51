package connection

import (
	"slices"
	"sync"

	"github.com/postern-dev/postern/hostapi"
)

// maxUnindexed is the number of granted names up to which a list is searched rather
// than indexed.
const maxUnindexed = 16

// maxGrants bounds the indexes that are kept.
const maxGrants = 64

// grants indexes the lists of connections that tasks are granted: most tasks are
// granted the same ones. An index is only a hint; the list itself decides, since its
// owner may have changed it.
type grants struct {
	mu   sync.Mutex
	made map[grantKey]*grantHints
}

// grantKey identifies a list by its address in memory.
type grantKey struct {
	first *string
	n     int
}

// grantHints are positions in a list to look at first.
type grantHints struct {
	names map[string]int // by name
	bases map[string]int // by connection, for its accounts too

	mu    sync.Mutex
	hosts map[*hostEntry]int // of a connection that lists the host
}

// hintsFor returns the hints for a list; nil for a short one.
func (g *grants) hintsFor(names []string) *grantHints {
	if len(names) <= maxUnindexed {
		return nil
	}
	key := grantKey{&names[0], len(names)}
	g.mu.Lock()
	defer g.mu.Unlock()
	if h := g.made[key]; h != nil {
		return h
	}
	h := &grantHints{
		names: make(map[string]int, len(names)), bases: make(map[string]int, len(names)), hosts: make(map[*hostEntry]int),
	}
	for i, name := range names {
		base, _ := splitAccount(name)
		h.names[name], h.bases[base] = i, i
	}
	if g.made == nil || len(g.made) >= maxGrants {
		g.made = make(map[grantKey]*grantHints)
	}
	g.made[key] = h
	return h
}

// has reports whether the name is in the list.
func (g *grants) has(names []string, name string) bool {
	if h := g.hintsFor(names); h != nil {
		if i, ok := h.names[name]; ok && names[i] == name {
			return true
		}
	}
	return slices.Contains(names, name)
}

// reaches reports whether a connection in the list has the entry.
func (s *snapshot) reaches(names []string, p *hostEntry) bool {
	has := func(name string) bool {
		base, _ := splitAccount(name)
		in := s.slots[base]
		return in != nil && slices.Contains(in.hosts, p.hostSecrets)
	}
	h := s.grants.hintsFor(names)
	if h == nil {
		return slices.ContainsFunc(names, has)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if i, ok := h.hosts[p]; ok && has(names[i]) {
		return true
	}
	for _, base := range p.names {
		if i, ok := h.bases[base]; ok && has(names[i]) {
			h.hosts[p] = i
			return true
		}
	}
	return slices.ContainsFunc(names, has)
}

// rulesOf returns the rules of those entries that connections in the list have.
func (s *snapshot) rulesOf(names []string, entries []*hostEntry) []hostapi.Rule {
	var rules []hostapi.Rule
	for _, p := range entries {
		switch {
		case !s.reaches(names, p):
		case rules == nil:
			rules = p.rules[:]
		default:
			rules = append(rules, p.rules[0])
		}
	}
	return rules
}
