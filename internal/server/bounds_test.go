package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/server"
)

// The file and the environment set the bounds, and the environment wins. A mistake there is told by the name of its variable.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	const file = "[runs]\nworkers = 4\n[egress]\nmax_conns = 1\n[engine]\nprocesses_memory = \"1GiB\"\n"
	lookup := func(env map[string]string) func(string) (string, bool) {
		return func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	}
	f, err := server.ParseConfig("server.toml", []byte(file), lookup(map[string]string{
		"POSTERN_RUNS_WORKERS": "8", "POSTERN_EGRESS_MAX_CONNS_PER_HOST": "2", "POSTERN_ENGINE_TASKS": "3", "POSTERN_ISOLATION": "inprocess", "POSTERN_AUDIT_KEEP": "forever",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if f.Workers != 8 || f.Egress != (server.EgressBounds{MaxConns: 1, MaxConnsPerHost: 2}) || f.Engine != (server.EngineBounds{Tasks: 3, ProcessesMemory: 1 << 30}) ||
		!f.InProcess || f.AuditKeep >= 0 {
		t.Errorf("%+v", f)
	}
	for name, tt := range map[string]struct{ file, variable, value, want string }{
		"text for a number":     {file, "POSTERN_RUNS_WORKERS", "many", "POSTERN_RUNS_WORKERS: needs a whole number"},
		"a number for text":     {"", "POSTERN_TASKS", "5", "POSTERN_TASKS: needs text in quotes"},
		"no bound":              {"", "POSTERN_ENGINE_QUEUE", "0", "POSTERN_ENGINE_QUEUE: is less than 1"},
		"no room for one task":  {"[engine]\nprocesses_memory = \"1MiB\"\n", "", "", "server.toml:2:1: engine.processes_memory: is less than the memory of one task, 64 MiB"},
		"no duration":           {"", "POSTERN_AUDIT_KEEP", "year", "POSTERN_AUDIT_KEEP: is not a duration"},
		"a value for the table": {"runs = 1\n", "POSTERN_RUNS_WORKERS", "5", "server.toml:1:1: runs: needs a table"},
	} {
		_, err := server.ParseConfig("server.toml", []byte(tt.file), lookup(map[string]string{tt.variable: tt.value}))
		if err == nil || !strings.Contains(report.Summary(err), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}

// upstream is an API whose responses wait until it is released, and which knows how many requests were in progress at once.
type upstream struct {
	*httptest.Server
	release   chan struct{}
	now, most atomic.Int64
}

func startUpstream(t *testing.T) *upstream {
	t.Helper()
	u := &upstream{release: make(chan struct{})}
	u.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		now := u.now.Add(1)
		defer u.now.Add(-1)
		for most := u.most.Load(); now > most && !u.most.CompareAndSwap(most, now); most = u.most.Load() {
		}
		select {
		case <-u.release:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(u.Close)
	return u
}

// boundedSite is a server with a task, get, that asks the upstream.
func boundedSite(t *testing.T, u *upstream, change func(*server.Config)) (s *site, token string) {
	t.Helper()
	s = startWith(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "[egress]\nallow = [\""+u.URL+"\"]\n", "", change)
	s.setUp()
	token = s.token(authserver.ScopeAll)
	host, err := url.Parse(u.URL)
	if err != nil {
		t.Fatal(err)
	}
	code := "httpClient.begin().get(\"" + u.URL + "\")"
	if r := s.registerWith(token, "get", code, map[string]any{"allow": []string{host.Host}}); r.StatusCode != http.StatusCreated {
		t.Fatalf("registered: %d", r.StatusCode)
	}
	return s, token
}

type boundedRun struct {
	ID, State string
	Error     struct{ Code, Message, Hint string }
}

func (s *site) startRuns(token string, n int) []string {
	s.Helper()
	ids := make([]string, n)
	for i := range ids {
		var run boundedRun
		if r := s.api(token, http.MethodPost, "/v1/runs", map[string]any{"task": "get"}, &run); r.StatusCode != http.StatusCreated {
			s.Fatalf("started: %d", r.StatusCode)
		}
		ids[i] = run.ID
	}
	return ids
}

// untilFailed waits until one of the runs has failed.
func (s *site) untilFailed(token string, ids []string) (failed boundedRun) {
	s.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, id := range ids {
			if s.api(token, http.MethodGet, "/v1/runs/"+id, nil, &failed); failed.State == "failed" {
				return failed
			}
		}
		select {
		case <-tick.C:
		case <-s.Context().Done():
			s.Fatal("none has failed")
		}
	}
}

// With bounds on requests, those of other runs wait, and a run beyond those that may wait fails with a hint of the key to change.
func TestEgressBounds(t *testing.T) {
	t.Parallel()
	u := startUpstream(t)
	s, token := boundedSite(t, u, func(c *server.Config) { c.Egress = server.EgressBounds{MaxRequestsPerHost: 1, MaxWaiting: 1} })
	ids := s.startRuns(token, 3)
	if failed := s.untilFailed(token, ids); failed.Error.Code != string(hostapi.CodeOverloaded) || !strings.Contains(failed.Error.Hint, "[egress] in server.toml") {
		t.Errorf("%+v", failed)
	}
	close(u.release)
	succeeded := 0
	for _, id := range ids {
		var run boundedRun
		if s.api(token, http.MethodGet, "/v1/runs/"+id+"?wait=30", nil, &run); run.State == "succeeded" {
			succeeded++
		}
	}
	if succeeded != 2 || u.most.Load() != 1 {
		t.Errorf("%d succeeded, with %d requests at once", succeeded, u.most.Load())
	}
}

// With a bound on tasks in progress, other runs wait in the engine, and one beyond those that may fails.
func TestEngineBounds(t *testing.T) {
	t.Parallel()
	u := startUpstream(t)
	s, token := boundedSite(t, u, func(c *server.Config) { c.Engine = server.EngineBounds{Tasks: 1, Queue: 1} })
	ids := s.startRuns(token, 3)
	if failed := s.untilFailed(token, ids); failed.Error.Code != string(hostapi.CodeOverloaded) || !strings.Contains(failed.Error.Hint, "queue of [engine] in server.toml") {
		t.Errorf("%+v", failed)
	}
	close(u.release)
	for _, id := range ids {
		s.api(token, http.MethodGet, "/v1/runs/"+id+"?wait=30", nil, nil)
	}
	if u.most.Load() != 1 {
		t.Errorf("%d tasks at once", u.most.Load())
	}
}

// With a bound on the memory of worker processes there are as many as fit.
func TestProcessesMemory(t *testing.T) {
	t.Parallel()
	u := startUpstream(t)
	s, token := boundedSite(t, u, func(c *server.Config) {
		c.InProcess, c.Limits.Memory, c.Engine = false, 32<<20, server.EngineBounds{ProcessesMemory: 80 << 20}
	})
	ids := s.startRuns(token, 5)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for u.now.Load() < 2 {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("not as many as fit")
		}
	}
	close(u.release)
	for _, id := range ids {
		var run boundedRun
		if s.api(token, http.MethodGet, "/v1/runs/"+id+"?wait=60", nil, &run); run.State != "succeeded" {
			t.Errorf("%+v", run)
		}
	}
	if u.most.Load() != 2 {
		t.Errorf("%d tasks at once, want 2", u.most.Load())
	}
}
