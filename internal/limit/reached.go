package limit

import (
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// Reached returns the error of an operation that reached the limit of that name. l must
// have an effective value of that limit. The code is [hostapi.CodeLimit], for a time
// limit [hostapi.CodeTimeout]; the reason is a *[hostapi.LimitError]. The caller adds Op
// and Name.
func Reached(l hostapi.Limits, name string) *hostapi.Error {
	code := hostapi.CodeLimit
	if _, ok := field(&l, name).(*time.Duration); ok {
		code = hostapi.CodeTimeout
	}
	value := Format(l, name)
	reason := &hostapi.LimitError{Limit: name, Value: value}
	return &hostapi.Error{Code: code, Message: title(name) + " limit of " + value + " reached", Hint: Raise(reason), Reason: reason}
}

// ReachedIn is [Reached] for a task that may have set a limit below that of the engine.
// The hint then says to raise it in the task.
func ReachedIn(task, engine hostapi.Limits, name string) *hostapi.Error {
	e := Reached(task, name)
	if most := Format(engine, name); most != Format(task, name) {
		reason := &hostapi.LimitError{Limit: name, Value: Format(task, name), Most: most}
		e.Hint, e.Reason = Raise(reason), reason
	}
	return e
}

// Raise returns the hint how to raise a limit, in words that hold for every program. One
// that has flags or files for limits replaces it.
func Raise(l *hostapi.LimitError) string {
	if l.Most != "" {
		return "the task sets it, and the engine allows " + l.Most + ": raise the limit " + l.Limit + " of the task"
	}
	return "raise the limit " + l.Limit
}

// title returns the name of a limit as messages have it.
func title(name string) string {
	switch name {
	case "call_depth":
		return "call depth"
	case "log_lines":
		return "log line"
	case "log_bytes":
		return "log size"
	case "data_bytes":
		return "data size"
	case "requests":
		return "request"
	case "request_time":
		return "request time"
	case "request_bytes":
		return "request size"
	case "response_bytes":
		return "response size"
	case "redirects":
		return "redirect"
	case "calls":
		return "call"
	}
	return name // time, memory
}
