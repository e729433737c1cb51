package runs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/runs"
)

// An attempt that failed is repeated where that is safe, and as often as allowed.
func TestRepeat(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		r := node(t, db, func(ctx context.Context, run *runs.Run, p *runs.Progress) runs.Outcome {
			if strings.Contains(run.Task, "unsafe") && run.Attempt == 1 {
				if err := p.Unsafe(ctx, "POST"); err != nil {
					t.Error(err)
				}
			}
			if strings.Contains(run.Task, "twice") && run.Attempt == 2 {
				return runs.Outcome{}
			}
			return runs.Outcome{
				Err: errors.New("no"), After: time.Millisecond,
				Retry: !strings.Contains(run.Task, "final"), Safe: strings.Contains(run.Task, "declared"),
			}
		})
		for _, test := range []struct {
			request  runs.Request
			state    runs.State
			attempts int
		}{
			{runs.Request{Task: "twice"}, runs.Succeeded, 2},
			{runs.Request{Task: "always"}, runs.Failed, 3},
			{runs.Request{Task: "always", Attempts: 1}, runs.Failed, 1},
			{runs.Request{Task: "final"}, runs.Failed, 1},
			{runs.Request{Task: "unsafe, twice"}, runs.Failed, 1},
			{runs.Request{Task: "unsafe, twice", Safe: true}, runs.Succeeded, 2},
			{runs.Request{Task: "unsafe, declared, twice"}, runs.Succeeded, 2},
		} {
			run := wait(t, r, submit(t, r, test.request).ID, test.state)
			if run.Attempt != test.attempts {
				t.Errorf("%+v: %d attempts, want %d", test.request, run.Attempt, test.attempts)
			}
			if (run.State == runs.Failed) != (run.Error != nil) {
				t.Errorf("%+v: %s with error %v", test.request, run.State, run.Error)
			}
		}
	})
}

// A request that must not be repeated waits until the database can record it.
func TestUnsafeWaitsForTheDatabase(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.SQLiteURL(t))
	failed := make(chan string, 100)
	r := open(t, db, runs.Config{Log: slog.New(slog.NewTextHandler(lines(failed), nil)), Execute: func(ctx context.Context, _ *runs.Run, p *runs.Progress) runs.Outcome {
		return runs.Outcome{Err: p.Unsafe(ctx, "POST")}
	}})
	exec := func(statement string) {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TRIGGER out_of_order BEFORE INSERT ON postern_runs_log BEGIN SELECT RAISE(ABORT, 'out of order'); END")
	id := submit(t, r, runs.Request{Task: "order"}).ID
	if line := <-failed; !strings.Contains(line, "record a request") || !strings.Contains(line, "out of order") {
		t.Errorf("log: %s", line)
	}
	exec("DROP TRIGGER out_of_order")
	if run := wait(t, r, id, runs.Succeeded); run.Attempt != 1 || !run.Unsafe {
		t.Errorf("%+v", run)
	}
	entries, err := r.Entries(t.Context(), id, 0, 10)
	if err != nil || len(entries) != 1 || entries[0].Kind != runs.KindUnsafe {
		t.Errorf("entries %+v, %v", entries, err)
	}
}

// lines are those of a log.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// The next attempt comes when the server of the API asked for it.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		r := node(t, db, func(context.Context, *runs.Run, *runs.Progress) runs.Outcome {
			return runs.Outcome{Err: &hostapi.Error{Code: hostapi.CodeScript, Message: "429", RetryAfter: 10 * time.Minute}, Retry: true}
		})
		id := submit(t, r, runs.Request{}).ID
		until(t, "it waits for the next attempt", func() bool { run := get(t, r, id); return run.State == runs.Queued && run.Attempt == 1 })
		run := get(t, r, id)
		if time.Until(run.Due) < 8*time.Minute || run.Error == nil || run.Error.Message != "429" {
			t.Errorf("due %v, error %v", run.Due, run.Error)
		}
	})
}

// What was sent before a wait is not sent again, and so does not keep the rest from being
// repeated.
func TestRepeatAfterWait(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		r := node(t, db, func(ctx context.Context, run *runs.Run, p *runs.Progress) runs.Outcome {
			switch {
			case run.Waits == 0:
				if err := p.Unsafe(ctx, "POST"); err != nil {
					t.Error(err)
				}
				return runs.Outcome{Wait: &runs.Wait{Until: time.Now()}}
			case run.Attempt == 1:
				return runs.Outcome{Err: errors.New("no"), Retry: true, After: time.Millisecond}
			}
			return runs.Outcome{}
		})
		if run := wait(t, r, submit(t, r, runs.Request{}).ID, runs.Succeeded); run.Attempt != 2 || run.Waits != 1 {
			t.Errorf("%d attempts after %d waits", run.Attempt, run.Waits)
		}
	})
}

// A run can be cancelled in each state, from any node.
func TestCancel(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		began := make(chan string, 1)
		r := node(t, db, func(ctx context.Context, run *runs.Run, p *runs.Progress) runs.Outcome {
			switch run.Task {
			case "waits":
				return runs.Outcome{Wait: &runs.Wait{}}
			case "ends":
				return runs.Outcome{}
			}
			began <- run.ID
			return untilCanceled(ctx, run, p)
		})
		other := open(t, db, runs.Config{})
		cancel := func(r *runs.Runs, id string) {
			t.Helper()
			if err := r.Cancel(t.Context(), id, "ada"); err != nil {
				t.Fatal(err)
			}
			run := wait(t, r, id, runs.Canceled)
			if run.CanceledBy != "ada" || run.Error == nil || run.Error.Code != hostapi.CodeCanceled || run.Finished.IsZero() {
				t.Errorf("%+v", run)
			}
		}
		for _, by := range []*runs.Runs{r, other} {
			submit(t, r, runs.Request{})
			cancel(by, <-began)
			cancel(by, submit(t, r, runs.Request{NotBefore: time.Now().Add(time.Hour)}).ID)
			waiting := submit(t, r, runs.Request{Task: "waits"}).ID
			until(t, "it waits", func() bool { return get(t, r, waiting).State == runs.Waiting })
			cancel(by, waiting)
		}
		ended := wait(t, r, submit(t, r, runs.Request{Task: "ends"}).ID, runs.Succeeded)
		if err := r.Cancel(t.Context(), ended.ID, "ada"); err != nil {
			t.Error(err)
		}
		if run := get(t, r, ended.ID); run.State != runs.Succeeded || run.CanceledBy != "" {
			t.Errorf("%s by %q after it had ended", run.State, run.CanceledBy)
		}
		if err := r.Cancel(t.Context(), "unknown", ""); !errors.Is(err, runs.ErrNotFound) {
			t.Errorf("unknown: %v", err)
		}
	})
}

// A run that waits goes on at its time or with a signal, with what it kept, and no signal is
// lost.
func TestWait(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		early := make(chan struct{})
		r := node(t, db, func(_ context.Context, run *runs.Run, _ *runs.Progress) runs.Outcome {
			if run.Waits == 0 {
				if run.Task == "signalled early" {
					<-early
				}
				w := &runs.Wait{State: []byte("kept")}
				if run.Task == "time" {
					w = &runs.Wait{Until: time.Now().Add(time.Millisecond)}
				}
				return runs.Outcome{Wait: w}
			}
			if len(run.Signals) == 1 && string(run.Signals[0]) == "more" {
				return runs.Outcome{Wait: &runs.Wait{State: append(run.Resume, '+')}}
			}
			return runs.Outcome{Result: fmt.Appendf(nil, "%s %s %d", run.Resume, run.Signals, run.Attempt)}
		})
		signal := func(id, data string) {
			t.Helper()
			if err := r.Signal(t.Context(), id, []byte(data)); err != nil {
				t.Fatal(err)
			}
		}
		waits := func(id string) {
			t.Helper()
			until(t, "it waits", func() bool { return get(t, r, id).State == runs.Waiting })
		}
		check := func(id, want string) {
			t.Helper()
			if run := wait(t, r, id, runs.Succeeded); string(run.Result) != want {
				t.Errorf("%s: %q, want %q", run.Task, run.Result, want)
			}
		}
		check(submit(t, r, runs.Request{Task: "time"}).ID, " [] 1")

		id := submit(t, r, runs.Request{Task: "signal"}).ID
		waits(id)
		if nodes, err := r.Nodes(t.Context()); err != nil || nodes[0].Running != 0 {
			t.Errorf("%+v, %v, want no worker to be held", nodes, err)
		}
		signal(id, "more")
		until(t, "it waits again", func() bool { run := get(t, r, id); return run.State == runs.Waiting && string(run.Resume) == "kept+" })
		signal(id, "yes")
		check(id, "kept+ [yes] 1")
		if err := r.Signal(t.Context(), id, nil); !errors.Is(err, runs.ErrConflict) {
			t.Errorf("signal after the end: %v", err)
		}
		if err := r.Signal(t.Context(), "unknown", nil); !errors.Is(err, runs.ErrNotFound) {
			t.Errorf("unknown: %v", err)
		}

		id = submit(t, r, runs.Request{Task: "signalled early"}).ID
		until(t, "it runs", func() bool { return get(t, r, id).State == runs.Running })
		signal(id, "1")
		signal(id, "2")
		close(early)
		check(id, "kept [1 2] 1")
		var left int
		if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM postern_runs_signals").Scan(&left); err != nil || left != 0 {
			t.Errorf("%d signals are left, %v", left, err)
		}
	})
}
