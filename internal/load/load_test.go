package load_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// size says how much is done.
type size struct {
	tasks    int // short ones
	reloads  int // of a script and of the connections of a tenant
	swaps    int // of the Manager of a tenant
	blocked  int // tasks at once
	storms   int
	stormed  int   // tasks that are cancelled at once
	keeps    int64 // bytes by which the heap may grow during the short tasks
	progress func(format string, args ...any)
}

// workers is how many short tasks run at once.
const workers = 32

// TestLoad is short unless POSTERN_LOAD is "full".
func TestLoad(t *testing.T) { //nolint:paralleltest // it counts what the process holds
	n := size{tasks: 3000, reloads: 150, swaps: 100, blocked: 400, storms: 2, stormed: 60, keeps: 4 << 20}
	if os.Getenv("POSTERN_LOAD") == "full" {
		n = size{tasks: 100_000, reloads: 3000, swaps: 2000, blocked: 10_000, storms: 10, stormed: 1200, keeps: 8 << 20}
	}
	began := time.Now()
	n.progress = func(format string, args ...any) {
		if testing.Verbose() {
			fmt.Fprintf(os.Stderr, "%6.1fs %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
		}
	}
	before := holds()
	for _, cancelled := range []bool{false, true} {
		s := newService(t)
		if !cancelled {
			s.shortTasks(t, n)
			s.blockedTasks(t, n)
			s.storms(t, n)
		}
		s.shutdownInTheMiddle(t, n, cancelled)
		nothingLeft(t, before)
		n.progress("shut down: %+v, as before", holds())
	}
}

// run runs a task of a tenant, with an ID that it is to pass through its sandbox and to the
// API. A request goes to path.
func (s *service) run(ctx context.Context, t *tenant, script *runtime.Script, path, connection, id string) (*runtime.Result, error) {
	m, done := t.use()
	defer done()
	return s.engine.Run(context.WithValue(ctx, managerKey{}, m.manager), runtime.Task{
		Script: script, Identity: hostapi.Identity{Tenant: t.name, Task: id}, Connections: []string{"kept", "changed"},
		Data: map[string]any{"q_id": id, "q_request": map[string]any{
			"method": "GET", "url": s.provider.URL + path, "authSetting": connection, "queryParam": []any{map[string]any{"name": "id", "value": id}},
		}},
	})
}

// check runs short task number n, and checks that what it wrote is its own.
func (s *service) check(ctx context.Context, n int64) error {
	t, script := s.tenants[n%tenants], s.scripts[n%int64(len(s.scripts))]
	connection, id := []string{"kept", "changed"}[n/7%2], fmt.Sprint("task-", n)
	current := script.current.Load()
	result, err := s.run(ctx, t, current.Script, "/api/echo", connection, id)
	if err != nil {
		return fmt.Errorf("%s of %s: %w", script.program.name, t.name, err)
	}
	want := strings.NewReplacer("GENERATION", fmt.Sprint(current.generation), "CLIENT", t.name+"-"+connection, "ID", id).Replace(script.program.out)
	if got := written(result.Data["q_out"]); got != want {
		return fmt.Errorf("%s of %s wrote %q, want %q", script.program.name, t.name, got, want)
	}
	return nil
}

// written returns what a program wrote as text: a Wasm guest passes on the response of the API.
func written(out any) string {
	echo, ok := out.(map[string]any)
	if !ok {
		return fmt.Sprint(out)
	}
	query, _ := echo["query"].(map[string]any)
	ids, _ := query["id"].([]any)
	return fmt.Sprint(echo["client"], " ", strings.Trim(fmt.Sprint(ids), "[]"))
}

// shortTasks runs short tasks, and in between replaces scripts, connections and tenants that
// the others use. The heap does not grow, and no token is fetched twice that could be kept.
func (s *service) shortTasks(t *testing.T, n size) {
	t.Helper()
	const rounds = 5
	var next atomic.Int64
	var kept int64
	for round := range rounds {
		last := int64(n.tasks * (round + 1) / rounds)
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for task := next.Add(1); task <= last; task = next.Add(1) {
					if err := errors.Join(s.replaceBefore(t.Context(), task, n), s.check(t.Context(), task)); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		next.Store(last)
		if t.Failed() {
			t.FailNow()
		}
		grown := heap()
		if round == 0 {
			kept = grown
		}
		grown -= kept
		n.progress("%d short tasks, %d reloads, %d swaps: the heap has grown by %d KiB since the first round",
			last, last*int64(n.reloads)/int64(n.tasks), last*int64(n.swaps)/int64(n.tasks), grown>>10)
		if grown > n.keeps {
			t.Fatalf("the heap has grown by %d KiB since the first round", grown>>10)
		}
	}
	for _, tenant := range s.tenants {
		if got := s.fetched.of(tenant.name + "-kept"); got != 1 {
			t.Errorf("%d token requests of the connection of %s that did not change, want 1", got, tenant.name)
		}
	}
}

// replaceBefore does what is replaced before task number task: so many of each, evenly
// distributed among the tasks.
func (s *service) replaceBefore(ctx context.Context, task int64, n size) error {
	var errs []error
	if i, ok := due(task, n.reloads, n.tasks); ok {
		errs = append(errs, s.reload(ctx, s.scripts[i%len(s.scripts)]), s.replace(s.tenants[i%tenants]))
	}
	if i, ok := due(task, n.swaps, n.tasks); ok {
		errs = append(errs, s.swap(ctx, s.tenants[i%tenants]))
	}
	return errors.Join(errs...)
}

// due reports which of n things that are done during tasks is done before this one.
func due(task int64, n, tasks int) (which int, ok bool) {
	which = int(task) * n / tasks
	return which, which > (int(task)-1)*n/tasks
}

// endless compiles the programs that do not end by themselves.
func (s *service) endless(t *testing.T) []*runtime.Script {
	t.Helper()
	var scripts []*runtime.Script
	for _, p := range endless {
		script, err := s.engine.Compile(t.Context(), runtime.Source{Name: p.name, Code: p.source(0)})
		if err != nil {
			t.Fatal(err)
		}
		scripts = append(scripts, script)
	}
	return scripts
}

// blockedTasks runs tasks that wait at the same time, in both languages, for a response
// or a function. All end when they get what they wait for.
func (s *service) blockedTasks(t *testing.T, n size) {
	t.Helper()
	scripts := s.endless(t)[:4] // those that wait
	before := heap()
	var wg sync.WaitGroup
	for i := range n.blocked {
		wg.Go(func() {
			if _, err := s.run(t.Context(), s.tenants[i%tenants], scripts[i%len(scripts)], "/wait", "kept", fmt.Sprint("blocked-", i)); err != nil {
				t.Error(err)
			}
		})
	}
	s.gate.await(n.blocked)
	n.progress("%d blocked tasks: %d KiB each; %+v", n.blocked, (heap()-before)>>10/int64(n.blocked), holds())
	if got := s.engine.Running(); got != n.blocked {
		t.Errorf("%d tasks are in progress, want %d", got, n.blocked)
	}
	s.gate.open()
	wg.Wait()
	s.gate.close()
	n.progress("all of them ended")
}

var errStorm = errors.New("storm")

// storms cancels many tasks at once: while they wait for a response or a function, compute,
// or are just about to begin.
func (s *service) storms(t *testing.T, n size) {
	t.Helper()
	scripts := s.endless(t)
	for storm := range n.storms {
		ctx, cancel := context.WithCancelCause(t.Context())
		var wg sync.WaitGroup
		start := func(i int, script *runtime.Script) {
			wg.Go(func() {
				_, err := s.run(ctx, s.tenants[i%tenants], script, "/wait", "changed", fmt.Sprint("cancelled-", i))
				if !errors.Is(err, errStorm) || !errors.Is(err, context.Canceled) || hostapi.CodeOf(err) != hostapi.CodeCanceled {
					t.Errorf("%s: %v, want it cancelled", script.Name(), err)
				}
			})
		}
		for i := range n.stormed {
			start(i, scripts[i%4])
		}
		for i := range 16 { // each of which takes a CPU
			start(i, scripts[4+i%2])
		}
		s.gate.await(n.stormed + 16)
		cancel(errStorm)
		wg.Wait()
		n.progress("storm %d: %d tasks cancelled", storm+1, n.stormed+16)
		if got := s.engine.Running(); got != 0 {
			t.Fatalf("%d tasks are in progress after they were all cancelled", got)
		}
	}
}

// shutdownInTheMiddle shuts the service down while short and blocked tasks run: it waits for
// them, or cancels them.
func (s *service) shutdownInTheMiddle(t *testing.T, n size, cancelled bool) {
	t.Helper()
	var next, ended, closed atomic.Int64
	var wg sync.WaitGroup
	outcome := func(err error) bool {
		switch {
		case err == nil:
			ended.Add(1)
		case errors.Is(err, hostapi.ErrClosed):
			closed.Add(1)
		default:
			t.Errorf("during the shutdown: %v", err)
		}
		return err == nil
	}
	scripts, waiting := s.endless(t), min(n.blocked, 160)
	run := func(i int, script *runtime.Script) {
		wg.Go(func() {
			_, err := s.run(t.Context(), s.tenants[i%tenants], script, "/wait", "kept", fmt.Sprint("waiting-", i))
			outcome(err)
		})
	}
	for i := range waiting {
		run(i, scripts[i%4])
	}
	if cancelled {
		run(waiting, scripts[4])
		run(waiting+1, scripts[5])
		waiting += 2
	}
	s.gate.await(waiting)
	under := make(chan struct{})
	for range workers {
		wg.Go(func() {
			for {
				task := next.Add(1)
				if task == 10*workers {
					close(under)
				}
				if !outcome(s.check(t.Context(), task)) {
					return
				}
			}
		})
	}
	<-under
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if cancelled {
		cancel()
	} else {
		s.gate.open()
	}
	engine, rest := s.shutdown(ctx)
	wg.Wait()
	if rest != nil {
		t.Errorf("shutdown: %v", rest)
	}
	if cancelled == (engine == nil) || engine != nil && hostapi.CodeOf(engine) != hostapi.CodeCanceled {
		t.Errorf("shutdown of the engine: %v", engine)
	}
	n.progress("shutdown with %d tasks: %d ended, %d were closed or refused: %v", waiting+workers, ended.Load(), closed.Load(), engine)
}
