// Package runtime runs workflow script tasks, in JavaScript or WebAssembly, isolated
// from the machine.
//
// Make one [Engine] for the life of a program, compile each script once, and run any
// number of tasks, from any number of goroutines:
//
//	engine := runtime.New(runtime.Config{})
//	defer engine.Close(ctx)
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
// Errors are *[hostapi.Error].
//
// The package has the name of a package of the standard library. A file that needs both
// imports the standard one as goruntime.
package runtime

import (
	"context"

	"github.com/postern-dev/postern/hostapi"
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

	// Cookies configures how cookies in responses are treated. Default: they are ignored.
	Cookies hostapi.Cookies

	// ProgramCacheBytes bounds the memory for compiled scripts, in bytes by the engine's
	// own estimate. The least recently used are dropped first; a Script in use stays
	// usable. Default 0: 256 MiB; negative: none are kept.
	ProgramCacheBytes int64

	// WasmCacheDir is a folder that keeps compiled WebAssembly for other processes, which
	// load a module many times faster than they could compile it. It contains machine
	// code, so only this user may have write access. Default "": nothing is kept, and
	// likewise if the folder cannot be used.
	WasmCacheDir string
}

// Engine compiles scripts and runs tasks. It is safe for concurrent use.
type Engine struct {
	connector hostapi.Connector
	limits    hostapi.Limits
	cookies   hostapi.Cookies
	cache     *cache
	watch     jsvm.Watch
	wasm      wasmEngine
	gate      *gate
}

// New returns an engine. Close it when it is no longer needed.
func New(cfg Config) *Engine {
	if cfg.ProgramCacheBytes == 0 {
		cfg.ProgramCacheBytes = 256 << 20
	}
	return &Engine{
		connector: cfg.Connector,
		limits:    cfg.Limits.Or(hostapi.DefaultLimits()),
		cookies:   cfg.Cookies,
		cache:     newCache(cfg.ProgramCacheBytes),
		wasm:      wasmEngine{cacheDir: cfg.WasmCacheDir},
		gate:      newGate(),
	}
}

// Limits returns the maximum for every task of the engine.
func (e *Engine) Limits() hostapi.Limits { return e.limits }

// Close waits for running tasks and compilations, and then releases compiled
// WebAssembly. From the call on, any other use of the engine or of its scripts fails
// with [ErrClosed].
//
// If ctx ends first, nothing is released, the error has [hostapi.CodeTimeout] or
// [hostapi.CodeCanceled], and Close can be called again. Do not call it from a callback
// of a task, for which it would wait.
func (e *Engine) Close(ctx context.Context) error {
	if err := e.gate.close(ctx); err != nil {
		return err
	}
	return e.wasm.close(ctx)
}
