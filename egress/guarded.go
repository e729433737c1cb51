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

// guarded is an HTTP/1 connection that gives net/http one response for each
// request, and not a byte more. What a server sends unasked, or behind a response,
// net/http would print through the log package, tokens and all, or take for the
// response to the next request. Here it ends the connection without a word.
type guarded struct {
	net.Conn
	socket syscall.RawConn // beneath Conn; nil: it has none

	mu       sync.Mutex // guards what follows
	over     error      // why no further request is to be sent; nil: one may be
	requests framing
	replies  framing
	used     bool // a request has begun
	owed     int  // requests begun and not answered yet
}

// guard returns conn, on which no request has been sent, guarded.
func guard(conn net.Conn) net.Conn {
	return &guarded{Conn: conn, socket: socketOf(conn), requests: framing{request: true}}
}

// socketOf returns the socket beneath conn, or nil.
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
	// errSpoiled is not io.EOF itself, for which net/http does not look at whether
	// anything of a request was sent.
	errSpoiled = fmt.Errorf("the server ended the connection, or sent something unasked: %w", io.EOF)
	errNotHTTP = errors.New("what the server sent is not HTTP")
)

// Write notes the requests that begin in p. To begin none on a connection that is
// over, or that the server has closed while it was idle, lets net/http take another
// one for the request, whatever its method: nothing of it was sent. A request that
// has begun goes on, since its response may have come already.
func (g *guarded) Write(p []byte) (int, error) {
	if err := g.note(p); err != nil {
		return 0, err
	}
	return g.Conn.Write(p)
}

// note returns an error, and notes nothing, if p begins a request that must not be sent.
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

// Read ends where a response does. Anything else ends the connection without a word.
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

// finish lets no further request begin.
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
