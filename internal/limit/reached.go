package limit

import (
	"fmt"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// Reached returns the error of an operation that reached the limit of that name. l must
// have an effective value of that limit. The code is [hostapi.CodeLimit], for a time
// limit [hostapi.CodeTimeout]; that of a task has the reason [hostapi.ErrTimeLimit]. The
// caller adds Op and Name.
func Reached(l hostapi.Limits, name string) *hostapi.Error {
	code := hostapi.CodeLimit
	if _, ok := field(&l, name).(*time.Duration); ok {
		code = hostapi.CodeTimeout
	}
	e := &hostapi.Error{Code: code, Message: title(name) + " limit of " + Format(l, name) + " reached", Hint: Raise(name)}
	if name == "time" {
		e.Reason = hostapi.ErrTimeLimit
	}
	return e
}

// ReachedIn is [Reached] for a task that may have set a limit below that of the engine.
// The hint then says to raise it in the task.
func ReachedIn(task, engine hostapi.Limits, name string) *hostapi.Error {
	e := Reached(task, name)
	if most := Format(engine, name); most != Format(task, name) {
		e.Hint = "the task sets it, and the engine allows " + most + ": raise " + name + " in [limits] of the task file"
		if name == "time" {
			e.Hint += ", or --timeout"
		}
	}
	return e
}

// Raise returns the hint how to raise the limit of that name.
func Raise(name string) string {
	value := "N"
	if _, ok := field(new(hostapi.Limits), name).(*time.Duration); ok {
		value = "DURATION"
	}
	return fmt.Sprintf("raise it with --limit %s=%s, or %[1]s in [limits] of oauth.toml, and in the task file if it sets one", name, value)
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
