package egress

import (
	"context"
	"sync/atomic"
)

// progress is the phase that a request has reached, for the message of a timeout. It is
// in the context of the request, from which net/http derives that of the dial.
type progress struct{ phase atomic.Int32 }

type progressKey struct{}

// progressOf returns the progress in ctx; nil if there is none.
func progressOf(ctx context.Context) *progress {
	p, _ := ctx.Value(progressKey{}).(*progress)
	return p
}

func (p *progress) reach(ph phase) {
	if p != nil {
		p.phase.Store(int32(ph))
	}
}

func (p *progress) now() phase {
	if p == nil {
		return waiting
	}
	return phase(p.phase.Load())
}

type phase int32

const (
	waiting  phase = iota // for a response, or for a connection
	queueing              // for a connection of a full pool, or for its turn
	lookingUp
	connecting
	tunnelling
	handshaking
	receiving
)

// String completes "timed out while …".
func (p phase) String() string {
	switch p {
	case queueing:
		return "waiting for a free connection: the pool is full"
	case lookingUp:
		return "looking up the name"
	case connecting:
		return "connecting"
	case tunnelling:
		return "waiting for the proxy"
	case handshaking:
		return "performing the TLS handshake"
	case receiving:
		return "reading the response body"
	}
	return "waiting for the response"
}
