package runs_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/runs"
)

// No more runs of a task begin within a time than its rate allows, on all nodes together. Which have begun is
// known after a restart. Others do not wait for it, and it bounds neither what goes on after a wait nor another
// task.
func TestRate(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		rate := runs.Rate{Runs: 3, Per: time.Hour}
		var begun atomic.Int64
		execute := func(_ context.Context, run *runs.Run, _ *runs.Progress) runs.Outcome {
			if run.Task == "bounded" && run.Waits == 0 {
				begun.Add(1)
				return runs.Outcome{Wait: &runs.Wait{Until: time.Now()}}
			}
			return runs.Outcome{}
		}
		client := open(t, db, runs.Config{})
		var ids []string
		for range 8 {
			ids = append(ids, submit(t, client, runs.Request{Task: "bounded", Rate: rate, Attempts: 2}).ID)
		}
		ended := func() int {
			n := 0
			for _, id := range ids {
				if get(t, client, id).State == runs.Succeeded {
					n++
				}
			}
			return n
		}
		for range 2 {
			node(t, db, execute)
		}
		until(t, "as many have ended as may", func() bool { return ended() == rate.Runs })
		wait(t, client, submit(t, client, runs.Request{Task: "other", Rate: rate, Priority: 4}).ID, runs.Succeeded)
		wait(t, client, submit(t, client, runs.Request{Task: "bounded", Tenant: "other", Rate: rate, Priority: 4}).ID, runs.Succeeded)
		r := node(t, db, execute)
		wait(t, r, submit(t, r, runs.Request{Priority: 4}).ID, runs.Succeeded)
		if n := begun.Load(); n != int64(rate.Runs)+1 {
			t.Errorf("%d have begun, want %d", n, rate.Runs+1)
		}
		hold, err := client.Hold(t.Context(), get(t, client, ids[len(ids)-1]))
		if err != nil || hold.By != runs.HeldByRate || time.Until(hold.Until) < 50*time.Minute || time.Until(hold.Until) > time.Hour {
			t.Errorf("the next one waits for %q until %v, %v; want the rate, for an hour", hold.By, hold.Until, err)
		}
		mustExec(t, db, "UPDATE postern_runs_starts SET time = time - 3600000 WHERE tenant = ''") // an hour passes
		until(t, "as many more have ended", func() bool { return ended() == 2*rate.Runs })
		wait(t, r, submit(t, r, runs.Request{Priority: 4}).ID, runs.Succeeded)
		if n := begun.Load(); n != 2*int64(rate.Runs)+1 {
			t.Errorf("%d have begun, want %d", n, 2*rate.Runs+1)
		}
	})
}

// An attempt that repeats a run counts for the rate as well, and a run that is queued says what it waits for.
func TestHold(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		config := runs.Config{EachTenant: runs.TenantBounds{Running: 1}, Workers: 2}
		client := open(t, db, config)
		began := make(chan struct{})
		config.Execute = func(ctx context.Context, run *runs.Run, p *runs.Progress) runs.Outcome {
			if run.Task == "fails" {
				return runs.Outcome{Err: errors.New("no"), Retry: true, After: time.Millisecond}
			}
			began <- struct{}{}
			return untilCanceled(ctx, run, p)
		}
		open(t, db, config)
		held := func(id string, by runs.HeldBy) {
			t.Helper()
			var hold runs.Hold
			until(t, fmt.Sprintf("it waits for %s; it does for %s", by, hold.By), func() bool {
				var err error
				if hold, err = client.Hold(t.Context(), get(t, client, id)); err != nil {
					t.Fatal(err)
				}
				return hold.By == by
			})
		}
		fails := submit(t, client, runs.Request{Task: "fails", Rate: runs.Rate{Runs: 1, Per: time.Hour}}).ID
		held(fails, runs.HeldByRate)
		if run := get(t, client, fails); run.Attempt != 1 || run.Rate != (runs.Rate{Runs: 1, Per: time.Hour}) {
			t.Errorf("attempt %d, rate %v", run.Attempt, run.Rate)
		}
		held(submit(t, client, runs.Request{NotBefore: time.Now().Add(time.Hour)}).ID, runs.HeldByTime)
		first := submit(t, client, runs.Request{Tenant: "acme"}).ID
		<-began
		held(first, "")
		held(submit(t, client, runs.Request{Tenant: "acme", Concurrency: 1}).ID, runs.HeldByConcurrency)
		held(submit(t, client, runs.Request{Tenant: "acme", Task: "another"}).ID, runs.HeldByTenant)
		submit(t, client, runs.Request{})
		<-began
		held(submit(t, client, runs.Request{}).ID, runs.HeldByWorkers)
	})
}
