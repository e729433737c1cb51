package egress

import (
	"crypto/tls"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
)

// network is how requests leave: the transports and their connections. Clients with
// other rules share it.
type network struct {
	cfg    Config
	tls    *tls.Config       // nil: the default
	strict http.RoundTripper // refuses special addresses
	named  http.RoundTripper // for destinations that a rule names by host and port

	// lookup checks a target's addresses where the dialler does not; nil with a Transport.
	lookup *targetLookup

	userAgent []string // shared by the headers of all requests; read-only

	root     *network     // it was derived from this one; nil: not derived
	pool     *pool        // of the root; nil: connections are not bounded
	perHost  *hostQueues  // of the root; nil: requests are not bounded
	open     connections  // of both transports
	idle     []idleCloser // closes their idle connections
	requests atomic.Int64 // number of requests in progress
	closed   atomic.Bool  // not used since it was made or closed

	mu      sync.Mutex
	derived map[*network]struct{} // derived networks that are not closed
}

// idleCloser is what [http.Client] expects of a transport that keeps connections.
type idleCloser interface{ CloseIdleConnections() }

// newNetwork returns a network for cfg, derived from root unless that is nil.
func newNetwork(cfg Config, t *tls.Config, root *network) *network {
	n := &network{cfg: cfg, tls: t, userAgent: []string{userAgent}, root: root}
	n.closed.Store(true)
	if root != nil {
		n.pool, n.perHost = root.pool, root.perHost
	} else {
		n.perHost = newHostQueues(cfg)
		if cfg.Transport == nil {
			n.pool = newPool(cfg, n.closeAllIdle)
		}
	}
	if cfg.Transport != nil {
		host := hostTransport{cfg.Transport, "the Transport of the egress.Config"}
		n.idle = []idleCloser{host}
		n.strict = n.wrap(host)
		n.named = n.strict
		return n
	}
	strict := &addressCheck{
		special: specialAddresses(),
		own:     &ownAddresses{list: net.InterfaceAddrs},
		allow:   slices.Clone(cfg.AllowAddrs),
		deny:    slices.Clone(cfg.DenyAddrs),
	}
	named := &addressCheck{deny: strict.deny}
	n.cfg.Timeouts = cfg.Timeouts.or(defaultTimeouts())
	resolver := newResolver(n.cfg)
	for _, t := range []struct {
		check     *addressCheck
		transport *http.RoundTripper
	}{{strict, &n.strict}, {named, &n.named}} {
		checked := n.newTransport(resolver, t.check)
		n.idle = append(n.idle, checked)
		*t.transport = n.wrap(checked)
	}
	n.lookup = &targetLookup{resolver: resolver, strict: strict, named: named}
	return n
}

// wrap returns what the embedding program makes of a transport.
func (n *network) wrap(checked http.RoundTripper) http.RoundTripper {
	if n.cfg.WrapTransport == nil {
		return checked
	}
	return hostTransport{n.cfg.WrapTransport(checked), "the WrapTransport of the egress.Config"}
}

func (n *network) close() {
	for _, d := range n.inUse() {
		d.close()
	}
	if n.root != nil {
		n.root.mu.Lock()
		delete(n.root.derived, n)
		n.root.mu.Unlock()
	}
	n.closed.Store(true)
	if n.requests.Load() == 0 {
		n.closeConnections()
	}
}

// inUse returns the derived networks that are not closed.
func (n *network) inUse() []*network {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Collect(maps.Keys(n.derived))
}

func (n *network) closeConnections() {
	n.closeIdle()
	n.open.closeAll()
}

func (n *network) closeIdle() {
	for _, t := range n.idle {
		t.CloseIdleConnections()
	}
}

// closeAllIdle closes the idle connections of n and of all derived from it.
func (n *network) closeAllIdle() {
	n.closeIdle()
	for _, d := range n.inUse() {
		d.closeIdle()
	}
}

// begin counts a request until end. A derived network registers with its root on its
// first request, to be closed with it.
func (n *network) begin() {
	n.requests.Add(1)
	if !n.closed.Load() || !n.closed.CompareAndSwap(true, false) || n.root == nil {
		return
	}
	n.root.mu.Lock()
	defer n.root.mu.Unlock()
	if n.root.derived == nil {
		n.root.derived = make(map[*network]struct{})
	}
	n.root.derived[n] = struct{}{}
}

func (n *network) end() {
	if n.requests.Add(-1) == 0 && n.closed.Load() {
		n.closeConnections()
	}
}
