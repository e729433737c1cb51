package wasmvm

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/tetratelabs/wazero/sys"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
)

// hostPanicError carries a panic of the host through wazero.
type hostPanicError struct {
	op string // the host call
	*hostapi.PanicError
}

// panicked returns the error for an operation that panicked with value v.
func panicked(op string, v any) *hostapi.Error {
	p, ok := v.(hostPanicError)
	if !ok {
		p = newHostPanic(op, v)
	}
	return &hostapi.Error{
		Code: hostapi.CodeInternal, Op: p.op, Message: "the engine failed", Hint: "please report this", Cause: p.PanicError,
	}
}

func newHostPanic(op string, v any) hostPanicError {
	return hostPanicError{op, &hostapi.PanicError{Value: v, Stack: debug.Stack()}}
}

// report returns err in the form for the guest, and records it.
func (r *run) report(op string, err error) []byte {
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		e = &hostapi.Error{Code: hostapi.CodeOf(err), Op: op, Message: "failed", Cause: err}
	}
	r.reported = e
	told, err := encodeJSON(struct {
		Code    hostapi.Code `json:"code"`
		Message string       `json:"message"`
		Hint    string       `json:"hint"`
	}{e.Code, e.Error(), e.Hint})
	if err != nil {
		return nil // encoding three strings cannot fail
	}
	return told
}

// outcome returns the result of the task, given how the guest ended.
func (r *run) outcome(ctx context.Context, status uint32, err error) error {
	exit, exited := errors.AsType[*sys.ExitError](err)
	if exited {
		status, err = exit.ExitCode(), nil
	}
	if err == nil && status == 0 && !r.failed {
		return nil
	}
	if p, ok := errors.AsType[hostPanicError](err); ok {
		return r.error(panicked(p.op, p))
	}
	// At its time limit a guest may end in any way, for example because a host call was
	// interrupted. Its exit code is no evidence: a guest can choose any.
	switch {
	case ctx.Err() != nil:
		e := limit.Ended(ctx)
		if e.Code == hostapi.CodeTimeout {
			e.Hint = "is this an infinite loop or recursion? If not, " + e.Hint
		}
		return r.error(e)
	case r.failed:
		return r.error(r.failedWith())
	case r.memory.refused:
		// Few guests survive without the memory they requested.
		return r.memoryError()
	case err != nil:
		return r.error(r.trap(err))
	case r.panicLine != "":
		return r.error(&hostapi.Error{Code: hostapi.CodeScript, Message: r.panicLine, Stack: r.trace.frames})
	case exited:
		return r.error(&hostapi.Error{Code: hostapi.CodeScript, Message: fmt.Sprintf("exit status %d", status)})
	}
	return r.error(&hostapi.Error{Code: hostapi.CodeScript, Message: fmt.Sprintf("run returned %d", int32(status))})
}

func (r *run) error(e *hostapi.Error) error {
	if e.File == "" { // a configuration error is about another file
		e.File = r.program.name
	}
	return e
}

// failedWith returns the error of a guest that called fail. If the guest passes on the error
// of a host call, possibly with a prefix, the task fails with that error.
func (r *run) failedWith() *hostapi.Error {
	if r.failure == "" {
		return &hostapi.Error{Code: hostapi.CodeScript, Message: "the task failed without a message"}
	}
	if r.reported != nil {
		e := *r.reported
		if own, ok := strings.CutSuffix(r.failure, e.Error()); ok {
			if own != "" {
				e.Op, e.Name, e.Message, e.Cause = "", "", r.failure, limit.Quiet(e.Cause)
			}
			return &e
		}
	}
	return &hostapi.Error{Code: hostapi.CodeScript, Message: r.failure}
}

// reached returns the error of op for a limit that it reached.
func reached(op, name string, limits hostapi.Limits) error {
	e := limit.Reached(limits, name)
	e.Op = op
	return e
}

func (r *run) memoryError() error {
	e := limit.Reached(r.limits, "memory")
	e.Hint = "keep less in memory at once, or " + e.Hint
	return r.error(e)
}

// trap returns the error for a guest that was ended by a trap.
func (r *run) trap(err error) *hostapi.Error {
	reason, stack, _ := strings.Cut(err.Error(), "\nwasm stack trace:\n\t")
	out := &hostapi.Error{Code: hostapi.CodeScript, Stack: framesOfTrap(stack)}
	_, kind, isTrap := strings.Cut(reason, "wasm error: ")
	if !isTrap {
		kind = reason
	}
	if start, inner, found := strings.Cut(kind, " failed: "); found && strings.HasPrefix(start, "start function") {
		kind = inner
	}
	switch {
	case r.panicLine != "":
		out.Message = r.panicLine
		if r.trace.frames != nil {
			out.Stack = r.trace.frames // with files and lines
		}
		return out
	case kind == "stack overflow":
		out.Code, out.Message, out.Hint = hostapi.CodeLimit, "calls are nested too deep", "is this an infinite recursion?"
	case kind == "unreachable":
		out.Message, out.Hint = "unreachable executed", "this is how most languages abort; see the log for a reason"
	default:
		out.Message = kind
	}
	if len(out.Stack) > 0 && !strings.HasPrefix(out.Stack[0].Function, "$") {
		out.Message += " in function " + out.Stack[0].Function
	}
	return out
}
