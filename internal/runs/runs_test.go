package runs_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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

func wait(t *testing.T, r *runs.Runs, id string, want runs.State) *runs.Run {
	t.Helper()
	run, err := r.Wait(t.Context(), id)
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

// Stop waits for runs, and then gives back those that may be repeated, without counting the
// attempt.
func TestStop(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		release, ignored := make(chan struct{}), make(chan struct{})
		var began sync.WaitGroup
		began.Add(5)
		first, err := runs.Open(t.Context(), db, runs.Config{
			Poll: 20 * time.Millisecond, Grace: 50 * time.Millisecond,
			Execute: func(ctx context.Context, run *runs.Run, p *runs.Progress) runs.Outcome {
				if strings.HasPrefix(run.Task, "unsafe") {
					if err := p.Unsafe(ctx, "POST"); err != nil {
						t.Error(err)
					}
				}
				began.Done()
				switch run.Task {
				case "ends":
					<-release
					return runs.Outcome{}
				case "ignores":
					<-ignored
					return runs.Outcome{Result: []byte("too late")}
				}
				return untilCanceled(ctx, run, p)
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		ids := make(map[string]string)
		for _, task := range []string{"ends", "safe", "unsafe", "unsafe, declared", "ignores"} {
			ids[task] = submit(t, first, runs.Request{Task: task, Safe: task == "unsafe, declared", Attempts: 1}).ID
		}
		began.Wait()
		queued := submit(t, first, runs.Request{Task: "queued", NotBefore: time.Now().Add(time.Hour)}).ID
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error, 1)
		go func() { stopped <- first.Stop(ctx) }()
		until(t, "it is stopping", func() bool {
			_, err := first.Submit(t.Context(), runs.Request{Task: "more"}, "")
			return hostapi.CodeOf(err) == hostapi.CodeClosed
		})
		close(release)
		client := open(t, db, runs.Config{})
		wait(t, client, ids["ends"], runs.Succeeded)
		cancel()
		if err := <-stopped; err != nil {
			t.Fatal(err)
		}
		close(ignored)
		for _, task := range []string{"safe", "unsafe, declared", "ignores"} {
			if run := get(t, client, ids[task]); run.State != runs.Queued || run.Attempt != 0 {
				t.Errorf("%s: %s after %d attempts", task, run.State, run.Attempt)
			}
		}
		run := get(t, client, ids["unsafe"])
		const want = "run: the server ended while it ran, and a request that must not be repeated may have been sent"
		if run.State != runs.Interrupted || run.Error.Error() != want {
			t.Errorf("unsafe: %s, %v", run.State, run.Error)
		}
		if run := get(t, client, queued); run.State != runs.Queued {
			t.Errorf("queued: %s", run.State)
		}
		node(t, db, succeed)
		for _, task := range []string{"safe", "unsafe, declared", "ignores"} {
			if run := wait(t, client, ids[task], runs.Succeeded); run.Attempt != 1 || run.Result != nil {
				t.Errorf("%s: succeeded in attempt %d with %q", task, run.Attempt, run.Result)
			}
		}
	})
}

// A node whose runs were taken, since others missed its heartbeats, changes nothing and sends
// nothing more.
func TestFencing(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		began, lost := make(chan struct{}), make(chan struct{})
		var refused error
		first := open(t, db, runs.Config{
			Heartbeat: time.Hour, Poll: time.Hour,
			Execute: func(ctx context.Context, _ *runs.Run, p *runs.Progress) runs.Outcome {
				close(began)
				<-lost
				refused = p.Unsafe(ctx, "POST")
				return runs.Outcome{Result: []byte("first")}
			},
		})
		run := submit(t, first, runs.Request{})
		<-began
		second := open(t, db, runs.Config{Heartbeat: 10 * time.Millisecond, Execute: func(context.Context, *runs.Run, *runs.Progress) runs.Outcome {
			return runs.Outcome{Result: []byte("second")}
		}})
		wait(t, second, run.ID, runs.Succeeded)
		close(lost)
		if err := first.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if !errors.Is(refused, hostapi.CodeClosed) {
			t.Errorf("a request of the first node: %v, want it to be refused", refused)
		}
		if got := get(t, second, run.ID); string(got.Result) != "second" || got.Attempt != 2 || got.Unsafe {
			t.Errorf("%q in attempt %d", got.Result, got.Attempt)
		}
	})
}

// A node that others have removed ends what it executes, and takes part again.
func TestRejoin(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		began := make(chan struct{}, 1)
		r := open(t, db, runs.Config{Heartbeat: 10 * time.Millisecond, Execute: func(ctx context.Context, run *runs.Run, p *runs.Progress) runs.Outcome {
			if run.Attempt == 1 && run.Task == "lost" {
				began <- struct{}{}
				return untilCanceled(ctx, run, p)
			}
			return runs.Outcome{}
		}})
		id := submit(t, r, runs.Request{Task: "lost"}).ID
		<-began
		// What another node does.
		if err := db.InTx(t.Context(), "test", func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), "DELETE FROM postern_runs_nodes")
			if err == nil {
				_, err = tx.ExecContext(t.Context(), "UPDATE postern_runs SET state = 'queued', node = '', token = token + 1, due = 0, turn = 1")
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		wait(t, r, id, runs.Succeeded)
		wait(t, r, submit(t, r, runs.Request{}).ID, runs.Succeeded)
		until(t, "it is back", func() bool { nodes, err := r.Nodes(t.Context()); return err == nil && len(nodes) == 1 })
	})
}

// A node that took runs after it had been removed, and ended, leaves them to others; but not
// those that have ended several nodes.
func TestRemovedNode(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		client := open(t, db, runs.Config{})
		first, last := submit(t, client, runs.Request{Attempts: 1}), submit(t, client, runs.Request{})
		mustExec(t, db, "UPDATE postern_runs SET state = 'running', node = 'gone', due = NULL, turn = NULL, attempt = 1")
		mustExec(t, db, "UPDATE postern_runs SET attempt = 3, losses = 2 WHERE id = $1", last.ID)
		r := open(t, db, runs.Config{Heartbeat: 10 * time.Millisecond, Execute: succeed})
		if run := wait(t, r, first.ID, runs.Succeeded); run.Attempt != 2 || run.Losses != 1 {
			t.Errorf("%d attempts, %d lost", run.Attempt, run.Losses)
		}
		if run := wait(t, r, last.ID, runs.Interrupted); run.Error.Error() != "run: the server ended while it ran, for the third time" {
			t.Errorf("%v", run.Error)
		}
	})
}

// What a node took without knowing it, since the reply of the database was lost, begins anew.
func TestLostReply(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		client := open(t, db, runs.Config{})
		run := submit(t, client, runs.Request{Attempts: 1})
		r := open(t, db, runs.Config{Name: "this", Workers: 1, Heartbeat: 10 * time.Millisecond, Execute: succeed})
		nodes, err := r.Nodes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(nodes, func(n runs.Node) bool { return n.Name == "this" && n.Workers == 1 })
		wait(t, r, run.ID, runs.Succeeded)
		mustExec(t, db, "UPDATE postern_runs SET state = 'running', node = $1, finished = 0, attempt = 1", nodes[i].ID)
		if run := wait(t, r, run.ID, runs.Succeeded); run.Attempt != 1 {
			t.Errorf("%d attempts", run.Attempt)
		}
	})
}
