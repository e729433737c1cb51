// Package runtime runs workflow script tasks, in JavaScript or WebAssembly, isolated
// from the machine.
//
// Make one [Engine] for the life of a program, compile each script once, and run any
// number of tasks, from any number of goroutines:
//
//	engine := runtime.New(runtime.Config{})
//	defer engine.Close()
//	script, err := engine.Compile(ctx, runtime.Source{Name: "greet.js", Code: code})
//	…
//	result, err := engine.Run(ctx, runtime.Task{
//		Script: script,
//		Data:   map[string]any{"q_name": "Ada"},
//	})
//
// Every run has a new sandbox. What a task writes takes effect only if the task
// succeeds. A task can reach only what its [Task] grants.
//
// Errors are *[hostapi.Error]; only that of a script with several syntax errors wraps them
// all, as [errors.Join] does.
//
// A program ends in the order in which its parts use each other: [Engine.Shutdown] first,
// then Close of the connection.Manager, of the egress.Client and of the store. The Manager
// needs time even if Shutdown has used up its own: a token that is being renewed has to be
// stored. After that, no goroutine and no network connection of theirs is left. Each may be closed
// while it is in use; calls that it ends or refuses return errors that match
// [hostapi.ErrClosed].
//
// The package has the name of a package of the standard library. A file that needs both
// imports the standard one as goruntime.
package runtime

import (
	"context"
	"sync"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/fairqueue"
	"github.com/postern-dev/postern/internal/jsvm"
)

// Config configures an [Engine]. With the zero Config, tasks have no network.
type Config struct {
	// Connector sends the requests of tasks and provides their connections. Default nil:
	// every request is denied. Use a connection.Manager, or an egress.Client for requests
	// without connections:
	//
	//   runtime.Config{Connector: egress.New(egress.Config{})}
	Connector hostapi.Connector

	// Limits are the maximum for every task. A zero field has the default of
	// hostapi.Limits.
	Limits hostapi.Limits

	// Directory has the users and groups that tasks may look up, unless the task has its
	// own. Default nil: there are none.
	Directory hostapi.Directory

	// Modules are functions that tasks can call. A module that is not valid is an error of
	// every [Engine.Compile], with [hostapi.CodeConfig]. Default nil: none.
	Modules []Module

	// Budget bounds how many tasks are in progress and waiting. Default: no bound.
	Budget Budget

	// Cookies configures how cookies in responses are treated. Default: they are ignored.
	Cookies hostapi.Cookies

	// OnRun, if set, is called when a run begins, with the context and the identity of the
	// task, and returns the listener for the events of that run; nil: none. Both are called
	// on the goroutine of Run. If one panics, the run fails with [hostapi.CodeInternal].
	// [MultiOnRun] makes one of several. Default nil: only [Task].OnEvent is told.
	//
	//   OnRun: func(ctx context.Context, id hostapi.Identity) func(runtime.Event) {
	//   	return func(e runtime.Event) {
	//   		if d := e.Denial; d != nil {
	//   			logger.WarnContext(ctx, "denied", "identity", id, "target", d.Target, "connection", d.Connection, "rule", d.Rule)
	//   		}
	//   	}
	//   }
	OnRun func(ctx context.Context, id hostapi.Identity) func(Event)

	// Cache keeps compiled scripts. Default nil: one for this engine alone, of 256 MiB and
	// without a folder.
	//
	//   Cache: &runtime.Cache{MaxBytes: 64 << 20}
	Cache *Cache

	// Isolation has the processes that compile and run JavaScript and compile WebAssembly, so
	// that a hostile script cannot harm this one. The program has to call [WorkerMain].
	// WebAssembly runs in this process, and holds its limits there. Default nil: JavaScript runs in this process, for scripts that are
	// trusted.
	//
	//   Isolation: &runtime.Workers{}
	Isolation *Workers
}

// Engine compiles scripts and runs tasks. It is safe for concurrent use.
type Engine struct {
	connector hostapi.Connector
	limits    hostapi.Limits
	cookies   hostapi.Cookies
	onRun     func(context.Context, hostapi.Identity) func(Event)
	cache     *Cache
	directory hostapi.Directory
	modules   modules
	isolation *Workers
	watch     jsvm.Watch
	gate      *gate
	queue     *fairqueue.Queue // nil: no Budget
	waits     waits

	declarations declarations
}

// New returns an engine. End it with [Engine.Shutdown] or [Engine.Close].
func New(cfg Config) *Engine {
	if cfg.Cache == nil {
		cfg.Cache = new(Cache)
	}
	e := &Engine{
		connector: cfg.Connector,
		limits:    cfg.Limits.Or(hostapi.DefaultLimits()),
		cookies:   cfg.Cookies,
		onRun:     cfg.OnRun,
		cache:     cfg.Cache,
		directory: cfg.Directory,
		modules:   newModules(cfg.Modules),
		isolation: cfg.Isolation,
		gate:      newGate(),
		queue:     cfg.Budget.queue(),
	}
	if e.isolation != nil {
		e.isolation.open()
		e.gate.emptied = sync.OnceFunc(e.isolation.close)
	}
	return e
}

// Limits returns the maximum for every task of the engine.
func (e *Engine) Limits() hostapi.Limits { return e.limits }
