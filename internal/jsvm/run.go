package jsvm

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/jsvm/rewrite"
)

// Globals gives a script the names it finds beside the language's own.
type Globals interface {
	// Begin is called before anything else, when the VM has been made.
	Begin(vm *goja.Runtime) error

	// Global returns the value of a global name, or nil if there is none. It
	// is asked the first time a script uses the name, once in a run.
	Global(name string) goja.Value

	// Names returns the names that there are, for who misspells one.
	Names() []string

	// Zone returns the time zone that dates are in.
	Zone() *time.Location

	// HostError returns the error that made value, an exception the script let
	// through, or nil if the script made it itself.
	HostError(value *goja.Object) *hostapi.Error

	// EndedIn returns the error of the host function that the script was in when
	// its context ended, or nil if it was in none.
	EndedIn() *hostapi.Error
}

// Run makes a VM, with at most callDepth nested calls, and hands it to script,
// which loads programs into it and calls their functions. It returns the error of
// script; what a script threw becomes a *[hostapi.Error] with its place.
//
// When ctx ends the VM is stopped at its next instruction, within some
// milliseconds. A built-in function that runs long, such as a sort of a huge
// array, is stopped when it returns: goja offers no way into one.
func Run(ctx context.Context, watch *Watch, callDepth int, globals Globals, script func(*Machine) error) (err error) {
	vm := goja.New()
	vm.SetMaxCallStackSize(callDepth)
	m := &Machine{vm: vm, calls: callDepth, globals: globals}
	m.options = [...]parser.Option{onCompile(m, parser.WithDisableSourceMaps), parser.WithDisableSourceMaps} // see Compile
	vm.SetParserOptions(m.options[:]...)
	vm.SetPromiseRejectionTracker(m.trackRejection)
	vm.SetAsyncContextTracker(m)
	if err := vm.GlobalObject().SetPrototype(vm.NewDynamicObject((*names)(m))); err != nil {
		return err
	}
	if err := globals.Begin(vm); err != nil {
		return err
	}
	watch.add(ctx, m)
	defer watch.remove(m)
	// What describes an uncaught exception may be the script's own code: it can
	// be interrupted as well, where goja can only panic.
	defer func() {
		if x := recover(); x != nil {
			e, ok := x.(error)
			if !ok || !isAbort(e) {
				panic(x)
			}
			err = m.uncaught(e)
		}
	}()
	if err := script(m); err != nil {
		return m.uncaught(err)
	}
	return nil
}

// Machine is a VM while it runs. It must not be used after [Run] has returned. It is
// kept small: a script that does little costs little more than its VM.
type Machine struct {
	vm      *goja.Runtime
	globals Globals
	options [2]parser.Option
	names   []named
	program *Program // that was loaded first
	hooks   rewrite.Hooks
	seldom  *seldom // nil: nothing of it yet

	calls    int // nested ones that are allowed
	mended   mendSet
	admitted bool // code, see admit

	// For Watch. A Machine is never used longer than its Run, so it may keep the
	// context.
	young, seen bool
	ctx         context.Context
	prev, next  *Machine
	stop        func() bool
}

// seldom is what few scripts leave in a Machine.
type seldom struct {
	programs []*Program      // that were loaded after the first one
	missing  []string        // global names that there are not
	eval     goja.Value      // goja's, see mendEval
	rejected []*goja.Promise // without a handler, so far
	waiting  map[*await]struct{}
}

// rest returns what few scripts leave, to be changed.
func (m *Machine) rest() *seldom {
	if m.seldom == nil {
		m.seldom = new(seldom)
	}
	return m.seldom
}

// programs returns the programs that were loaded, in their order.
func (m *Machine) programs() iter.Seq[*Program] {
	return func(yield func(*Program) bool) {
		if m.program == nil || !yield(m.program) || m.seldom == nil {
			return
		}
		for _, p := range m.seldom.programs {
			if !yield(p) {
				return
			}
		}
	}
}

// Load runs p in the global scope, which is the same for all programs of a
// Machine, and returns its completion value. A function that a script called may
// load one more: what that throws is thrown on.
func (m *Machine) Load(p *Program) (goja.Value, error) {
	if m.program == nil {
		m.program = p
	} else {
		m.rest().programs = append(m.rest().programs, p)
	}
	if err := m.prepare(p); err != nil {
		return nil, err
	}
	return m.vm.RunProgram(p.program)
}

// Function returns the function that a program declared under that name in the
// global scope, or nil.
func (m *Machine) Function(name string) goja.Callable {
	f, _ := goja.AssertFunction(m.vm.Get(name))
	return f
}

// names is a Machine as the prototype of the global object, which is what makes
// names lazy: a script that does not use a name does not pay for it.
type names Machine

// Get returns a host name. It is kept here and not made a property of the
// global object: the first such property would cost the VM a list of the names
// of all its built-ins.
func (n *names) Get(name string) goja.Value {
	for i := range n.names {
		if n.names[i].name == name {
			return n.names[i].value
		}
	}
	value := n.value(name)
	if value != nil {
		n.names = append(n.names, named{name, value})
		return value
	}
	rest := (*Machine)(n).rest()
	if len(rest.missing) < maxMissing && !slices.Contains(rest.missing, name) {
		rest.missing = append(rest.missing, name)
	}
	return nil
}

// named is a host name that a script has used: a handful at most, so a list.
type named struct {
	name  string
	value goja.Value
}

// value returns the value of a name that was not used so far.
func (n *names) value(name string) goja.Value {
	m := (*Machine)(n)
	switch name {
	case rewrite.CatchFunction:
		return n.vm.ToValue(func(c goja.FunctionCall) goja.Value {
			m.explain(c.Argument(0))
			return goja.Undefined()
		})
	case rewrite.CodeFunction:
		return n.vm.ToValue(m.codeForEval)
	case rewrite.EvalFunction:
		return m.indirectEval()
	}
	return n.globals.Global(name)
}

// maxMissing is how many of the names are kept that there are not, for hints.
const maxMissing = 32

// Has reports whether the host has the name.
func (n *names) Has(name string) bool { return n.Get(name) != nil }

// Set is never reached: an assignment to an inherited property makes one on the
// global object itself.
func (n *names) Set(string, goja.Value) bool { return false }

// Delete has nothing to delete.
func (n *names) Delete(string) bool { return true }

// Keys lists nothing: a script that enumerates its globals sees its own.
func (n *names) Keys() []string { return nil }
