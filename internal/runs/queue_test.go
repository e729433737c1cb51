package runs_test

import (
	"context"
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

// A tenant with many queued runs does not hold up another.
func TestTenants(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		client := open(t, db, runs.Config{})
		for range 6 {
			submit(t, client, runs.Request{Tenant: "many"})
		}
		last := submit(t, client, runs.Request{Tenant: "few"})
		mustExec(t, db, "UPDATE postern_runs SET due = due + 1 WHERE id = $1", last.ID)
		began, release := make(chan string), make(chan struct{})
		open(t, db, runs.Config{Workers: 2, Execute: func(ctx context.Context, run *runs.Run, p *runs.Progress) runs.Outcome {
			select {
			case began <- run.Tenant:
			case <-ctx.Done():
			}
			select {
			case <-release:
				return runs.Outcome{}
			case <-ctx.Done():
				return runs.Outcome{Err: ctx.Err()}
			}
		}})
		got := []string{<-began, <-began}
		release <- struct{}{}
		if got = append(got, <-began); !slices.Equal(got, []string{"many", "many", "few"}) {
			t.Errorf("runs of %v", got)
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
