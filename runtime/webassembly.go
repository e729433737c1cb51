package runtime

import (
	"context"
	"sync"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/sandbox"
	"github.com/postern-dev/postern/internal/wasmvm"
)

type wasmProgram struct{ p *wasmvm.Program }

func (w wasmProgram) run(ctx context.Context, host sandbox.Host, limits hostapi.Limits, then function) (out outcome, err error) {
	if then.name != "" {
		return outcome{}, &hostapi.Error{
			Code: hostapi.CodeInvalidArgument, Op: "run", Name: then.name,
			Message: "a WebAssembly task has no functions to call by name", Hint: "leave Task.Call empty",
		}
	}
	out.memory, err = w.p.Run(ctx, host, limits)
	return out, err
}

func (w wasmProgram) size() int64 { return w.p.Size() }

// wasmEngine creates the WebAssembly runtime when the first module is compiled: an
// engine that runs only JavaScript does not need it.
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
