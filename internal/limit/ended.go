package limit

import (
	"context"
	"errors"

	"github.com/postern-dev/postern/hostapi"
)

// TimeError is the cause of a task's context that ends at the time limit. It builds its error
// only on demand: every task has a cause, and few reach the limit.
type TimeError struct {
	Task, Engine *hostapi.Limits // effective ones
}

// Unwrap returns the error of the limit, a *[hostapi.Error] of [hostapi.CodeTimeout].
func (t *TimeError) Unwrap() error { return ReachedIn(*t.Task, *t.Engine, "time") }

func (t *TimeError) Error() string { return t.Unwrap().Error() }

// ClosedKey is a key of the context of a task: its value is true once the engine was
// closed. [context.Cause] could say so only if every task had one more context.
type ClosedKey struct{}

// Ended returns the error of a task that ended because ctx did: at its time limit, at the
// deadline of the caller's context, because the engine was closed, or because it was
// cancelled. The caller adds Op and Name.
func Ended(ctx context.Context) *hostapi.Error {
	if t, ok := errors.AsType[*TimeError](context.Cause(ctx)); ok {
		return ReachedIn(*t.Task, *t.Engine, "time")
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &hostapi.Error{
			Code: hostapi.CodeTimeout, Message: "the deadline of the caller's context passed",
			Hint: "use a context with a later deadline", Cause: Cause(ctx),
		}
	}
	if closed, _ := ctx.Value(ClosedKey{}).(bool); closed {
		return &hostapi.Error{Code: hostapi.CodeClosed, Message: "the engine was closed while the task was running"}
	}
	return &hostapi.Error{Code: hostapi.CodeCanceled, Message: "the task was cancelled", Cause: Cause(ctx)}
}

// Cause returns the cause with which the embedding program ended ctx, for the Cause of an
// [hostapi.Error]; nil if it gave none. errors.Is and errors.As find it, and its text,
// which may hold a secret, is omitted.
func Cause(ctx context.Context) error {
	cause := context.Cause(ctx)
	if cause == nil || cause == ctx.Err() { //nolint:errorlint // the same, not one that wraps it
		return nil
	}
	return Quiet(cause)
}

// Quiet returns a cause without its text, which may hold a secret or is in the message
// already; nil for nil.
func Quiet(cause error) error {
	if cause == nil {
		return nil
	}
	return quietError{cause}
}

type quietError struct{ error }

// Error returns "".
func (quietError) Error() string { return "" }

func (q quietError) Unwrap() error { return q.error }
