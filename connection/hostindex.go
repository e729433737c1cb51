package connection

import (
	"slices"
	"sync"
	"weak"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/redact"
)

// hostEntry is one entry of hosts, shared by all connections that list it. It lets a
// request find what it needs without looking at every connection.
type hostEntry struct {
	rule  hostapi.Rule // for egress
	names []string     // of the connections that list it
	*hostSecrets
}

// hostKey identifies an entry of hosts.
type hostKey struct{ host, port string }

// hostSecrets is what is removed from responses of a host. Snapshots share it, and it
// keeps no connection alive that Replace has removed and no run uses.
type hostSecrets struct {
	mu     sync.Mutex
	kept   []weak.Pointer[entry] // connections and accounts whose credential is removed from responses
	base   *redact.Set           // the secrets of kept, except recent
	recent []weak.Pointer[entry] // entries whose secrets changed since base was built
	latest *redact.Set           // the secrets of recent; nil: not built yet
}

// changed records that the secrets of e have changed.
func (p *hostSecrets) changed(e *entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := weak.Make(e)
	if !slices.Contains(p.kept, w) {
		p.kept = append(p.kept, w)
	}
	if !slices.Contains(p.recent, w) {
		p.recent = append(p.recent, w)
	}
	p.latest = nil
}

// secrets appends to sets what is removed from responses of the host.
//
// Rebuilding one set of all secrets after each renewal would cost time in proportion to
// the number of connections. So recently renewed ones are in a second set, until they
// outnumber the square root of all: a renewal then costs in proportion to
// that root, and a response at most two passes. With few connections there is one set.
func (p *hostSecrets) secrets(sets []*redact.Set) []*redact.Set {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.latest == nil {
		if n := len(p.recent); n*n > len(p.kept) {
			p.kept = slices.DeleteFunc(p.kept, func(w weak.Pointer[entry]) bool { return w.Value() == nil })
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

func unionOf(entries []weak.Pointer[entry]) *redact.Set {
	sets := make([]*redact.Set, 0, len(entries))
	for _, w := range entries {
		if e := w.Value(); e != nil {
			sets = append(sets, e.kept.Load())
		}
	}
	return redact.Union(sets...)
}
