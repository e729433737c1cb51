// Package wasmvm runs WebAssembly modules as tasks, each run in a separate instance with its
// own memory, under the limits of the task. It is the only package that imports wazero.
//
// A guest calls the operations of a [hostapi.Host] through the imports of
// module postern_v1, which docs/ABI.md describes. Of WASI it has a clock,
// random numbers and output that goes to the task's log; no files, environment
// or sockets.
package wasmvm

import (
	"context"
	"errors"
	goruntime "runtime"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/sys"

	"github.com/postern-dev/postern/hostapi"
)

// VM compiles modules and holds what their instances share, none of which a
// guest can change. Its methods may be called from any number of goroutines.
type VM struct {
	runtime wazero.Runtime
	offers  offers
	closed  atomic.Bool

	cache wazero.CompilationCache // nil without a folder

	mu       sync.Mutex
	uncached *VM // made if the cache fails
}

// New returns a VM. Close it when it is no longer needed. What it compiles is
// kept in the folder cacheDir for the next process. A folder that is "", or that
// cannot be used, keeps nothing.
func New(ctx context.Context, cacheDir string) (*VM, error) {
	config := wazero.NewRuntimeConfig().
		// Without this nothing stops a guest, see [look]. It makes tight loops
		// several times slower; fuel that a rewritten module counts down itself
		// will take its place.
		WithCloseOnContextDone(true).
		// A module's own line tables are one more parser to trust.
		WithDebugInfoEnabled(false)
	v := &VM{offers: make(offers)}
	if cacheDir != "" {
		if cache, err := wazero.NewCompilationCacheWithDir(cacheDir); err == nil {
			v.cache, config = cache, config.WithCompilationCache(cache)
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
				Code: hostapi.CodeInternal, Message: "WebAssembly cannot be set up", Cause: errors.Join(err, v.Close(ctx)),
			}
		}
		v.offers.add(host)
	}
	return v, nil
}

// Close releases what the VM holds. A run that has not ended is stopped, with
// [hostapi.CodeCanceled].
func (v *VM) Close(ctx context.Context) error {
	v.closed.Store(true)
	err := v.runtime.CloseWithExitCode(ctx, sys.ExitCodeContextCanceled)
	if v.cache != nil {
		err = errors.Join(err, v.cache.Close(ctx))
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.uncached != nil {
		err = errors.Join(err, v.uncached.Close(ctx))
	}
	return err
}

// buildUncached compiles where the cache cannot get in the way: a disk that is
// full or a file that is broken costs time, not the task.
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

// Program is a compiled module. It is immutable and may be run by many
// goroutines at once, for as long as its VM is open.
type Program struct {
	vm        *VM
	name      string
	compiled  wazero.CompiledModule
	memoryMin int64
	size      int64

	peak atomic.Uint64 // bytes of memory the latest run had: what the next is likely to need
}

// Compile compiles a module. Its errors are [hostapi.CodeScript], or
// [hostapi.CodeLimit] for a module that needs more than a host will give to
// any, and name the file.
//
// wazero cannot be interrupted while it compiles with one goroutine, the only way
// in which its panics can be caught. So ctx is looked at only before. A module made for it takes minutes for each 100 KB: do not compile
// what anybody may send.
func (v *VM) Compile(ctx context.Context, name string, wasm []byte) (*Program, error) {
	if err := ctx.Err(); err != nil {
		return nil, &hostapi.Error{Code: hostapi.CodeOf(err), Op: "compile", Name: name, Cause: err}
	}
	p, err := v.compile(ctx, name, wasm)
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		e.File = name
	}
	return p, err
}

func (v *VM) compile(ctx context.Context, name string, wasm []byte) (p *Program, err error) {
	defer func() {
		if x := recover(); x != nil {
			err = panicked("compile", x)
		}
	}()
	m, err := screen(wasm, v.offers)
	if err != nil {
		return nil, err
	}
	return v.build(ctx, name, m)
}

func (v *VM) build(ctx context.Context, name string, m module) (*Program, error) {
	compiled, err := v.runtime.CompileModule(ctx, m.wasm)
	if err != nil {
		if v.cache != nil && isCacheError(err) {
			return v.buildUncached(ctx, name, m)
		}
		return nil, invalidModule("the module is not valid: "+err.Error(), "")
	}
	p := &Program{
		vm: v, name: name, compiled: compiled, memoryMin: m.memoryMin,
		// Measured on Go guests: wazero keeps less than seven times the module.
		size: int64(64<<10 + 7*len(m.wasm)),
	}
	// A cache may let go of the program while it runs. The code is released
	// when nobody can run it any more.
	goruntime.AddCleanup(p, func(c wazero.CompiledModule) {
		_ = c.Close(context.Background()) // always nil
	}, compiled)
	return p, nil
}

// Size returns an estimate of the bytes the program keeps.
func (p *Program) Size() int64 { return p.size }
