package runtime

import (
	"context"
	"fmt"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// stopTime is how long what was cancelled may take to end.
const stopTime = time.Second

func errClosed(op string) error {
	return &hostapi.Error{Code: hostapi.CodeClosed, Op: op, Message: "the engine is closed"}
}

// Running returns how many tasks, tests and compilations are in progress. Tasks that wait
// for a [Budget] count.
func (e *Engine) Running() int {
	if e.gate == nil { // of the zero Engine
		return 0
	}
	return e.gate.work()
}

// Shutdown lets nothing begin any more, and waits for what is in progress, as
// Shutdown of an http.Server does. From the call on, any other use of the engine fails
// with an error that matches [hostapi.ErrClosed].
//
// If ctx ends first, Shutdown cancels what is left, as [Engine.Close] does, and waits
// for that for at most a second. The error then has [hostapi.CodeTimeout] or
// [hostapi.CodeCanceled], and says how many were cancelled, and how many are still
// running even then.
//
// Called from a callback of a task, it waits for that task as for any other.
//
// A program closes what it uses in the order in which one uses the other: the engine,
// the connection.Manager, the egress.Client, the store.
func (e *Engine) Shutdown(ctx context.Context) error {
	if e.gate == nil {
		return nil
	}
	e.admitNone()
	select {
	case <-e.gate.empty:
		return nil
	default:
	}
	select {
	case <-e.gate.empty:
		return nil
	case <-ctx.Done():
	}
	stopped := e.gate.work()
	left := e.stop()
	if stopped == 0 {
		return nil // the last one ended just then
	}
	out := &hostapi.Error{Code: hostapi.CodeOf(ctx.Err()), Op: "shutdown", Message: plural(stopped) + " cancelled", Cause: ctx.Err()}
	if left > 0 {
		out.Message += fmt.Sprintf("; still running: %d", left)
		out.Hint = hintNotEnded
	}
	return out
}

// Close cancels what is in progress and lets nothing begin any more: as Shutdown with a
// context that has ended. Tasks that it cancels fail with an error that matches
// [hostapi.ErrClosed], and their writes are not applied.
//
// Close waits for at most a second. What cannot be interrupted, such as a built-in
// function of JavaScript, a compilation or a Connector that ignores its context, may
// take longer: the error then has [hostapi.CodeTimeout] and says how many are still
// running. They keep what they use, which is released when they return. Close may be
// called again, and wait again.
func (e *Engine) Close() error {
	if e.gate == nil {
		return nil
	}
	e.admitNone()
	left := e.stop()
	if left == 0 {
		return nil
	}
	return &hostapi.Error{Code: hostapi.CodeTimeout, Op: "close", Message: fmt.Sprintf("cancelled, and still running: %d", left), Hint: hintNotEnded}
}

// admitNone lets nothing begin any more.
func (e *Engine) admitNone() {
	e.gate.close()
	if e.queue != nil {
		e.queue.Close()
	}
}

const hintNotEnded = "a JavaScript built-in, a compilation, or a Connector that ignores its context; what they use is released when they return"

// stop cancels what is in progress, waits for it briefly, and returns how much has not
// ended.
func (e *Engine) stop() int {
	e.waits.cancel()
	timer := time.NewTimer(stopTime)
	defer timer.Stop()
	select {
	case <-e.gate.empty:
	case <-timer.C:
	}
	return e.gate.work()
}

func plural(n int) string {
	if n == 1 {
		return "1 run was"
	}
	return fmt.Sprintf("%d runs were", n)
}
