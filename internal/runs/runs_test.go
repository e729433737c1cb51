package runs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/runs"
)

// executor is a Config.Execute.
type executor = func(ctx context.Context, run *runs.Run, progress *runs.Progress) runs.Outcome

// open starts a node, which stops at the end of the test.
func open(t *testing.T, db *database.DB, config runs.Config) *runs.Runs {
	t.Helper()
	if config.Poll == 0 {
		config.Poll = 20 * time.Millisecond
	}
	r, err := runs.Open(t.Context(), db, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Stop(t.Context()); err != nil { // it has ended: what still runs is cancelled
			t.Errorf("stop: %v", err)
		}
	})
	return r
}

// node starts a node with an executor.
func node(t *testing.T, db *database.DB, execute executor) *runs.Runs {
	t.Helper()
	return open(t, db, runs.Config{Execute: execute})
}

func submit(t *testing.T, r *runs.Runs, request runs.Request) *runs.Run {
	t.Helper()
	if request.Task == "" {
		request.Task = "task"
	}
	run, err := r.Submit(t.Context(), request, "")
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// wait waits until a run has ended, for so long that only one that never ends fails.
func wait(t *testing.T, r *runs.Runs, id string, want runs.State) *runs.Run {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	run, err := r.Wait(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if run.State != want {
		t.Fatalf("run is %s, want %s; error %v", run.State, want, run.Error)
	}
	return run
}

func get(t *testing.T, r *runs.Runs, id string) *runs.Run {
	t.Helper()
	run, err := r.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// until waits for a condition of the database.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(30 * time.Second)
	for !is() {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("never happened: %s", what)
		}
	}
}

func mustExec(t *testing.T, db *database.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

func succeed(context.Context, *runs.Run, *runs.Progress) runs.Outcome { return runs.Outcome{} }

// untilCanceled is an attempt that ends with its context.
func untilCanceled(ctx context.Context, _ *runs.Run, _ *runs.Progress) runs.Outcome {
	<-ctx.Done()
	return runs.Outcome{Err: ctx.Err()}
}

// A run has what was submitted, ends with what its execution returned, and stays in the database.
func TestRun(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		r := node(t, db, func(_ context.Context, run *runs.Run, _ *runs.Progress) runs.Outcome {
			return runs.Outcome{Result: fmt.Appendf(nil, "%s %s %s %s %s %d", run.Tenant, run.Task, run.Version, run.Actor, run.Input, run.Attempt)}
		})
		before := time.Now().Add(-time.Minute)
		run := submit(t, r, runs.Request{Tenant: "acme", Task: "sync", Version: "3", Actor: "ada", Input: []byte{0, 0xff, 'x'}})
		if run.State != runs.Queued || run.Trigger != runs.ByAPI || run.Created.Before(before) || !run.Started.IsZero() {
			t.Errorf("submitted: %+v", run)
		}
		run = wait(t, r, run.ID, runs.Succeeded)
		if string(run.Result) != "acme sync 3 ada \x00\xffx 1" || run.Error != nil {
			t.Errorf("result %q, error %v", run.Result, run.Error)
		}
		if run.Started.Before(run.Created) || run.Finished.Before(run.Started) || run.Attempt != 1 || !run.Due.IsZero() {
			t.Errorf("ended: %+v", run)
		}
	})
}

// A failure is stored with all that helps to find its cause, and a fault ends that run alone.
func TestFailures(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		failure := &hostapi.Error{
			Code: hostapi.CodeScript, Op: "run", Name: "a.js", Message: "bad\x00text", Hint: "h", Cause: errors.New("cause"), File: "a.js", Line: 3, Column: 4,
			Stack: []hostapi.Frame{{Function: "main", File: "a.js", Line: 3}},
		}
		r := node(t, db, func(ctx context.Context, run *runs.Run, p *runs.Progress) runs.Outcome {
			switch run.Task {
			case "fails":
				return runs.Outcome{Err: failure, Result: []byte("until then")}
			case "panics":
				panic("swordfish")
			case "large":
				return runs.Outcome{Result: make([]byte, 17<<20)}
			}
			return untilCanceled(ctx, run, p)
		})
		for _, test := range []struct {
			task string
			code hostapi.Code
			text string
		}{
			{"fails", hostapi.CodeScript, "a.js:3:4: run a.js: bad\uFFFDtext: cause\nhint: h"},
			{"panics", hostapi.CodeInternal, "run panics: a fault in the server\nhint: its log has the details; please report it"},
			{"large", hostapi.CodeLimit, "run large: the result has 17825792 bytes, and may have 16777216\nhint: store large files elsewhere"},
			{"slow", hostapi.CodeTimeout, "run slow: took longer than 30ms\nhint: allow it more time with timeout"},
		} {
			request := runs.Request{Task: test.task}
			if test.task == "slow" {
				request.Timeout = 30 * time.Millisecond
			}
			run := wait(t, r, submit(t, r, request).ID, runs.Failed)
			if run.Error.Code != test.code || run.Error.Detail() != test.text || string(run.Result) != map[string]string{"fails": "until then"}[test.task] {
				t.Errorf("%s: %s %q, result of %d bytes", test.task, run.Error.Code, run.Error.Detail(), len(run.Result))
			}
			if test.task == "fails" && !slices.Equal(run.Error.Stack, failure.Stack) {
				t.Errorf("stack %v", run.Error.Stack)
			}
		}
	})
}

// A damaged row does not keep others, or itself, from being executed.
func TestDamagedRow(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		client := open(t, db, runs.Config{})
		first, second := submit(t, client, runs.Request{}), submit(t, client, runs.Request{})
		mustExec(t, db, "UPDATE postern_runs SET error = '{' WHERE id = $1", first.ID)
		if run := get(t, client, first.ID); run.Error == nil || run.Error.Message != "the stored error is damaged" {
			t.Errorf("error %v", run.Error)
		}
		r := node(t, db, succeed)
		wait(t, r, second.ID, runs.Succeeded)
		wait(t, r, first.ID, runs.Succeeded)
	})
}

// A request that cannot be stored is refused with the name of the field.
func TestInvalidRequests(t *testing.T) {
	t.Parallel()
	r := open(t, databasetest.Open(t, databasetest.SQLiteURL(t)), runs.Config{MaxInput: 10})
	for want, request := range map[string]runs.Request{
		"start run task: is empty":                                     {},
		"start run task: has more than 255 bytes, or characters that":  {Task: strings.Repeat("x", 256)},
		"start run actor: has more than 255 bytes, or characters that": {Task: "t", Actor: "a\x00"},
		"start run tenant: has more than 255 bytes, or characters":     {Task: "t", Tenant: "\xff"},
		"start run input: has 11 bytes, and may have 10":               {Task: "t", Input: make([]byte, 11)},
		"start run priority: is 5":                                     {Task: "t", Priority: 5},
		"start run timeout: is -1s":                                    {Task: "t", Timeout: -time.Second},
		"start run attempts: is 101":                                   {Task: "t", Attempts: 101},
		"start run rate: is -1 runs":                                   {Task: "t", Rate: runs.Rate{Runs: -1, Per: time.Hour}},
		"start run rate: is for 1ms":                                   {Task: "t", Rate: runs.Rate{Runs: 1, Per: time.Millisecond}},
		"start run concurrency: is negative":                           {Task: "t", Concurrency: -1},
	} {
		_, err := r.Submit(t.Context(), request, "")
		if hostapi.CodeOf(err) != hostapi.CodeInvalidArgument || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// A call that is repeated with the same key starts nothing more.
func TestKey(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		a, b := open(t, db, runs.Config{}), open(t, db, runs.Config{})
		request := runs.Request{Task: "task", Actor: "ada", Key: "k", Input: []byte("1")}
		var mu sync.Mutex
		ids := make(map[string]bool)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				r := []*runs.Runs{a, b}[i%2]
				run, err := r.Submit(t.Context(), request, "")
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				ids[run.ID] = true
			})
		}
		wg.Wait()
		if len(ids) != 1 {
			t.Errorf("%d runs, want 1", len(ids))
		}
		other := request
		other.Input = []byte("2")
		if _, err := a.Submit(t.Context(), other, ""); !errors.Is(err, runs.ErrConflict) {
			t.Errorf("another request with the key: %v, want a conflict", err)
		}
		other.Actor = "bob"
		if run := submit(t, a, other); ids[run.ID] {
			t.Error("the key of another actor returned the run of the first")
		}
	})
}
