package server_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/postern-dev/postern/client"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// goClient returns a client of the server.
func (s *site) goClient(token string) *client.Client {
	s.Helper()
	c, err := client.New(client.Config{
		URL: s.url, Token: func(context.Context) (string, error) { return token, nil },
		HTTPClient: &http.Client{Transport: s.client.Transport},
	})
	if err != nil {
		s.Fatal(err)
	}
	return c
}

// The Go client registers a task, runs it, follows its log, and pages through lists.
func TestGoClient(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	ctx, c := t.Context(), s.goClient(s.token(authserver.ScopeAll))
	version, _, err := c.Register(ctx, "greet", client.TaskVersion{Main: "greet.js", Files: map[string][]byte{"greet.js": []byte(greeting)}})
	if err != nil || version != 1 {
		t.Fatalf("version %d, %v", version, err)
	}
	request := client.RunRequest{Task: "greet", Data: map[string]any{"q_name": "Ada"}, Key: "k1", Wait: 1}
	run, err := c.Start(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Start(ctx, request)
	if err != nil || again.ID != run.ID {
		t.Errorf("the same key: %+v, %v", again, err)
	}
	request.Data["q_name"] = "Grace"
	if _, err := c.Start(ctx, request); !errors.Is(err, client.ErrConflict) {
		t.Errorf("the same key, and other data: %v", err)
	}
	if run, err = c.Wait(ctx, run.ID); err != nil || run.State != "succeeded" || run.Outcome.Data["q_out"] != "Hello, Ada" || run.Outcome.Usage.Wall <= 0 {
		t.Errorf("run: %+v, %v", run, err)
	}
	var lines []string
	for e, err := range c.Follow(ctx, run.ID, 0) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, e.Level+" "+e.Text)
	}
	if len(lines) != 1 || lines[0] != "info greeting Ada" {
		t.Errorf("log: %q", lines)
	}
	if _, err := c.Retry(ctx, run.ID); err != nil {
		t.Error(err)
	}
	n := 0
	for r, err := range c.Runs(ctx, client.RunFilter{Task: "greet", States: []string{"queued", "running", "succeeded"}}) {
		if err != nil || r.Task != "greet" {
			t.Fatalf("%+v, %v", r, err)
		}
		n++
	}
	if n != 2 {
		t.Errorf("%d runs", n)
	}
	s.checkClientErrors(c)
}

func (s *site) checkClientErrors(c *client.Client) {
	s.Helper()
	ctx := s.Context()
	_, _, err := c.Register(ctx, "broken", client.TaskVersion{Main: "a.js", Files: map[string][]byte{"a.js": []byte("let x = 1;\nlet x = 2;")}})
	e, ok := errors.AsType[*client.Error](err)
	if !ok || len(e.Causes) != 1 || e.Causes[0].Line != 2 || !strings.Contains(err.Error(), "a.js:2:") || e.RequestID == "" {
		s.Errorf("syntax error: %v", err)
	}
	if _, err := c.Run(ctx, "../tasks/greet"); !errors.Is(err, client.ErrNotFound) {
		s.Errorf("an id that is a path: %v", err)
	}
	if _, err := s.goClient(s.token(authserver.ScopeRead)).Start(ctx, client.RunRequest{Task: "greet"}); !errors.Is(err, client.ErrForbidden) {
		s.Errorf("read-only: %v", err)
	}
	if _, err := s.goClient("wrong").Run(ctx, "x"); !errors.Is(err, client.ErrUnauthorized) {
		s.Errorf("wrong token: %v", err)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := c.Run(canceled, "x"); !errors.Is(err, context.Canceled) {
		s.Errorf("cancelled: %v", err)
	}
}

// Schedules and connections are managed by the Go client.
func TestGoClientManages(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), `[connections.crm]
grant = "client_credentials"
token_endpoint = "https://crm.example.com/token"
client_id = "demo"
token_endpoint_auth_method = "none"
`, "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	ctx, c := t.Context(), s.goClient(token)
	s.register(token, "greet", greeting)
	added, err := c.AddSchedule(ctx, client.Schedule{Name: "s", Task: "greet", Every: 3600, Enabled: true, Data: map[string]string{"q_name": "Ada"}})
	if err != nil || len(added.Next) == 0 {
		t.Fatalf("%+v, %v", added, err)
	}
	run, err := c.StartSchedule(ctx, added.ID)
	if err != nil {
		t.Fatal(err)
	}
	if run, err = c.Wait(ctx, run.ID); err != nil || run.State != "succeeded" || run.Schedule != added.ID {
		t.Errorf("%+v, %v", run, err)
	}
	if err := c.DeleteSchedule(ctx, added.ID); err != nil {
		t.Error(err)
	}
	for s, err := range c.Schedules(ctx) {
		t.Errorf("left: %+v, %v", s, err)
	}
	listed := 0
	for l, err := range c.Connections(ctx, "CR") {
		if listed++; err != nil || l.Name != "crm" || l.State != "unused" || l.Source != "file" {
			t.Errorf("%+v, %v", l, err)
		}
	}
	if listed != 1 {
		t.Errorf("%d connections, want one", listed)
	}
	if err := c.Activate(ctx, "greet", 0); err != nil {
		t.Error(err)
	}
	if err := c.DeleteTask(ctx, "greet"); err != nil {
		t.Error(err)
	}
	for task, err := range c.Tasks(ctx, "") {
		t.Errorf("left: %+v, %v", task, err)
	}
}

// A request that failed for a passing reason is sent again, if it may be sent twice, and only so often.
func TestGoClientRetries(t *testing.T) {
	t.Parallel()
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.Header.Get("Idempotency-Key"))
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	c, err := client.New(client.Config{URL: server.URL, Retries: 1, Token: func(context.Context) (string, error) { return "t", nil }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Start(t.Context(), client.RunRequest{Task: "a"}); err == nil || len(got) != 2 || got[0] != got[1] || got[0] == "POST " {
		t.Errorf("started: %v, %q", err, got)
	}
	got = nil
	if _, err := c.Retry(t.Context(), "a"); err == nil || len(got) != 1 {
		t.Errorf("retried: %v, %q", err, got)
	}
	server.Close()
	if _, err := c.Run(t.Context(), "a"); err == nil {
		t.Error("no error without a server")
	} else if _, ok := errors.AsType[*url.Error](err); !ok {
		t.Errorf("%T", err)
	}
}
