package connection_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	goruntime "runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// issuing is an authorization server that counts token requests by client, and an API
// that records the last credential it got.
type issuing struct {
	mu     sync.Mutex
	tokens map[string]int // by client_id
	calls  int            // of the API
	got    string
	wrong  int // calls with something else than a token
}

func (w *issuing) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.URL.Host == "id.example.com" {
		id, _, _ := r.BasicAuth()
		if w.tokens == nil {
			w.tokens = make(map[string]int)
		}
		w.tokens[id]++
		rw.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(rw, `{"access_token":"real-token-%s-%d","token_type":"Bearer","expires_in":3600}`, id, w.tokens[id])
		return
	}
	w.calls++
	if w.got = r.Header.Get("Authorization"); !strings.HasPrefix(w.got, "Bearer real-token-") {
		w.wrong++
	}
	_, _ = fmt.Fprint(rw, r.Header.Get("Authorization"))
}

// last returns the credential that the API got last.
func (w *issuing) last() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.got
}

// machine is a connection with the client credentials grant.
func machine(name, client string) string {
	return fmt.Sprintf("[connections.%s]\ngrant = \"client_credentials\"\ntoken_endpoint = \"https://id.example.com/token\"\n"+
		"client_id = %q\nclient_secret = \"secret-of-a-test\"\nallow_plaintext = true\nhosts = [\"api.example.com\"]\n", name, client)
}

// runOf returns the grant of a run of a task, as the engine makes it.
func runOf(names ...string) *hostapi.Grant {
	return &hostapi.Grant{Connections: names, Limits: hostapi.DefaultLimits(), Run: new(hostapi.RunState)}
}

// call sends a request with a stand-in.
func call(ctx context.Context, m *connection.Manager, grant *hostapi.Grant, standIn string) (*hostapi.Response, error) {
	return m.Do(ctx, grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/", Bearer: standIn})
}

func standInOf(t *testing.T, m *connection.Manager, grant *hostapi.Grant, name string) string {
	t.Helper()
	standIn, err := m.OAuth2Token(t.Context(), grant, name)
	if err != nil {
		t.Fatal(err)
	}
	return standIn
}

func TestReplace(t *testing.T) {
	t.Parallel()
	w := new(issuing)
	m := newManager(t, w, machine("same", "a")+machine("changed", "b")+machine("removed", "c"))
	all := []string{"same", "changed", "removed"}
	before := runOf(all...)
	standIns := make(map[string]string)
	for _, name := range all {
		standIns[name] = standInOf(t, m, before, name)
	}
	if err := m.Replace(parse(t, machine("changed", "d")+machine("same", "a")+machine("added", "e"))); err != nil {
		t.Fatal(err)
	}

	after := runOf("same", "changed", "removed", "added")
	if got := standInOf(t, m, after, "same"); got != standIns["same"] || w.tokens["a"] != 1 {
		t.Errorf("a connection that did not change: another stand-in, or %d token requests", w.tokens["a"])
	}
	if state, _ := m.State("same"); state != connection.StateReady {
		t.Errorf("its state is %s", state)
	}
	if state, _ := m.State("changed"); state != connection.StateUnused {
		t.Errorf("the state of a changed one is %s", state)
	}
	changed := standInOf(t, m, after, "changed")
	if changed == standIns["changed"] || w.tokens["d"] != 1 {
		t.Errorf("a changed connection: the same stand-in, or %d token requests", w.tokens["d"])
	}
	if standInOf(t, m, after, "added"); w.tokens["e"] != 1 {
		t.Error("an added connection got no token")
	}
	if _, err := m.OAuth2Token(t.Context(), after, "removed"); hostapi.CodeOf(err) != hostapi.CodeUnknownConnection {
		t.Errorf("a removed connection: %v", err)
	}
	if _, known := m.State("removed"); known {
		t.Error("a removed connection has a state")
	}

	// Stand-ins from before belong to no connection any more.
	for _, name := range []string{"changed", "removed"} {
		calls := w.calls
		for _, ask := range []*hostapi.Request{
			{Method: "GET", URL: "https://api.example.com/", Bearer: standIns[name]},
			{Method: "GET", URL: "https://api.example.com/?key=" + standIns[name]},
			{Method: "POST", URL: "https://api.example.com/", Body: []byte("<" + standIns[name] + ">"), ContentType: "text/plain"},
			{Method: "GET", URL: "https://api.example.com/", Basic: &hostapi.Basic{Username: "x", Password: standIns[name]}},
		} {
			if _, err := m.Do(t.Context(), after, ask); hostapi.CodeOf(err) != hostapi.CodeDenied || w.calls != calls {
				t.Errorf("the stand-in of the %s connection: %v, %d requests", name, err, w.calls-calls)
			}
		}
	}

	// The run from before goes on with what it used first.
	for name, want := range map[string]string{"same": "a-1", "changed": "b-1", "removed": "c-1"} {
		response, err := call(t.Context(), m, before, standIns[name])
		if err != nil || w.last() != "Bearer real-token-"+want {
			t.Errorf("%s in a run from before: %v, the API got %q", name, err, w.last())
		} else if string(response.Body) != "Bearer "+standIns[name] {
			t.Errorf("%s in a run from before: the response has %q", name, response.Body)
		}
	}
	if _, err := m.OAuth2Token(t.Context(), before, "added"); err == nil {
		t.Error("a run from before has a connection that was added")
	}
	if _, err := call(t.Context(), m, before, changed); hostapi.CodeOf(err) != hostapi.CodeDenied {
		t.Errorf("a stand-in of after in a run from before: %v", err)
	}
}

// Two runs, one from before Replace and one from after, use a connection that did not
// change for the first time: it is one connection.
func TestReplaceBeforeTheFirstUse(t *testing.T) {
	t.Parallel()
	w := new(issuing)
	m := newManager(t, w, machine("crm", "a")+machine("other", "b"))
	before := runOf("crm", "other")
	standInOf(t, m, before, "other")
	if err := m.Replace(parse(t, machine("crm", "a"))); err != nil {
		t.Fatal(err)
	}
	if standInOf(t, m, before, "crm") != standInOf(t, m, runOf("crm"), "crm") || w.tokens["a"] != 1 {
		t.Errorf("two stand-ins, or %d token requests", w.tokens["a"])
	}
}

func TestReplaceRefuses(t *testing.T) {
	t.Parallel()
	w := new(issuing)
	m := newManager(t, w, machine("crm", "a"))
	without, err := connection.Parse("oauth.toml", []byte(machine("crm", "b")), connection.ParseOptions{SkipSecrets: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range []*connection.Set{nil, without} {
		if err := m.Replace(set); hostapi.CodeOf(err) != hostapi.CodeConfig {
			t.Errorf("Replace = %v", err)
		}
	}
	standInOf(t, m, runOf("crm"), "crm")
	if err := m.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	grant := runOf("crm")
	for name, call := range map[string]func() error{
		"Replace":     func() error { return m.Replace(parse(t, machine("crm", "b"))) },
		"OAuth2Token": func() error { _, err := m.OAuth2Token(t.Context(), grant, "crm"); return err },
		"Token":       func() error { _, err := m.Token(t.Context(), "crm", 0); return err },
		"Refresh":     func() error { _, err := m.Refresh(t.Context(), "crm"); return err },
		"Do":          func() error { _, err := call(t.Context(), m, grant, ""); return err },
		"Introspect":  func() error { _, err := m.Introspect(t.Context(), "crm"); return err },
		"Authorize":   func() error { _, err := m.Authorize(t.Context(), "crm", "http://localhost/"); return err },
	} {
		if err := call(); !errors.Is(err, hostapi.ErrClosed) || hostapi.CodeOf(err) != hostapi.CodeClosed {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
}

// Nothing is reported of a connection that is no more, and an authorization that began
// under other settings cannot be completed.
func TestReplaceEnds(t *testing.T) {
	t.Parallel()
	var events []connection.Event
	interactive := func(client string) string {
		return strings.Replace(machine("crm", client), "client_credentials\"", "authorization_code\"\nauthorization_endpoint = \"https://id.example.com/a\"", 1)
	}
	set := parse(t, machine("machine", "a")+interactive("b"))
	config := set.Egress()
	config.Transport = memory{new(issuing)}
	m, err := connection.NewManager(connection.Config{
		Set: set, Egress: egress.New(config), OnEvent: func(e connection.Event) { events = append(events, e) },
	})
	if err != nil {
		t.Fatal(err)
	}
	begun, err := m.Authorize(t.Context(), "crm", "http://localhost/")
	if err != nil {
		t.Fatal(err)
	}
	old := runOf("machine")
	if _, err := m.AuthSetting(t.Context(), old, "machine"); err != nil { // it is in use, without a token
		t.Fatal(err)
	}
	if err := m.Replace(parse(t, interactive("c"))); err != nil {
		t.Fatal(err)
	}
	standInOf(t, m, old, "machine")
	if len(events) != 0 {
		t.Errorf("events of a removed connection: %v", events)
	}
	err = m.Redeem(t.Context(), begun, map[string][]string{"state": {stateIn(t, begun.URL)}, "code": {"x"}})
	if !errors.Is(err, connection.ErrAuthorization) || !strings.Contains(err.Error(), "changed or removed") {
		t.Errorf("Redeem = %v", err)
	}
}

func stateIn(t *testing.T, authorization string) string {
	t.Helper()
	_, after, ok := strings.Cut(authorization, "state=")
	state, _, _ := strings.Cut(after, "&")
	if !ok {
		t.Fatalf("no state in %q", authorization)
	}
	return state
}

// passing is a Connector of a program around a Manager.
type passing struct {
	hostapi.BaseConnector

	next    hostapi.Connector
	between func() // called before a request, once
	once    sync.Once
}

func (p *passing) OAuth2Token(ctx context.Context, grant *hostapi.Grant, name string) (string, error) {
	return p.next.OAuth2Token(ctx, grant, name)
}

func (p *passing) Do(ctx context.Context, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
	p.once.Do(p.between)
	return p.next.Do(ctx, grant, req)
}

// A secret that was replaced where a reference leads is a change, once it was looked up.
func TestReplaceOfASecret(t *testing.T) {
	t.Parallel()
	value := "first"
	load := func(check bool) *connection.Set {
		set, err := connection.Parse("oauth.toml", []byte(`
[connections.crm]
grant = "client_credentials"
token_endpoint = "https://id.example.com/token"
client_id = "a"
client_secret = "vault:crm"
hosts = ["api.example.com"]`), connection.ParseOptions{LookupSecret: func(context.Context, string) (string, error) { return value, nil }})
		if err == nil && check {
			err = set.CheckSecrets(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	sent := ""
	server := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, sent, _ = r.BasicAuth()
		new(issuing).ServeHTTP(w, r)
	})
	m, err := connection.NewManager(connection.Config{Set: load(false), Egress: egress.New(egress.Config{Transport: memory{server}})})
	if err != nil {
		t.Fatal(err)
	}
	standIn := func() string {
		text, err := m.OAuth2Token(t.Context(), runOf("crm"), "crm")
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for _, step := range []struct {
		value string
		check bool
		want  string // sent afterwards
		same  bool   // the connection
	}{
		{"first", true, "first", true},
		{"second", false, "first", true},
		{"second", true, "second", false},
		{"second", true, "second", true},
	} {
		before := standIn() // it is used, with the secret that it has
		value = step.value
		if err := m.Replace(load(step.check)); err != nil {
			t.Fatal(err)
		}
		if same := standIn() == before; same != step.same {
			t.Errorf("%+v: the same connection: %t", step, same)
		}
		if _, err := m.Refresh(t.Context(), "crm"); err != nil || sent != step.want {
			t.Errorf("%+v: the secret %q, %v", step, sent, err)
		}
	}
}

// A program can ask for what Replace does not apply.
func TestChangedTables(t *testing.T) {
	t.Parallel()
	const limits, gate = "[limits]\nrequests = 5\n", "[egress]\nallow = [\"api.example.com\"]\n"
	before := parse(t, limits+gate+machine("crm", "a"))
	for text, want := range map[string]string{
		limits + gate + machine("other", "b"):                  "[]",
		"[limits]\nrequests = 6\n" + gate:                      "[limits]",
		limits + "[egress]\nallow = [\"other.example.com\"]\n": "[egress]",
		limits + gate + "cookies = true\n":                     "[egress]",
		"":                                                     "[egress limits]",
		limits + gate + "[store]\nurl = \"sqlite:a.db\"\nkey = \"env:KEY\"\n": "[store]",
	} {
		set, err := connection.Parse("oauth.toml", []byte(text), connection.ParseOptions{
			LookupEnv: lookup(map[string]string{"KEY": "AAAA"}),
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(set.ChangedTables(before)); got != want {
			t.Errorf("%q: changed %s, want %s", text, got, want)
		}
	}
	if got := fmt.Sprint((*connection.Set)(nil).ChangedTables(before)); got != "[egress limits]" {
		t.Errorf("nothing: changed %s", got)
	}
}

// A task of an engine, whose Connector wraps the Manager, ends with the connection that
// it began with. The next one begins with the new one.
func TestReplaceDuringATask(t *testing.T) {
	t.Parallel()
	w := new(issuing)
	m := newManager(t, w, machine("crm", "a"))
	engine := runtime.New(runtime.Config{Connector: &passing{next: m, between: func() {
		if err := m.Replace(parse(t, machine("crm", "b"))); err != nil {
			t.Error(err)
		}
	}}})
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js", Code: []byte(
		`const token = httpClient.getOAuth2Token("crm"); httpClient.begin().bearer(token).get("https://api.example.com/")`)})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a-1", "b-1"} {
		if _, err := engine.Run(t.Context(), runtime.Task{Script: script, Connections: []string{"crm"}}); err != nil || w.last() != "Bearer real-token-"+want {
			t.Errorf("%v; the API got %q, want the token %s", err, w.last(), want)
		}
	}
}

// Hundreds of sets are replaced while tasks run: no task fails or gets a token of
// another connection, connections that do not change get one token in all, and what was
// replaced is freed.
func TestReplaceWhileTasksRun(t *testing.T) { //nolint:paralleltest // it measures the heap
	const swaps, workers = 500, 8
	w := new(issuing)
	padding := strings.Repeat("# a comment that makes the file larger\n", 100)
	m := newManager(t, w, machine("same", "same")+machine("swapped", "client"))
	var done atomic.Int64
	task := func() error {
		grant := runOf("same", "swapped")
		for range 2 {
			for _, name := range []string{"same", "swapped"} {
				standIn, err := m.OAuth2Token(t.Context(), grant, name)
				if err != nil {
					return err
				}
				response, err := call(t.Context(), m, grant, standIn)
				if err != nil || string(response.Body) != "Bearer "+standIn {
					return fmt.Errorf("%s: %w, %v", name, err, response)
				}
			}
		}
		done.Add(1)
		return nil
	}
	swap := func(n int) {
		var over atomic.Bool
		var tasks sync.WaitGroup
		for range workers {
			tasks.Go(func() {
				for !over.Load() {
					if err := task(); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for i := range n {
			if err := m.Replace(parse(t, machine("same", "same")+machine("swapped", fmt.Sprint("client", n, i))+padding)); err != nil {
				t.Error(err)
			}
		}
		over.Store(true)
		tasks.Wait()
	}
	swap(50)
	before := heap()
	swap(swaps)
	if grown := int64(heap()) - int64(before); grown > swaps<<10 {
		t.Errorf("%d swaps keep %d KiB", swaps, grown>>10)
	}
	if w.tokens["same"] != 1 {
		t.Errorf("%d token requests of the connection that did not change", w.tokens["same"])
	}
	if w.wrong > 0 {
		t.Errorf("%d requests had another credential", w.wrong)
	}
	if done.Load() < 10 {
		t.Errorf("only %d tasks ran beside", done.Load())
	}
}

// heap returns the live heap in bytes.
func heap() uint64 {
	for range 3 { // cleanups of one round free what the next collects
		goruntime.GC()
	}
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkReplace replaces 10,000 connections by a set in which one has changed.
func BenchmarkReplace(b *testing.B) {
	const n = 10_000
	setOf := func(changed string) *connection.Set {
		var text strings.Builder
		for i := range n {
			text.WriteString(machine(fmt.Sprint("c", i), "id"))
		}
		text.WriteString(machine("last", changed))
		return parse(b, text.String())
	}
	sets := []*connection.Set{setOf("a"), setOf("b")}
	m, err := connection.NewManager(connection.Config{Set: sets[0], Egress: egress.New(egress.Config{Transport: memory{new(issuing)}})})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := 1; b.Loop(); i++ {
		if err := m.Replace(sets[i%2]); err != nil {
			b.Fatal(err)
		}
	}
}

// requestOf is a request with the credential of a connection.
func requestOf(url, name string) *hostapi.Request {
	return &hostapi.Request{Method: "GET", URL: url, AuthSetting: name}
}

// Credentials of a connection that Replace has changed or removed are still found in responses:
// an API may have stored them, and not revoked them yet.
func TestReplacedCredentialsStayKnown(t *testing.T) { //nolint:paralleltest // it forces garbage collections
	const token, password = "first-token-1234567890", "first-password-1234567890"
	toml := func(secret, more string) string {
		return fmt.Sprintf(`
[connections.key]
grant = "static"
token = %q
allow_plaintext = true
hosts = ["api.example.com"]
[connections.login]
grant = "basic"
username = "ada"
password = %q
allow_plaintext = true
hosts = ["api.example.com"]
%s`, secret+"-token-1234567890", secret+"-password-1234567890", more)
	}
	const other = "[connections.other]\ngrant = \"static\"\ntoken = \"other-token-1234567890\"\nallow_plaintext = true\nhosts = [\"api.example.com\"]\n"
	basic := base64.StdEncoding.EncodeToString([]byte("ada:" + password))
	api := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, token+" "+basic+" "+password) })
	m := newManager(t, api, toml("first", ""))
	get := func(grant ...string) (string, error) {
		r, err := m.Do(t.Context(), runOf(grant...), &hostapi.Request{Method: "GET", URL: "https://api.example.com/", AuthSetting: grant[0]})
		if err != nil {
			return "", err
		}
		return string(r.Body), nil
	}
	for _, use := range []string{"key", "login"} {
		if body, err := get(use, "key", "login"); err != nil || strings.Contains(body, "first") || strings.Contains(body, basic) {
			t.Fatalf("before: %q, %v", body, err)
		}
	}
	for i, file := range []string{toml("second", ""), toml("third", other), other} {
		if err := m.Replace(parse(t, file)); err != nil {
			t.Fatal(err)
		}
		goruntime.GC()
		goruntime.GC()
		if i < 2 {
			for _, use := range []string{"key", "login"} {
				if body, err := get(use, "key", "login"); err != nil || strings.Contains(body, "first") || strings.Contains(body, basic) {
					t.Errorf("file %d: the response for %s is %q, %v", i, use, body, err)
				}
			}
		}
		if i > 0 { // a task that was granted neither
			if body, err := get("other"); hostapi.CodeOf(err) != hostapi.CodeDenied {
				t.Errorf("file %d: a task with another connection gets %q, %v", i, body, err)
			}
		}
	}
}

// The credential of a connection that Replace has added is found before this process has used
// it: another may have sent it.
func TestCredentialOfANewFileIsKnown(t *testing.T) {
	t.Parallel()
	const one = "[connections.one]\ngrant = \"static\"\ntoken = \"first-token-1234567890\"\nallow_plaintext = true\nhosts = [\"api.example.com\"]\n"
	const two = "[connections.two]\ngrant = \"static\"\ntoken = \"other-token-1234567890\"\nallow_plaintext = true\nhosts = [\"api.example.com\"]\n"
	api := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "other-token-1234567890") })
	m := newManager(t, api, one)
	get := &hostapi.Request{Method: "GET", URL: "https://api.example.com/", AuthSetting: "one"}
	if _, err := m.Do(t.Context(), runOf("one"), get); err != nil {
		t.Fatal(err)
	}
	if err := m.Replace(parse(t, one+two)); err != nil {
		t.Fatal(err)
	}
	if r, err := m.Do(t.Context(), runOf("one"), get); hostapi.CodeOf(err) != hostapi.CodeDenied {
		t.Errorf("a task without the connection gets %v, %v", r, err)
	}
}
