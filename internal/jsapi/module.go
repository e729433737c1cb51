package jsapi

import (
	"slices"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/sandbox"
)

// IsGlobal reports whether the API has a global of that name, in any dialect or test.
func IsGlobal(name string) bool {
	switch name {
	case "java", "com", "data", "retVal":
		return true
	}
	return globals[name] != nil || testFunctions[name] != nil
}

// module returns the global object for the module of that name, or nil. do calls a
// function of it.
func (a *API) module(name string, do func(function string, c call) (goja.Value, error)) goja.Value {
	modules := a.host.Modules()
	i := slices.IndexFunc(modules, func(m sandbox.Module) bool { return m.Name == name })
	if i < 0 {
		return nil
	}
	functions := make(members, len(modules[i].Functions))
	for _, function := range modules[i].Functions {
		functions[function] = func(_ *API, c call) (goja.Value, error) { return do(function, c) }
	}
	return a.object(newClass(name, functions), nil)
}

func (a *API) moduleNames() []string {
	var names []string
	for _, m := range a.host.Modules() {
		names = append(names, m.Name)
	}
	return names
}

func (h hosted) global(name string) goja.Value {
	return h.module(name, func(function string, c call) (goja.Value, error) {
		args := make([]any, len(c.args))
		for i, arg := range c.args {
			var err error
			if args[i], err = h.export(name+"."+function, arg); err != nil {
				return nil, err
			}
		}
		value, err := h.host.Call(h.ctx, name, function, args)
		if err != nil {
			return nil, err
		}
		return h.value(value), nil
	})
}

func (h hosted) names() []string { return h.moduleNames() }

// moduleInTest returns the module of that name for a test, whose functions the test has to
// replace: a test has no effects outside of it.
func (a *API) moduleInTest(name string) goja.Value {
	return a.module(name, func(function string, _ call) (goja.Value, error) {
		return nil, &hostapi.Error{
			Code: hostapi.CodeDenied, Op: name + "." + function, Message: "a test calls no function of the embedding program",
			Hint: "replace it in the test: " + name + "." + function + " = () => …",
		}
	})
}
