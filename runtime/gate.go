package runtime

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"

	"github.com/postern-dev/postern/hostapi"
)

// ErrClosed is the cause of an error that says that an [Engine] was closed before.
var ErrClosed = errors.New("the engine is closed")

func errClosed(op string) error {
	return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: op, Cause: ErrClosed}
}

// enter lets a run of script in; leave must follow then. It needs the engine that
// compiled the script, which may be another.
func (e *Engine) enter(op string, script *Script) error {
	if script == nil || script.program == nil {
		return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: op, Message: "the task has no script", Hint: "use what Engine.Compile returned"}
	}
	if !e.gate.enter() {
		return errClosed(op)
	}
	if script.gate != e.gate && !script.gate.enter() {
		e.gate.leave()
		return errClosed(op)
	}
	return nil
}

func (e *Engine) leave(script *Script) {
	if script.gate != e.gate {
		script.gate.leave()
	}
	e.gate.leave()
}

// gate lets work in until it is shut, and can then wait for the work inside.
type gate struct {
	inside atomic.Int64 // how many are inside, and closed once the gate is shut
	empty  chan struct{}
	shut   sync.Once
	last   sync.Once // closes empty
}

const closed = math.MinInt64 / 2 // is added to inside when the gate shuts

func newGate() *gate { return &gate{empty: make(chan struct{})} }

// enter reports whether work may begin; leave must follow then.
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

// settle notes how many are inside now.
func (g *gate) settle(inside int64) {
	if inside == closed {
		g.last.Do(func() { close(g.empty) })
	}
}

// close lets no more work in and waits for what is inside.
func (g *gate) close(ctx context.Context) error {
	if g == nil {
		return nil
	}
	g.shut.Do(func() { g.settle(g.inside.Add(closed)) })
	select {
	case <-g.empty:
		return nil
	default:
	}
	select {
	case <-g.empty:
		return nil
	case <-ctx.Done():
		return &hostapi.Error{
			Code: hostapi.CodeOf(ctx.Err()), Op: "close", Message: "a task or a compilation is still under way",
			Hint: "end it, and close the engine again", Cause: ctx.Err(),
		}
	}
}
