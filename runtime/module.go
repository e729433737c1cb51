package runtime

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/callback"
	"github.com/postern-dev/postern/internal/jsapi"
	"github.com/postern-dev/postern/internal/jsvm"
	"github.com/postern-dev/postern/internal/sandbox"
	"github.com/postern-dev/postern/scripts"
)

// Module is a namespace of functions that the embedding program offers to its tasks. In
// JavaScript it is a global object, in WebAssembly a module to import from:
//
//	engine := runtime.New(runtime.Config{Modules: []runtime.Module{{
//		Name: "tickets",
//		Functions: map[string]runtime.Function{"find": findTicket},
//		Types: `declare const tickets: { find(id: number): { subject: string } | null };`,
//	}}})
//
// and a script calls tickets.find(7). In a test of [Engine.RunTest] the functions are
// refused, and the test replaces them: tickets.find = id => ({subject: "…"}).
type Module struct {
	// Name is a JavaScript identifier that no other global has, in any dialect or test,
	// and does not begin with "postern_" or "wasi_". Required.
	Name string

	// Functions are the functions by name, which is a JavaScript identifier. The map must
	// not be changed once an engine has it. Default nil: none.
	Functions map[string]Function

	// Types declares the module to editors and TypeScript, see [Engine.Types]. Default "":
	// functions that take and return anything.
	Types string
}

// Function is a function of a [Module]. It is called on the goroutine of [Engine.Run],
// and by as many tasks at once as run; ctx ends with the task.
//
// The result is anything that [hostapi.Normalize] takes. Arguments and result count
// towards the DataBytes of the task's limits, the call towards Calls.
//
// An error that is a *[hostapi.Error] is thrown in the script as it is; one without Op
// gets the name of the function. The text of any other error may have a secret, so the
// script sees only that the function failed; [errors.Is] finds it in the error of Run.
// A panic ends the task with [hostapi.CodeInternal].
type Function func(ctx context.Context, call Call) (any, error)

// Call is one call of a [Function] by a task.
type Call struct {
	// Args are the arguments, values as in a data item of type JSON: the function may keep
	// and change them. WebAssembly passes a file as an object.
	Args []any

	// Grant has the task's permissions, for example for a Connector that the function
	// uses on behalf of the task. It must not be changed, nor used after the call.
	Grant *hostapi.Grant
}

// Types returns the types of the script API and of the engine's modules, as the text of
// a .d.ts file for editors and TypeScript.
func (e *Engine) Types() []byte {
	text := scripts.Types()
	for _, m := range e.modules.modules {
		declaration := m.Types
		if declaration == "" {
			var members strings.Builder
			for _, name := range slices.Sorted(maps.Keys(m.Functions)) {
				fmt.Fprintf(&members, "\n  %s(...args: any[]): any;", name)
			}
			declaration = "declare const " + m.Name + ": {" + members.String() + "\n};"
		}
		text = fmt.Appendf(text, "\n%s\n", strings.TrimSuffix(declaration, "\n"))
	}
	return text
}

// modules are the modules of an engine.
type modules struct {
	modules []Module
	names   []sandbox.Module
	invalid error // of Config.Modules
}

func newModules(given []Module) modules {
	m := modules{modules: slices.Clone(given)}
	taken := make(map[string]bool)
	for i, module := range given {
		if m.invalid = checkModule(i, module, taken); m.invalid != nil {
			return modules{invalid: m.invalid}
		}
		taken[module.Name] = true
		m.names = append(m.names, sandbox.Module{Name: module.Name, Functions: slices.Sorted(maps.Keys(module.Functions))})
	}
	return m
}

var identifier = sync.OnceValue(func() *regexp.Regexp { //nolint:gochecknoglobals // compiled once, never changed
	return regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)
})

// checkModule finds the mistakes in module i, whose name must not be taken.
func checkModule(i int, m Module, taken map[string]bool) error {
	fail := func(message, hint string) error {
		return &hostapi.Error{Code: hostapi.CodeConfig, Op: "module", Name: strconv.Quote(m.Name), Message: message, Hint: hint}
	}
	switch {
	case m.Name == "":
		return &hostapi.Error{Code: hostapi.CodeConfig, Op: "module", Message: fmt.Sprintf("module %d has no name", i+1)}
	case !identifier().MatchString(m.Name) || !jsvm.IsName(m.Name):
		return fail("the name is not a JavaScript identifier", "use letters and digits, and no word of the language")
	case strings.HasPrefix(m.Name, "postern_") || strings.HasPrefix(m.Name, "wasi_"):
		return fail("names that begin with postern_ or wasi_ are reserved", "")
	case taken[m.Name] || jsvm.IsGlobal(m.Name) || jsapi.IsGlobal(m.Name):
		return fail("the name is taken", "scripts have a global of that name")
	}
	for name, f := range m.Functions {
		switch {
		case !identifier().MatchString(name):
			return fail(fmt.Sprintf("the name of the function %q is not a JavaScript identifier", name), "use letters and digits")
		case f == nil:
			return fail(fmt.Sprintf("the function %q is nil", name), "")
		}
	}
	return nil
}

// function returns the function of that name, or nil.
func (m *modules) function(module, name string) Function {
	for i := range m.modules {
		if m.modules[i].Name == module {
			return m.modules[i].Functions[name]
		}
	}
	return nil
}

func (r *run) Modules() []sandbox.Module { return r.modules.names }

func (r *run) Call(ctx context.Context, module, function string, args []any) (any, error) {
	op := module + "." + function
	f := r.modules.function(module, function)
	if f == nil {
		return nil, r.failed(&hostapi.Error{Code: hostapi.CodeDenied, Op: op, Message: "this engine has no such function"})
	}
	if err := r.countCall(ctx, op); err != nil {
		return nil, err
	}
	call := Call{Grant: &r.grant, Args: make([]any, len(args))}
	for i := range args {
		var err error
		if call.Args[i], err = r.exchanged(op, fmt.Sprintf("argument %d", i+1), args[i]); err != nil {
			return nil, err
		}
	}
	if r.observer != nil {
		r.observer.beginCall(module, function)
	}
	start := time.Now()
	result, err := r.callFunction(ctx, op, f, call)
	r.wait(start)
	if err == nil {
		result, err = r.exchanged(op, "result", result)
	}
	if r.observer != nil {
		r.observer.endCall(&CallEvent{Module: module, Function: function, Code: hostapi.CodeOf(err), Duration: time.Since(start)})
	}
	return result, err
}

// countCall counts a call of the embedding program.
func (r *run) countCall(ctx context.Context, op string) error {
	if err := ctx.Err(); err != nil {
		return contextual(ctx, op, "", err) // the script caught the error that reported it
	}
	if r.calls++; r.calls > r.grant.Limits.Calls {
		return r.limitError("calls", op, "")
	}
	return nil
}

// exchanged returns a copy of an argument or a result as a value of a data item, and
// counts it as data.
func (r *run) exchanged(op, what string, v any) (any, error) {
	value, size, err := hostapi.Normalize(v, r.grant.Limits.DataBytes-r.writtenBytes)
	if over := r.countWritten(op, "", size); over != nil {
		return nil, over
	}
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		e.Op, e.Name = op, what
	}
	return value, err
}

// callFunction calls f. Its error is a *hostapi.Error with the name of the function.
func (r *run) callFunction(ctx context.Context, op string, f Function, call Call) (any, error) {
	result, err := r.callRecovered(ctx, op, f, call)
	if err != nil {
		return nil, foreign(ctx, op, "the function failed", err)
	}
	return result, nil
}

// callRecovered calls f, and remembers a panic: the task fails, even if the script catches the
// error.
func (r *run) callRecovered(ctx context.Context, op string, f Function, call Call) (result any, err error) {
	defer func() { err = cmp.Or(r.broken, err) }()
	defer callback.Recover(op, "the function", &r.broken)
	return f(ctx, call)
}

// foreign returns an error of the embedding program as a *hostapi.Error of op. The text
// of another type, also if it wraps one, may have a secret, so the message replaces it.
func foreign(ctx context.Context, op, message string, err error) error {
	e, ok := err.(*hostapi.Error) //nolint:errorlint // see above
	switch {
	case !ok || e == nil:
		err = &hostapi.Error{Code: hostapi.CodeOf(err), Op: op, Message: message, Cause: opaque{err}}
	case e.Op == "":
		named := *e
		named.Op = op
		err = &named
	}
	return contextual(ctx, op, "", err)
}
