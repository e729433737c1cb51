package cli

import (
	"context"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// grace is how long a task may take to notice that its time is up.
const grace = time.Second

// patiently returns what f returns, if it comes back within a second of the time d,
// or of the end of ctx. Nothing interrupts a built-in function of JavaScript: one
// that runs on is left behind, and ends with the process.
func patiently[T any](ctx context.Context, d time.Duration, f func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		v, err := f()
		done <- outcome{v, err}
	}()
	timer := time.NewTimer(d + grace)
	defer timer.Stop()
	cancelledAt := ctx.Done()
	code, message := hostapi.CodeTimeout, "timed out inside a JavaScript built-in that cannot be interrupted"
	for {
		select {
		case o := <-done:
			return o.value, o.err
		case <-cancelledAt:
			cancelledAt = nil
			timer.Reset(grace)
			code, message = hostapi.CodeCanceled, "cancelled inside a JavaScript built-in that cannot be interrupted"
		case <-timer.C:
			var none T
			return none, &hostapi.Error{
				Code: code, Op: "run", Message: message, Hint: "usually catastrophic regex backtracking",
			}
		}
	}
}
