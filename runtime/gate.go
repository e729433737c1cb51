package runtime

import (
	"math"
	"sync"
	"sync/atomic"
)

// gate admits work until it is closed, and tells when the admitted work has ended.
type gate struct {
	inside  atomic.Int64 // amount of admitted work, plus the constant closed once the gate is closed
	empty   chan struct{}
	emptied func() // called before empty is closed; nil: nothing
	shut    sync.Once
	last    sync.Once // closes empty
}

const closed = math.MinInt64 / 2 // added to inside when the gate closes

func newGate() *gate { return &gate{empty: make(chan struct{})} }

// enter reports whether work may begin; then leave must follow.
func (g *gate) enter() bool {
	if g == nil { // of the zero Engine
		return false
	}
	if g.inside.Add(1) > 0 {
		return true
	}
	g.leave()
	return false
}

func (g *gate) leave() {
	g.settle(g.inside.Add(-1))
}

// settle closes empty when the last work has left a closed gate.
func (g *gate) settle(inside int64) {
	if inside == closed {
		g.last.Do(func() {
			if g.emptied != nil {
				g.emptied()
			}
			close(g.empty)
		})
	}
}

// close admits no more work.
func (g *gate) close() {
	g.shut.Do(func() { g.settle(g.inside.Add(closed)) })
}

// work returns the amount of admitted work.
func (g *gate) work() int {
	n := g.inside.Load()
	if n < 0 {
		n -= closed
	}
	return int(n)
}
