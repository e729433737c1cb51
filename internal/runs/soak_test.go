package runs_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
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

// envNode makes the test binary a node on the database of this URL.
const envNode = "POSTERN_RUNS_NODE"

// isFull reports whether the long form was asked for, as make runs does.
func isFull() bool { return os.Getenv("POSTERN_RUNS") == "full" }

func TestMain(m *testing.M) {
	if url := os.Getenv(envNode); url != "" {
		if err := serveNode(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	_ = flag.Set("test.parallel", "8") // by default: most tests wait for a database
	m.Run()
}

// serveNode is a node until its standard input ends.
func serveNode(url string) error {
	db, err := database.Open(url, 0)
	if err != nil {
		return err
	}
	config := runs.Config{Workers: 4, Heartbeat: 100 * time.Millisecond, Poll: 50 * time.Millisecond, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	config.Execute = func(ctx context.Context, run *runs.Run, p *runs.Progress) runs.Outcome { return work(ctx, db, run, p) }
	r, err := runs.Open(context.Background(), db, config)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(os.Stdout, "ready"); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return errors.Join(r.Stop(ctx), db.Close())
}

// work is a run that takes some time and, in the tasks "unsafe" and "repeatable", sends a
// request that changes something: a row of the table effects.
func work(ctx context.Context, db *database.DB, run *runs.Run, p *runs.Progress) runs.Outcome {
	p.Log(hostapi.LevelInfo, "begins")
	select {
	case <-time.After(rand.N(100 * time.Millisecond)):
	case <-ctx.Done():
		return runs.Outcome{Err: ctx.Err()}
	}
	switch run.Task {
	case "waits":
		if run.Waits == 0 {
			return runs.Outcome{Wait: &runs.Wait{Until: time.Now().Add(100 * time.Millisecond)}}
		}
	case "unsafe", "repeatable":
		if err := p.Unsafe(ctx, "POST"); err != nil {
			return runs.Outcome{Err: err, Retry: true, After: 50 * time.Millisecond}
		}
		id := fmt.Sprint(run.ID, run.Attempt)
		for {
			_, err := db.ExecContext(context.WithoutCancel(ctx), "INSERT INTO effects (id, run) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", id, run.ID)
			if err == nil {
				break
			}
		}
		<-time.After(rand.N(50 * time.Millisecond))
	}
	return runs.Outcome{Result: []byte(run.Task)}
}

// process is a node in a separate process.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
}

func startNode(t *testing.T, url string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0]) //nolint:noctx // this program; it ends with its input
	cmd.Env = append(cmd.Environ(), envNode+"="+url)
	cmd.Stderr = t.Output()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return &process{cmd, stdin}
}

func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = p.cmd.Wait() // it was killed
}

func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.stdin.Close(); err != nil {
		t.Error(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("a node: %v", err)
	}
}

// Nodes are killed while runs are submitted and executed, and the database breaks all
// connections. Each run ends once, and what must not be repeated is not.
func TestKilledNodes(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		soak(t, databasetest.SQLiteURL(t), 1, func(*database.DB) {})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := testservers.Postgres(t)
		nodes := 3
		disturb := func(db *database.DB) {
			_, _ = db.ExecContext(t.Context(), // it breaks its own connection, too
				"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()")
		}
		if isFull() {
			nodes, disturb = 4, func(*database.DB) { testservers.RestartPostgres(t) }
		}
		soak(t, url, nodes, disturb)
	})
}

func soak(t *testing.T, url string, nodes int, disturb func(*database.DB)) {
	t.Helper()
	total, each := 120, 20
	if isFull() {
		total, each = 2000, 100
	}
	db := databasetest.Open(t, url)
	client := open(t, db, runs.Config{Heartbeat: 100 * time.Millisecond})
	watchEnds(t, db)

	ended := make(chan struct{}, total) // one element for each run that has ended
	ids := make([]string, total)
	var clients sync.WaitGroup
	const atOnce = 10
	for c := range atOnce {
		clients.Go(func() {
			for i := c; i < total; i += atOnce {
				ids[i] = submitAndWait(t, client, i)
				ended <- struct{}{}
			}
		})
	}
	go func() {
		clients.Wait()
		close(ended)
	}()

	var processes []*process
	for range nodes {
		processes = append(processes, startNode(t, url))
	}
	n := 0
	for range ended {
		n++
		if n == total/2 {
			disturb(db)
		}
		if n%each == 0 {
			processes[0].kill(t)
			processes = append(processes[1:], startNode(t, url))
		}
	}
	t.Logf("%d nodes were killed", n/each)
	for _, p := range processes {
		p.stop(t)
	}
	checkEnds(t, db, client, ids)
}

// submitAndWait repeats calls that the database failed.
func submitAndWait(t *testing.T, client *runs.Runs, i int) string {
	t.Helper()
	task := []string{"plain", "unsafe", "repeatable", "waits"}[i%4]
	request := runs.Request{Task: task, Key: fmt.Sprint(i), Safe: task == "repeatable"}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for {
		run, err := client.Submit(ctx, request, "")
		if err == nil {
			run, err = client.Wait(ctx, run.ID)
		}
		if err == nil {
			return run.ID
		}
		if hostapi.CodeOf(err) != hostapi.CodeNetwork {
			t.Errorf("run %d: %v", i, err)
			return ""
		}
	}
}

// watchEnds makes the database note each end of a run.
func watchEnds(t *testing.T, db *database.DB) {
	t.Helper()
	mustExec(t, db, "CREATE TABLE effects (id TEXT NOT NULL PRIMARY KEY, run TEXT NOT NULL)")
	mustExec(t, db, "CREATE TABLE ends (run TEXT NOT NULL)")
	if db.Dialect == database.SQLite {
		mustExec(t, db, `CREATE TRIGGER ends AFTER UPDATE OF finished ON postern_runs WHEN NEW.finished > 0
			BEGIN INSERT INTO ends (run) VALUES (NEW.id); END`)
		return
	}
	mustExec(t, db, "CREATE FUNCTION ends() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO ends (run) VALUES (NEW.id); RETURN NEW; END'")
	mustExec(t, db, "CREATE TRIGGER ends AFTER UPDATE OF finished ON postern_runs FOR EACH ROW WHEN (NEW.finished > 0) EXECUTE FUNCTION ends()")
}

func checkEnds(t *testing.T, db *database.DB, client *runs.Runs, ids []string) {
	t.Helper()
	count := func(query string, args ...any) (n int) {
		t.Helper()
		if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	states := make(map[string]int)
	again := 0
	for _, id := range ids {
		run := get(t, client, id)
		states[run.Task+" "+string(run.State)]++
		if run.Attempt > 1 {
			again++
		}
		if ends := count("SELECT count(*) FROM ends WHERE run = $1", id); ends != 1 {
			t.Errorf("%s %s ended %d times", run.Task, id, ends)
		}
		effects := count("SELECT count(*) FROM effects WHERE run = $1", id)
		switch {
		case run.State == runs.Succeeded && string(run.Result) == run.Task:
			if atLeast := map[string]int{"unsafe": 1, "repeatable": 1}[run.Task]; effects < atLeast || run.Task == "unsafe" && effects > 1 {
				t.Errorf("%s succeeded with %d effects", run.Task, effects)
			}
		case run.Task == "unsafe" && run.State == runs.Interrupted && run.Unsafe && effects <= 1:
		case run.State == runs.Interrupted && run.Losses == 2: // killed a third time
		default:
			t.Errorf("%s: %s, unsafe %v, %d effects, result %q, error %v", run.Task, run.State, run.Unsafe, effects, run.Result, run.Error)
		}
	}
	if n := count("SELECT count(*) FROM postern_runs"); n != len(ids) {
		t.Errorf("%d runs, want %d", n, len(ids))
	}
	unique := slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(unique) != len(ids) {
		t.Errorf("%d ids of %d runs", len(unique), len(ids))
	}
	var lines []string
	for state, n := range states {
		lines = append(lines, fmt.Sprintf("%s: %d", state, n))
	}
	slices.Sort(lines)
	t.Logf("%d runs, %d in several attempts; %s", len(ids), again, strings.Join(lines, ", "))
}
