package runs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/runs"
)

// A full queue refuses more, but not a call that is repeated.
func TestFullQueue(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		r := open(t, db, runs.Config{MaxQueued: 3})
		first := submit(t, r, runs.Request{Key: "k"})
		submit(t, r, runs.Request{})
		submit(t, r, runs.Request{NotBefore: time.Now().Add(time.Hour)})
		_, err := r.Submit(t.Context(), runs.Request{Task: "task"}, "")
		if hostapi.CodeOf(err) != hostapi.CodeOverloaded {
			t.Errorf("%v, want %s", err, hostapi.CodeOverloaded)
		}
		if run := submit(t, r, runs.Request{Key: "k"}); run.ID != first.ID {
			t.Error("the repeated call started another run")
		}
		if err := r.Cancel(t.Context(), first.ID, ""); err != nil {
			t.Fatal(err)
		}
		submit(t, r, runs.Request{})
	})
}

// Runs begin by priority, and then in the order of their times.
func TestOrder(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		client := open(t, db, runs.Config{})
		var want []string
		var last *runs.Run
		for _, priority := range []int{1, 2, 4} {
			for range 2 {
				last = submit(t, client, runs.Request{Priority: priority})
				want = append(want, last.ID)
			}
		}
		early := submit(t, client, runs.Request{Priority: 1, NotBefore: time.Now().Add(time.Hour)})
		// Without regard to the order of submission.
		mustExec(t, db, "UPDATE postern_runs SET due = due + 1000 - priority * 1000 WHERE priority > 1 AND turn IS NOT NULL")
		var mu sync.Mutex
		var got []string
		r := open(t, db, runs.Config{Workers: 1, Execute: func(_ context.Context, run *runs.Run, _ *runs.Progress) runs.Outcome {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, run.ID)
			return runs.Outcome{}
		}})
		wait(t, r, last.ID, runs.Succeeded)
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if run := get(t, r, early.ID); run.State != runs.Queued || run.Due.Before(time.Now()) {
			t.Errorf("before its time: %s, due %v", run.State, run.Due)
		}
	})
}

// A tenant with many queued runs, of whatever priority, does not hold up another, not even on a node with one
// worker.
func TestTenantsTakeTurns(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		client := open(t, db, runs.Config{})
		for range 4 {
			submit(t, client, runs.Request{Tenant: "many", Priority: 1})
			submit(t, client, runs.Request{Tenant: "many", Task: "bounded", Concurrency: 1})
		}
		few := submit(t, client, runs.Request{Tenant: "few", Priority: 4})
		last := submit(t, client, runs.Request{})
		mustExec(t, db, "UPDATE postern_runs SET due = due + 1000 - 1000 * priority WHERE id IN ($1, $2)", few.ID, last.ID)
		mustExec(t, db, "UPDATE postern_runs SET due = due + 1 WHERE id = $1", last.ID)
		got := make(chan string, 10)
		r := open(t, db, runs.Config{Workers: 1, Execute: func(_ context.Context, run *runs.Run, _ *runs.Progress) runs.Outcome {
			got <- run.Tenant
			return runs.Outcome{}
		}})
		wait(t, r, last.ID, runs.Succeeded)
		want := []string{"many", "few", ""}
		slices.Sort(want)
		first := []string{<-got, <-got, <-got}
		if slices.Sort(first); !slices.Equal(first, want) {
			t.Errorf("the first runs are of the tenants %q, want one of each", first)
		}
	})
}

// No more runs of a tenant are executed at once than may be, on all nodes together and of whatever tasks, and
// other tenants do not wait for it.
func TestTenantBounds(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		config := runs.Config{Tenants: map[string]runs.TenantBounds{"large": {Running: 3}, "free": {}}, EachTenant: runs.TenantBounds{Running: 1, Queued: 4}}
		client := open(t, db, config)
		var ids []string
		start := func(tenant string, n int) {
			for i := range n {
				ids = append(ids, submit(t, client, runs.Request{Tenant: tenant, Task: fmt.Sprint("task ", i)}).ID)
			}
		}
		start("large", 10)
		start("small", 4)
		start("free", 5)
		start("", 5)
		_, err := client.Submit(t.Context(), runs.Request{Tenant: "small", Task: "task"}, "")
		e, ok := errors.AsType[*hostapi.Error](err)
		if !ok || e.Code != hostapi.CodeOverloaded || e.Error() != "start run task: 4 runs of the tenant small are queued already" ||
			e.RetryAfter == 0 || !errors.Is(err, runs.ErrTenantBusy) {
			t.Errorf("one too many: %v", err)
		}
		most := map[string]int64{"large": 3, "small": 1, "free": 5, "": 5}
		running, full := make(map[string]*atomic.Int64), make(map[string]chan struct{})
		for tenant := range most {
			running[tenant], full[tenant] = new(atomic.Int64), make(chan struct{})
		}
		var once sync.Map
		config.Execute = func(ctx context.Context, run *runs.Run, _ *runs.Progress) runs.Outcome {
			n := running[run.Tenant].Add(1)
			defer running[run.Tenant].Add(-1)
			if n > most[run.Tenant] {
				t.Errorf("%d runs of %q at once", n, run.Tenant)
			}
			if n == most[run.Tenant] {
				if _, again := once.LoadOrStore(run.Tenant, true); !again {
					close(full[run.Tenant])
				}
			}
			for _, all := range full { // all that may be in progress are, at the same moment
				select {
				case <-all:
				case <-ctx.Done():
				}
			}
			return runs.Outcome{}
		}
		for range 3 {
			open(t, db, config)
		}
		for _, id := range ids {
			wait(t, client, id, runs.Succeeded)
		}
	})
}

// No more runs of a task are executed at once than it allows, on all nodes together, and other
// tasks do not wait for it.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		const bound = 3
		var running, most, executed atomic.Int64
		other, full := make(chan struct{}), make(chan struct{})
		execute := func(ctx context.Context, run *runs.Run, _ *runs.Progress) runs.Outcome {
			if run.Task == "other" {
				close(other)
				return runs.Outcome{}
			}
			n := running.Add(1)
			defer running.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			begun := executed.Add(1)
			if begun == bound {
				close(full)
			}
			if begun <= bound {
				for _, event := range []chan struct{}{full, other} {
					select {
					case <-event:
					case <-ctx.Done():
					}
				}
			}
			return runs.Outcome{}
		}
		client := open(t, db, runs.Config{})
		var ids []string
		for range 30 {
			ids = append(ids, submit(t, client, runs.Request{Task: "bounded", Concurrency: bound, Timeout: time.Minute}).ID)
		}
		submit(t, client, runs.Request{Task: "other", Priority: 4})
		for range 3 {
			node(t, db, execute)
		}
		for _, id := range ids {
			wait(t, client, id, runs.Succeeded)
		}
		if got := most.Load(); got != bound {
			t.Errorf("%d at once, want %d", got, bound)
		}
	})
}
