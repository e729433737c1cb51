package runs_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/runs"
)

// A run of a schedule has the version and the options that its task has when it starts, and its tenant is bounded
// by where the task belongs then. A task that is gone starts a run that tells of it.
func TestScheduleOptions(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		var mu sync.Mutex
		now, failure := runs.Request{Tenant: "full", Version: "2", Attempts: 4, Safe: true, Priority: 3, Concurrency: 5}, error(nil)
		set := func(q runs.Request, err error) {
			mu.Lock()
			defer mu.Unlock()
			now, failure = q, err
		}
		config := runs.Config{
			Execute: untilCanceled, Workers: 1, EachTenant: runs.TenantBounds{Queued: 1},
			Options: func(_ context.Context, q runs.Request) (runs.Request, error) {
				mu.Lock()
				defer mu.Unlock()
				if q.Task == "other" {
					return q, nil
				}
				return now, failure
			},
		}
		r := open(t, db, config)
		hold := submit(t, r, runs.Request{})
		until(t, "the worker is busy", func() bool { return get(t, r, hold.ID).State == runs.Running })
		submit(t, r, runs.Request{Tenant: "full"})
		s, err := r.SaveSchedule(t.Context(), runs.Schedule{
			Name: "s", Request: runs.Request{Task: "task", Actor: "ada", Input: []byte("in"), Tenant: "before"}, Every: time.Hour, Enabled: true,
		}, etag.Match{})
		if err != nil {
			t.Fatal(err)
		}
		due := func() {
			t.Helper()
			mustExec(t, db, "UPDATE postern_runs_schedules SET next = $2 WHERE id = $1", s.ID, time.Now().UnixMilli())
		}
		started := func(n int) *runs.Run {
			t.Helper()
			var page runs.Page
			until(t, fmt.Sprint(n, " runs"), func() bool {
				if page, err = r.List(t.Context(), runs.Query{Filter: runs.Filter{Schedule: s.ID}}); err != nil {
					t.Fatal(err)
				}
				return len(page.Runs) >= n
			})
			return page.Runs[0]
		}
		due()
		first := s.ID
		if s, err = r.SaveSchedule(t.Context(), runs.Schedule{Name: "later", Request: runs.Request{Task: "other"}, Every: time.Hour, Enabled: true}, etag.Match{}); err != nil {
			t.Fatal(err)
		}
		due()
		started(1)
		s.ID = first
		if page, err := r.List(t.Context(), runs.Query{Filter: runs.Filter{Schedule: s.ID}}); err != nil || len(page.Runs) > 0 {
			t.Fatalf("%d runs of a tenant that is full, %v", len(page.Runs), err)
		}
		mustExec(t, db, "UPDATE postern_runs SET tenant = 'other' WHERE tenant = 'full'")
		run := started(1)
		if run.Task != "task" || run.Version != "2" || run.Actor != "ada" || run.Tenant != "full" || run.Attempts != 4 || !run.Safe || run.Priority != 3 ||
			run.Concurrency != 5 || run.Timeout != time.Hour {
			t.Errorf("%+v", run)
		}
		set(runs.Request{Version: "3"}, nil)
		if run, err = r.StartSchedule(t.Context(), s.ID, "bob"); err != nil || run.Version != "3" || run.Actor != "bob" || run.Tenant != "" || string(run.Input) != "in" {
			t.Errorf("at once: %+v, %v", run, err)
		}
		gone := &hostapi.Error{Code: hostapi.CodeInvalidArgument, Message: "the task is gone"}
		set(runs.Request{}, gone)
		if _, err := r.StartSchedule(t.Context(), s.ID, "bob"); !errors.Is(err, gone) {
			t.Errorf("at once, and the task is gone: %v", err)
		}
		due()
		if run = started(3); run.Version != "" || run.Tenant != "before" {
			t.Errorf("the task is gone: %+v", run)
		}
		set(runs.Request{}, &hostapi.Error{Code: hostapi.CodeInternal, Message: "the database is down"})
		due()
		set(runs.Request{Version: "4"}, nil)
		if run = started(4); run.Version != "4" {
			t.Errorf("after a failure: %+v", run)
		}
	})
}

// What needs a version of a task is a schedule, or a run that has not ended.
func TestUses(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		r := node(t, db, func(ctx context.Context, run *runs.Run, _ *runs.Progress) runs.Outcome {
			switch run.Version {
			case "1":
				return runs.Outcome{}
			case "2":
				return runs.Outcome{Wait: &runs.Wait{}}
			}
			<-ctx.Done()
			return runs.Outcome{Err: ctx.Err()}
		})
		ended, waiting, running := submit(t, r, runs.Request{Version: "1"}), submit(t, r, runs.Request{Version: "2"}), submit(t, r, runs.Request{Version: "3"})
		later := time.Now().Add(time.Hour)
		submit(t, r, runs.Request{Version: "4", NotBefore: later})
		submit(t, r, runs.Request{Version: "4", NotBefore: later})
		submit(t, r, runs.Request{Version: "9", Task: "another", NotBefore: later})
		wait(t, r, ended.ID, runs.Succeeded)
		until(t, "one waits and one runs", func() bool {
			return get(t, r, waiting.ID).State == runs.Waiting && get(t, r, running.ID).State == runs.Running
		})
		for name, version := range map[string]string{"pinned": "5", "free": ""} {
			if _, err := r.SaveSchedule(t.Context(), runs.Schedule{Name: name, Request: runs.Request{Task: "task", Version: version}, Every: time.Hour}, etag.Match{}); err != nil {
				t.Fatal(err)
			}
		}
		err := db.InTx(t.Context(), "", func(tx *sql.Tx) error {
			uses, err := r.Uses(t.Context(), tx, "task")
			if got := fmt.Sprint(uses); got != "[{ free 0} {2  1} {3  1} {4  2} {5 pinned 0}]" {
				t.Errorf("uses %s", got)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
