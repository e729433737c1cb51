package jsvm

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
)

// uncaught converts an error of goja to the task's error.
func (m *Machine) uncaught(err error) error {
	// This must come first: errors.As would run code of the script if it threw a proxy.
	if e, ok := err.(*goja.Exception); ok { //nolint:errorlint // goja wraps none
		out := m.thrown(e.Value(), e.Stack())
		if m.ctx.Err() != nil && !tellsOfEnd(hostapi.CodeOf(out)) {
			return m.interrupted(e.Stack()) // before the script could catch the exception
		}
		return out
	}
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*goja.InterruptedError](err); ok {
		return m.interrupted(e.Stack())
	}
	if e, ok := errors.AsType[*goja.StackOverflowError](err); ok {
		out := limit.Reached(hostapi.Limits{CallDepth: m.calls}, "call_depth")
		out.Hint = "is this an infinite recursion? If not, " + out.Hint
		m.mark(out, placeOf(e.Stack()), m.frames(e.Stack()))
		return out
	}
	return &hostapi.Error{Code: hostapi.CodeInternal, Message: "the JavaScript engine failed", Cause: err}
}

// interrupted returns the error of a script that was stopped because its context ended.
func (m *Machine) interrupted(stack []goja.StackFrame) error {
	out := limit.Ended(m.ctx)
	if out.Code == hostapi.CodeTimeout {
		out.Hint = "is this an infinite loop? If not, " + out.Hint
	}
	if host := m.globals.EndedIn(); host != nil && tellsOfEnd(host.Code) {
		*out = *host // a host call timed out, whatever exception the script threw then
	}
	m.mark(out, placeOf(stack), m.frames(stack))
	return out
}

// tellsOfEnd reports whether an error with that code says why a context ended.
func tellsOfEnd(code hostapi.Code) bool {
	return code == hostapi.CodeTimeout || code == hostapi.CodeCanceled || code == hostapi.CodeClosed
}

// isAbort reports whether err ended the script without a way to catch it.
func isAbort(err error) bool {
	if _, ok := errors.AsType[*goja.InterruptedError](err); ok {
		return true
	}
	_, ok := errors.AsType[*goja.StackOverflowError](err)
	return ok
}

// thrown converts a value that the script threw with that stack, or rejected a promise
// with, to the task's error.
func (m *Machine) thrown(value goja.Value, stack []goja.StackFrame) error {
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
	at, frames := placeOf(stack), m.frames(stack)
	if at.line == 0 && isObject {
		at, frames = m.placeOfError(object), m.framesOfError(object)
	}
	m.mark(out, at, frames)
	if out.Code == hostapi.CodeScript {
		out.Message, out.Hint, out.Thrown = m.describe(value), m.hint(value, lacking), m.thrownData(value)
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
				if data := m.thrownData(object); data != nil {
					text = asJSON(data) + " was thrown"
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

func asJSON(data any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(data) // a value of JSON, into memory
	return strings.TrimSuffix(b.String(), "\n")
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
