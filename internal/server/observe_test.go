package server_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/server"
)

// A run with a connection is seen in metrics, spans and the log, which have no secret and
// no data of it.
func TestObservation(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		requests := new(connectiontest.Provider)
		provider, err := connectiontest.Start("127.0.0.1:0", requests)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = provider.Close() })
		listener := newListener(t)
		spans := tracetest.NewInMemoryExporter()
		tracer := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
		s := startWith(t, db, "", "", func(c *server.Config) { c.Metrics, c.Tracer = listener, tracer })
		serveOn(t, s.Server, newListener(t))
		s.setUp()
		token := s.token(authserver.ScopeAll)
		s.api(token, http.MethodPut, "/v1/connections/crm", map[string]any{
			"grant": "client_credentials", "token_endpoint": provider.URL + "/token", "client_id": "demo", "client_secret": "demo-secret",
			"hosts": []string{strings.TrimPrefix(provider.URL, "http://")},
		}, nil)
		code := fmt.Sprintf(`httpClient.begin().authSetting("crm").queryParam("q", "CANARY-query").get(%q);
			engine.log("CANARY-log"); engine.setData("q_out", "CANARY-data");
			if (engine.findData("q_fail")) throw new Error("CANARY-error");`, provider.URL+"/api/items")
		s.api(token, http.MethodPut, "/v1/tasks/use", map[string]any{
			"main": "use.js", "files": map[string]any{"use.js": []byte(code)}, "options": map[string]any{"connections": []string{"crm"}, "tenant": "acme"},
		}, nil)
		var run struct{ ID, State string }
		s.api(token, http.MethodPost, "/v1/runs?wait=30", map[string]any{"task": "use"}, &run)
		if run.State != "succeeded" {
			t.Fatalf("run: %+v", run)
		}
		s.api(token, http.MethodPost, "/v1/runs?wait=30", map[string]any{"task": "use", "data": map[string]any{"q_fail": "CANARY-input"}}, nil)
		later := time.Now().Add(time.Hour)
		s.api(token, http.MethodPost, "/v1/runs", map[string]any{"task": "use", "not_before": later}, nil)

		status, metrics := private(t, listener, "/metrics", "")
		if status != http.StatusOK {
			t.Fatalf("metrics: %d %s", status, metrics)
		}
		for _, want := range []string{
			`postern_runs\{state="queued",task="use"\} 1`,
			`postern_run_attempt_duration_seconds_count\{code="",task="use"\} 1`,
			`postern_run_attempt_duration_seconds_count\{code="script_error",task="use"\} 1`,
			`postern_token_fetch_duration_seconds_count\{code="",connection="crm",reason="first"\} 1`,
			`postern_connection_state\{connection="crm",state="ready"\} 1`,
			`postern_connection_token_expiry_seconds\{connection="crm"\} [0-9.]+`,
			`postern_http_request_duration_seconds_count\{method="POST",route="POST /v1/runs",status="201"\} 3`,
			`postern_scrape_errors\{what="runs"\} 0`,
			`postern_runs_queue_age_seconds 0`,
			`postern_nodes 1`,
			`postern_engine_running 0`,
			`go_goroutines [0-9]+`,
			`go_sql_open_connections\{db_name="postern"\} [0-9]+`,
		} {
			if !regexp.MustCompile("(?m)^" + want + "$").MatchString(metrics) {
				t.Errorf("the metrics lack %s", want)
			}
		}
		names := make(map[string]int)
		for _, span := range spans.GetSpans() {
			names[span.Name]++
			if (span.Name == "task use" || span.Name == "run use.js") && !slices.Contains(span.Attributes, attribute.String("postern.tenant", "acme")) {
				t.Errorf("%s lacks the tenant: %v", span.Name, span.Attributes)
			}
			if span.Name == "run use.js" && !span.Parent.IsValid() {
				t.Errorf("%s is not below its attempt", span.Name)
			}
		}
		for name, want := range map[string]int{"POST /v1/runs": 3, "task use": 2, "run use.js": 2, "GET": 2, "fetch token": 1} {
			if names[name] != want {
				t.Errorf("%d spans %s, want %d: %v", names[name], name, want, names)
			}
		}
		var audit struct {
			Events []struct{ Action, Tenant, Task string }
		}
		s.api(token, http.MethodGet, "/v1/audit?connection=crm", nil, &audit)
		if !slices.ContainsFunc(audit.Events, func(e struct{ Action, Tenant, Task string }) bool { return e.Tenant == "acme" && e.Task == "use" }) {
			t.Errorf("no entry of the audit trail has the tenant: %+v", audit.Events)
		}
		log := s.log.String()
		if !regexp.MustCompile(`msg="run ends" run=` + run.ID + ` task=use attempt=1 code="" .* trace_id=[0-9a-f]{32}`).MatchString(log) {
			t.Errorf("the log does not have the end of the run: %s", log)
		}
		if !regexp.MustCompile(`path=/v1/runs .* request_id=[A-Z2-7]{16} trace_id=[0-9a-f]{32}`).MatchString(log) {
			t.Errorf("the log does not have the request: %s", log)
		}
		secrets := []string{"demo-secret", "CANARY", token, password}
		for _, r := range requests.Requests() {
			if _, token, ok := strings.Cut(r.Header.Get("Authorization"), "Bearer "); ok {
				secrets = append(secrets, token)
			}
		}
		for name, text := range map[string]string{"metrics": metrics, "spans": fmt.Sprintf("%+v", spans.GetSpans()), "log": log} {
			for _, secret := range secrets {
				if strings.Contains(text, secret) {
					t.Errorf("the %s have %q", name, secret)
				}
			}
		}
		if status, _ := private(t, listener, "/metrics", "same-origin"); status != http.StatusForbidden {
			t.Errorf("a page that reads metrics: %d", status)
		}
		if status, text := private(t, listener, "/debug/pprof/goroutine?debug=1", ""); status != http.StatusOK || !strings.Contains(text, "goroutine profile") {
			t.Errorf("profile: %d", status)
		}
		if status, _ := s.get("/debug/pprof/"); status != http.StatusNotFound {
			t.Errorf("profiles on the public listener: %d", status)
		}
		if status, _ := s.get("/metrics"); status != http.StatusNotFound {
			t.Errorf("metrics on the public listener: %d", status)
		}
	})
}

// serveOn lets a server accept requests until the test ends.
func serveOn(t *testing.T, s *server.Server, l net.Listener) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error)
	go func() { served <- s.Serve(ctx, l, time.Second) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

func newListener(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// private reads from the private listener, as a page does whose relation to it is site.
func private(t *testing.T, l net.Listener, path, site string) (status int, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if site != "" {
		r.Header.Set("Sec-Fetch-Site", site)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // only read
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(content)
}
