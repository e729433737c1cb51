package runtime

import (
	"errors"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/ring"
)

// ended returns the error of a report. One that came from a call is that error itself, with
// the place in the script.
func (j *job) ended(r *report) error {
	switch {
	case len(r.Errs) == 0:
		return nil
	case len(r.Errs) > 1:
		return errors.Join(r.Errs...)
	}
	e, ok := errors.AsType[*hostapi.Error](r.Errs[0])
	if !ok {
		return &hostapi.Error{Code: hostapi.CodeInternal, Op: j.op(), Message: "the worker failed", Cause: r.Errs[0]}
	}
	out := *e
	if out.Code == "" { // which would mean success
		out.Code = hostapi.CodeInternal
	}
	if r.Host > 0 && r.Host <= len(j.failed) {
		j.restore(&out, j.failed[r.Host-1])
	}
	const moment = 50 * time.Millisecond
	if out.Code == hostapi.CodeTimeout && r.Host == 0 && time.Until(j.context.deadline) < moment {
		<-j.context.Done() // the timer of the worker was a moment earlier
	}
	if j.context.Err() != nil {
		j.named(&out)
	}
	return &out
}

// restore puts an error that a call returned in place of what the worker made of it.
func (*job) restore(out *hostapi.Error, from error) {
	e, ok := from.(*hostapi.Error) //nolint:errorlint // others are kept whole
	if !ok {
		out.Reason = from
		return
	}
	place := *out
	*out = *e
	out.File, out.Line, out.Column, out.Stack = place.File, place.Line, place.Column, place.Stack
}

// named adds to the error of a run that its context ended what only the engine knows: the
// cause, and whether the engine was closed.
func (j *job) named(out *hostapi.Error) {
	ended := limit.Ended(j.context)
	if out.Code == hostapi.CodeCanceled && ended.Code == hostapi.CodeClosed {
		out.Code, out.Message = ended.Code, ended.Message
	}
	if out.Code == ended.Code && out.Cause == nil {
		out.Cause = ended.Cause
	}
}

// died returns the error of a job whose worker has died. err is what was seen of that.
func (j *job) died(op string, d ring.Death, err error) error {
	var out *hostapi.Error
	own, isOwn := errors.AsType[*hostapi.Error](err)
	switch {
	case d.Reason == ring.Late, d.Reason == ring.Exited && j.context.Err() != nil:
		out = limit.Ended(j.context)
		switch {
		case out.Code != hostapi.CodeTimeout: // it was asked to end, wherever it was
		case op == "compile":
			out.Hint = "the source takes too long to compile: is it generated?"
		default: // the same error as from a worker that notices it in time, which may depend on the load
			out.Hint = "where no loop of the script takes the time, it is usually catastrophic regex backtracking"
			return out
		}
	case d.Reason == ring.TooLarge && j.order.Kind == compileModule:
		out = tooLargeToCompile(j.order.Limits.Memory)
	case d.Reason == ring.TooLarge:
		out = limit.ReachedIn(j.order.Limits, *j.order.engine(), "memory")
	case d.Reason == ring.TooDeep:
		out = &hostapi.Error{Code: hostapi.CodeLimit, Message: "nested too deep for the JavaScript engine", Hint: "is this an infinite recursion?"}
	case d.Reason == ring.Broken && isOwn && own.Code == hostapi.CodeLimit:
		out = own
	case d.Reason == ring.Broken:
		out = &hostapi.Error{Code: hostapi.CodeInternal, Message: "the worker broke the rules and was stopped", Hint: "please report this", Cause: err}
	default:
		out = &hostapi.Error{Code: hostapi.CodeInternal, Message: "the worker process ended", Hint: "please report this", Cause: err}
		if d.Stderr != "" {
			out.Message += ": " + d.Stderr
		}
	}
	if out.Op == "" {
		out.Op = op
	}
	return out
}
