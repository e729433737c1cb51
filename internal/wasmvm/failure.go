package wasmvm

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/tetratelabs/wazero/sys"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
)

// hostPanicError is how a panic of the host passes through wazero.
type hostPanicError struct {
	op string // the host call
	*hostapi.PanicError
}

// panicked returns the error for a panic with value v that an operation ended in.
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

// report returns err as a guest is told it, and remembers it.
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
		return nil // three strings always are JSON
	}
	return told
}

// outcome tells from how the guest ended how the task did.
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
	// A guest whose time is up may end in any way, for one because a host call
	// was cut off. Its exit code proves nothing: it can choose one itself.
	switch {
	case ctx.Err() != nil || r.program.vm.closed.Load():
		e := limit.Ended(ctx)
		if e.Code == hostapi.CodeTimeout {
			e.Hint = "is this an infinite loop or recursion? If not, " + e.Hint
		}
		return r.error(e)
	case r.failed:
		return r.error(r.failedWith())
	case r.memory.refused:
		// Few guests live on without the memory they asked for.
		return r.memoryError()
	case err != nil:
		return r.error(trap(err, r.panicLine))
	case r.panicLine != "":
		return r.error(&hostapi.Error{Code: hostapi.CodeScript, Message: r.panicLine})
	case exited:
		return r.error(&hostapi.Error{Code: hostapi.CodeScript, Message: fmt.Sprintf("exit status %d", status)})
	}
	return r.error(&hostapi.Error{Code: hostapi.CodeScript, Message: fmt.Sprintf("run returned %d", int32(status))})
}

func (r *run) error(e *hostapi.Error) error {
	if e.File == "" { // a configuration error tells of another file
		e.File = r.program.name
	}
	return e
}

// failedWith returns the error of a guest that called fail. A guest that passes
// on what a host call told it, perhaps with words of its own in front, fails
// with the error of that call.
func (r *run) failedWith() *hostapi.Error {
	if r.failure == "" {
		return &hostapi.Error{Code: hostapi.CodeScript, Message: "the task failed without a message"}
	}
	if r.reported != nil {
		e := *r.reported
		if own, ok := strings.CutSuffix(r.failure, e.Error()); ok {
			if own != "" {
				e = hostapi.Error{Code: e.Code, Message: r.failure, Hint: e.Hint}
			}
			return &e
		}
	}
	return &hostapi.Error{Code: hostapi.CodeScript, Message: r.failure}
}

// reached returns the error of op for a limit that it came to.
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

// trap puts into words what ended a guest that did not end by itself.
func trap(err error, panicLine string) *hostapi.Error {
	out := &hostapi.Error{Code: hostapi.CodeScript}
	reason, stack, _ := strings.Cut(err.Error(), "\nwasm stack trace:\n\t")
	_, kind, isTrap := strings.Cut(reason, "wasm error: ")
	if !isTrap {
		kind = reason
	}
	switch {
	case panicLine != "":
		out.Message = panicLine
		return out
	case kind == "stack overflow":
		out.Code, out.Message, out.Hint = hostapi.CodeLimit, "calls are nested too deep", "is this an infinite recursion?"
	case kind == "unreachable":
		out.Message, out.Hint = "unreachable executed", "this is how most languages abort; see the log for a reason"
	default:
		out.Message = kind
	}
	if f := innermost(stack); f != "" {
		out.Message += " in function " + f
	}
	return out
}

// innermost returns the function on the first line of wazero's stack trace,
// ".name(i32,i64) i32", or "" if the module tells no names.
func innermost(stack string) string {
	line, _, _ := strings.Cut(stack, "\n")
	m := regexp.MustCompile(`^\.?(.+?)\([a-z0-9,]*\)(?: \S+)?$`).FindStringSubmatch(line)
	if m == nil || strings.HasPrefix(m[1], "$") {
		return ""
	}
	return m[1]
}

// isCacheError reports whether a compilation failed for its cache's sake: wazero
// marks what it reads there, and the rest comes from the file system.
func isCacheError(err error) bool {
	_, ok := errors.AsType[*fs.PathError](err)
	return ok || strings.HasPrefix(err.Error(), "compilationcache:")
}
