// Package runtime runs workflow script tasks, in JavaScript or WebAssembly,
// sealed off from the machine.
//
// Make one [Engine] for the life of a program, compile each script once, and
// run as many tasks as you like, from any number of goroutines:
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
// Every run has a fresh sandbox. What a task writes takes effect only if the
// task succeeds. A task reaches nothing that its [Task] does not grant.
//
// Errors are *[hostapi.Error].
//
// The package shares its name with a package of the standard library. A file
// that needs both imports the standard one as goruntime.
package runtime

import (
	"context"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/jsvm"
)

// Config says how an [Engine] works. The zero Config is an engine whose tasks
// reach no network.
type Config struct {
	// Connector carries the requests of tasks and knows the connections they
	// may name. Default: none, every request is denied.
	Connector hostapi.Connector

	// Limits are the ceiling for every task. Zero fields have the defaults
	// that hostapi.Limits states.
	Limits hostapi.Limits

	// Cookies says what becomes of the cookies that answers set. Default: they are
	// not kept.
	Cookies hostapi.Cookies

	// ProgramCacheBytes bounds the memory kept for compiled scripts, by the
	// engine's own estimate. The least recently asked for go first; a Script in
	// use is never harmed. Default 256 MiB; negative keeps none.
	ProgramCacheBytes int64

	// WasmCacheDir is a folder that keeps compiled WebAssembly for the next
	// process, which then loads a module many times faster than it could
	// compile it. It holds machine code: nobody else may write to it. Default:
	// none, nothing is kept, as with a folder that cannot be used.
	WasmCacheDir string
}

// Engine compiles scripts and runs tasks. Its methods may be called from any
// number of goroutines.
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

// Limits returns the ceiling for every task of the engine.
func (e *Engine) Limits() hostapi.Limits { return e.limits }

// Close waits for the tasks and compilations under way, and then releases what
// compiled WebAssembly holds. From the call on, whatever else is asked of the engine
// or of one of its scripts fails with [ErrClosed].
//
// If ctx ends first, the error is that of ctx, [hostapi.CodeTimeout] or
// [hostapi.CodeCanceled]: nothing is released yet, and Close can be called again. It
// must not be called from a callback of a task, which it would wait for.
func (e *Engine) Close(ctx context.Context) error {
	if err := e.gate.close(ctx); err != nil {
		return err
	}
	return e.wasm.close(ctx)
}
