package runtime

import (
	"bytes"
	"context"
	"crypto/sha256"
	"sync"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/jsapi"
	"github.com/postern-dev/postern/internal/jsvm"
	"github.com/postern-dev/postern/internal/wasmvm"
)

// Script is a compiled script or WebAssembly module. It is immutable and may
// be run any number of times at once.
type Script struct {
	name    string
	program program
}

// Name returns the name the script was compiled under, usually its file name.
func (s *Script) Name() string { return s.name }

// program is what the two sandboxes have in common.
type program interface {
	// run runs the program once, in a sandbox of its own, and returns the peak
	// of its memory in bytes, or 0 where the sandbox cannot tell.
	run(ctx context.Context, host hostapi.Host, limits hostapi.Limits) (memory int64, err error)

	// size is an estimate of the bytes that keeping the program costs.
	size() int64
}

// Source is what a script is compiled from.
type Source struct {
	Name string // usually a file name; errors tell it
	Code []byte // a WebAssembly module if it begins like one, else JavaScript
}

// Compile returns the compiled script. Errors name file, line and column.
//
// Compiled scripts are kept by the hash of their source, so compiling the same
// again is cheap.
func (e *Engine) Compile(ctx context.Context, source Source) (*Script, error) {
	if err := ctx.Err(); err != nil {
		return nil, contextual(ctx, "compile", source.Name, err)
	}
	if e.closed.Load() {
		return nil, errClosed("compile")
	}
	// Others may be waiting for the same script, and for them ctx means nothing.
	ctx = context.WithoutCancel(ctx)
	return e.cache.get(cacheKey(source), func() (*Script, error) {
		p, err := e.compile(ctx, source)
		if err != nil {
			return nil, err
		}
		return &Script{name: source.Name, program: p}, nil
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
	p, err := jsvm.Compile(source.Name, source.Code)
	if err != nil {
		return nil, err
	}
	return jsProgram{p, &e.watch}, nil
}

func cacheKey(source Source) [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte(source.Name))
	h.Write([]byte{0})
	h.Write(source.Code)
	return [sha256.Size]byte(h.Sum(nil))
}

type jsProgram struct {
	p     *jsvm.Program
	watch *jsvm.Watch
}

func (j jsProgram) run(ctx context.Context, host hostapi.Host, limits hostapi.Limits) (int64, error) {
	return 0, j.p.Run(ctx, j.watch, max(limits.CallDepth, 0), jsapi.New(ctx, host, limits.DataBytes))
}

func (j jsProgram) size() int64 { return j.p.Size() }

type wasmProgram struct{ p *wasmvm.Program }

func (w wasmProgram) run(ctx context.Context, host hostapi.Host, limits hostapi.Limits) (int64, error) {
	return w.p.Run(ctx, host, limits)
}

func (w wasmProgram) size() int64 { return w.p.Size() }

// wasmEngine makes the WebAssembly side when the first module comes: an engine
// that runs JavaScript alone never pays for it.
type wasmEngine struct {
	cacheDir string

	mu sync.Mutex
	vm *wasmvm.VM
}

func (w *wasmEngine) get(ctx context.Context) (*wasmvm.VM, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.vm == nil {
		vm, err := wasmvm.New(ctx, w.cacheDir)
		if err != nil {
			return nil, err
		}
		w.vm = vm
	}
	return w.vm, nil
}

func (w *wasmEngine) close(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.vm == nil {
		return nil
	}
	vm := w.vm
	w.vm = nil
	return vm.Close(ctx)
}
