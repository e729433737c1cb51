package runtime

import (
	"bytes"
	"context"
	"crypto/sha256"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/sandbox"
)

// Script is a compiled script or WebAssembly module. It is immutable and safe for
// concurrent use.
type Script struct {
	name    string
	program program
	gate    *gate // of the engine that compiled it, whose resources it uses
}

// Name returns the name the script was compiled under, usually its file name.
func (s *Script) Name() string { return s.name }

// Declares reports whether the script declares name at its top level, such as a
// function for Task.Call. WebAssembly declares nothing.
func (s *Script) Declares(name string) bool {
	p, ok := s.program.(jsProgram)
	return ok && p.p.Declares(name)
}

// OnlyDeclares reports whether running the script only declares functions and the like,
// so that one of them has to be called: entry, such as "main", if the script declares
// it. If it does not, a top-level value that is computed by a call, such as that of a
// request, counts as work, and the result is false. WebAssembly declares nothing.
func (s *Script) OnlyDeclares(entry string) bool {
	p, ok := s.program.(jsProgram)
	return ok && p.p.OnlyDeclares(entry)
}

// program is the common interface of the two sandboxes.
type program interface {
	// run runs the program once, in a new sandbox.
	run(ctx context.Context, host sandbox.Host, limits hostapi.Limits, then function) (outcome, error)

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
	Name string // usually a file name, for errors
	Code []byte // a WebAssembly module if it begins with "\0asm", else JavaScript

	// Legacy adds the globals data and retVal of the older dialect (engine types 0 to 2).
	// Default false.
	Legacy bool
}

// Compile compiles a script. Errors have file, line and column.
//
// Compiled scripts are cached by the hash of their source, see
// [Config].ProgramCacheBytes.
func (e *Engine) Compile(ctx context.Context, source Source) (*Script, error) {
	if err := ctx.Err(); err != nil {
		return nil, contextual(ctx, "compile", source.Name, err)
	}
	if !e.gate.enter() {
		return nil, errClosed("compile")
	}
	defer e.gate.leave()
	// Other callers may be waiting for the same script, to which ctx does not apply.
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
