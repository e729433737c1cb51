package jsvm

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
)

// place is a position in a script in goja's coordinates; the zero place is unknown.
type place struct {
	file         string
	line, column int
}

func (p place) before(q place) bool {
	return p.line < q.line || p.line == q.line && p.column < q.column
}

// mark sets the position of an error in the coordinates of editors.
func (m *Machine) mark(e *hostapi.Error, at place) {
	if at.line == 0 {
		return
	}
	e.File, e.Line, e.Column = at.file, at.line, at.column
	for p := range m.programs() {
		if p.name == at.file {
			e.Line, e.Column = inCharacters(p.text, at.line, at.column)
			return
		}
	}
}

// placeOf returns the innermost position of a stack that is in a script: an exception of a
// host function has the position of its caller.
func placeOf(stack []goja.StackFrame) place {
	for i := range stack {
		if at := stack[i].Position(); at.Line > 0 {
			return place{at.Filename, at.Line, at.Column}
		}
	}
	return place{}
}

// uncaught converts an error of goja to the task's error.
func (m *Machine) uncaught(err error) error {
	// This must come first: errors.As would run code of the script if it threw a proxy.
	if e, ok := err.(*goja.Exception); ok { //nolint:errorlint // goja wraps none
		return m.thrown(e.Value(), placeOf(e.Stack()))
	}
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*goja.InterruptedError](err); ok {
		out := limit.Ended(m.ctx)
		if out.Code == hostapi.CodeTimeout {
			out.Hint = "is this an infinite loop? If not, " + out.Hint
		}
		if host := m.globals.EndedIn(); host != nil {
			*out = *host // a host call timed out, whatever exception the script threw then
		}
		m.mark(out, placeOf(e.Stack()))
		return out
	}
	if e, ok := errors.AsType[*goja.StackOverflowError](err); ok {
		out := limit.Reached(hostapi.Limits{CallDepth: m.calls}, "call_depth")
		out.Hint = "is this an infinite recursion? If not, " + out.Hint
		m.mark(out, placeOf(e.Stack()))
		return out
	}
	return &hostapi.Error{Code: hostapi.CodeInternal, Message: "the JavaScript engine failed", Cause: err}
}

// isAbort reports whether err ended the script without a way to catch it.
func isAbort(err error) bool {
	if _, ok := errors.AsType[*goja.InterruptedError](err); ok {
		return true
	}
	_, ok := errors.AsType[*goja.StackOverflowError](err)
	return ok
}

// thrown converts a value that the script threw, or rejected a promise with, to the task's
// error.
func (m *Machine) thrown(value goja.Value, at place) error {
	lacking := m.explain(value)
	object, isObject := value.(*goja.Object)
	out := &hostapi.Error{Code: hostapi.CodeScript}
	if isObject {
		// The object may be a proxy, which runs code of the script.
		_ = m.vm.Try(func() {
			if host := m.globals.HostError(object); host != nil {
				*out = *host
			}
		})
	}
	if at.line == 0 && isObject {
		at = m.placeOfError(object)
	}
	m.mark(out, at)
	if out.Code == hostapi.CodeScript {
		out.Message, out.Hint = m.describe(value), m.hint(value, lacking)
	}
	return out
}

// describe returns the text of a thrown value: a string unchanged, an Error as its
// message, preceded by its name unless that is "Error".
func (m *Machine) describe(value goja.Value) (text string) {
	if value == nil {
		return "undefined was thrown"
	}
	// toString and message may be code of the script.
	ex := m.vm.Try(func() {
		object, ok := value.(*goja.Object)
		if !ok {
			text = value.String()
			return
		}
		if object.ClassName() != "Error" {
			if text = object.String(); strings.HasPrefix(text, "[object ") {
				if json, err := object.MarshalJSON(); err == nil {
					text = string(json) + " was thrown"
				}
			}
			return
		}
		text = property(object, "message")
		if name := property(object, "name"); name != "" && name != "Error" {
			text = name + ": " + text
		}
	})
	if ex != nil || text == "" {
		return "an error without a message was thrown"
	}
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + "…"
	}
	return text
}

// maxMessage is the maximum length in bytes of the message of an exception.
const maxMessage = 64 << 10

func property(o *goja.Object, name string) string {
	v := o.Get(name)
	if v == nil || goja.IsUndefined(v) {
		return ""
	}
	return v.String()
}

// placeOfError parses the position from an Error's stack: a rejected promise has no other
// position.
func (m *Machine) placeOfError(o *goja.Object) (at place) {
	// A stack that throws when it is read is ignored.
	_ = m.vm.Try(func() {
		m := placeInStack().FindStringSubmatch(property(o, "stack"))
		if m == nil {
			return
		}
		line, _ := strconv.Atoi(m[2])
		column, _ := strconv.Atoi(m[3])
		at = place{m[1], line, column}
	})
	return at
}

//nolint:gochecknoglobals // compiled once, never changed
var placeInStack = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)\bat (?:.*? \()?(.+?):(\d+):(\d+)\(\d+\)`)
})
