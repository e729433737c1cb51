package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// waitingConnector is a Connector whose requests end when they are released.
type waitingConnector struct {
	hostapi.BaseConnector

	begun   chan string // tenants, in the order in which their requests begin
	release chan struct{}
}

func (h *waitingConnector) Do(ctx context.Context, grant *hostapi.Grant, _ *hostapi.Request) (*hostapi.Response, error) {
	h.begun <- grant.Identity.Tenant
	select {
	case <-h.release:
		return &hostapi.Response{Status: 200}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// budgeted is an engine whose tasks wait in a request.
type budgeted struct {
	*waitingConnector

	t      *testing.T
	engine *runtime.Engine
	script *runtime.Script
	ended  sync.WaitGroup
	mu     sync.Mutex
	codes  []hostapi.Code // of the runs that have ended
}

func newBudgeted(t *testing.T, b runtime.Budget) *budgeted {
	t.Helper()
	h := &waitingConnector{begun: make(chan string, 100), release: make(chan struct{})}
	engine := runtime.New(runtime.Config{Connector: h, Budget: b})
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js", Code: []byte(`httpClient.begin().get("http://a.test/")`)})
	if err != nil {
		t.Fatal(err)
	}
	return &budgeted{waitingConnector: h, t: t, engine: engine, script: script}
}

// start starts a run of each tenant, one after the other.
func (b *budgeted) start(ctx context.Context, tenants ...string) {
	for _, tenant := range tenants {
		b.ended.Go(func() {
			_, err := b.engine.Run(ctx, runtime.Task{Script: b.script, Identity: hostapi.Identity{Tenant: tenant}})
			b.mu.Lock()
			defer b.mu.Unlock()
			b.codes = append(b.codes, hostapi.CodeOf(err))
		})
		synctest.Wait()
	}
}

// want checks which tenants' tasks have begun since the last call.
func (b *budgeted) want(tenants ...string) {
	b.t.Helper()
	synctest.Wait()
	var got []string
	for len(b.begun) > 0 {
		got = append(got, <-b.begun)
	}
	if !slices.Equal(got, tenants) {
		b.t.Errorf("tasks of %q have begun, want %q", got, tenants)
	}
}

// end ends one task that has begun.
func (b *budgeted) end() { b.release <- struct{}{} }

// TestBudget checks that runs beyond the budget wait, that tenants take turns, that the
// runs of one tenant are bounded, and that those beyond the queue are refused at once.
func TestBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudgeted(t, runtime.Budget{Tasks: 3, TenantTasks: 2, Queue: 5})
		b.start(t.Context(), "a", "a", "a", "a", "b", "b", "c")
		b.want("a", "a", "b")
		if n := b.engine.Running(); n != 7 {
			t.Errorf("%d are running or waiting, want 7", n)
		}
		b.start(t.Context(), "a") // the queue is full now
		_, err := b.engine.Run(t.Context(), runtime.Task{Script: b.script, Identity: hostapi.Identity{Tenant: "d"}})
		e, ok := errors.AsType[*hostapi.Error](err)
		if !ok || e.Code != hostapi.CodeOverloaded || !e.Temporary() || e.Error() != "run: in progress: 3 tasks, 0 of this tenant; waiting: 5" {
			t.Errorf("error %v, want overloaded", err)
		}
		for range 8 {
			b.end()
			synctest.Wait()
		}
		b.ended.Wait()
		var order []string
		for len(b.begun) > 0 {
			order = append(order, <-b.begun)
		}
		if slices.Sort(order); !slices.Equal(order, []string{"a", "a", "a", "b", "c"}) {
			t.Errorf("then those of %q have begun", order)
		}
		if slices.ContainsFunc(b.codes, func(c hostapi.Code) bool { return c != "" }) {
			t.Errorf("codes %q", b.codes)
		}
	})
}

// TestBudgetTakesTurns checks the order in which waiting runs begin.
func TestBudgetTakesTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudgeted(t, runtime.Budget{Tasks: 1, Queue: 100})
		b.start(t.Context(), "a", "a", "a", "a", "b", "c", "b")
		b.want("a")
		for _, next := range []string{"a", "b", "c", "a", "b", "a"} {
			b.end()
			b.want(next)
		}
		b.end()
		b.ended.Wait()
	})
}

// TestBudgetOfATenant checks that a tenant with as many runs as it may have does not hold
// up others.
func TestBudgetOfATenant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudgeted(t, runtime.Budget{TenantTasks: 1, Queue: 2})
		b.start(t.Context(), "a", "a", "b", "a", "c")
		b.want("a", "b", "c")
		_, err := b.engine.Run(t.Context(), runtime.Task{Script: b.script, Identity: hostapi.Identity{Tenant: "a"}})
		if want := "run: in progress: 3 tasks, 1 of this tenant; waiting: 2"; hostapi.CodeOf(err) != hostapi.CodeOverloaded || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
		for range 3 {
			b.end()
		}
		b.want("a")
		b.end()
		b.want("a")
		b.end()
		b.ended.Wait()
	})
}

// TestBudgetEndsWaiting checks that a run that waits ends with its context and with the
// engine, and leaves no place taken.
func TestBudgetEndsWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBudgeted(t, runtime.Budget{Tasks: 1, Queue: 2})
		b.start(t.Context(), "a")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := b.engine.Run(ctx, runtime.Task{Script: b.script})
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, hostapi.ErrTimeLimit) {
			t.Errorf("error %v, want a deadline", err)
		}
		cancelled, stop := context.WithCancelCause(t.Context())
		b.start(cancelled, "b")
		enough := errors.New("enough")
		stop(enough)
		b.start(t.Context(), "c", "d")
		b.want("a")
		if got := fmt.Sprint(b.codes); got != "[canceled]" {
			t.Errorf("codes %s, want that of the cancelled one", got)
		}
		stopped := make(chan error)
		go func() { stopped <- b.engine.Shutdown(t.Context()) }()
		synctest.Wait()
		if got := fmt.Sprint(b.codes); got != "[canceled closed closed]" {
			t.Errorf("codes %s, want those of the waiting ones too", got)
		}
		b.end()
		if err := <-stopped; err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		b.ended.Wait()
	})
}
