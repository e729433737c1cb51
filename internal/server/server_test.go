package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/server"
	"github.com/postern-dev/postern/internal/service"
	"github.com/postern-dev/postern/runtime"
)

func TestMain(m *testing.M) {
	runtime.WorkerMain()
	if address := os.Getenv(halfOpenAt); address != "" {
		holdHalfOpen(address)
	}
	_ = flag.Set("test.parallel", "8") // by default: most tests wait for a server
	os.Exit(m.Run())
}

const password = "correct horse battery"

// site is a server that a test uses as a browser and as an API client.
type site struct {
	*testing.T
	*server.Server
	url    string
	client *http.Client // a browser
	log    *syncBuffer

	certificate []byte // of the server, in DER
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements [io.Writer].
func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// String returns what was written.
func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// start starts a server with a database; toml is an oauth.toml, and tasks a folder.
func start(t *testing.T, db *database.DB, toml, tasks string) *site {
	t.Helper()
	return startWith(t, db, toml, tasks, func(*server.Config) {})
}

// startWith is start with other settings.
func startWith(t *testing.T, db *database.DB, toml, tasks string, change func(*server.Config)) *site {
	t.Helper()
	set, err := connection.Parse("oauth.toml", []byte(toml), connection.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var handler http.Handler
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	web.StartTLS()
	log := new(syncBuffer)
	config := server.Config{
		Version: "test", URL: web.URL, DB: db, Key: []byte("0123456789abcdef0123456789abcdef"), Connections: set, Tasks: tasks,
		InProcess: true, Log: slog.New(slog.NewTextHandler(log, nil)), PasswordMemory: 64,
	}
	change(&config)
	s, err := server.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	handler = s.Handler()
	s.Start(t.Context())
	t.Cleanup(func() {
		web.Close()
		if err := s.Close(context.Background()); err != nil { //nolint:usetesting // that of the test has ended
			t.Error(err)
		}
	})
	client := web.Client()
	client.Jar, _ = cookiejar.New(nil)
	return &site{t, s, web.URL, client, log, web.Certificate().Raw}
}

// get returns a page.
func (s *site) get(path string) (status int, body string) {
	s.Helper()
	return s.do(http.MethodGet, path, nil)
}

func (s *site) do(method, path string, form url.Values) (status int, body string) {
	s.Helper()
	request, err := http.NewRequestWithContext(s.Context(), method, s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // only read
	content, err := io.ReadAll(response.Body)
	if err != nil {
		s.Fatal(err)
	}
	return response.StatusCode, string(content)
}

var formSecret = regexp.MustCompile(`name="form" value="([^"]+)"`)

// post sends the form of the page at from.
func (s *site) post(from, path string, form url.Values) (status int, body string) {
	s.Helper()
	_, page := s.get(from)
	m := formSecret.FindStringSubmatch(page)
	if m == nil {
		s.Fatalf("%s has no form: %s", from, page)
	}
	if form == nil {
		form = make(url.Values)
	}
	form.Set("form", m[1])
	return s.do(http.MethodPost, path, form)
}

// setUp makes the browser's user the first operator.
func (s *site) setUp() {
	s.Helper()
	link, err := s.SetupLink(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	path := strings.TrimPrefix(link, s.url)
	status, body := s.do(http.MethodPost, path, url.Values{"email": {"ops@example.com"}, "name": {"Ops"}, "password": {password}, "again": {password}})
	if status != http.StatusOK || !strings.Contains(body, "<h1>Overview</h1>") {
		s.Fatalf("set-up: %d %s", status, body)
	}
}

// token returns a personal access token of the first operator.
func (s *site) token(scope authserver.Scope) string {
	s.Helper()
	svc := s.Service()
	u, err := svc.Accounts.User(s.Context(), "ops@example.com")
	if err != nil {
		s.Fatal(err)
	}
	_, secret, err := svc.Clients.CreateToken(s.Context(), authserver.User{ID: u.ID, Name: u.Email}, "test", scope, time.Now().Add(time.Hour))
	if err != nil {
		s.Fatal(err)
	}
	return secret
}

// api sends a request with headers, names and values in turn, to the API, and decodes the
// response into v.
func (s *site) api(token, method, path string, body, v any, headers ...string) *http.Response {
	s.Helper()
	var content io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			s.Fatal(err)
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(s.Context(), method, s.url+path, content)
	if err != nil {
		s.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.Fatal(err)
	}
	checkContract(s.T, response, text)
	if v != nil {
		if err := json.Unmarshal(text, v); err != nil {
			s.Fatalf("%s %s: %d %s: %v", method, path, response.StatusCode, text, err)
		}
	}
	return response
}

const greeting = `function main() {
	engine.log("greeting " + engine.findDataByVarName("q_name"));
	engine.setDataByVarName("q_out", "Hello, " + engine.findDataByVarName("q_name"));
}`

// A task that is sent to the API is run by a page and by the API, with the same result.
func TestTask(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		s := start(t, db, "", "")
		s.setUp()
		token := s.token(authserver.ScopeAll)
		task := map[string]any{"main": "greet.js", "files": map[string]any{"greet.js": []byte(greeting)}}
		if r := s.api(token, http.MethodPut, "/v1/tasks/greet", task, nil); r.StatusCode != http.StatusCreated || r.Header.Get("ETag") == "" {
			t.Fatalf("registered: %d %v", r.StatusCode, r.Header)
		}
		var run struct {
			ID, State string
			Version   int
			Outcome   struct {
				Data map[string]any
				Logs []struct{ Text string }
			}
		}
		r := s.api(token, http.MethodPost, "/v1/runs?wait=30", map[string]any{"task": "greet", "data": map[string]any{"q_name": "Ada"}}, &run)
		if r.StatusCode != http.StatusCreated || run.State != "succeeded" || run.Version != 1 || run.Outcome.Data["q_out"] != "Hello, Ada" {
			t.Errorf("run: %d %+v", r.StatusCode, run)
		}
		if location := r.Header.Get("Location"); location != "/v1/runs/"+run.ID {
			t.Errorf("Location: %s", location)
		}
		var log struct {
			Entries []struct{ Kind, Level, Text string }
		}
		s.api(token, http.MethodGet, "/v1/runs/"+run.ID+"/log", nil, &log)
		if len(log.Entries) != 1 || log.Entries[0].Kind != "log" || log.Entries[0].Level != "info" || log.Entries[0].Text != "greeting Ada" {
			t.Errorf("log: %+v", log)
		}
		for _, wrong := range []string{`["Grace"]`, `{"q_name": "Grace"} and more`} {
			if status, page := s.post("/tasks/greet", "/tasks/greet/run", url.Values{"data": {wrong}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "The data are not a JSON object") {
				t.Errorf("%s: %d %s", wrong, status, page)
			}
		}
		status, page := s.post("/tasks/greet", "/tasks/greet/run", url.Values{"data": {`{"q_name": "Grace"}`}})
		if status != http.StatusOK || !strings.Contains(page, "Run of greet") {
			t.Fatalf("run by a page: %d %s", status, page)
		}
		var list struct{ Runs []struct{ ID, Actor string } }
		s.api(token, http.MethodGet, "/v1/runs?task=greet", nil, &list)
		if len(list.Runs) != 2 || list.Runs[0].Actor != "ops@example.com" {
			t.Fatalf("runs: %+v", list)
		}
		s.api(token, http.MethodGet, "/v1/runs/"+list.Runs[0].ID+"?wait=30", nil, nil)
		if _, page := s.get("/runs/" + list.Runs[0].ID); !strings.Contains(page, "Hello, Grace") || !strings.Contains(page, "greeting Grace") {
			t.Errorf("page of the run: %s", page)
		}
	})
}

// Errors are problem documents, RFC 9457, and tell what to do; those of a task's files have a place.
func TestProblems(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token, readOnly := s.token(authserver.ScopeAll), s.token(authserver.ScopeRead)
	broken := map[string]any{"main": "a.js", "files": map[string]any{"a.js": []byte("let x = 1;\nlet x = 2;")}}
	s.api(token, http.MethodPut, "/v1/tasks/good", map[string]any{"main": "a.js", "files": map[string]any{"a.js": []byte("1")}}, nil)
	tests := []struct {
		name, token, method, path string
		body                      any
		status                    int
		detail                    string
	}{
		{"no token", "", http.MethodGet, "/v1/tasks", nil, 401, ""},
		{"wrong token", "nosuch", http.MethodGet, "/v1/tasks", nil, 401, ""},
		{"read-only", readOnly, http.MethodPut, "/v1/tasks/a", broken, 403, ""},
		{"unknown task", token, http.MethodGet, "/v1/tasks/nosuch", nil, 404, "there is no such task"},
		{"unknown run", token, http.MethodGet, "/v1/runs/nosuch", nil, 404, ""},
		{"unknown path", token, http.MethodGet, "/v1/nosuch", nil, 404, "there is no operation with this path"},
		{"wrong method", token, http.MethodPost, "/v1/tasks/good", nil, 405, "this path has no operation with the method POST"},
		{"syntax error", token, http.MethodPut, "/v1/tasks/a", broken, 422, "identifier 'x' has already been declared"},
		{"unknown parameter", token, http.MethodGet, "/v1/tasks?nosuch=1", nil, 422, "validation failed"},
		{"unknown member", token, http.MethodPost, "/v1/runs", map[string]any{"task": "good", "nosuch": 1}, 422, "validation failed"},
		{"unknown state", token, http.MethodGet, "/v1/runs?state=asleep", nil, 422, "query.state[0]: expected value to be one of"},
		{"no time", token, http.MethodGet, "/v1/runs?from=yesterday", nil, 422, "query.from: expected a date and time such as 2030-01-31T08:00:00Z, RFC 3339"},
		{"large number", token, http.MethodPost, "/v1/runs", map[string]any{"task": "good", "priority": 1e30}, 422, "body.priority: "},
		{"log of an unknown run", token, http.MethodGet, "/v1/runs/nosuch/log", nil, 404, "there is no such run"},
		{"test of an unknown connection", token, http.MethodPost, "/v1/connections/nosuch/test", nil, 404, "there is no such connection"},
		{"revocation of an unknown connection", token, http.MethodPost, "/v1/connections/nosuch/revoke", nil, 404, "there is no such connection"},
		{"tokens for an unknown connection", token, http.MethodPut, "/v1/connections/nosuch/tokens", map[string]any{"access_token": "a"}, 404, "there is no such connection"},
		{"unknown task of a run", token, http.MethodPost, "/v1/runs", map[string]any{"task": "nosuch"}, 404, "there is no such task"},
	}
	for _, tt := range tests {
		var p struct {
			Title, Detail string
			Status        int
			Errors        []struct{ Location, Message string }
			Causes        []struct {
				File string
				Line int
			}
		}
		r := s.api(tt.token, tt.method, tt.path, tt.body, &p)
		for _, e := range p.Errors {
			p.Detail += "; " + e.Location + ": " + e.Message
		}
		if r.StatusCode != tt.status || p.Status != tt.status || p.Title != http.StatusText(tt.status) || !strings.Contains(p.Detail, tt.detail) ||
			r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %v %+v", tt.name, r.StatusCode, r.Header, p)
		}
		if tt.name == "syntax error" && (len(p.Causes) != 1 || p.Causes[0].File != "a.js" || p.Causes[0].Line != 2) {
			t.Errorf("%s: causes %+v", tt.name, p.Causes)
		}
		if tt.status == http.StatusUnauthorized && !strings.HasPrefix(r.Header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: no challenge", tt.name)
		}
	}
}

// A connection that was made by the API is authorized in the browser, and used by a task. Its
// secret is in no page, response or log, and in the database only encrypted.
func TestConnection(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		provider, err := connectiontest.Start("127.0.0.1:0", &connectiontest.Provider{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = provider.Close() })
		u, err := url.Parse(provider.URL)
		if err != nil {
			t.Fatal(err)
		}
		s := start(t, db, "", "")
		s.setUp()
		token := s.token(authserver.ScopeAll)
		settings := map[string]any{
			"grant": "client_credentials", "token_endpoint": provider.URL + "/token", "client_id": "demo", "client_secret": "demo-secret",
			"hosts": []string{u.Host},
		}
		var c struct {
			Source   string
			Settings map[string]any
		}
		r := s.api(token, http.MethodPut, "/v1/connections/crm", settings, &c)
		if r.StatusCode != http.StatusCreated || c.Source != "stored" || c.Settings["client_secret"] != "stored:client_secret" {
			t.Fatalf("added: %d %+v", r.StatusCode, c)
		}
		if r := s.api(token, http.MethodPost, "/v1/connections/crm/test", nil, nil); r.StatusCode != http.StatusOK {
			t.Errorf("tested: %d", r.StatusCode)
		}
		code := fmt.Sprintf(`function main() {
	const r = httpClient.begin().authSetting("crm").get(%q);
	engine.setDataByVarName("q_out", r.getStatusCode());
}`, provider.URL+"/api/items")
		s.api(token, http.MethodPut, "/v1/tasks/use", map[string]any{
			"main": "use.js", "files": map[string]any{"use.js": []byte(code)}, "options": map[string]any{"connections": []string{"crm"}},
		}, nil)
		var run struct {
			State   string
			Outcome struct{ Data map[string]any }
			Error   any
		}
		s.api(token, http.MethodPost, "/v1/runs?wait=30", map[string]any{"task": "use"}, &run)
		if run.State != "succeeded" || run.Outcome.Data["q_out"] != 200.0 {
			t.Errorf("run: %+v", run)
		}
		// The reference keeps the secret, but not where it would be sent elsewhere.
		c.Settings["scopes"] = []string{"items"}
		if r := s.api(token, http.MethodPut, "/v1/connections/crm", c.Settings, nil); r.StatusCode != http.StatusOK {
			t.Errorf("changed: %d", r.StatusCode)
		}
		c.Settings["token_endpoint"] = "https://attacker.example/token"
		if r := s.api(token, http.MethodPut, "/v1/connections/crm", c.Settings, nil); r.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("sent elsewhere with the stored secret: %d", r.StatusCode)
		}
		_, page := s.get("/connections/crm")
		if strings.Contains(page+s.log.String(), "demo-secret") || !strings.Contains(page, "ready") {
			t.Errorf("page: %s", page)
		}
		if r := s.api(token, http.MethodDelete, "/v1/connections/crm", nil, nil); r.StatusCode != http.StatusNoContent {
			t.Errorf("deleted: %d", r.StatusCode)
		}
		if r := s.api(token, http.MethodGet, "/v1/connections/crm", nil, nil); r.StatusCode != http.StatusNotFound {
			t.Errorf("after it was deleted: %d", r.StatusCode)
		}
	})
}

// A task in the folder is loaded, and again when it changes.
func TestFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(code string) {
		if err := os.WriteFile(filepath.Join(dir, "greet.js"), []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("1")
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", dir)
	s.setUp()
	token := s.token(authserver.ScopeRead)
	version := func(want int64) {
		t.Helper()
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for deadline := time.Now().Add(30 * time.Second); ; <-tick.C {
			var task struct {
				Active int64 `json:"active_version"`
			}
			s.api(token, http.MethodGet, "/v1/tasks/greet", nil, &task)
			if task.Active == want {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("version %d, want %d; log: %s", task.Active, want, s.log)
			}
		}
	}
	version(1)
	write("22")
	version(2)
}

// Pages are for those who are signed in, and forms for those who have loaded them.
func TestPages(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	if _, page := s.get("/runs"); !strings.Contains(page, "<h1>Sign in</h1>") {
		t.Errorf("not signed in: %s", page)
	}
	s.setUp()
	for path, want := range map[string]string{
		"/": "Overview", "/tasks": "Tasks", "/runs": "Runs", "/connections": "Connections",
	} {
		if status, page := s.get(path); status != http.StatusOK || !strings.Contains(page, "<h1>"+want+"</h1>") {
			t.Errorf("%s: %d %s", path, status, page)
		}
	}
	for _, path := range []string{"/nosuch", "/tasks/nosuch", "/runs/nosuch", "/connections/nosuch"} {
		if status, page := s.get(path); status != http.StatusNotFound || !strings.Contains(page, "<h1>Not found</h1>") {
			t.Errorf("%s: %d %s", path, status, page)
		}
	}
	if status, _ := s.do(http.MethodPost, "/signout", url.Values{"form": {"wrong"}}); status != http.StatusForbidden {
		t.Errorf("a form of another session: %d", status)
	}
	if status, page := s.post("/", "/signout", nil); status != http.StatusOK || !strings.Contains(page, "<h1>Sign in</h1>") {
		t.Errorf("signed out: %d %s", status, page)
	}
	status, page := s.do(http.MethodPost, "/signin?next=//evil.example", url.Values{"email": {"ops@example.com"}, "password": {"wrong"}})
	if status != http.StatusUnauthorized || !strings.Contains(page, "The email address or the password is wrong.") {
		t.Errorf("wrong password: %d %s", status, page)
	}
	status, page = s.do(http.MethodPost, "/signin", url.Values{"email": {"ops@example.com"}, "password": {password}, "next": {"/tasks"}})
	if status != http.StatusOK || !strings.Contains(page, "<h1>Tasks</h1>") {
		t.Errorf("signed in: %d %s", status, page)
	}
	if log := s.log.String(); !strings.Contains(log, "path=/setup/…") || strings.Contains(log, password) {
		t.Errorf("log: %s", log)
	}
	for _, line := range []string{`msg="signed in" user=ops@example.com address=127.0.0.1`, `msg="sign-in refused" address=127.0.0.1`} {
		if !strings.Contains(s.log.String(), line) {
			t.Errorf("the log lacks %s: %s", line, s.log)
		}
	}
}

// A callback is accepted from the browser session that began the authorization alone, and
// once, also by a user who is signed in elsewhere too.
func TestCallbackOfAnotherBrowser(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		s := start(t, db, `[connections.crm]
grant = "authorization_code"
authorization_endpoint = "http://127.0.0.1:1/authorize"
token_endpoint = "http://127.0.0.1:1/token"
client_id = "demo"
token_endpoint_auth_method = "none"
hosts = ["127.0.0.1:1"]
`, "")
		s.setUp()
		u, err := s.Service().Accounts.User(t.Context(), "ops@example.com")
		if err != nil {
			t.Fatal(err)
		}
		caller := func(session string) service.Caller {
			return service.Caller{ID: u.ID, Name: u.Email, Role: u.Role, Session: session}
		}
		for _, tt := range []struct {
			begins  string
			refused []string
			accepts string
		}{
			{"one", []string{"another", ""}, "one"},
			{"", nil, "any"}, // a program asked for the URL
		} {
			a, err := s.Service().Authorize(t.Context(), caller(tt.begins), "crm")
			if err != nil {
				t.Fatal(err)
			}
			target, err := url.Parse(a.URL)
			if err != nil {
				t.Fatal(err)
			}
			callback := url.Values{"state": {target.Query().Get("state")}, "code": {"c"}}
			for _, session := range append(tt.refused, tt.accepts) {
				_, err := s.Service().Callback(t.Context(), caller(session), callback)
				// What is accepted fails later: there is no authorization server.
				if errors.Is(err, service.ErrNoAttempt) != (session != tt.accepts) || err == nil {
					t.Errorf("begun by %q, callback to %q: %v", tt.begins, session, err)
				}
			}
			if _, err := s.Service().Callback(t.Context(), caller(tt.accepts), callback); !errors.Is(err, service.ErrNoAttempt) {
				t.Errorf("begun by %q, again: %v", tt.begins, err)
			}
		}
	})
}

// The log says what holds the scripts.
func TestProtectionIsTold(t *testing.T) {
	t.Parallel()
	own := startWith(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "", func(c *server.Config) { c.InProcess = true })
	if !strings.Contains(own.log.String(), "level=WARN msg=\"JavaScript runs in the server's own process: a hostile script can end it\"") {
		t.Errorf("in process: %s", own.log)
	}
	if !runtime.WorkersSupported() {
		return
	}
	workers := startWith(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "", func(c *server.Config) { c.InProcess = false })
	if !strings.Contains(workers.log.String(), "level=INFO msg=\"JavaScript runs in worker processes\" namespaces=") {
		t.Errorf("in workers: %s", workers.log)
	}
}
