package egress

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// guarded is an HTTP/1 connection that gives net/http one response for each
// request, and not a byte more. What a server sends unasked, or behind a response,
// net/http would print through the log package, tokens and all, or take for the
// response to the next request. Here it ends the connection without a word.
type guarded struct {
	net.Conn
	spoiled atomic.Bool // it is not to be used any more

	mu       sync.Mutex // guards what follows
	requests framing
	replies  framing
	owed     int // requests begun and not answered yet
}

// guard returns conn, on which no request has been sent, guarded.
func guard(conn net.Conn) net.Conn {
	return &guarded{Conn: conn, requests: framing{request: true}}
}

var (
	errSpoiled = errors.New("the server sent something unasked")
	errNotHTTP = errors.New("what the server sent is not HTTP")
)

// Write notes the requests that begin in p. To write nothing at all to a spoiled
// connection lets net/http take another one for the request, whatever its method.
func (g *guarded) Write(p []byte) (int, error) {
	if g.spoiled.Load() {
		return 0, errSpoiled
	}
	g.mu.Lock()
	for rest := p; len(rest) > 0; {
		if g.requests.state == betweenMessages {
			g.requests.begin(false)
			g.replies.begin(bytes.HasPrefix(rest, []byte("HEAD ")))
			g.owed++
		}
		n, _ := g.requests.take(rest) // false for responses only
		rest = rest[n:]
	}
	g.mu.Unlock()
	return g.Conn.Write(p)
}

// Read ends where a response does. Anything else looks as if the server had
// closed the connection, which net/http expects of one that is idle.
func (g *guarded) Read(p []byte) (int, error) {
	if g.spoiled.Load() {
		return 0, io.EOF
	}
	n, err := g.Conn.Read(p)
	if n == 0 {
		return 0, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.owed == 0 {
		g.spoiled.Store(true)
		return 0, io.EOF
	}
	taken, ok := g.replies.take(p[:n])
	if !ok {
		g.spoiled.Store(true)
		return 0, errNotHTTP
	}
	if g.replies.state == betweenMessages {
		g.owed--
	}
	if taken < n {
		g.spoiled.Store(true)
		return taken, nil
	}
	return taken, err
}
