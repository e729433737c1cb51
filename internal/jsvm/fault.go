package jsvm

import (
	goruntime "runtime"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// engineFault returns the error of a script that has made goja panic, as a comparator does that shortens the array which
// is sorted, or a text of 2^53 letters; nil if x, which the caller has recovered, is from another panic. goja has left
// the script by then, so that the error has no place.
func engineFault(x any) error {
	fault, ok := x.(goruntime.Error)
	if !ok || !beganInEngine() {
		return nil
	}
	text := strings.TrimPrefix(fault.Error(), "runtime error: ")
	if strings.HasPrefix(text, "makeslice: ") {
		return &hostapi.Error{Code: hostapi.CodeLimit, Message: "the script asks for more memory than there can be"}
	}
	return &hostapi.Error{
		Code: hostapi.CodeScript, Message: "a fault of the JavaScript engine ended the script: " + text,
		Hint: "does a callback change what a built-in function works on, or is an iterator or a proxy incomplete?",
	}
}

// beganInEngine reports whether the panic that the caller's caller has recovered is from goja, and not from a function
// of the host.
func beganInEngine() bool {
	const most = 256 // goja passes panics on, at once
	callers := make([]uintptr, most)
	frames := goruntime.CallersFrames(callers[:goruntime.Callers(1, callers)])
	from, more := "", true
	for more {
		var frame goruntime.Frame
		frame, more = frames.Next()
		switch {
		case frame.Function == "runtime.gopanic":
			from = "" // the first panic is the last one here
		case from == "" && (strings.HasPrefix(frame.Function, engine) || strings.HasPrefix(frame.Function, own)):
			from = frame.Function
		}
	}
	return strings.HasPrefix(from, engine)
}

// Where functions are from.
const (
	engine = "github.com/dop251/goja"
	own    = "github.com/postern-dev/postern/"
)
