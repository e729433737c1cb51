package runtime

import (
	"cmp"
	"context"
	"errors"
	goruntime "runtime"
	"sync"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/ring"
)

// Workers are processes that compile and run JavaScript, each one script at a time, and compile
// WebAssembly that is not in the [Cache], each one module. They
// are copies of this program without its environment, files and rights, and end with it. A
// script that exceeds its time or memory ends its worker and nothing else.
//
// Workers may be shared by several engines:
//
//	workers := &runtime.Workers{Max: 8}
//	a := runtime.New(runtime.Config{Isolation: workers, Connector: one})
//	b := runtime.New(runtime.Config{Isolation: workers, Connector: another})
//
// The zero Workers is ready to use. Its fields must not be changed, nor the Workers copied,
// once an engine has it. The first task starts a process, and the last engine that is
// closed ends all of them.
type Workers struct {
	// Max is how many tasks, tests and compilations are in progress at once. Further ones
	// wait, in their own time. Default 0: four for each CPU, at least 16.
	Max int

	// Spare is how many idle workers are kept ready while others work, so that no task
	// waits for the start of a process. Default 0: one; negative: none.
	Spare int

	// Uses is how many scripts a worker runs, one after the other and each in a new VM,
	// before it is replaced. Default 0: 10,000.
	Uses int

	mu      sync.Mutex
	engines int
	pool    *ring.Pool                   // nil until the first engine
	modules *ring.Pool                   // to compile WebAssembly, as pool
	start   func() (ring.Process, error) // for tests; nil: as copies of this program
}

// WorkerMain must be called at the top of main by a program that uses [Workers], and at the
// top of TestMain by its tests:
//
//	func main() {
//		runtime.WorkerMain()
//		…
//	}
//
// In a worker it does the work and ends the process. Otherwise it returns at once. What the
// program does before main, in init functions, each worker does as well. Without
// it, every [Engine.Compile] and [Engine.Run] fails with [hostapi.CodeConfig].
func WorkerMain() { ring.Main(warmUp, serve) }

// WorkersSupported reports whether this system has [Workers]: so far Linux does. On others
// every [Engine.Compile] and [Engine.Run] with them fails with [hostapi.CodeConfig].
func WorkersSupported() bool { return ring.Supported() }

// Protection says what holds a worker beside its limits, as far as the kernel allows. Every
// worker has no environment, no files and no new privileges, and is the only process of its session.
type Protection struct {
	Namespaces []string `json:"namespaces"` // Linux namespaces that it does not share: user, net, ipc, uts; nil: the system refuses them
	Landlock   int      `json:"landlock"`   // version of the Landlock ABI; 0: the kernel does not have it
	Seccomp    bool     `json:"seccomp"`    // only the system calls that it needs are possible
}

// Protection returns what holds the workers, which may take the start of one. The error has
// [hostapi.CodeConfig] if the system has no workers or the program does not call
// [WorkerMain], and [hostapi.CodeClosed] if no engine uses them.
func (w *Workers) Protection(ctx context.Context) (Protection, error) {
	pool := w.running(false)
	if pool == nil {
		return Protection{}, errClosed("workers")
	}
	p, err := pool.Protection(ctx)
	if err != nil {
		return Protection{}, workersError("workers", err)
	}
	return Protection(p), nil
}

// ErrNoWorker is the reason of an error with [hostapi.CodeInternal] of a task, a test or a
// compilation for which the system could not start a process.
var ErrNoWorker = errors.New("no worker process")

// idleTime is how long a worker that is no spare is kept.
const idleTime = time.Minute

// open is called by a new engine, and close when it is closed.
func (w *Workers) open() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.engines++
	if w.pool == nil {
		w.pool = ring.New(ring.Config{
			Start:   w.start,
			Workers: max(1, cmp.Or(w.Max, max(16, 4*goruntime.NumCPU()))),
			Spare:   max(0, cmp.Or(w.Spare, 1)),
			Uses:    max(1, cmp.Or(w.Uses, 10_000)),
			Idle:    idleTime,
		})
		w.modules = ring.New(ring.Config{Start: w.start, MachineCode: true, Workers: goruntime.NumCPU(), Uses: 1, Idle: idleTime})
	}
}

func (w *Workers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.engines--
	if w.engines == 0 {
		w.pool.Close()
		w.modules.Close()
		w.pool, w.modules = nil, nil
	}
}

// workersError returns the error of a task that got no worker.
func workersError(op string, err error) error {
	out := &hostapi.Error{Code: hostapi.CodeConfig, Op: op, Cause: err}
	switch {
	case errors.Is(err, ring.ErrMain):
		out.Message, out.Cause = "the program does not call runtime.WorkerMain", nil
		out.Hint = "call it at the top of main, and of TestMain in tests: the workers are copies of the program"
	case errors.Is(err, errors.ErrUnsupported):
		out.Message, out.Hint, out.Cause = "this system has no worker processes", "leave Isolation out of the runtime.Config", nil
		out.Reason = errors.ErrUnsupported
	case errors.Is(err, ring.ErrClosed):
		return errClosed(op)
	default:
		out.Code, out.Message, out.Reason = hostapi.CodeInternal, "no worker process could be started", ErrNoWorker
		out.Hint = "without workers, JavaScript runs in this process: for scripts that are trusted"
	}
	return out
}
