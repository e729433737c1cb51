package server_test

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/server"
)

// While nothing can be written, what is stored can be read, by programs and in browsers; what changes something is
// refused with the reason, and nobody waits without knowing for what.
func TestNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.SQLiteURL(t))
	s := start(t, db, "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	s.register(token, "waits", "1")
	var run struct {
		ID       string
		WaitsFor string `json:"waits_for"`
	}
	later := map[string]any{"task": "waits", "not_before": "2100-01-01T00:00:00Z"}
	s.api(token, http.MethodPost, "/v1/runs", later, &run)
	allow := databasetest.Protect(t, db)

	var p struct {
		Status             int
		Detail, Code, Hint string
	}
	const why = "the server cannot use its database at present: the database cannot be written"
	for path, body := range map[string]any{
		"/v1/runs": later, "/v1/runs/" + run.ID + "/cancel": nil,
		"/v1/clients": map[string]any{"client_name": "App", "redirect_uris": []string{"https://app.example.com/cb"}},
	} {
		r := s.api(token, http.MethodPost, path, body, &p)
		if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") != "10" || p.Code != "unavailable" || p.Detail != why || !strings.Contains(p.Hint, "permissions") {
			t.Errorf("POST %s: %d %v %+v", path, r.StatusCode, r.Header, p)
		}
	}
	if r := s.api(token, http.MethodGet, "/v1/runs/"+run.ID, nil, &run); r.StatusCode != http.StatusOK || run.WaitsFor != "database" {
		t.Errorf("the run: %d, waits for %q", r.StatusCode, run.WaitsFor)
	}
	if _, events := s.send(token, http.MethodGet, "/v1/runs/"+run.ID+"/log", "", "", "Accept", "text/event-stream"); !strings.Contains(events, "event: unavailable\ndata: {") || !strings.Contains(events, why) {
		t.Errorf("events: %s", events)
	}

	for path, want := range map[string]string{"/runs": "<h1>Runs</h1>", "/runs/" + run.ID: "the database, which cannot be used at present"} {
		if status, page := s.get(path); status != http.StatusOK || !strings.Contains(page, want) {
			t.Errorf("%s: %d %s", path, status, page)
		}
	}
	const told = "The server cannot use its database at present: the database cannot be written."
	if status, page := s.post("/runs/"+run.ID, "/runs/"+run.ID+"/cancel", nil); status != http.StatusServiceUnavailable || !strings.Contains(page, told) {
		t.Errorf("cancel by a page: %d %s", status, page)
	}
	stranger, another := *s, *s.client
	another.Jar, stranger.client = nil, &another
	if status, page := stranger.do(http.MethodPost, "/signin", url.Values{"email": {"ops@example.com"}, "password": {password}}); status != http.StatusServiceUnavailable || !strings.Contains(page, told) {
		t.Errorf("sign-in: %d %s", status, page)
	}

	if status, text := s.get("/readyz"); status != http.StatusServiceUnavailable || text != "the database cannot be used: the database cannot be written\n" {
		t.Errorf("readiness: %d %s", status, text)
	}
	if status, text := s.get("/healthz"); status != http.StatusOK {
		t.Errorf("liveness: %d %s", status, text)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(s.log.String(), `msg="the database cannot be used`) {
		<-tick.C
	}

	allow()
	if r := s.api(token, http.MethodPost, "/v1/runs/"+run.ID+"/cancel", nil, nil); r.StatusCode/100 != 2 {
		t.Errorf("cancel afterwards: %d", r.StatusCode)
	}
	if n := strings.Count(s.log.String(), "level=ERROR"); n != 1 {
		t.Errorf("%d errors in the log: %s", n, s.log)
	}
}

// A metric says by what reason the database cannot be used, as long as it cannot.
func TestOutageMetric(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.SQLiteURL(t))
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := startWith(t, db, "", "", func(c *server.Config) { c.Metrics = listener })
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error)
	web := newListener(t)
	go func() { served <- s.Serve(ctx, web, time.Second) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	const name = "postern_database_outage"
	if _, metrics := private(t, listener, "/metrics", ""); strings.Contains(metrics, name) || !strings.Contains(metrics, "postern_runs_unstored 0") {
		t.Errorf("before: %s", metrics)
	}
	defer databasetest.Protect(t, db)()
	if _, err := s.SetupLink(t.Context()); err == nil {
		t.Error("a link was stored")
	}
	if _, metrics := private(t, listener, "/metrics", ""); !strings.Contains(metrics, name+`{reason="read_only"} 1`) {
		t.Errorf("meanwhile: %s", metrics)
	}
}
