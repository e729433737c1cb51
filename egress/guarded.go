package egress

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
)

// guarded is an HTTP/1 connection that passes to net/http exactly one response for each
// request. net/http would print unrequested data of a server, which may contain tokens,
// through the log package, or take it for the response to the next request. Here, such
// data silently ends the connection.
type guarded struct {
	net.Conn
	socket *peek // at the socket of Conn; nil: it has none
	slot   *slot // of Conn; nil: connections are not bounded

	mu       sync.Mutex // guards the fields below
	reads    sync.Cond  // of mu: net/http reads again
	settled  bool       // it has read again, or closed the connection, since the last response was complete
	over     error      // why no further request may be sent; nil: one may
	requests framing
	replies  framing
	used     bool // a request has begun
	owed     int  // number of requests without a complete response
}

// guard returns conn, on which no request has been sent, as a guarded connection.
func guard(conn net.Conn) net.Conn {
	raw := underlying(conn)
	g := &guarded{Conn: conn, requests: framing{request: true}}
	g.reads.L = &g.mu
	if c, ok := raw.(*openConn); ok {
		g.slot, raw = c.slot, c.Conn
	}
	if c, ok := raw.(syscall.Conn); ok {
		if socket, err := c.SyscallConn(); err == nil {
			g.socket = newPeek(socket)
		}
	}
	return g
}

// underlying returns the connection that TLS uses, or conn itself without TLS.
func underlying(conn net.Conn) net.Conn {
	for {
		c, ok := conn.(*tls.Conn)
		if !ok {
			return conn
		}
		conn = c.NetConn()
	}
}

var (
	// errSpoiled wraps io.EOF: for io.EOF itself, net/http does not check whether anything
	// of the request was sent.
	errSpoiled = fmt.Errorf("the server closed the connection, or sent unrequested data: %w", io.EOF)
	errNotHTTP = errors.New("the server sent data that is not HTTP")
)

// Write tracks the requests in p. If the connection is over, or the server closed it
// while it was idle, no request begins, so that net/http can use another connection for
// it whatever its method: none of it was sent. A request that has begun continues,
// since its response may have been received already.
func (g *guarded) Write(p []byte) (int, error) {
	if err := g.note(p); err != nil {
		return 0, err
	}
	return g.Conn.Write(p)
}

// note returns an error, and records nothing, if p begins a request that must not be
// sent.
func (g *guarded) note(p []byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for rest := p; len(rest) > 0; {
		if g.requests.state == betweenMessages {
			if g.over == nil && g.used && g.owed == 0 && g.socket != nil && g.socket.readable() {
				g.over = errSpoiled
			}
			if g.over != nil {
				// net/http may give the connection to this request before it delivers the last
				// response. It would lose that if the write failed now.
				for !g.settled {
					g.reads.Wait()
				}
				return g.over
			}
			g.requests.begin(false)
			g.replies.begin(bytes.HasPrefix(rest, []byte("HEAD ")))
			g.used = true
			g.owed++
			g.slot.busy()
		}
		n, _ := g.requests.take(rest) // false for responses only
		rest = rest[n:]
	}
	return nil
}

// Read passes on responses; any other data ends the connection silently.
func (g *guarded) Read(p []byte) (int, error) {
	if err := g.ended(); err != nil {
		return 0, err
	}
	n, err := g.Conn.Read(p)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.owed == 0 {
		if g.over = err; n > 0 || err == nil || err == io.EOF { //nolint:errorlint // this very error
			g.over = errSpoiled
		}
		return 0, g.over
	}
	taken, ok := g.replies.take(p[:n])
	if !ok {
		g.over = errNotHTTP
		return 0, errNotHTTP
	}
	if n > 0 && g.replies.state == betweenMessages {
		g.owed--
		g.settled = false
	}
	if taken < n {
		g.over = errSpoiled
		return taken, nil
	}
	switch {
	case g.owed > 0:
	case g.requests.state != betweenMessages:
		g.slot.opened() // an early response; net/http may still send the rest of the request
	case g.slot.unused(g):
		g.over = errSpoiled
		g.Conn.Close() //nolint:errcheck // what it sent has been read
	}
	return taken, err
}

// closeIdle closes the connection unless a request has begun on it. Then net/http uses
// another connection for a request that it has just given this one.
func (g *guarded) closeIdle() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.owed == 0 {
		g.over = errSpoiled
		g.Conn.Close() //nolint:errcheck // nothing is awaited on it
	}
}

// finish prevents further requests.
func (g *guarded) finish() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over = errSpoiled
}

func (g *guarded) ended() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.settle()
	return g.over
}

func (g *guarded) settle() {
	if !g.settled {
		g.settled = true
		g.reads.Broadcast()
	}
}

// Close closes the connection.
func (g *guarded) Close() error {
	g.mu.Lock()
	g.settle()
	g.mu.Unlock()
	return g.Conn.Close()
}
