package runtime

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"

	"github.com/postern-dev/postern/hostapi"
)

// ErrClosed is the cause of errors after [Engine.Close].
var ErrClosed = errors.New("the engine is closed")

func errClosed(op string) error {
	return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: op, Cause: ErrClosed}
}

// enter begins a run of script; leave must follow. The run needs the engine that
// compiled the script, which may be another one.
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

// gate admits work until it is closed, and can then wait for the admitted work.
type gate struct {
	inside atomic.Int64 // amount of admitted work, plus the constant closed once the gate is closed
	empty  chan struct{}
	shut   sync.Once
	last   sync.Once // closes empty
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
		g.last.Do(func() { close(g.empty) })
	}
}

// close admits no more work and waits for the admitted work.
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
			Code: hostapi.CodeOf(ctx.Err()), Op: "close", Message: "a task or a compilation is still in progress",
			Hint: "end it, and close the engine again", Cause: ctx.Err(),
		}
	}
}
