// Package wasmvm runs WebAssembly modules as tasks: each run in an instance of
// its own, with its own memory, under the limits of the task. It is the only
// package that knows wazero.
//
// A guest calls the operations of a [hostapi.Host] through the imports of
// module postern_v1, which docs/ABI.md describes. Of WASI it has a clock,
// random numbers and output that goes to the task's log; no files, environment
// or sockets.
package wasmvm

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"

	"github.com/postern-dev/postern/hostapi"
)

// VM compiles modules and holds what their instances share, none of which a
// guest can change. Its methods may be called from any number of goroutines.
type VM struct {
	runtime wazero.Runtime
	hosts   []wazero.CompiledModule // the modules a guest may import from
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
		// Without this nothing stops a loop. It makes tight loops several
		// times slower; fuel that a rewritten module counts down itself will
		// take its place.
		WithCloseOnContextDone(true).
		// A module's own line tables are one more parser to trust.
		WithDebugInfoEnabled(false)
	v := &VM{}
	if cacheDir != "" {
		if cache, err := wazero.NewCompilationCacheWithDir(cacheDir); err == nil {
			v.cache, config = cache, config.WithCompilationCache(cache)
		}
	}
	v.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	wasi := v.runtime.NewHostModuleBuilder(wasi_snapshot_preview1.ModuleName)
	wasi_snapshot_preview1.NewFunctionExporter().ExportFunctions(wasi)
	for _, builder := range []wazero.HostModuleBuilder{newABI(v.runtime), wasi} {
		host, err := builder.Compile(ctx)
		if err == nil {
			_, err = v.runtime.InstantiateModule(ctx, host, wazero.NewModuleConfig())
		}
		if err != nil {
			return nil, &hostapi.Error{
				Code: hostapi.CodeInternal, Message: "WebAssembly cannot be set up", Cause: errors.Join(err, v.Close(ctx)),
			}
		}
		v.hosts = append(v.hosts, host)
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

// compileUncached compiles where the cache cannot get in the way: a disk that is
// full or a file that is broken costs time, not the task.
func (v *VM) compileUncached(ctx context.Context, name string, wasm []byte) (*Program, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.uncached == nil {
		vm, err := New(ctx, "")
		if err != nil {
			return nil, err
		}
		v.uncached = vm
	}
	return v.uncached.compile(ctx, name, wasm)
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
// wazero cannot be interrupted while it compiles, so ctx is looked at only
// before. A module made for it takes minutes for each 100 KB: do not compile
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
	m, err := screen(wasm)
	if err != nil {
		return nil, err
	}
	compiled, err := v.runtime.CompileModule(ctx, m.wasm)
	if err != nil {
		if v.cache != nil && isCacheError(err) {
			return v.compileUncached(ctx, name, wasm)
		}
		return nil, invalidModule("the module is not valid: "+err.Error(), "")
	}
	if err := v.link(compiled); err != nil {
		return nil, errors.Join(err, compiled.Close(ctx))
	}
	p = &Program{
		vm: v, name: name, compiled: compiled, memoryMin: m.memoryMin,
		// Measured on Go guests: wazero keeps less than seven times the module.
		size: int64(64<<10 + 7*len(wasm)),
	}
	// A cache may let go of the program while it runs. The code is released
	// when nobody can run it any more.
	goruntime.AddCleanup(p, func(c wazero.CompiledModule) {
		_ = c.Close(context.Background()) // always nil
	}, compiled)
	return p, nil
}

// link checks that the module has what a task needs and asks for nothing that
// the host modules do not offer.
func (v *VM) link(m wazero.CompiledModule) error {
	for _, f := range m.ImportedFunctions() {
		from, name, _ := f.Import()
		host := slices.IndexFunc(v.hosts, func(h wazero.CompiledModule) bool { return h.Name() == from })
		if host < 0 {
			return invalidModule(fmt.Sprintf("the module imports %s.%s, and there is no module %s", from, name, from),
				"a task may import from "+abiModule+" and "+wasi_snapshot_preview1.ModuleName)
		}
		offered, ok := v.hosts[host].ExportedFunctions()[name]
		if !ok {
			return invalidModule(fmt.Sprintf("the module imports %s.%s, which does not exist", from, name), "")
		}
		if !slices.Equal(f.ParamTypes(), offered.ParamTypes()) || !slices.Equal(f.ResultTypes(), offered.ResultTypes()) {
			return invalidModule(fmt.Sprintf("the module imports %s.%s as %s, but it is %s", from, name, signature(f), signature(offered)), "")
		}
	}
	// Every import but proc_exit is about memory, and to wazero a module
	// without one is a fault of the host.
	if len(m.ImportedFunctions()) > 0 && m.ExportedMemories()["memory"] == nil {
		return invalidModule("the module does not export its memory", `export it as "memory"`)
	}
	exports := m.ExportedFunctions()
	if exports["run"] == nil && exports["_start"] == nil {
		return invalidModule("the module exports neither run nor _start", "export a function run() -> i32; see the ABI")
	}
	for _, name := range []string{"_initialize", "run", "_start"} {
		f := exports[name]
		if f == nil {
			continue
		}
		results := f.ResultTypes()
		status := name == "run" && len(results) == 1 && results[0] == api.ValueTypeI32
		if len(f.ParamTypes()) > 0 || len(results) > 0 && !status {
			return invalidModule(fmt.Sprintf("the module exports %s as %s, which the host cannot call", name, signature(f)), "")
		}
	}
	return nil
}

func signature(f api.FunctionDefinition) string {
	list := func(types []api.ValueType) string {
		text := ""
		for i, t := range types {
			if i > 0 {
				text += ", "
			}
			text += api.ValueTypeName(t)
		}
		return "(" + text + ")"
	}
	return list(f.ParamTypes()) + " -> " + list(f.ResultTypes())
}

// Size returns an estimate of the bytes the program keeps.
func (p *Program) Size() int64 { return p.size }
