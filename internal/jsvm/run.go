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

// Globals provides the global names of a script that are not part of the language.
type Globals interface {
	// Begin is called first, with the new VM.
	Begin(vm *goja.Runtime) error

	// Global returns the value of a global name, or nil if there is none. It is called
	// once in a run, when the script first uses the name.
	Global(name string) goja.Value

	// Names returns all names, for hints about misspelt ones.
	Names() []string

	// MembersBeside returns the members of the host object of which the script last used a
	// member that it lacks, for a hint; nil if the name of that was another.
	MembersBeside(lacked string) []string

	// Zone returns the time zone that dates are in.
	Zone() *time.Location

	// HostError returns the host error that caused value, an uncaught exception; nil if the
	// script created the exception itself.
	HostError(value *goja.Object) *hostapi.Error

	// EndedIn returns the error of the host function that was running when the context
	// ended, or nil if there was none.
	EndedIn() *hostapi.Error
}

// Machine is a VM of goja for one call of [Machine.Run]. The zero value is ready for it. A
// Machine is kept small: a script that does little costs little more than its VM.
type Machine struct {
	vm      *goja.Runtime
	ctx     context.Context // of its Run, after which a Machine is not used
	globals Globals
	options [2]parser.Option
	names   []named
	program *Program // that was loaded first
	hooks   rewrite.Hooks
	seldom  *seldom // nil: nothing of it yet

	calls     int // maximum number of nested calls
	corrected correctionSet
	admitted  bool // code, see admit
}

// Run creates the VM, with at most callDepth nested calls, and calls script, which loads
// programs into m and calls their functions. It returns the error of script; an uncaught
// exception becomes a *[hostapi.Error] with its position. A Machine runs once.
//
// When ctx ends, the VM is interrupted at its next instruction, within some milliseconds. A
// long-running built-in function, such as a sort of a huge array, cannot be interrupted by
// goja; the VM stops when it returns.
func (m *Machine) Run(ctx context.Context, watch *Watch, callDepth int, globals Globals, script func() error) (err error) {
	vm := goja.New()
	vm.SetMaxCallStackSize(callDepth)
	m.vm, m.ctx, m.globals, m.calls = vm, ctx, globals, callDepth
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
	defer watch.add(m).end()
	// goja panics on internal faults, and when the toString of an uncaught exception, which the
	// script may have defined, is interrupted.
	defer func() {
		if x := recover(); x != nil {
			if err = engineFault(x); err != nil {
				return
			}
			e, ok := x.(error)
			if !ok || !isAbort(e) {
				panic(x)
			}
			err = m.uncaught(e)
		}
	}()
	if err := script(); err != nil {
		return m.uncaught(err)
	}
	return nil
}

// seldom is what few scripts leave in a Machine.
type seldom struct {
	programs []*Program      // loaded ones after the first one
	missing  []string        // global names that do not exist
	eval     goja.Value      // goja's, see correctEval
	rejected []*goja.Promise // rejected and without a handler so far
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

// Load runs p in the global scope, which all programs of a Machine share, and returns its
// completion value. A host function may load a further program; an exception of that
// program is rethrown.
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

// Function returns the function that a program declared under that name in the global
// scope, or nil.
func (m *Machine) Function(name string) goja.Callable {
	f, _ := goja.AssertFunction(m.vm.Get(name))
	return f
}

// names is a Machine as the prototype of the global object, which makes host names lazy: a
// script pays only for the names that it uses.
type names Machine

// Get returns a host name. It does not define a property of the global object: the first
// such property would make goja build a list of the names of all built-ins.
func (n *names) Get(name string) goja.Value {
	for i := range n.names {
		if n.names[i].name == name {
			return n.names[i].value
		}
	}
	value := n.value(name)
	if value != nil {
		if n.names == nil {
			n.names = make([]named, 0, 2) // as many as most scripts use
		}
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

// value returns the value of a name that was not used before.
func (n *names) value(name string) goja.Value {
	m := (*Machine)(n)
	switch name {
	case rewrite.CatchFunction:
		return native(n.vm, "catch", 1, func(c goja.FunctionCall) goja.Value {
			m.explain(c.Argument(0))
			return goja.Undefined()
		})
	case rewrite.CodeFunction:
		return native(n.vm, "eval", 1, m.codeForEval)
	case rewrite.ParseFunction:
		return parseFunction(n.vm)
	case rewrite.EvalFunction:
		return m.indirectEval()
	}
	return n.globals.Global(name)
}

// maxMissing is the maximum number of missing names to keep for hints.
const maxMissing = 32

// Has reports whether the host has the name.
func (n *names) Has(name string) bool { return n.Get(name) != nil }

// Set is never reached: an assignment to an inherited property creates one on the global
// object itself.
func (n *names) Set(string, goja.Value) bool { return false }

// Delete has nothing to delete.
func (n *names) Delete(string) bool { return true }

// Keys lists nothing: a script that enumerates the globals sees only its own.
func (n *names) Keys() []string { return nil }
