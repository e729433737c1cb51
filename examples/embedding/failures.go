package embedding

import (
	"context"
	"errors"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// decision is what to do after a failed run.
type decision struct {
	action string
	after  time.Duration // of "retry"
}

func decide(err error) decision {
	e, _ := errors.AsType[*hostapi.Error](err)
	switch {
	case err == nil:
		return decision{action: "finish"}
	case errors.Is(err, hostapi.ErrClosed):
		return decision{action: "run it elsewhere"} // this process is ending
	case errors.Is(err, context.Canceled):
		return decision{action: "drop"} // who cancelled the context knows why: context.Cause
	case errors.Is(err, hostapi.ErrTimeLimit), errors.Is(err, hostapi.CodeLimit):
		return decision{action: "ask the author"} // a retry would reach the same limit
	case errors.Is(err, hostapi.CodeNeedsReauth):
		return decision{action: "ask a user to authorize"}
	case e != nil && e.Temporary():
		return decision{action: "retry", after: max(e.RetryAfter, time.Second)}
	case errors.Is(err, hostapi.CodeInternal):
		return decision{action: "report a fault"} // of Postern or of the program: errors.As finds a hostapi.PanicError
	default:
		return decision{action: "show it to the author"} // Error.Detail has position and hint, Error.Stack the calls
	}
}
