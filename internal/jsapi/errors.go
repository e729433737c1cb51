package jsapi

import (
	"errors"
	"strings"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/java"
	"github.com/postern-dev/postern/internal/limit"
)

func invalid(op, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: op, Message: message, Hint: hint}
}

// reached returns the error of op for a limit that it has reached.
func reached(op, name string, limits hostapi.Limits) error {
	e := limit.Reached(limits, name)
	e.Op = op
	return e
}

// throwable returns the value to panic with so that goja throws err in a function of that
// name, "" in a constructor. An exception of a script function that the host called is
// rethrown unchanged.
func (a *API) throwable(err error, function string) any {
	var object *goja.Object
	switch e := err.(type) { //nolint:errorlint // goja wraps none of them
	case *goja.Exception, *goja.InterruptedError, *goja.StackOverflowError:
		return e
	case *thrown:
		return e.object
	case *java.Exception:
		object = a.newError(e.Message)
		_ = object.DefineDataProperty("name", a.vm.ToValue(e.Class), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	default:
		object = a.exception(err)
	}
	// goja does not tell the name of a proxy.
	if stack := object.Get("stack"); stack != nil && function != "" {
		named := strings.Replace(stack.String(), "\n\tat proxy (native)\n", "\n\tat "+function+" (native)\n", 1)
		_ = object.DefineDataProperty("stack", a.vm.ToValue(named), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	return object
}

// newError returns an instance of Error, even if the script has redefined that name.
func (a *API) newError(message string) *goja.Object {
	// goja exports a constructor for TypeError only. Its prototype's prototype
	// is Error.prototype.
	object := a.vm.NewTypeError("%s", message)
	if proto := object.Prototype().Prototype(); proto != nil {
		_ = object.SetPrototype(proto) // a fresh object takes any prototype
	}
	return object
}

// exception returns err as a JavaScript Error that a script can catch. Its message is the
// whole text; code and hint are those of the *hostapi.Error.
func (a *API) exception(err error) *goja.Object {
	he, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		he = &hostapi.Error{Code: hostapi.CodeInternal, Message: "the host failed", Cause: err}
	}
	w := a.runState()
	if w.ended == nil && a.ctx.Err() != nil {
		w.ended = he
	}
	object := a.newError(he.Error())
	for name, text := range map[string]string{"code": string(he.Code), "hint": he.Hint} {
		if text != "" {
			_ = object.DefineDataProperty(name, a.vm.ToValue(text), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		}
	}
	if w.mark == nil {
		w.mark = goja.NewSymbol("postern")
	}
	_ = object.DefineDataPropertySymbol(w.mark, a.object(hostErrorClass, he), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	return object
}

// hostErrorClass is an opaque object, the property by which an exception carries its
// *hostapi.Error.
var hostErrorClass = &class{name: "host error"} //nolint:gochecknoglobals // a table, never changed

// EndedIn implements jsvm.Globals.
func (a *API) EndedIn() *hostapi.Error {
	if a.lazy == nil {
		return nil
	}
	return a.lazy.ended
}

// HostError implements jsvm.Globals.
func (a *API) HostError(value *goja.Object) *hostapi.Error {
	if a.lazy == nil || a.lazy.mark == nil {
		return nil
	}
	host := hostObject(value.GetSymbol(a.lazy.mark))
	if host == nil {
		return nil
	}
	he, _ := host.state.(*hostapi.Error)
	return he
}
