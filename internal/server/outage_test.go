package server_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/server"
)

// While nothing can be written, what is stored can be read, by programs and in browsers; what changes something is
// refused with the reason, and no request waits without a reason.
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
	listener := newListener(t)
	s := startWith(t, db, "", "", func(c *server.Config) { c.Metrics = listener })
	serveOn(t, s.Server, newListener(t))
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

// A refresh token that was replaced when the disk had just become read-only is used, and stored as soon as it can be.
func TestRotationDuringAnOutage(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.SQLiteURL(t))
	var armed atomic.Bool
	allow := make(chan func(), 1)
	p := &connectiontest.Provider{}
	p.Bend = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/token" && armed.CompareAndSwap(true, false) {
			allow <- databasetest.Protect(t, db)
		}
		return false
	}
	provider, err := connectiontest.Start("127.0.0.1:0", p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = provider.Close() })
	s := start(t, db, "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	s.api(token, http.MethodPut, "/v1/connections/crm", map[string]any{
		"grant": "authorization_code", "authorization_endpoint": provider.URL + "/authorize", "token_endpoint": provider.URL + "/token",
		"client_id": "demo", "client_secret": "demo-secret", "hosts": []string{strings.TrimPrefix(provider.URL, "http://")},
	}, nil)
	_, leave := s.post("/connections/crm", "/connections/crm/authorize", nil)
	link := regexp.MustCompile(`href="(http[^"]+)"`).FindStringSubmatch(leave)
	if link == nil {
		t.Fatalf("no link to the authorization server: %s", leave)
	}
	r, err := s.client.Get(html.UnescapeString(link[1])) //nolint:noctx // as a browser
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Body.Close(); err != nil || r.StatusCode != http.StatusOK || r.Request.URL.Path != "/connections/crm" {
		t.Fatalf("authorized: %d %s %v", r.StatusCode, r.Request.URL, err)
	}
	generation := func() (n int64) {
		if err := db.QueryRowContext(t.Context(), "SELECT generation FROM postern_connection_records WHERE connection = 'crm'").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	use := fmt.Sprintf(`engine.setData("q_out", httpClient.begin().authSetting("crm").get(%q).getStatusCode())`, provider.URL+"/api/items")
	s.api(token, http.MethodPut, "/v1/tasks/use", map[string]any{
		"main": "use.js", "files": map[string]any{"use.js": []byte(use)}, "options": map[string]any{"connections": []string{"crm"}},
	}, nil)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	before := generation()
	p.Revoke() // the access token: the refresh token is used
	armed.Store(true)
	var run struct {
		ID, State string
		Outcome   struct{ Data map[string]any }
	}
	s.api(token, http.MethodPost, "/v1/runs", map[string]any{"task": "use"}, &run)
	again := <-allow
	for s.Service().Runs.Unstored() == 0 {
		<-tick.C
	}
	if n := generation(); n != before {
		t.Errorf("it was stored meanwhile: %d", n)
	}
	again()
	for generation() == before {
		<-tick.C
	}
	s.api(token, http.MethodGet, "/v1/runs/"+run.ID+"?wait=30", nil, &run)
	if run.State != "succeeded" || run.Outcome.Data["q_out"] != 200.0 {
		t.Errorf("the run: %+v", run)
	}
	p.Revoke()
	s.api(token, http.MethodPost, "/v1/runs?wait=30", map[string]any{"task": "use"}, &run)
	if run.State != "succeeded" || run.Outcome.Data["q_out"] != 200.0 {
		t.Errorf("the next run: %+v", run)
	}
}
