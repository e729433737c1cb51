package runtime

import (
	"context"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/jsvm"
	"github.com/postern-dev/postern/internal/sandbox"
)

// Script is a compiled script or WebAssembly module. It is immutable and safe for
// concurrent use. Any engine can run it, also after the one that compiled it was closed.
type Script struct {
	name    string
	program program
	key     cacheKey
}

// Name returns the name the script was compiled under, usually its file name.
func (s *Script) Name() string { return s.name }

// Declares reports whether the script declares name at its top level, such as a
// function for Task.Call. WebAssembly declares nothing.
func (s *Script) Declares(name string) bool {
	p, ok := s.program.(*jsProgram)
	return ok && p.declared.Declares(name)
}

// OnlyDeclares reports whether running the script only declares functions and the like,
// so that one of them has to be called: entry, such as "main", if the script declares
// it. If it does not, a top-level value that is computed by a call, such as that of a
// request, counts as work, and the result is false. WebAssembly declares nothing.
func (s *Script) OnlyDeclares(entry string) bool {
	p, ok := s.program.(*jsProgram)
	return ok && p.declared.OnlyDeclares(entry)
}

// program is the common interface of the two sandboxes.
type program interface {
	// run runs the program once, in a new sandbox.
	run(ctx context.Context, host sandbox.Host, limits *hostapi.Limits, watch *jsvm.Watch, then function) (outcome, error)

	// size estimates the memory of the program in bytes.
	size() int64
}

// function is the function to call after the script has run; the zero value is none.
type function struct {
	name string
	args []any
}

// outcome is the result of a run, beside its calls of the host.
type outcome struct {
	value  any   // what the function returned
	memory int64 // peak bytes; 0: unknown
}

// Source is the source of a script.
type Source struct {
	Name string // usually a file name, for errors; default "": errors name no file
	Code []byte // a WebAssembly module if it begins with "\0asm", else JavaScript; default nil: an empty script

	// Legacy adds the globals data and retVal of the older dialect (engine types 0 to 2).
	// Default false.
	Legacy bool
}

// Compile compiles a script. Errors have file, line and column. If the parser finds several
// syntax errors, the error wraps them, at most ten, in the order in which it found them.
//
// Compile returns when ctx ends, with [hostapi.CodeTimeout] or [hostapi.CodeCanceled]. What it
// began in one of the [Workers] ends then, unless other calls wait for it. In this process it
// cannot be stopped, and goes on by itself on another goroutine: a script or module that would
// take much longer than a few seconds for each megabyte, or more than some hundred megabytes of
// memory, is an error at once. As many may go on so as the machine has processors, at least four;
// then the error of a further compilation has [hostapi.CodeOverloaded].
//
// Compiled scripts are kept in the [Cache] of the engine, under the hash of name and
// source: compiling the same source again costs little, and returns the same Script.
func (e *Engine) Compile(ctx context.Context, source Source) (*Script, error) {
	if err := ctx.Err(); err != nil {
		return nil, contextual(ctx, "compile", source.Name, err)
	}
	if e.modules.invalid != nil {
		return nil, e.modules.invalid
	}
	if !e.gate.enter() {
		return nil, errClosed("compile")
	}
	return e.cache.compile(ctx, e, source, e.gate.leave)
}

// Forget drops a script from the [Cache] of the engine, and so from every engine that
// shares it. Its memory, compiled WebAssembly included, is freed by the garbage
// collector once the program holds no reference to it and no task runs it. Until then
// the Script can still be run. To reload a script, compile the new source and forget
// the old Script.
func (e *Engine) Forget(script *Script) {
	if e.cache != nil && script != nil {
		e.cache.forget(script)
	}
}
