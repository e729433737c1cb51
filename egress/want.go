package egress

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync"
)

// want is a request that may wait for a slot of the pool. net/http detaches the dial
// from the request, and continues it when the request has ended or has got another
// connection.
type want struct {
	ended <-chan struct{} // closed when the request ends

	mu  sync.Mutex
	got chan struct{} // closed when it has a connection; nil: it has not asked yet
}

type wantKey struct{}

// wantOf returns the want in ctx, or one that lasts as long as the dial.
func wantOf(ctx context.Context) *want {
	if w, ok := ctx.Value(wantKey{}).(*want); ok {
		return w
	}
	return new(want) // WrapTransport has replaced the context
}

// track returns req with a want.
func track(req *http.Request) *http.Request {
	ctx := req.Context()
	w := &want{ended: ctx.Done()}
	progress := progressOf(ctx)
	return req.WithContext(httptrace.WithClientTrace(context.WithValue(ctx, wantKey{}, w), &httptrace.ClientTrace{
		GetConn: func(string) { w.seek() },
		GotConn: func(info httptrace.GotConnInfo) {
			if g, ok := info.Conn.(*guarded); ok {
				g.slot.opened()
			}
			w.found()
			progress.reach(waiting)
		},
	}))
}

// seek begins to wait. net/http does so again if a connection turns out to be closed.
func (w *want) seek() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got = make(chan struct{})
}

// found ends the waiting. HTTP/2 may report a connection twice.
func (w *want) found() {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.got:
	default:
		if w.got != nil {
			close(w.got)
		}
	}
}

// current returns the channel that is closed when the request has a connection.
func (w *want) current() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.got
}
