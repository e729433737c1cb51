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
	socket syscall.RawConn // of Conn; nil: none

	mu       sync.Mutex // guards the fields below
	over     error      // why no further request may be sent; nil: one may
	requests framing
	replies  framing
	used     bool // a request has begun
	owed     int  // number of requests without a complete response
}

// guard returns conn, on which no request has been sent, as a guarded connection.
func guard(conn net.Conn) net.Conn {
	return &guarded{Conn: conn, socket: socketOf(conn), requests: framing{request: true}}
}

// socketOf returns the socket of conn, or nil.
func socketOf(conn net.Conn) syscall.RawConn {
	for {
		switch c := conn.(type) {
		case *tls.Conn:
			conn = c.NetConn()
		case *openConn:
			conn = c.Conn
		case syscall.Conn:
			socket, err := c.SyscallConn()
			if err != nil {
				return nil
			}
			return socket
		default:
			return nil
		}
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
			if g.over == nil && g.used && g.owed == 0 && g.socket != nil && readable(g.socket) {
				g.over = errSpoiled
			}
			if g.over != nil {
				return g.over
			}
			g.requests.begin(false)
			g.replies.begin(bytes.HasPrefix(rest, []byte("HEAD ")))
			g.used = true
			g.owed++
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
	}
	if taken < n {
		g.over = errSpoiled
		return taken, nil
	}
	return taken, err
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
	return g.over
}
