package jsvm

import (
	"context"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"

	"github.com/postern-dev/postern/hostapi"
)

// Globals gives a script the names it finds beside the language's own.
type Globals interface {
	// Global returns the value of a global name, or nil if there is none. It
	// is asked the first time a script uses the name, once in a run.
	Global(vm *goja.Runtime, name string) goja.Value

	// HostError returns the error that made value, an exception the script let
	// through, or nil if the script made it itself.
	HostError(value *goja.Object) *hostapi.Error

	// EndedIn returns the error of the host function that the script was in when
	// its context ended, or nil if it was in none.
	EndedIn() *hostapi.Error
}

// Run runs p once in a VM of its own, with at most callDepth nested calls, until
// it and every promise job it queued have ended. It fails if the script throws,
// leaves a rejected promise without a handler, or awaits a promise that nothing
// can settle any more.
//
// When ctx ends the script is stopped at its next instruction, within some
// milliseconds. A built-in function that runs long, such as a sort of a huge
// array, is stopped when it returns: goja offers no way into one.
func (p *Program) Run(ctx context.Context, watch *Watch, callDepth int, globals Globals) (err error) {
	vm := goja.New()
	vm.SetMaxCallStackSize(callDepth)
	vm.SetParserOptions(parser.WithDisableSourceMaps) // for eval and Function, see Compile
	run := &run{vm: vm, globals: globals}
	vm.SetPromiseRejectionTracker(run.trackRejection)
	vm.SetAsyncContextTracker(run)
	if err := vm.GlobalObject().SetPrototype(vm.NewDynamicObject(run)); err != nil {
		return err
	}
	watch.add(ctx, run)
	defer watch.remove(run)
	// What describes an uncaught exception may be the script's own code: it can
	// be interrupted as well, where goja can only panic.
	defer func() {
		if x := recover(); x != nil {
			e, ok := x.(error)
			if !ok || !isAbort(e) {
				panic(x)
			}
			err = run.uncaught(e)
		}
	}()

	result, err := vm.RunProgram(p.program)
	if err != nil {
		return run.uncaught(err)
	}
	return run.settled(result)
}

// run is one run of a script. As a dynamic object it is the prototype of the
// global object, which is what makes names lazy: a script that does not use a
// name does not pay for it.
type run struct {
	vm      *goja.Runtime
	globals Globals
	names   []named

	rejected []*goja.Promise // without a handler, so far
	waiting  map[*await]struct{}

	// For Watch. A run is never longer than its Run, so it may keep the context.
	ctx         context.Context
	prev, next  *run
	young, seen bool
	stop        func() bool
}

// Get returns a host name. It is kept here and not made a property of the
// global object: the first such property would cost the VM a list of the names
// of all its built-ins.
func (r *run) Get(name string) goja.Value {
	for i := range r.names {
		if r.names[i].name == name {
			return r.names[i].value
		}
	}
	value := r.globals.Global(r.vm, name)
	if value != nil {
		r.names = append(r.names, named{name, value})
	}
	return value
}

// named is a host name that a script has used: a handful at most, so a list.
type named struct {
	name  string
	value goja.Value
}

// Has reports whether the host has the name.
func (r *run) Has(name string) bool { return r.Get(name) != nil }

// Set is never reached: an assignment to an inherited property makes one on the
// global object itself.
func (r *run) Set(string, goja.Value) bool { return false }

// Delete has nothing to delete.
func (r *run) Delete(string) bool { return true }

// Keys lists nothing: a script that enumerates its globals sees its own.
func (r *run) Keys() []string { return nil }
