package limit

import (
	"context"
	"errors"

	"github.com/postern-dev/postern/hostapi"
)

// Time is the limit of time of a task, as the cause that its context ended. It is put
// into words when it is asked for: most tasks have a cause and never need it.
type Time struct {
	Task, Engine *hostapi.Limits // effective ones
}

// Unwrap returns the error of the limit, a *[hostapi.Error].
func (t *Time) Unwrap() error { return ReachedIn(*t.Task, *t.Engine, "time") }

func (t *Time) Error() string { return t.Unwrap().Error() }

// Ended returns the error of a task that ended because ctx did: at its limit of time,
// at a deadline that ctx had before, or because it was cancelled. The caller adds Op
// and Name.
func Ended(ctx context.Context) *hostapi.Error {
	if t, ok := errors.AsType[*Time](context.Cause(ctx)); ok {
		return ReachedIn(*t.Task, *t.Engine, "time")
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &hostapi.Error{
			Code: hostapi.CodeTimeout, Message: "the deadline of the caller passed",
			Hint: "give the context of the run a later one",
		}
	}
	return &hostapi.Error{Code: hostapi.CodeCanceled, Message: "the task was cancelled"}
}
