package runtime

import (
	"bytes"
	"context"
	"crypto/sha256"

	"github.com/postern-dev/postern/hostapi"
)

// Script is a compiled script or WebAssembly module. It is immutable and may
// be run any number of times at once.
type Script struct {
	name    string
	program program
	gate    *gate // of the engine that compiled it, and holds what it needs
}

// Name returns the name the script was compiled under, usually its file name.
func (s *Script) Name() string { return s.name }

// Declares reports whether the script declares name at its top level: a function
// that Task.Call can name, for example. WebAssembly declares nothing.
func (s *Script) Declares(name string) bool {
	p, ok := s.program.(jsProgram)
	return ok && p.p.Declares(name)
}

// OnlyDeclares reports whether the script declares functions and the like, so that one
// of them has to be called for anything to happen: entry, such as "main", if it is
// among them. Where it is not, a value that is computed by a call, such as that of a
// request, is work, and the script is to be run. WebAssembly declares nothing.
func (s *Script) OnlyDeclares(entry string) bool {
	p, ok := s.program.(jsProgram)
	return ok && p.p.OnlyDeclares(entry)
}

// program is what the two sandboxes have in common.
type program interface {
	// run runs the program once, in a sandbox of its own.
	run(ctx context.Context, host hostapi.Host, limits hostapi.Limits, then function) (outcome, error)

	// size is an estimate of the bytes that keeping the program costs.
	size() int64
}

// function names the function to call once a script has run, if any.
type function struct {
	name string
	args []any
}

// outcome is what a run of a program leaves beside what it told its host.
type outcome struct {
	value  any   // what the function returned
	memory int64 // peak bytes, or 0 where the sandbox cannot tell
}

// Source is what a script is compiled from.
type Source struct {
	Name string // usually a file name; errors tell it
	Code []byte // a WebAssembly module if it begins like one, else JavaScript

	// Legacy adds what scripts of the older dialect (engine types 0 to 2) find
	// beside the rest of the API: the globals data and retVal.
	Legacy bool
}

// Compile returns the compiled script. Errors name file, line and column.
//
// Compiled scripts are kept by the hash of their source, so compiling the same
// again is cheap.
func (e *Engine) Compile(ctx context.Context, source Source) (*Script, error) {
	if err := ctx.Err(); err != nil {
		return nil, contextual(ctx, "compile", source.Name, err)
	}
	if !e.gate.enter() {
		return nil, errClosed("compile")
	}
	defer e.gate.leave()
	// Others may be waiting for the same script, and for them ctx means nothing.
	ctx = context.WithoutCancel(ctx)
	return e.cache.get(cacheKey(source), func() (*Script, error) {
		p, err := e.compile(ctx, source)
		if err != nil {
			return nil, err
		}
		return &Script{name: source.Name, program: p, gate: e.gate}, nil
	})
}

func (e *Engine) compile(ctx context.Context, source Source) (compiled program, err error) {
	defer recovered("compile", &err)
	if bytes.HasPrefix(source.Code, []byte("\x00asm")) {
		vm, err := e.wasm.get(ctx)
		if err != nil {
			return nil, err
		}
		p, err := vm.Compile(ctx, source.Name, source.Code)
		if err != nil {
			return nil, err
		}
		return wasmProgram{p}, nil
	}
	return newJSProgram(source, &e.watch)
}

func cacheKey(source Source) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte(source.Name))
	flags := []byte{0, 0}
	if source.Legacy {
		flags[1] = 1
	}
	h.Write(flags)
	h.Write(source.Code)
	return [sha256.Size]byte(h.Sum(nil))
}
