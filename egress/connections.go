package egress

import (
	"maps"
	"net"
	"sync"
)

// connections holds the open connections of a transport. net/http itself closes only
// idle ones, and notices late that one of HTTP/2 or of an abandoned dial is idle.
type connections struct {
	mu   sync.Mutex
	open map[*openConn]struct{}
}

// openConn is a connection that removes itself from the set when it is closed.
type openConn struct {
	net.Conn
	set  *connections
	slot *slot // nil: connections are not bounded
}

func (c *openConn) Close() error {
	c.set.mu.Lock()
	delete(c.set.open, c)
	c.set.mu.Unlock()
	err := c.Conn.Close()
	if c.slot != nil {
		c.slot.release()
	}
	return err
}

func (s *connections) add(conn net.Conn, slot *slot) net.Conn {
	c := &openConn{conn, s, slot}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = make(map[*openConn]struct{})
	}
	s.open[c] = struct{}{}
	return c
}

func (s *connections) closeAll() {
	s.mu.Lock()
	open := maps.Clone(s.open)
	s.mu.Unlock()
	for c := range open {
		c.Close() //nolint:errcheck // no request uses it
	}
}
