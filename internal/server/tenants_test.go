package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/server"
)

// registerWith registers a script as a task with options.
func (s *site) registerWith(token, name, code string, options map[string]any) *http.Response {
	s.Helper()
	task := map[string]any{"main": name + ".js", "files": map[string]any{name + ".js": []byte(code)}, "options": options}
	return s.api(token, http.MethodPut, "/v1/tasks/"+name, task, nil)
}

// The bounds of a tenant and the rate of a task hold for runs by the API, which say what they wait for, as pages do.
func TestTenants(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		s := startWith(t, db, "", "", func(c *server.Config) {
			c.Tenants = server.Tenants{"*": {Queued: 2}, "acme": {Limits: hostapi.Limits{Time: 50 * time.Millisecond}}}
		})
		s.setUp()
		token := s.token(authserver.ScopeAll)
		for name, options := range map[string]map[string]any{
			"hourly":  {"tenant": "other", "rate": "1/1h"},
			"endless": {"tenant": "acme"},
		} {
			code := map[string]string{"hourly": "1", "endless": "for (;;) {}"}[name]
			if r := s.registerWith(token, name, code, options); r.StatusCode != http.StatusCreated {
				t.Fatalf("registered %s: %d", name, r.StatusCode)
			}
		}
		if _, page := s.get("/tasks/hourly"); !strings.Contains(page, "<dt>Rate</dt><dd>1/1h</dd>") || !strings.Contains(page, "/runs?tenant=other") {
			t.Errorf("page of the task: %s", page)
		}
		type run struct {
			ID, State, Tenant string
			Error             struct{ Code, Message string }
			WaitsFor          string    `json:"waits_for"`
			WaitsUntil        time.Time `json:"waits_until"`
		}
		start := func(task string) (r run) {
			t.Helper()
			if response := s.api(token, http.MethodPost, "/v1/runs?wait=30", map[string]any{"task": task}, &r); response.StatusCode != http.StatusCreated {
				t.Fatalf("%s: %d", task, response.StatusCode)
			}
			return r
		}
		if r := start("endless"); r.State != "failed" || r.Error.Code != "timeout" || r.Tenant != "acme" {
			t.Errorf("with a limit of its tenant: %+v", r)
		}
		if r := start("hourly"); r.State != "succeeded" || r.Tenant != "other" {
			t.Errorf("the first of an hour: %+v", r)
		}
		var second run
		for range 2 {
			s.api(token, http.MethodPost, "/v1/runs", map[string]any{"task": "hourly"}, &second)
		}
		s.api(token, http.MethodGet, "/v1/runs/"+second.ID, nil, &second)
		if wait := time.Until(second.WaitsUntil); second.State != "queued" || second.WaitsFor != "rate" || wait < 50*time.Minute || wait > time.Hour {
			t.Errorf("the second of an hour: %+v", second)
		}
		if _, page := s.get("/runs/" + second.ID); !strings.Contains(page, "<dt>Waits for</dt><dd>the rate of its task, until 20") {
			t.Errorf("page of the run: %s", page)
		}
		var problem struct{ Code, Detail string }
		r := s.api(token, http.MethodPost, "/v1/runs", map[string]any{"task": "hourly"}, &problem)
		if r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" || problem.Code != "overloaded" || problem.Detail != "start run hourly: 2 runs of the tenant other are queued already" {
			t.Errorf("one too many: %d %v %+v", r.StatusCode, r.Header, problem)
		}
		start("endless") // another tenant's

		var list struct{ Runs []run }
		s.api(token, http.MethodGet, "/v1/runs?tenant=acme", nil, &list)
		if len(list.Runs) != 2 || list.Runs[0].Tenant != "acme" {
			t.Errorf("runs of the tenant: %+v", list)
		}
		if _, page := s.get("/runs?tenant=other"); strings.Contains(page, ">endless</a>") || !strings.Contains(page, ">hourly</a>") {
			t.Errorf("page of the tenant's runs: %s", page)
		}
	})
}

// A rate or a tenant that is not one is refused with what to write.
func TestInvalidOptions(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	for _, options := range []map[string]any{
		{"rate": "100"}, {"rate": "1/1"}, {"rate": "0/1h"}, {"rate": "10001/1h"}, {"rate": "1/721h"}, {"rate": "1/500ms"}, {"rate": "1/1h/1h"}, {"tenant": "a b"},
	} {
		if r := s.registerWith(token, "task", "1", options); r.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", options, r.StatusCode)
		}
	}
}

// The mistakes of the table tenants are told with their places.
func TestInvalidTenants(t *testing.T) {
	t.Parallel()
	f, err := server.ParseConfig("server.toml", []byte("[tenants.\"*\"]\nrunning = 4\nqueued = 9\n[tenants.acme.limits]\nmemory = \"32MiB\"\n"), nil)
	if err != nil || f.Tenants["*"] != (server.Tenant{Running: 4, Queued: 9}) || f.Tenants["acme"].Limits.Memory != 32<<20 {
		t.Errorf("%+v, %v", f, err)
	}
	for text, want := range map[string]string{
		"[tenants.a]\nrunning = 0\n":          "tenants.a.running: is less than 1",
		"[tenants.a]\nqueued = \"many\"\n":    "tenants.a.queued: needs a whole number",
		"[tenants.a]\nrunnin = 1\n":           "tenants.a.runnin: unknown key",
		"[tenants.\"a b\"]\n":                 "is not the name of a tenant",
		"[tenants.a.limits]\nmemory = true\n": "tenants.a.limits.memory",
		"[tenants]\na = 1\n":                  "tenants.a",
	} {
		if _, err := server.ParseConfig("server.toml", []byte(text), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
