package connection_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/store"
)

// newTask returns an engine over a connector and a task that may use the named
// connections, ready to run.
func newTask(t *testing.T, connector hostapi.Connector, source string, connections ...string) (*runtime.Engine, runtime.Task) {
	t.Helper()
	engine := runtime.New(runtime.Config{Connector: connector})
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js", Code: []byte(source)})
	if err != nil {
		t.Fatal(err)
	}
	return engine, runtime.Task{Script: script, Connections: connections}
}

// askAPI is a task that requests the URL in q_url.
const askAPI = `
const response = httpClient.begin().authSetting("crm").get(engine.findDataByVarName("q_url"));
engine.setDataByVarName("q_status", response.getStatusCode());
engine.setDataByVarName("q_body", response.getResponseAsString());
`

// C45: a hanging server costs a task its own time, and does not delay other
// connections.
func TestHungServer(t *testing.T) {
	t.Parallel()
	t.Run("C45", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := new(connectiontest.Provider)
			p.Bend = func(_ http.ResponseWriter, r *http.Request) bool {
				return strings.HasPrefix(r.URL.Host, "hung.") && !wait(r, 30*time.Second)
			}
			m := newManager(t, p, crm+strings.NewReplacer(".crm", ".hung", "id.example.com", "hung.example.com").Replace(crm))
			engine, task := newTask(t, m, `
				const name = engine.findDataByVarName("q_connection");
				const response = httpClient.begin().authSetting(name).get("https://api.example.com/api/items");
				engine.setDataByVarName("q_status", response.getStatusCode());`, "crm", "hung")
			start := time.Now()
			var tasks sync.WaitGroup
			for range 10 {
				tasks.Go(func() {
					task := task
					task.Limits.Time, task.Data = 500*time.Millisecond, map[string]any{"q_connection": "hung"}
					_, err := engine.Run(t.Context(), task)
					if hostapi.CodeOf(err) != hostapi.CodeTimeout || time.Since(start) > time.Second {
						t.Errorf("the task ended after %v with %v, want a timeout within 1s", time.Since(start), err)
					}
				})
			}
			synctest.Wait() // they all hang by now
			for range 10 {
				before := time.Now()
				task.Data = map[string]any{"q_connection": "crm"}
				result, err := engine.Run(t.Context(), task)
				if err != nil || result.Data["q_status"] != 200.0 || time.Since(before) != 0 {
					t.Errorf("the other connection: %v and %v after %v", result.Data, err, time.Since(before))
				}
			}
			if time.Since(start) != 0 {
				t.Errorf("the tasks of the other connection came late: after %v", time.Since(start))
			}
			tasks.Wait()
			if err := m.Close(t.Context()); err != nil { // which waits for the request
				t.Error(err)
			}
			if got := time.Since(start); got > 31*time.Second {
				t.Errorf("the request went on for %v", got)
			}
			if n := p.Count("/token"); n != 2 {
				t.Errorf("%d token requests, want one to each server", n)
			}
		})
	})
}

// C23: a token endpoint that echoes a request, in any encoding, discloses it to neither
// the task, its log, its data nor a receiver of events.
func TestEchoingTokenEndpoint(t *testing.T) {
	t.Parallel()
	const secret = `hunter2+/="<é>&%canary`
	toml := strings.NewReplacer(`"demo-secret"`, `'`+secret+`'`, `"demo"`, `"demo"`+"\ntoken_endpoint_auth_method = \"client_secret_post\"").Replace(crm)
	for name, answer := range map[string]func(w http.ResponseWriter, body string){
		"C23 HTML": func(w http.ResponseWriter, body string) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, "<h1>Bad request</h1><pre>%s</pre> client_secret was %s", body, secret)
		},
		"C23 description": func(w http.ResponseWriter, body string) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"error":"invalid_client","error_description":%q,"error_uri":%q}`, secret, body)
		},
		"C23 code": func(w http.ResponseWriter, _ string) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"error":%q}`, secret)
		},
		"C23 redirect": func(w http.ResponseWriter, body string) {
			w.Header().Set("Location", "https://id.example.com/?"+body)
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
		"C23 status 200": func(w http.ResponseWriter, body string) {
			_, _ = io.WriteString(w, body)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &connectiontest.Provider{Bend: func(w http.ResponseWriter, r *http.Request) bool {
				body, err := io.ReadAll(r.Body)
				if err != nil || !strings.Contains(string(body), "client_secret=hunter2") {
					t.Errorf("the server got %s, %v", body, err)
				}
				answer(w, string(body))
				return true
			}}
			set := parse(t, toml)
			var heard []connection.Event
			m, err := connection.NewManager(connection.Config{
				Set: set, Egress: egress.New(egress.Config{Transport: memory{p}}),
				OnEvent: func(e connection.Event) { heard = append(heard, e) },
			})
			if err != nil {
				t.Fatal(err)
			}
			engine, task := newTask(t, m, `
				for (const attempt of [() => httpClient.getOAuth2Token("crm"), () => httpClient.begin().authSetting("crm").get("https://api.example.com/")]) {
					try { attempt() } catch (e) {
						const all = Object.getOwnPropertyNames(e).map((name) => name + "=" + e[name]).join();
						console.log(String(e), e.stack, JSON.stringify(e), all);
						engine.setDataByVarName("q_error", String(e) + all);
					}
				}
				httpClient.getOAuth2Token("crm");`, "crm")
			var seen []runtime.Event
			task.OnEvent = func(e runtime.Event) { seen = append(seen, e) }
			result, err := engine.Run(t.Context(), task)
			if hostapi.CodeOf(err) != hostapi.CodeConnection || !strings.Contains(err.Error(), "token endpoint id.example.com answered") {
				t.Errorf("error %v, want one that tells of the token endpoint", err)
			}
			if len(result.Logs) != 2 || !strings.Contains(result.Logs[0].Message, "token endpoint id.example.com answered") || len(heard) != 1 {
				t.Errorf("logs %v and events %v, want two and one", result.Logs, heard)
			}
			assertNoSecret(t, err, secret, "hunter2")
			for _, v := range []any{result, result.Logs, result.Data, heard, heard[0].Err} {
				assertNoSecret(t, v, secret, "hunter2")
			}
			for _, e := range seen {
				assertNoSecret(t, e, secret, "hunter2")
				if e.Log != nil {
					assertNoSecret(t, e.Log.Message, secret, "hunter2")
				}
			}
		})
	}
}

// crowd is the number of concurrent tasks.
const crowd = 1000

// together is a connector that reports when all tasks of a crowd have called it.
type together struct {
	hostapi.Connector
	mu      sync.Mutex
	arrived int
	all     chan struct{} // closed when they are all there
}

func (c *together) Do(ctx context.Context, grant *hostapi.Grant, r *hostapi.Request) (*hostapi.Response, error) {
	c.mu.Lock()
	if c.arrived++; c.arrived == crowd {
		close(c.all)
	}
	c.mu.Unlock()
	return c.Connector.Do(ctx, grant, r)
}

// TestCrowd checks that a thousand concurrent tasks that find an expired token cost the
// authorization server one request, whatever its response and wherever the token is
// kept.
func TestCrowd(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, grant, answer string // the answer in place of a token; empty: a token
		status              int
		code                hostapi.Code
		state               connection.State
	}{
		{"a token", "client_credentials", "", 0, "", connection.StateReady},
		{"500", "client_credentials", "<p>down", http.StatusInternalServerError, hostapi.CodeConnection, connection.StateFailing},
		{"invalid_grant", "authorization_code", `{"error":"invalid_grant"}`, http.StatusBadRequest, hostapi.CodeNeedsReauth, connection.StateNeedsReauth},
	}
	for _, tt := range tests {
		for name, newStore := range map[string]func(*testing.T) *store.Store{"memory": nil, "SQLite": openStore} {
			t.Run(tt.name+" in "+name, func(t *testing.T) { //nolint:paralleltest // each is a crowd
				arrivals := &together{all: make(chan struct{})}
				var asked atomic.Int32
				s := start(t, &connectiontest.Provider{Bend: func(w http.ResponseWriter, r *http.Request) bool {
					if r.URL.Path != "/token" {
						return false
					}
					asked.Add(1)
					<-arrivals.all
					if tt.answer == "" {
						return false
					}
					w.WriteHeader(tt.status)
					_, _ = io.WriteString(w, tt.answer)
					return true
				}})
				toml := strings.NewReplacer("https://id.example.com", s.URL, "api.example.com", s.Host(), "client_credentials", tt.grant).Replace(crm)
				if tt.grant == "authorization_code" {
					toml += "authorization_endpoint = \"" + s.URL + "/authorize\"\n"
				}
				set := parse(t, toml)
				config := connection.Config{Set: set, Egress: egress.New(set.Egress())}
				t.Cleanup(config.Egress.Close)
				if newStore != nil {
					config.Store = newStore(t)
				}
				m, err := connection.NewManager(config)
				if err != nil {
					t.Fatal(err)
				}
				expired := connection.Imported{AccessToken: "old", Expiry: time.Now().Add(-time.Minute)}
				if tt.grant == "authorization_code" {
					expired.RefreshToken = "used up"
				}
				if err := m.Import(t.Context(), "crm", expired); err != nil {
					t.Fatal(err)
				}
				arrivals.Connector = m
				engine, task := newTask(t, arrivals, askAPI, "crm")
				outcomes := make(chan error, crowd)
				for range crowd {
					task := task
					task.Data = map[string]any{"q_url": s.URL + "/api/items"}
					go func() {
						result, err := engine.Run(t.Context(), task)
						if err == nil && result.Data["q_status"] != 200.0 {
							err = fmt.Errorf("the API answered %v", result.Data["q_status"])
						}
						outcomes <- err
					}()
				}
				for range crowd {
					err := <-outcomes
					if tt.answer == "" && err == nil {
						continue
					}
					e, ok := errors.AsType[*hostapi.Error](err)
					if want := fmt.Sprintf("token endpoint %s answered %d", s.Host(), tt.status); !ok || e.Code != tt.code || e.Name != "crm" || !strings.HasPrefix(e.Message, want) {
						t.Fatalf("a task ended with %v, want %s: %s", err, tt.code, want)
					}
				}
				if n := asked.Load(); n != 1 {
					t.Errorf("%d token requests for %d tasks, want 1", n, crowd)
				}
				if state, _ := m.State("crm"); state != tt.state {
					t.Errorf("state %s, want %s", state, tt.state)
				}
			})
		}
	}
}
