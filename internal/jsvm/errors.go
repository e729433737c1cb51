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

// place is a position in a script as goja counts it; the zero place is unknown.
type place struct {
	file         string
	line, column int
}

func (p place) before(q place) bool {
	return p.line < q.line || p.line == q.line && p.column < q.column
}

// mark writes the place into an error, as a person counts it.
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

// placeOf returns the innermost place of a stack that is in a script: a host
// function that throws has its caller's.
func placeOf(stack []goja.StackFrame) place {
	for i := range stack {
		if at := stack[i].Position(); at.Line > 0 {
			return place{at.Filename, at.Line, at.Column}
		}
	}
	return place{}
}

// uncaught turns what goja returned into the task's error.
func (m *Machine) uncaught(err error) error {
	// First of all: to look into one runs code of the script's if that threw a proxy.
	if e, ok := err.(*goja.Exception); ok { //nolint:errorlint // goja wraps none
		return m.thrown(e.Value(), placeOf(e.Stack()))
	}
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*goja.InterruptedError](err); ok {
		out := limit.Ended(m.ctx)
		if out.Code == hostapi.CodeTimeout {
			out.Hint = "is this an endless loop? If not, " + out.Hint
		}
		if host := m.globals.EndedIn(); host != nil {
			*out = *host // it waited for too long, whatever the script made of that
		}
		m.mark(out, placeOf(e.Stack()))
		return out
	}
	if e, ok := errors.AsType[*goja.StackOverflowError](err); ok {
		out := limit.Reached(hostapi.Limits{CallDepth: m.calls}, "call_depth")
		out.Hint = "is this a recursion without an end? If not, " + out.Hint
		m.mark(out, placeOf(e.Stack()))
		return out
	}
	return &hostapi.Error{Code: hostapi.CodeInternal, Message: "the JavaScript engine failed", Cause: err}
}

// isAbort reports whether err ended the script in a way it cannot catch.
func isAbort(err error) bool {
	if _, ok := errors.AsType[*goja.InterruptedError](err); ok {
		return true
	}
	_, ok := errors.AsType[*goja.StackOverflowError](err)
	return ok
}

// thrown turns a value that the script threw, or rejected a promise with, into
// the task's error.
func (m *Machine) thrown(value goja.Value, at place) error {
	lacking := m.explain(value)
	object, isObject := value.(*goja.Object)
	out := &hostapi.Error{Code: hostapi.CodeScript}
	if isObject {
		// The object may be a proxy, with code of the script's own behind it.
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

// describe returns the text of a thrown value: a string as it is, an Error as
// its message, with the name in front if it is more telling than "Error".
func (m *Machine) describe(value goja.Value) (text string) {
	if value == nil {
		return "undefined was thrown"
	}
	// The script may have put code of its own behind toString or message.
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

// maxMessage is how much is kept of the message of an exception.
const maxMessage = 64 << 10

func property(o *goja.Object, name string) string {
	v := o.Get(name)
	if v == nil || goja.IsUndefined(v) {
		return ""
	}
	return v.String()
}

// placeOfError reads the place out of an Error's stack, which is the only
// place a promise's rejection has.
func (m *Machine) placeOfError(o *goja.Object) (at place) {
	// A stack that throws when it is read is no stack.
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
