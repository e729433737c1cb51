package egress

import (
	"container/list"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// ErrPoolFull is the Reason, see [hostapi.Error], of a request that ended while it
// waited for a connection, or for its turn: all that [Config].MaxConns, MaxConnsPerHost or
// MaxRequestsPerHost allow were in use. With [hostapi.CodeOverloaded], it did not even
// wait: see [Config].MaxWaiting.
var ErrPoolFull = errors.New("all connections of the pool are in use")

// pool bounds the open connections of a network and of those derived from it. net/http
// has no bound in all, and one per host for each of its transports only.
//
// A dial takes a slot, or waits for one in the order of arrival. Meanwhile its request
// may get a connection that has become idle; then the dial is given up.
type pool struct {
	most, perHost int
	mostWaiting   int    // zero or less: no maximum
	closeIdle     func() // closes all idle connections, those that are not in idle too

	mu      sync.Mutex
	all     count
	hosts   map[string]*count // by host:port
	opaque  map[target]int    // see count
	waiting []*waiter         // in order of arrival
	idle    list.List         // of *slot; the longest idle one first
}

// count counts slots.
type count struct {
	taken  int
	opaque int // of these, how many may be idle without being in pool.idle
}

// target is what net/http keeps connections for.
type target struct {
	dialer *dialer
	host   string // and port
}

// newPool returns the pool of cfg; nil if connections are not bounded.
func newPool(cfg Config, closeIdle func()) *pool {
	if cfg.MaxConns <= 0 && cfg.MaxConnsPerHost <= 0 {
		return nil
	}
	return &pool{most: cfg.MaxConns, perHost: cfg.MaxConnsPerHost, mostWaiting: cfg.MaxWaiting, closeIdle: closeIdle, hosts: make(map[string]*count), opaque: make(map[target]int)}
}

// slot is the right to have one connection open. Its fields are guarded by pool.mu.
type slot struct {
	target
	pool *pool

	free     bool          // it has been released
	opaque   bool          // of HTTP/2, or no request has begun on it since it was opened or given to one
	element  *list.Element // in pool.idle; nil: in use, or opaque
	conn     *guarded      // to close if it is in pool.idle
	reserved *waiter       // net/http gives the connection to its request; nil: to none
}

// waiter is a dial that waits for a slot.
type waiter struct {
	*slot
	ready    chan struct{} // closed when it has the slot
	promised bool          // a connection is being closed for its dial, or given to its request
	gone     bool          // it does not wait any more
}

// recheck is how long a dial waits before it looks for opaque connections that are idle.
const recheck = 50 * time.Millisecond

var errNotNeeded = errors.New("the request needs no new connection any more")

// take returns a slot, or an error once the request of ctx has ended or has got another
// connection.
func (p *pool) take(ctx context.Context, d *dialer, host string) (*slot, error) {
	s := &slot{target: target{d, host}, pool: p}
	p.mu.Lock()
	if p.fits(host) {
		p.grant(s)
		p.mu.Unlock()
		return s, nil
	}
	if p.mostWaiting > 0 && len(p.waiting) >= p.mostWaiting {
		p.mu.Unlock()
		return nil, errPoolOverloaded
	}
	w := &waiter{slot: s, ready: make(chan struct{})}
	p.waiting = append(p.waiting, w)
	p.mu.Unlock()
	progressOf(ctx).reach(queueing)
	want := wantOf(ctx)
	got := want.current()
	p.makeRoom()
	ticker := time.NewTicker(recheck)
	defer ticker.Stop()
	for {
		select {
		case <-w.ready:
			return s, nil
		case <-ticker.C:
			p.setPromised(w, false)
			p.closeOpaque(w)
			p.makeRoom()
			continue
		case <-got:
		case <-want.ended:
		case <-ctx.Done():
		}
		p.leave(w)
		return nil, errNotNeeded
	}
}

// leave gives up waiting.
func (p *pool) leave(w *waiter) {
	p.mu.Lock()
	w.gone = true
	i := slices.Index(p.waiting, w)
	if i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	}
	p.mu.Unlock()
	if i < 0 {
		w.release() // it has been granted at this moment
	}
	p.makeRoom() // a connection may have been left to this one
}

// full reports whether the maximum in all is reached, and fullFor that for one host.
// p.mu must be held for these and for the methods below that have no lock.
func (p *pool) full() bool { return p.most > 0 && p.all.taken >= p.most }

func (p *pool) fullFor(host string) bool {
	c := p.hosts[host]
	return p.perHost > 0 && c != nil && c.taken >= p.perHost
}

func (p *pool) fits(host string) bool { return !p.full() && !p.fullFor(host) }

func (p *pool) grant(s *slot) {
	c := p.hosts[s.host]
	if c == nil {
		c = new(count)
		p.hosts[s.host] = c
	}
	c.taken++
	p.all.taken++
}

func (p *pool) setOpaque(s *slot, opaque bool) {
	if s.opaque == opaque || s.free {
		return
	}
	n := 1
	if s.opaque = opaque; !opaque {
		n = -1
	}
	p.hosts[s.host].opaque += n
	p.all.opaque += n
	if p.opaque[s.target] += n; p.opaque[s.target] == 0 {
		delete(p.opaque, s.target)
	}
}

func (p *pool) unlist(s *slot) {
	if s.element != nil {
		p.idle.Remove(s.element)
		s.element = nil
	}
}

// canHelp reports whether w gets a slot if s is released, and net/http does not give the
// connection to a request that waits.
func (p *pool) canHelp(s *slot, w *waiter) bool {
	return s.target != w.target && (s.reserved == nil || s.reserved.gone) && (s.host == w.host || !p.fullFor(w.host))
}

func (p *pool) setPromised(w *waiter, promised bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.promised = promised
}

// makeRoom closes an idle connection for each dial that waits, as far as there are any.
func (p *pool) makeRoom() {
	type victim struct {
		conn *guarded
		of   *waiter
	}
	var victims []victim
	p.mu.Lock()
	for _, w := range p.waiting {
		if w.promised {
			continue
		}
		for e := p.idle.Front(); e != nil; e = e.Next() {
			if s, ok := e.Value.(*slot); ok && p.canHelp(s, w) {
				p.unlist(s)
				w.promised = true
				victims = append(victims, victim{s.conn, w})
				break
			}
		}
	}
	p.mu.Unlock()
	for _, v := range victims {
		v.conn.closeIdle()
		p.setPromised(v.of, false)
	}
}

// closeOpaque closes idle connections that are not in p.idle if w may need one of their
// slots. It closes others as well, since net/http does not say which are idle.
func (p *pool) closeOpaque(w *waiter) {
	p.mu.Lock()
	own := p.opaque[w.target] // net/http gives these to the request of w
	needed := p.full() && p.idle.Len() == 0 && p.all.opaque > own || p.fullFor(w.host) && p.hosts[w.host].opaque > own
	p.mu.Unlock()
	if needed {
		p.closeIdle()
	}
}

// release gives the slot to the first dial that can use it. It may be called again.
func (s *slot) release() {
	p := s.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.free {
		return
	}
	p.setOpaque(s, false)
	p.unlist(s)
	s.free = true
	p.all.taken--
	if c := p.hosts[s.host]; c.taken > 1 {
		c.taken--
	} else {
		delete(p.hosts, s.host)
	}
	p.waiting = slices.DeleteFunc(p.waiting, func(w *waiter) bool {
		if !p.fits(w.host) {
			return false
		}
		p.grant(w.slot)
		w.gone = true
		close(w.ready)
		return true
	})
}

// opened records that the connection can be used, or that net/http has given it to a
// request.
func (s *slot) opened() {
	if s == nil {
		return
	}
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	s.pool.unlist(s)
	s.pool.setOpaque(s, true)
}

// busy records that a request begins on the connection, of HTTP/1.
func (s *slot) busy() {
	if s == nil {
		return
	}
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	s.pool.setOpaque(s, false)
	s.pool.unlist(s)
}

// unused records that the connection g has become idle. It reports whether g must be
// closed instead, since a dial waits to which net/http would not give it.
func (s *slot) unused(g *guarded) bool {
	if s == nil {
		return false
	}
	p := s.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	s.reserved = nil
	for _, w := range p.waiting {
		if w.promised {
			continue
		}
		if s.target == w.target {
			s.reserved, w.promised = w, true
			break
		}
		if p.canHelp(s, w) {
			return true
		}
	}
	if s.conn = g; !s.free && s.element == nil {
		s.element = p.idle.PushBack(s)
	}
	return false
}
