package limit

import (
	"context"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// grace is how long a run may take to notice that its time is up, or that it is
// cancelled.
const grace = time.Second

// Await returns what f returns, which runs a script and keeps to the limit d and to ctx by
// itself. Nothing interrupts a built-in function of JavaScript, though: a run that does not
// return within a second of either is left behind, and ends with the process. The error
// then has the code [hostapi.CodeTimeout] or [hostapi.CodeCanceled], and that op.
func Await[T any](ctx context.Context, op string, d time.Duration, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := f()
		done <- result{v, err}
	}()
	timer := time.NewTimer(d + grace)
	defer timer.Stop()
	cancelled := ctx.Done()
	out := &hostapi.Error{
		Code: hostapi.CodeTimeout, Op: op, Message: "timed out inside a JavaScript built-in that cannot be interrupted",
		Hint: "usually catastrophic regex backtracking", Reason: hostapi.ErrTimeLimit,
	}
	for {
		select {
		case r := <-done:
			return r.value, r.err
		case <-cancelled:
			cancelled = nil
			timer.Reset(grace)
			out.Code, out.Message = hostapi.CodeCanceled, "cancelled inside a JavaScript built-in that cannot be interrupted"
			out.Reason, out.Cause = nil, Cause(ctx)
		case <-timer.C:
			var none T
			return none, out
		}
	}
}
