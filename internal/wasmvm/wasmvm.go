// Package wasmvm runs WebAssembly modules as tasks, each run in a separate instance with its
// own memory, under the limits of the task. It is the only package that imports wazero.
//
// A guest calls the operations of a [sandbox.Host] through the imports of module postern_v1,
// which docs/ABI.md describes. WASI provides a clock, random numbers and output, which goes to
// the task's log; no files, environment or sockets.
package wasmvm

import (
	"context"
	"crypto/sha256"
	"errors"
	goruntime "runtime"
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
	loader  *loader
	store   *store // nil: none
	offers  offers
}

func runtimeConfig() wazero.RuntimeConfig {
	return wazero.NewRuntimeConfig().
		// Without this a guest cannot be interrupted, see [look]. It makes tight loops
		// several times slower; counting fuel in the rewritten module will replace it.
		WithCloseOnContextDone(true).
		// Line tables of a module would be one more format to parse safely.
		WithDebugInfoEnabled(false)
}

// New returns a VM. Compiled code is kept in the folder cacheDir for other processes. If
// cacheDir is "" or cannot be used, nothing is kept. A VM holds nothing but memory, which
// is freed when neither it nor one of its programs is reachable.
func New(ctx context.Context, cacheDir string) (*VM, error) {
	v := &VM{offers: make(offers), loader: &loader{loading: make(map[codeKey][]Code)}, store: openStore(cacheDir)}
	cache, err := cacheOver(v.loader)
	if err != nil {
		return nil, cannotSetUp(err)
	}
	v.runtime = wazero.NewRuntimeWithConfig(ctx, runtimeConfig().WithCompilationCache(cache))
	for _, builder := range []wazero.HostModuleBuilder{newABI(v.runtime), newWASI(v.runtime)} {
		host, err := builder.Compile(ctx)
		if err == nil {
			_, err = v.runtime.InstantiateModule(ctx, host, wazero.NewModuleConfig())
		}
		if err != nil {
			return nil, cannotSetUp(errors.Join(err, v.runtime.Close(ctx)))
		}
		v.offers.add(host)
	}
	return v, nil
}

func cannotSetUp(err error) error {
	return &hostapi.Error{Code: hostapi.CodeInternal, Message: "WebAssembly cannot be set up", Cause: err}
}

// Program is a compiled module. It is immutable and may be run by several goroutines at once.
type Program struct {
	vm        *VM
	name      string
	compiled  wazero.CompiledModule
	linked    map[string]api.Module // from the embedding program, by name
	memoryMin int64
	starts    bool // it exports startExport
	size      int64

	peak atomic.Uint64 // bytes of memory of the latest run: an estimate for the next
}

// Compile compiles a module. Its errors are of [hostapi.CodeScript], or of
// [hostapi.CodeLimit] for a module that exceeds a fixed bound, and name the file. The module
// may import the functions of modules, too. Machine code that is not kept is got from
// translator; if that is nil, from [VM.Translate].
//
// wazero cannot be interrupted while it compiles with one goroutine, the only way to recover
// its panics. So ctx is checked only before, and what a module may take is bounded, see cost.
func (v *VM) Compile(ctx context.Context, name string, wasm []byte, modules []sandbox.Module, translator Translator) (p *Program, err error) {
	err = v.guard(ctx, name, func() error {
		p, err = v.compile(ctx, name, wasm, modules, translator)
		return err
	})
	return p, err
}

// Translate returns the machine code of a module for the processor of this machine. Errors, and
// ctx, are as with [VM.Compile].
func (v *VM) Translate(ctx context.Context, name string, wasm []byte, modules []sandbox.Module) (c Code, err error) {
	err = v.guard(ctx, name, func() error {
		m, err := screen(wasm, v.offers.with(modules))
		if err == nil {
			c, err = translate(ctx, m.wasm)
		}
		return err
	})
	return c, err
}

// guard calls f, unless ctx has ended, and returns a panic as an error.
func (*VM) guard(ctx context.Context, name string, f func() error) (err error) {
	if err := ctx.Err(); err != nil {
		return &hostapi.Error{Code: hostapi.CodeOf(err), Op: "compile", Name: name, Cause: err}
	}
	defer func() {
		if x := recover(); x != nil {
			err = panicked("compile", x)
		}
		if e, ok := errors.AsType[*hostapi.Error](err); ok {
			e.File = name
		}
	}()
	return f()
}

func (v *VM) compile(ctx context.Context, name string, wasm []byte, modules []sandbox.Module, translator Translator) (*Program, error) {
	wasm = WithoutCustom(wasm)
	if err := checkSize(wasm); err != nil {
		return nil, err
	}
	id := sha256.Sum256(wasm)
	code := v.store.find(id)
	kept := code != nil
	var err error
	if !kept && translator != nil { // before anything here reads the module
		if code, err = translator(ctx, name, wasm, modules); err != nil {
			return nil, err
		}
	}
	m, err := screen(wasm, v.offers.with(modules))
	if err != nil {
		return nil, err
	}
	if kept {
		p, err := v.load(ctx, name, m, code)
		if err == nil {
			return p, nil
		}
		// It is of another wazero or processor, or of a module that was rewritten in another way.
		code = nil
		if translator != nil {
			if code, err = translator(ctx, name, wasm, modules); err != nil {
				return nil, err
			}
		}
	}
	if code == nil {
		if code, err = translate(ctx, m.wasm); err != nil {
			return nil, err
		}
	}
	p, err := v.load(ctx, name, m, code)
	if err == nil {
		v.store.keep(id, code)
	}
	return p, err
}

// load makes a program of a screened module and its code.
func (v *VM) load(ctx context.Context, name string, m module, code Code) (*Program, error) {
	defer v.loader.offer(code)()
	compiled, err := v.runtime.CompileModule(ctx, m.wasm)
	if err != nil {
		return nil, &hostapi.Error{Code: hostapi.CodeInternal, Message: "the machine code of the module cannot be loaded", Cause: err}
	}
	linked, err := v.link(ctx, compiled)
	if err != nil {
		return nil, &hostapi.Error{Code: hostapi.CodeInternal, Message: "the modules of the embedding program cannot be linked", Cause: err}
	}
	p := &Program{
		vm: v, name: name, compiled: compiled, linked: linked, memoryMin: m.memoryMin, starts: m.starts,
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
