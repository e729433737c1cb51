package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/testservers"
)

// Nodes of postern serve are killed while clients start runs through the API, and the
// database breaks its connections, or restarts. Each run is accepted once, ends once, and a
// request that must not be repeated is sent at most once. make chaos runs the long form.
func TestKilledServers(t *testing.T) {
	t.Parallel()
	isFull := os.Getenv("POSTERN_CHAOS") == "full"
	runs, each := 100, 30
	if isFull {
		runs, each = 2000, 100
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		newChaos(t, databasetest.SQLiteURL(t), 1).run(runs, each, func(*database.DB) {})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := testservers.Postgres(t)
		newChaos(t, url, 4).run(runs, each, func(db *database.DB) {
			if isFull {
				testservers.RestartPostgres(t)
				return
			}
			_, _ = db.ExecContext(t.Context(), // it breaks its own connection, too
				"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()")
		})
	})
}

// A server that is asked to end lets its runs end; one that is asked twice ends at once, and
// its run begins again with the next start.
func TestSignals(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]bool{"once": false, "twice": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newChaos(t, databasetest.SQLiteURL(t), 1)
			var run chaosRun
			c.call(t.Context(), http.MethodPost, "/v1/runs", "key", map[string]any{"task": "block"}, &run)
			<-c.blocked
			server := c.nodes[0].cmd
			c.signal(server)
			for err := error(nil); err == nil; { // until it takes no more requests
				_, _, err = c.try(t.Context(), 0, http.MethodGet, "/healthz", "", nil)
			}
			if again {
				c.signal(server)
				if err := server.Wait(); err == nil {
					t.Error("it ended as if all were well")
				}
				c.nodes[0] = c.start()
				<-c.blocked
			}
			close(c.release)
			if !again {
				if err := server.Wait(); err != nil {
					t.Errorf("it ended with %v", err)
				}
				c.nodes[0] = c.start()
			}
			c.call(t.Context(), http.MethodGet, "/v1/runs/"+run.ID+"?wait=30", "", nil, &run)
			if want := map[bool]int{false: 1, true: 2}[again]; run.State != "succeeded" || run.Attempt != want {
				t.Errorf("the run: %+v", run)
			}
			c.stop()
		})
	}
}

// A second server on the same SQLite database is refused, and changes nothing.
func TestSecondServer(t *testing.T) {
	t.Parallel()
	c := newChaos(t, databasetest.SQLiteURL(t), 1)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	second := exec.CommandContext(t.Context(), program)
	second.Args, second.Dir = []string{"postern", "serve"}, c.dir
	output, err := second.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "another server uses this database") {
		t.Errorf("%v: %s", err, output)
	}
	c.stop()
}

func (c *chaos) signal(cmd *exec.Cmd) {
	c.Helper()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		c.Fatal(err)
	}
}

// chaos is a set of nodes on one database, and the server of an API that their tasks use.
type chaos struct {
	*testing.T
	db    *database.DB
	dir   string
	token string
	api   *httptest.Server

	mu     sync.Mutex
	nodes  []*chaosNode
	orders map[string]int // how often the order of a run came in

	blocked chan struct{} // gets an element when a task is blocked
	release chan struct{} // ends that when it is closed
}

type chaosNode struct {
	cmd *exec.Cmd
	url string
}

func newChaos(t *testing.T, url string, nodes int) *chaos {
	t.Helper()
	c := &chaos{T: t, db: databasetest.Open(t, url), dir: t.TempDir(), orders: make(map[string]int), blocked: make(chan struct{}, 10), release: make(chan struct{})}
	c.api = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/block" {
			c.blocked <- struct{}{}
			select {
			case <-c.release:
			case <-r.Context().Done():
			}
			return
		}
		<-time.After(rand.N(100 * time.Millisecond)) // so that nodes are killed within it
		c.mu.Lock()
		defer c.mu.Unlock()
		if r.Method == http.MethodPost {
			c.orders[r.URL.Query().Get("n")]++
		}
	}))
	t.Cleanup(c.api.Close)
	host := strings.TrimPrefix(c.api.URL, "http://")
	options := fmt.Sprintf(`{"allow": [%q], "retries": 10}`, host)
	for name, content := range map[string]string{
		"key":               "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
		"server.toml":       fmt.Sprintf("listen = \"127.0.0.1:0\"\nstore = %q\nkey = \"file:key\"\ntasks = \"tasks\"\nlog_level = \"error\"\n[runs]\nworkers = 4\n", url),
		"tasks/look.js":     fmt.Sprintf(`httpClient.begin().get(%q); engine.setData("q_out", engine.findData("q_n"));`, c.api.URL),
		"tasks/look.json":   options,
		"tasks/block.js":    fmt.Sprintf(`httpClient.begin().get(%q)`, c.api.URL+"/block"),
		"tasks/block.json":  options,
		"tasks/order.js":    fmt.Sprintf(`httpClient.begin().queryParam("n", engine.findData("q_n")).post(%q); engine.setData("q_out", engine.findData("q_n"));`, c.api.URL),
		"tasks/order.json":  options,
		"tasks/repeat.js":   fmt.Sprintf(`httpClient.begin().queryParam("n", engine.findData("q_n")).post(%q); engine.setData("q_out", engine.findData("q_n"));`, c.api.URL),
		"tasks/repeat.json": strings.Replace(options, "{", `{"retry_unsafe": true, `, 1),
	} {
		path := filepath.Join(c.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range nodes {
		c.nodes = append(c.nodes, c.start())
	}
	c.token = c.newToken()
	for _, task := range []string{"look", "order", "repeat", "block"} { // until the folder was read
		for status := 0; status != http.StatusOK; {
			var err error
			if status, _, err = c.try(t.Context(), 0, http.MethodGet, "/v1/tasks/"+task, "", nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c
}

// start starts a node and waits until it serves.
func (c *chaos) start() *chaosNode {
	c.Helper()
	program, err := os.Executable()
	if err != nil {
		c.Fatal(err)
	}
	cmd := exec.Command(program) //nolint:noctx // killed or asked to end
	cmd.Args = []string{"postern", "serve"}
	cmd.Dir = c.dir
	stderr, err := cmd.StderrPipe()
	if err != nil {
		c.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		c.Fatal(err)
	}
	node := &chaosNode{cmd: cmd}
	lines := bufio.NewReader(stderr)
	for node.url == "" {
		line, err := lines.ReadString('\n')
		if err != nil {
			c.Fatalf("a node does not start: %v: %s", err, line)
		}
		if _, url, ok := strings.Cut(line, "serving "); ok {
			node.url = strings.TrimSpace(url)
		}
	}
	go func() { _, _ = io.Copy(c.Output(), lines) }() // ends with the node
	return node
}

// newToken makes the first operator, and returns a token.
func (c *chaos) newToken() string {
	c.Helper()
	people, err := accounts.New(c.Context(), accounts.Config{DB: c.db})
	if err != nil {
		c.Fatal(err)
	}
	link, err := people.SetupLink(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	u, err := people.SetUp(c.Context(), link.Token, accounts.User{Email: "ops@example.com", Name: "Ops"}, "correct horse battery")
	if err != nil {
		c.Fatal(err)
	}
	clients, err := authserver.Open(c.Context(), c.db)
	if err != nil {
		c.Fatal(err)
	}
	_, token, err := clients.CreateToken(c.Context(), authserver.User{ID: u.ID, Name: u.Email}, "chaos", authserver.ScopeAll, time.Now().Add(time.Hour))
	if err != nil {
		c.Fatal(err)
	}
	return token
}

// call sends a request to one of the nodes, and to another one while it fails.
func (c *chaos) call(ctx context.Context, method, path, key string, body, v any) {
	encoded, err := json.Marshal(body)
	if err != nil {
		c.Error(err)
		return
	}
	for i := 0; ; i++ {
		status, text, err := c.try(ctx, i, method, path, key, encoded)
		switch {
		case ctx.Err() != nil:
			c.Errorf("%s %s: %v: %d %s %v", method, path, ctx.Err(), status, text, err)
			return
		case err != nil || status >= http.StatusInternalServerError || status == http.StatusTooManyRequests:
			<-time.After(100 * time.Millisecond)
			continue
		case status >= http.StatusBadRequest:
			c.Errorf("%s %s: %d %s", method, path, status, text)
			return
		}
		if err := json.Unmarshal(text, v); err != nil {
			c.Errorf("%s %s: %v: %s", method, path, err, text)
		}
		return
	}
}

func (c *chaos) try(ctx context.Context, i int, method, path, key string, body []byte) (int, []byte, error) {
	c.mu.Lock()
	url := c.nodes[(i+len(key))%len(c.nodes)].url
	c.mu.Unlock()
	r, err := http.NewRequestWithContext(ctx, method, url+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, text, err
}

// chaosRun is a run as the API describes it.
type chaosRun struct {
	ID, Task, State string
	Attempt         int
	Outcome         struct{ Data map[string]any }
	Error           struct{ Message string }
}

// run starts runs, and kills a node whenever some of them have ended.
func (c *chaos) run(total, each int, disturb func(*database.DB)) {
	c.Helper()
	c.exec("CREATE TABLE ends (run TEXT NOT NULL)")
	if c.db.Dialect == database.SQLite {
		c.exec("CREATE TRIGGER ends AFTER UPDATE OF finished ON postern_runs WHEN NEW.finished > 0 BEGIN INSERT INTO ends (run) VALUES (NEW.id); END")
	} else {
		c.exec("CREATE FUNCTION ends() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO ends (run) VALUES (NEW.id); RETURN NEW; END'")
		c.exec("CREATE TRIGGER ends AFTER UPDATE OF finished ON postern_runs FOR EACH ROW WHEN (NEW.finished > 0) EXECUTE FUNCTION ends()")
	}
	const atOnce = 16
	ctx, cancel := context.WithTimeout(c.Context(), 20*time.Minute)
	defer cancel()
	results, ended := make([]chaosRun, total), make(chan struct{}, total)
	var clients sync.WaitGroup
	for client := range atOnce {
		clients.Go(func() {
			for i := client; i < total; i += atOnce {
				results[i] = c.submitAndWait(ctx, i)
				ended <- struct{}{}
			}
		})
	}
	go func() {
		clients.Wait()
		close(ended)
	}()
	n, killed := 0, 0
	for range ended {
		n++
		if n == total/2 {
			disturb(c.db)
		}
		if n%each == 0 {
			c.kill(killed)
			killed++
		}
	}
	c.Logf("%d nodes were killed", killed)
	c.stop()
	c.check(results)
}

func (c *chaos) exec(statement string) {
	c.Helper()
	if _, err := c.db.ExecContext(c.Context(), statement); err != nil {
		c.Fatal(err)
	}
}

func (c *chaos) submitAndWait(ctx context.Context, i int) (run chaosRun) {
	key := fmt.Sprintf("key-%d", i)
	task := []string{"look", "order", "repeat"}[i%3]
	c.call(ctx, http.MethodPost, "/v1/runs", key, map[string]any{"task": task, "data": map[string]any{"q_n": key}}, &run)
	for ctx.Err() == nil && run.ID != "" {
		c.call(ctx, http.MethodGet, "/v1/runs/"+run.ID+"?wait=5", key, nil, &run)
		if !strings.Contains(" queued running waiting ", " "+run.State+" ") {
			break
		}
	}
	return run
}

// kill ends a node as a failure does, and starts another one.
func (c *chaos) kill(n int) {
	c.Helper()
	i := n % len(c.nodes)
	if err := c.nodes[i].cmd.Process.Kill(); err != nil {
		c.Error(err)
	}
	_ = c.nodes[i].cmd.Wait() // it was killed
	node := c.start()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes[i] = node
}

// stop asks all nodes to end.
func (c *chaos) stop() {
	c.Helper()
	for _, node := range c.nodes {
		c.signal(node.cmd)
		if err := node.cmd.Wait(); err != nil {
			c.Errorf("a node that was asked to end: %v", err)
		}
	}
}

func (c *chaos) check(results []chaosRun) {
	c.Helper()
	states, ids, again := make(map[string]int), make(map[string]bool), 0
	for i, run := range results {
		key := fmt.Sprintf("key-%d", i)
		states[run.Task+" "+run.State]++
		ids[run.ID] = true
		if run.Attempt > 1 {
			again++
		}
		if n := c.count("SELECT count(*) FROM ends WHERE run = $1", run.ID); n != 1 {
			c.Errorf("%s %s ended %d times", run.Task, run.ID, n)
		}
		orders := c.orders[key]
		switch {
		case run.State == "succeeded" && run.Outcome.Data["q_out"] == key:
			if run.Task == "order" && orders != 1 || run.Task == "repeat" && orders < 1 {
				c.Errorf("%s %s succeeded with %d orders", run.Task, run.ID, orders)
			}
		case run.State == "interrupted" && run.Task == "order" && orders <= 1:
		case run.State == "interrupted" && run.Attempt == 3: // each of its nodes was killed
		default:
			c.Errorf("%s %s: %s after %d attempts, %d orders, data %v, %s", run.Task, run.ID, run.State, run.Attempt, orders, run.Outcome.Data, run.Error.Message)
		}
	}
	if n := c.count("SELECT count(*) FROM postern_runs"); n != len(results) || len(ids) != len(results) {
		c.Errorf("%d runs with %d ids, want %d", n, len(ids), len(results))
	}
	c.Logf("%d in several attempts; %v", again, states)
}

func (c *chaos) count(query string, args ...any) (n int) {
	c.Helper()
	if err := c.db.QueryRowContext(c.Context(), query, args...).Scan(&n); err != nil {
		c.Fatal(err)
	}
	return n
}
