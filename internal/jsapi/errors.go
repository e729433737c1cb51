package jsapi

import (
	"errors"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

func invalid(op, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: op, Message: message, Hint: hint}
}

// exception returns err as a JavaScript Error that a script can catch: message
// is the whole text, code and hint are those of the *hostapi.Error.
func (a *API) exception(err error) goja.Value {
	he, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		if ex, ok := errors.AsType[*goja.Exception](err); ok {
			return ex.Value() // thrown by a function of the script that the host called
		}
		he = &hostapi.Error{Code: hostapi.CodeInternal, Message: "the host failed", Cause: err}
	}
	if a.ended == nil && a.ctx.Err() != nil {
		a.ended = he
	}
	// goja exports a constructor for TypeError only. Its prototype's prototype
	// is Error.prototype, whatever the script has made of the name Error.
	object := a.vm.NewTypeError("%s", he.Error())
	if proto := object.Prototype().Prototype(); proto != nil {
		_ = object.SetPrototype(proto) // a fresh object takes any prototype
	}
	for name, text := range map[string]string{"code": string(he.Code), "hint": he.Hint} {
		if text != "" {
			_ = object.DefineDataProperty(name, a.vm.ToValue(text), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		}
	}
	if a.mark == nil {
		a.mark = goja.NewSymbol("postern")
	}
	_ = object.DefineDataPropertySymbol(a.mark, a.object(hostErrorClass, he), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	return object
}

// hostErrorClass is what an exception carries its *hostapi.Error in: an object
// that a script may find but do nothing with.
var hostErrorClass = newClass("host error", nil) //nolint:gochecknoglobals // a table, never changed

// EndedIn implements jsvm.Globals.
func (a *API) EndedIn() *hostapi.Error { return a.ended }

// HostError implements jsvm.Globals.
func (a *API) HostError(value *goja.Object) *hostapi.Error {
	if a.mark == nil {
		return nil
	}
	o, ok := value.GetSymbol(a.mark).(*goja.Object)
	if !ok {
		return nil
	}
	host := hostObject(o)
	if host == nil {
		return nil
	}
	he, _ := host.state.(*hostapi.Error)
	return he
}
