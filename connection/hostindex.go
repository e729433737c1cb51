package connection

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/redact"
)

// hostEntry is one entry of hosts, shared by all connections that list it. It lets a
// request find what it needs without looking at every connection.
type hostEntry struct {
	rules [1]hostapi.Rule // for egress: a list for the requests that no other entry matches
	alone [1]*hostEntry   // the entry itself, likewise
	names []string        // of the connections that list it
	*hostSecrets

	learning sync.Mutex   // held while it is learned what may be in responses
	learned  atomic.Int64 // time on the manager's clock until which that is known; 0: never, 1: not any more
}

func newHostEntry(rule hostapi.Rule) *hostEntry {
	p := &hostEntry{rules: [1]hostapi.Rule{rule}}
	p.alone[0] = p
	return p
}

// hostKey identifies an entry of hosts.
type hostKey struct {
	host, port string
	wild       bool // for *.host
}

func keyOf(rule hostapi.Rule) hostKey {
	host, wild := strings.CutPrefix(rule.Host, "*.")
	return hostKey{host, rule.Port, wild}
}

// hostSecrets is what is removed from responses of a host. Snapshots share it, and it
// keeps no connection alive that Replace has removed and no run uses.
type hostSecrets struct {
	mu     sync.Mutex
	kept   []weak.Pointer[credentials] // those of connections and accounts
	base   *redact.Set                 // the secrets of kept, except recent
	recent []weak.Pointer[credentials] // those whose secrets changed since base was built
	latest *redact.Set                 // the secrets of recent; nil: not built yet
}

// changed records that the secrets of c have changed.
func (p *hostSecrets) changed(c *credentials) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := weak.Make(c)
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
			p.kept = slices.DeleteFunc(p.kept, func(w weak.Pointer[credentials]) bool { return w.Value() == nil })
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

func unionOf(all []weak.Pointer[credentials]) *redact.Set {
	sets := make([]*redact.Set, 0, len(all))
	for _, w := range all {
		if c := w.Value(); c != nil {
			sets = append(sets, c.set.Load())
		}
	}
	return redact.Union(sets...)
}

// held returns the credentials that may be in responses of the host.
func (p *hostSecrets) held() []*credentials {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]*credentials, 0, len(p.kept))
	for _, w := range p.kept {
		if c := w.Value(); c != nil {
			all = append(all, c)
		}
	}
	return all
}
