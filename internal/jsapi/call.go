package jsapi

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// Call calls f, the function of that name that the script declares, which is nil if it
// declares none.
func (a *API) Call(f goja.Callable, name string, args []any) (goja.Value, error) {
	if f == nil {
		return nil, &hostapi.Error{
			Code: hostapi.CodeScript, Message: "the script has no function " + name, Hint: "declare it: function " + name + "() { … }",
		}
	}
	values := make([]goja.Value, len(args))
	for i, arg := range args {
		v, err := a.argument(arg)
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	return f(goja.Undefined(), values...)
}

// argument converts a value that the host passes to a function: a time becomes a
// timestamp, bytes an array of bytes, headers get the method getFirst, and so do those that
// are members of an object.
func (a *API) argument(arg any) (goja.Value, error) {
	switch v := arg.(type) {
	case time.Time:
		return a.object(addableTimestampClass, v), nil
	case []byte:
		return a.object(byteArrayClass, byteArray(v)), nil
	case http.Header:
		return a.object(httpHeadersClass, httpHeaders(v)), nil
	case map[string]any:
		o := a.vm.NewObject()
		for _, name := range slices.Sorted(maps.Keys(v)) {
			member, err := a.argument(v[name])
			if err != nil {
				return nil, err
			}
			// Setting a property of a new object cannot fail.
			_ = o.DefineDataProperty(name, member, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		}
		return o, nil
	}
	value, _, err := hostapi.Normalize(arg, 1<<62)
	if err != nil {
		return nil, err
	}
	return a.value(value), nil
}

// Returned converts the value that a function returned to a value of package hostapi.
// Properties that cannot be converted are left out: a script may return more than the
// caller needs.
func (a *API) Returned(v goja.Value) (value any) {
	e := exporter{api: a, left: a.dataBytes, lenient: true}
	// A property may be a getter of the script.
	_ = a.vm.Try(func() {
		exported, err := e.value(v, 0)
		switch err.(type) { //nolint:errorlint // goja wraps none of them
		case nil:
			value = exported
		case *goja.InterruptedError, *goja.StackOverflowError:
			panic(err) // the run has ended
		}
	})
	return value
}
