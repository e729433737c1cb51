package addon

import (
	"context"
	"maps"
	"slices"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// Addon is a definition that is ready to run. It is immutable, and its methods may
// be called from any number of goroutines.
//
// Each run takes a [runtime.Task], whose Script, Call and Args the Addon sets itself.
// A task may use the connections that its settings name besides those that the task
// lists. Errors are those of [runtime.Engine.Run].
type Addon struct {
	definition *Definition
	engine     *runtime.Engine
	script     *runtime.Script
}

// Compile compiles the script of a definition for engine. Errors have the position in
// the definition's file.
func Compile(ctx context.Context, engine *runtime.Engine, d *Definition) (*Addon, error) {
	if engine == nil || d == nil {
		return nil, &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: "add-on", Message: "the engine or the definition is nil"}
	}
	script, err := engine.Compile(ctx, d.source(d.ScriptSource()))
	if err != nil {
		return nil, err
	}
	return &Addon{definition: d, engine: engine, script: script}, nil
}

// lastLegacy is the highest engine type of the older dialect.
const lastLegacy = 2

func (d *Definition) source(code []byte) runtime.Source {
	return runtime.Source{Name: d.File, Code: code, Legacy: d.EngineType <= lastLegacy}
}

// ready returns an error for an Addon that [Compile] did not make.
func (a *Addon) ready() error {
	if a.engine == nil {
		return &hostapi.Error{
			Code: hostapi.CodeInvalidArgument, Op: "add-on", Message: "the addon.Addon is its zero value", Hint: "make it with addon.Compile",
		}
	}
	return nil
}

// Definition returns the definition that was compiled. It must not be changed.
func (a *Addon) Definition() *Definition { return a.definition }

// Outcome is the result of a run of a service task.
type Outcome struct {
	*runtime.Result

	// Finished reports whether the step is done. If it is false, call
	// [Addon.Proceed] later with the TemporaryData of the result.
	Finished bool
}

const (
	mainFunction    = "main"
	proceedFunction = "proceed"
	listFunction    = "list"
	postFunction    = "post"
)

// Run runs a service task from the start. The Outcome is never nil, see
// [runtime.Engine.Run].
func (a *Addon) Run(ctx context.Context, task runtime.Task) (*Outcome, error) {
	call := ""
	if a.ready() == nil && a.declares() {
		call = mainFunction
	}
	return a.step(ctx, task, call)
}

// Proceed resumes a service task that was not finished.
func (a *Addon) Proceed(ctx context.Context, task runtime.Task) (*Outcome, error) {
	if a.ready() == nil && !a.waits() {
		err := a.definition.fail(hostapi.CodeInvalidArgument, "the task cannot be resumed: it has no function proceed", "")
		return &Outcome{Result: refused(task)}, err
	}
	return a.step(ctx, task, proceedFunction)
}

// refused returns the result of a task that was not run.
func refused(task runtime.Task) *runtime.Result {
	return &runtime.Result{Data: task.Data, TemporaryData: task.TemporaryData}
}

// declares reports whether the script only declares functions, which the engine calls.
func (a *Addon) declares() bool { return a.definition.AddonVersion == 2 }

// Missing returns the name of the function that a run calls first, main, list or post, if the script does not declare
// it: such a run fails, unless the script makes the function in another way. It is empty if nothing is missing, or the
// script does its work when it is loaded.
func (a *Addon) Missing() string {
	if a.ready() != nil {
		return ""
	}
	entry := mainFunction
	switch a.definition.Type {
	case StartEvent, StartEventTimer:
		entry = listFunction
	case StartEventWebhook:
		entry = postFunction
	default:
		if !a.declares() {
			return ""
		}
	}
	if a.script.Declares(entry) {
		return ""
	}
	return entry
}

// waits reports whether the task may need more than one run.
func (a *Addon) waits() bool { return a.declares() && a.script.Declares(proceedFunction) }

func (a *Addon) step(ctx context.Context, task runtime.Task, call string) (*Outcome, error) {
	result, err := a.run(ctx, task, call, nil, ServiceTask)
	return &Outcome{Result: result, Finished: err == nil && (result.Value != false || !a.waits())}, err
}

// run runs the script and calls one of its functions. A definition of another type
// than types is an error.
func (a *Addon) run(ctx context.Context, task runtime.Task, call string, args []any, types ...Type) (*runtime.Result, error) {
	if err := a.ready(); err != nil {
		return refused(task), err
	}
	if t := a.definition.Type; !slices.Contains(types, t) {
		return refused(task), a.definition.fail(hostapi.CodeInvalidArgument, "the definition is a "+string(t), "use "+t.method())
	}
	task.Script, task.Call, task.Args = a.script, call, args
	task.Connections = granted(task)
	return a.engine.Run(ctx, task)
}

// method returns the name of the method that runs a definition of the type.
func (t Type) method() string {
	switch t {
	case StartEvent, StartEventTimer:
		return "List"
	case StartEventWebhook:
		return "Post"
	}
	return "Run"
}

// granted returns the connections of a task and those that its settings name.
func granted(task runtime.Task) []string {
	names := make(map[string]bool)
	for _, name := range task.Connections {
		names[name] = true
	}
	for _, setting := range task.Settings {
		if setting.Connection != "" {
			names[setting.Connection] = true
		}
	}
	if len(names) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(names))
}

// Suite returns the tests of the definition, for [runtime.Engine.RunTest]; ok is
// false if it has none. An error has the position in the definition's file.
func (a *Addon) Suite(ctx context.Context) (suite runtime.Suite, ok bool, err error) {
	if err := a.ready(); err != nil {
		return runtime.Suite{}, false, err
	}
	source := a.definition.TestSource()
	if source == nil {
		return runtime.Suite{}, false, nil
	}
	tests, err := a.engine.Compile(ctx, a.definition.source(source))
	if err != nil {
		return runtime.Suite{}, false, err
	}
	settings := make([]string, len(a.definition.Configs))
	for i := range a.definition.Configs {
		settings[i] = a.definition.Configs[i].Name
	}
	return runtime.Suite{Script: a.script, Tests: tests, Execute: !a.declares(), Settings: settings}, true, nil
}
