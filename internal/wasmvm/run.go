package wasmvm

import (
	"context"
	"errors"
	goruntime "runtime"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/sandbox"
)

// run is the state of one run. Host calls get it from their context, because wazero has one
// instance of a host module for all guests.
type run struct {
	program *Program
	host    sandbox.Host
	limits  hostapi.Limits
	memory  memory
	started bool // host calls are allowed
	stdout  *lineWriter
	stderr  *lineWriter

	result   []byte            // the rest of the result for read_result
	response *hostapi.Response // of the last request
	reading  *reading          // nil: no file by reference is open

	failed    bool // fail was called
	failure   string
	reported  *hostapi.Error // the last error reported to the guest
	panicLine string         // the line a Go guest prints when it panics
	trace     goTrace        // that follows it
}

type runKey struct{}

func runOf(ctx context.Context) *run {
	r, _ := ctx.Value(runKey{}).(*run) // always set
	return r
}

// Run runs p once, in a new instance, and returns the peak size of its linear memory in bytes.
// The limits must be effective ones; Run itself enforces only Memory, and the time limit by
// ctx.
//
// If a module exports run, Run calls its _initialize, if there is one, and then run. Any other
// module is a WASI command, of which it calls _start. The task fails if the guest calls fail,
// returns or exits with a status other than 0, or traps.
//
// limits.Memory bounds the guest's memory together with what a host call takes, which may be
// hostShare in any case. It does not include tables, at most 8 MiB, and the guest's call stack,
// at most 16 MiB on Linux and 126 MB on other systems, where wazero limits it.
func (p *Program) Run(ctx context.Context, host sandbox.Host, limits hostapi.Limits) (memoryPeak int64, err error) {
	defer goruntime.KeepAlive(p) // see compile
	limits.Memory = max(limits.Memory, 0)
	r := &run{program: p, host: host, limits: limits, memory: memory{
		limit:    uint64(limits.Memory),
		capacity: p.peak.Load(),
	}}
	if p.memoryMin > limits.Memory {
		return 0, r.memoryError()
	}
	ctx = context.WithValue(ctx, runKey{}, r)
	defer func() {
		if x := recover(); x != nil {
			err = r.error(panicked("run", x))
		}
	}()
	r.stdout = r.output(ctx, hostapi.LevelInfo)
	r.stderr = r.output(ctx, hostapi.LevelError)
	defer r.closeFile()
	status, err := r.start(ctx, wazero.NewModuleConfig().
		WithName(""). // allows several instances at once
		WithStartFunctions().
		WithArgs(p.name).
		WithSysWalltime().
		WithSysNanotime())
	r.stdout.flush()
	r.stderr.flush()
	p.peak.Store(r.memory.peak)
	err = r.outcome(ctx, status, err)
	for _, w := range []*lineWriter{r.stdout, r.stderr} {
		// Most guests ignore errors of their output.
		if e, ok := errors.AsType[*hostapi.Error](w.err); ok && err == nil {
			err = r.error(e)
		}
	}
	return int64(r.memory.peak), err
}

// start calls the guest and returns what its run returned.
func (r *run) start(ctx context.Context, config wazero.ModuleConfig) (status uint32, err error) {
	p := r.program
	stack := takeCallStack()
	defer stack.put()
	mod, err := p.vm.runtime.InstantiateModule(p.resolve(experimental.WithMemoryAllocator(ctx, &r.memory)), p.compiled, config)
	if err != nil {
		return 0, err
	}
	defer func() { _ = mod.Close(ctx) }() // no file, nothing to fail
	call := func(f api.Function) ([]uint64, error) {
		stack.under(f)
		return f.Call(ctx)
	}
	if p.starts {
		if _, err := call(mod.ExportedFunction(startExport)); err != nil {
			return 0, err
		}
	}
	entry := mod.ExportedFunction("run")
	if entry == nil {
		entry = mod.ExportedFunction("_start")
	} else if initialize := mod.ExportedFunction("_initialize"); initialize != nil {
		if _, err := call(initialize); err != nil {
			return 0, err
		}
	}
	// An instance may one day be created from a snapshot of an initialized one, so
	// initialization must not depend on the task.
	r.started = true
	results, err := call(entry)
	if err != nil || len(results) == 0 {
		return 0, err
	}
	return api.DecodeU32(results[0]), nil
}

// output returns the writer for standard output or error.
func (r *run) output(ctx context.Context, level hostapi.Level) *lineWriter {
	return &lineWriter{log: func(line string) error {
		if level == hostapi.LevelError {
			if isGoPanic(line) {
				r.panicLine = line
			}
			r.trace.line(line)
		}
		defer stopOnPanic("log")
		return r.host.Log(ctx, level, line)
	}}
}

// sleep implements a guest's sleep. It ends when the task does.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
