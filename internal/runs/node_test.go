package runs_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/testservers"
)

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

// A node that gives back its runs, and another that changes two of them in the other order, both succeed.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, testservers.Postgres(t))
	var began sync.WaitGroup
	began.Add(2)
	release := make(chan struct{})
	defer close(release)
	r := open(t, db, runs.Config{Workers: 2, Grace: time.Millisecond, Heartbeat: time.Hour, Execute: func(context.Context, *runs.Run, *runs.Progress) runs.Outcome {
		began.Done()
		<-release
		return runs.Outcome{}
	}})
	ids := []string{submit(t, r, runs.Request{}).ID, submit(t, r, runs.Request{}).ID}
	began.Wait()
	other, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	lock := func(id string) error {
		_, err := other.ExecContext(t.Context(), "SELECT 1 FROM postern_runs WHERE id = $1 FOR UPDATE", id)
		return err
	}
	// PostgreSQL ends the transaction that looks for a deadlock first.
	if _, err := other.ExecContext(t.Context(), "SET LOCAL deadlock_timeout = '1min'"); err != nil {
		t.Fatal(err)
	}
	if err := lock(ids[1]); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	go func() { stopped <- r.Stop(ctx) }()
	until(t, "it waits for the row", func() bool {
		var waits bool
		err := db.QueryRowContext(t.Context(), "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')").Scan(&waits)
		return err == nil && waits
	})
	if err := lock(ids[0]); err != nil {
		t.Fatal(err)
	}
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	for _, id := range ids {
		if run := get(t, open(t, db, runs.Config{}), id); run.State != runs.Queued {
			t.Errorf("%s", run.State)
		}
	}
}

// A run that a node takes at the moment when another removes it is not taken for one that has ended several
// nodes.
func TestTakenWhileRemoved(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		client := open(t, db, runs.Config{})
		first := submit(t, client, runs.Request{Task: "first"})
		late := submit(t, client, runs.Request{Task: "late", NotBefore: time.Now().Add(time.Hour)})
		const (
			when = "AFTER UPDATE OF losses ON postern_runs"
			take = "UPDATE postern_runs SET state = 'running', node = 'gone', due = NULL, attempt = 1 WHERE task = 'late' AND attempt = 0;"
		)
		if db.Dialect == database.SQLite {
			mustExec(t, db, "CREATE TRIGGER take "+when+" WHEN NEW.task = 'first' BEGIN "+take+" END")
		} else {
			mustExec(t, db, "CREATE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "+take+" RETURN NEW; END $$")
			mustExec(t, db, "CREATE TRIGGER take "+when+" FOR EACH ROW WHEN (NEW.task = 'first') EXECUTE FUNCTION take()")
		}
		mustExec(t, db, "UPDATE postern_runs SET state = 'running', node = 'gone', due = NULL, turn = NULL, attempt = 1 WHERE id = $1", first.ID)
		r := open(t, db, runs.Config{Heartbeat: 10 * time.Millisecond, Execute: succeed})
		for _, id := range []string{first.ID, late.ID} {
			if run := wait(t, r, id, runs.Succeeded); run.Attempt != 2 || run.Losses != 1 {
				t.Errorf("%s: %d attempts, %d lost", run.Task, run.Attempt, run.Losses)
			}
		}
	})
}

// The only node gives back at once what the ones before it have left, in its database or not.
func TestAlone(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.SQLiteURL(t))
	client := open(t, db, runs.Config{})
	killed, removed := submit(t, client, runs.Request{}), submit(t, client, runs.Request{})
	if err := client.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustExec(t, db, "INSERT INTO postern_runs_nodes (id, name, workers, beat, started, seen) VALUES ('killed', '', 1, 1, 1, 1)")
	mustExec(t, db, "UPDATE postern_runs SET state = 'running', node = CASE WHEN id = $1 THEN 'killed' ELSE 'removed' END, due = NULL, turn = NULL, attempt = 1", killed.ID)
	r := open(t, db, runs.Config{Alone: true, Heartbeat: time.Hour, Execute: succeed})
	for _, id := range []string{killed.ID, removed.ID} {
		if run := wait(t, r, id, runs.Succeeded); run.Attempt != 2 || run.Losses != 1 {
			t.Errorf("%d attempts, %d lost", run.Attempt, run.Losses)
		}
	}
	if nodes, err := r.Nodes(t.Context()); err != nil || len(nodes) != 1 {
		t.Errorf("%+v, %v", nodes, err)
	}
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

// On PostgreSQL, nodes tell each other of runs that are ready, have ended or are to end, and need not wait until they look.
func TestNotifications(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, testservers.Postgres(t))
	// A heartbeat so long that none of them takes a busy one for one that has ended.
	config := runs.Config{Poll: time.Hour, Heartbeat: 500 * time.Millisecond}
	client := open(t, db, config)
	began := make(chan struct{}, 1)
	config.Execute = func(ctx context.Context, run *runs.Run, p *runs.Progress) runs.Outcome {
		if run.Task == "blocks" {
			began <- struct{}{}
			return untilCanceled(ctx, run, p)
		}
		return runs.Outcome{}
	}
	config.Workers = 1
	busy, free := open(t, db, config), open(t, db, config)
	for _, r := range []*runs.Runs{client, busy, free} {
		until(t, "all know of each other, and listen", func() bool {
			var n int
			err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN postern_runs'").Scan(&n)
			return err == nil && n == 3 && r.Others() == 2
		})
	}
	blocks := submit(t, busy, runs.Request{Task: "blocks"})
	<-began
	wait(t, client, submit(t, client, runs.Request{}).ID, runs.Succeeded)
	wait(t, client, submit(t, busy, runs.Request{}).ID, runs.Succeeded)
	if err := client.Cancel(t.Context(), blocks.ID, "ada"); err != nil {
		t.Fatal(err)
	}
	wait(t, client, blocks.ID, runs.Canceled)
}
