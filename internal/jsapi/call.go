package jsapi

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// Call calls the function f that the script declares under that name; nil if it
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

// argument returns a value that the host hands to a function: a time is a
// timestamp, headers have getFirst, and the members of an object may be either.
func (a *API) argument(arg any) (goja.Value, error) {
	switch v := arg.(type) {
	case time.Time:
		return a.object(addableTimestampClass, v), nil
	case http.Header:
		return a.object(httpHeadersClass, httpHeaders(v)), nil
	case map[string]any:
		o := a.vm.NewObject()
		for _, name := range slices.Sorted(maps.Keys(v)) {
			member, err := a.argument(v[name])
			if err != nil {
				return nil, err
			}
			// A fresh object takes any property.
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

// Returned returns what a function returned as a value of the contract. What no
// value can hold is left out: a script may return more than it was
// asked for.
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
