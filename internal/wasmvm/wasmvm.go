// Package wasmvm runs WebAssembly modules as tasks, each run in a separate instance with its
// own memory, under the limits of the task. It is the only package that imports wazero.
//
// A guest calls the operations of a [sandbox.Host] through the imports of module postern_v1,
// which docs/ABI.md describes. WASI provides a clock, random numbers and output, which goes to
// the task's log; no files, environment or sockets.
package wasmvm

import (
	"context"
	"errors"
	goruntime "runtime"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/sandbox"
)

// VM compiles modules and holds the state that their instances share, which guests cannot
// change. Its methods may be called from several goroutines at once.
type VM struct {
	runtime wazero.Runtime
	offers  offers
	onDisk  bool // compiled code is cached in a folder

	mu       sync.Mutex
	uncached *VM // made if the cache fails
}

// New returns a VM. Compiled code is cached in the folder cacheDir across processes. If
// cacheDir is "" or cannot be used, nothing is cached. A VM holds nothing but memory, which
// is freed when neither it nor one of its programs is reachable.
func New(ctx context.Context, cacheDir string) (*VM, error) {
	config := wazero.NewRuntimeConfig().
		// Without this a guest cannot be interrupted, see [look]. It makes tight loops
		// several times slower; counting fuel in the rewritten module will replace it.
		WithCloseOnContextDone(true).
		// Line tables of a module would be one more format to parse safely.
		WithDebugInfoEnabled(false)
	v := &VM{offers: make(offers)}
	if cacheDir != "" {
		if cache, err := wazero.NewCompilationCacheWithDir(cacheDir); err == nil {
			v.onDisk, config = true, config.WithCompilationCache(cache)
		}
	}
	v.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	for _, builder := range []wazero.HostModuleBuilder{newABI(v.runtime), newWASI(v.runtime)} {
		host, err := builder.Compile(ctx)
		if err == nil {
			_, err = v.runtime.InstantiateModule(ctx, host, wazero.NewModuleConfig())
		}
		if err != nil {
			return nil, &hostapi.Error{
				Code: hostapi.CodeInternal, Message: "WebAssembly cannot be set up", Cause: errors.Join(err, v.runtime.Close(ctx)),
			}
		}
		v.offers.add(host)
	}
	return v, nil
}

// buildUncached compiles without the cache: a full disk or a corrupt file costs time but does
// not fail the task.
func (v *VM) buildUncached(ctx context.Context, name string, m module) (*Program, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.uncached == nil {
		vm, err := New(ctx, "")
		if err != nil {
			return nil, err
		}
		v.uncached = vm
	}
	return v.uncached.build(ctx, name, m)
}

// Program is a compiled module. It is immutable and may be run by several goroutines at once.
type Program struct {
	vm        *VM
	name      string
	compiled  wazero.CompiledModule
	linked    map[string]api.Module // from the embedding program, by name
	memoryMin int64
	size      int64

	peak atomic.Uint64 // bytes of memory of the latest run: an estimate for the next
}

// Compile compiles a module. Its errors are of [hostapi.CodeScript], or of
// [hostapi.CodeLimit] for a module that exceeds a fixed bound, and name the file. The module
// may import the functions of modules, too.
//
// wazero cannot be interrupted while it compiles with one goroutine, the only way to recover
// its panics. So ctx is checked only before, and what a module may take is bounded, see cost.
func (v *VM) Compile(ctx context.Context, name string, wasm []byte, modules []sandbox.Module) (*Program, error) {
	if err := ctx.Err(); err != nil {
		return nil, &hostapi.Error{Code: hostapi.CodeOf(err), Op: "compile", Name: name, Cause: err}
	}
	p, err := v.compile(ctx, name, wasm, modules)
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		e.File = name
	}
	return p, err
}

func (v *VM) compile(ctx context.Context, name string, wasm []byte, modules []sandbox.Module) (p *Program, err error) {
	defer func() {
		if x := recover(); x != nil {
			err = panicked("compile", x)
		}
	}()
	m, err := screen(wasm, v.offers.with(modules))
	if err != nil {
		return nil, err
	}
	return v.build(ctx, name, m)
}

func (v *VM) build(ctx context.Context, name string, m module) (*Program, error) {
	compiled, err := v.runtime.CompileModule(ctx, m.wasm)
	if err != nil {
		if v.onDisk && isCacheError(err) {
			return v.buildUncached(ctx, name, m)
		}
		return nil, invalidModule("the module is not valid: "+err.Error(), "")
	}
	linked, err := v.link(ctx, compiled)
	if err != nil {
		return nil, &hostapi.Error{Code: hostapi.CodeInternal, Message: "the modules of the embedding program cannot be linked", Cause: err}
	}
	p := &Program{
		vm: v, name: name, compiled: compiled, linked: linked, memoryMin: m.memoryMin,
		// Measured on Go guests: wazero keeps less than seven times the module.
		size: int64(64<<10 + 7*len(m.wasm)),
	}
	// A cache may drop the program while it runs. The code is released when the program
	// is unreachable.
	goruntime.AddCleanup(p, func(used []api.Closer) {
		for _, c := range used {
			_ = c.Close(context.Background()) // nothing to do about it
		}
	}, closers(compiled, linked))
	return p, nil
}

// Size returns an estimate of the bytes the program keeps.
func (p *Program) Size() int64 { return p.size }
