package server

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
)

// conns bounds the connections of an [http.Server]. When there are too many, the one ends that has been without a
// request for longest, such as one that never sends a whole header; if all have requests in progress, the new one ends.
//
// It wraps no connection: net/http speaks HTTP/2 only on a *tls.Conn.
type conns struct {
	max int

	mu   sync.Mutex
	open map[net.Conn]*openConn
	idle list.List // of net.Conn, without a request; that which is so for longest comes first
}

type openConn struct {
	requests int           // in progress; several with HTTP/2
	idle     *list.Element // nil: there are requests
}

type connKey struct{}

// bound makes a server bound its connections.
func (c *conns) bound(s *http.Server) {
	c.open = make(map[net.Conn]*openConn)
	s.ConnState = c.changed
	s.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, conn)
	}
	next := s.Handler
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _ := r.Context().Value(connKey{}).(net.Conn)
		c.count(conn, 1)
		defer c.count(conn, -1)
		next.ServeHTTP(w, r)
	})
}

func (c *conns) changed(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state { //nolint:exhaustive // requests are counted by the handler: a connection is active from its first byte on
	case http.StateNew:
		if len(c.open) >= c.max {
			c.evict(conn)
		}
		c.open[conn] = &openConn{idle: c.idle.PushBack(conn)}
	case http.StateClosed, http.StateHijacked:
		if o := c.open[conn]; o != nil {
			if o.idle != nil {
				c.idle.Remove(o.idle)
			}
			delete(c.open, conn)
		}
	}
}

// evict ends the connection that has been idle for longest, else the new one. net/http then tells that it is closed.
func (c *conns) evict(added net.Conn) {
	victim := added
	if first := c.idle.Front(); first != nil {
		victim, _ = c.idle.Remove(first).(net.Conn)
		c.open[victim].idle = nil
	}
	go victim.Close() //nolint:errcheck // with TLS it may write, and the listener waits for this function
}

// count adds to the number of requests of a connection.
func (c *conns) count(conn net.Conn, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.open[conn]
	if o == nil {
		return
	}
	o.requests += n
	switch {
	case o.requests > 0 && o.idle != nil:
		c.idle.Remove(o.idle)
		o.idle = nil
	case o.requests == 0 && o.idle == nil:
		o.idle = c.idle.PushBack(conn)
	}
}
