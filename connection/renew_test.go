package connection_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// items requests something of the API of crm and returns the status.
func items(t *testing.T, m *connection.Manager) int {
	t.Helper()
	grant := &hostapi.Grant{Connections: []string{"crm"}, Limits: hostapi.DefaultLimits()}
	got, err := m.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/api/items", AuthSetting: "crm"})
	if err != nil {
		t.Fatal(err)
	}
	return got.Status
}

func TestRevokedTokenIsReplaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &connectiontest.Provider{}
		m := newManager(t, p, crm)
		if got := items(t, m); got != http.StatusOK {
			t.Fatalf("status = %d", got)
		}
		advance(t, time.Minute)
		p.Revoke()
		if got := items(t, m); got != http.StatusOK || p.Count("/token") != 2 || p.Count("/api/items") != 3 {
			t.Errorf("status %d, %d token requests and %d to the API; want 200 after one more token and one more request",
				got, p.Count("/token"), p.Count("/api/items"))
		}
	})
}

// A request that gets a 401 is sent once more, and not more often.
func TestExpiredIsAskedOnceMore(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, toml string
		status     int
		body       string
		again      bool
	}{
		{"401", "", http.StatusUnauthorized, "", true},
		{"403", "", http.StatusForbidden, "", false},
		{"403 where it means that", "expired_status = [401, 403]\n", http.StatusForbidden, "", true},
		{"401 where it does not", "expired_status = []\n", http.StatusUnauthorized, "", false},
		{"200 that says so", `expired_when = { json = "errors.0.code", equals = "602" }` + "\n", http.StatusOK, `{"errors":[{"code":602}]}`, true},
		{"200 that says something else", `expired_when = { json = "errors.0.code", equals = "602" }` + "\n", http.StatusOK, `{"errors":[{"code":603}]}`, false},
		{"other status", `expired_when = { status = 400, json = "code", equals = "x" }` + "\n", http.StatusOK, `{"code":"x"}`, false},
	}
	for _, tt := range tests {
		for _, forever := range []bool{false, true} {
			t.Run(fmt.Sprintf("C46 %s, forever %v", tt.name, forever), func(t *testing.T) {
				t.Parallel()
				p := &connectiontest.Provider{}
				p.Bend = func(w http.ResponseWriter, r *http.Request) bool {
					if r.URL.Path != "/api/items" || !forever && p.Count("/api/items") > 1 {
						return false
					}
					w.WriteHeader(tt.status)
					_, _ = io.WriteString(w, tt.body)
					return true
				}
				m := newManager(t, p, crm+tt.toml)
				want, tokens, requests := tt.status, 1, 1
				if tt.again {
					tokens, requests = 2, 2
					if !forever {
						want = http.StatusOK
					}
				}
				got := items(t, m)
				if got != want || p.Count("/token") != tokens || p.Count("/api/items") != requests {
					t.Errorf("status %d with %d token requests and %d to the API; want %d, %d and %d",
						got, p.Count("/token"), p.Count("/api/items"), want, tokens, requests)
				}
			})
		}
	}
}

// The repeated request is the same, with another token. All bodies are in memory, so
// each can be sent again.
func TestExpiredIsAskedTheSame(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]hostapi.Request{
		"form": {FormParam: []hostapi.Param{{Name: "a", Value: "b c"}}},
		"body": {Body: []byte(`{"a":"b"}`), ContentType: "application/json"},
		"file": {Body: bytes.Repeat([]byte{0, 1, 2, 255}, 4<<10), ContentType: "application/octet-stream"},
		"parts": {Multipart: []hostapi.Part{
			{Name: "a", Content: []byte("b")}, {Name: "f", FileName: "f.bin", ContentType: "image/png", Content: []byte{0, 255}},
		}},
	} {
		t.Run("C46 POST "+name, func(t *testing.T) {
			t.Parallel()
			p := &connectiontest.Provider{}
			p.Bend = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/api/echo" || p.Count("/api/echo") > 1 {
					return false
				}
				w.WriteHeader(http.StatusUnauthorized)
				return true
			}
			m := newManager(t, p, crm)
			grant := &hostapi.Grant{Connections: []string{"crm"}, Limits: hostapi.DefaultLimits()}
			request.Method, request.URL, request.AuthSetting = "POST", "https://api.example.com/api/echo", "crm"
			got, err := m.Do(t.Context(), grant, &request)
			if err != nil || got.Status != http.StatusOK {
				t.Fatalf("%+v, %v", got, err)
			}
			var bodies, tokens []string
			for _, r := range p.Requests() {
				if r.Path != "/api/echo" {
					continue
				}
				body := string(r.Body)
				if _, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && parameters["boundary"] != "" {
					body = strings.ReplaceAll(body, parameters["boundary"], "boundary")
				}
				bodies, tokens = append(bodies, body), append(tokens, r.Header.Get("Authorization"))
			}
			if len(bodies) != 2 || bodies[0] != bodies[1] || bodies[0] == "" || tokens[0] == tokens[1] {
				t.Errorf("bodies %q; want the same twice, with another token", bodies)
			}
		})
	}
}

// An API that accepts no token does not cost a token request each time.
func TestRefusedTokenIsKeptWhileNew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &connectiontest.Provider{}
		p.Bend = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/token" {
				return false
			}
			w.WriteHeader(http.StatusUnauthorized)
			return true
		}
		m := newManager(t, p, crm)
		for range 100 {
			items(t, m)
			advance(t, 100*time.Millisecond)
		}
		if n := p.Count("/token"); n < 5 || n > 12 {
			t.Errorf("%d token requests in 10s, want about one a second", n)
		}
	})
}

// A 401 after a redirect to another origin says nothing about the token, which was not
// sent.
func TestUnauthorizedElsewhereKeepsTheToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &connectiontest.Provider{}
		p.Bend = func(w http.ResponseWriter, r *http.Request) bool {
			switch {
			case r.URL.Host == "other.example.com":
				w.WriteHeader(http.StatusUnauthorized)
			case r.URL.Path == "/api/items":
				w.Header().Set("Location", "https://other.example.com/")
				w.WriteHeader(http.StatusFound)
			default:
				return false
			}
			return true
		}
		m := newManager(t, p, crm+"[egress]\nallow = [\"other.example.com\"]\n")
		grant := &hostapi.Grant{
			Connections: []string{"crm"}, Limits: hostapi.DefaultLimits(), Allow: []hostapi.Rule{{Host: "other.example.com"}},
		}
		for range 3 {
			got, err := m.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/api/items", AuthSetting: "crm"})
			if err != nil || got.Status != http.StatusUnauthorized {
				t.Fatalf("Do = %v, %v", got, err)
			}
			advance(t, time.Minute)
		}
		if n := p.Count("/token"); n != 1 {
			t.Errorf("%d token requests, want 1", n)
		}
	})
}

// A token that is about to expire might be invalid on arrival: it is renewed first, and
// used until it expires only if that fails.
func TestTokenInItsLastMoments(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ lifetime, served, replaced time.Duration }{
		{time.Hour, time.Hour - 11*time.Second, time.Hour - 9*time.Second},
		{2 * time.Second, 1400 * time.Millisecond, 1600 * time.Millisecond},
		{20 * time.Second, 18900 * time.Millisecond, 19100 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &connectiontest.Provider{TokenLifetime: tt.lifetime}
			var down atomic.Bool
			p.Bend = func(w http.ResponseWriter, _ *http.Request) bool {
				if down.Load() {
					w.WriteHeader(http.StatusBadGateway)
				}
				return down.Load()
			}
			m := newManager(t, p, crm)
			first := token(t, m, "crm")
			down.Store(true)
			advance(t, tt.served)
			token(t, m, "crm")
			synctest.Wait()
			advance(t, tt.replaced-tt.served)
			if got := token(t, m, "crm"); got.AccessToken() != first.AccessToken() {
				t.Error("another token from a server that is down")
			}
			synctest.Wait()
			advance(t, tt.lifetime-tt.replaced)
			if _, err := m.Token(t.Context(), "crm", 0); hostapi.CodeOf(err) != hostapi.CodeConnection {
				t.Errorf("after %v: %v, want connection", tt.lifetime, err)
			}

			down.Store(false)
			advance(t, 16*time.Second)
			first = token(t, m, "crm")
			advance(t, tt.replaced)
			if got := token(t, m, "crm"); got.AccessToken() == first.AccessToken() {
				t.Errorf("%v before the end of %v it is served all the same", tt.lifetime-tt.replaced, tt.lifetime)
			}
		})
	}
}

// A panic while a token is obtained neither crashes the process nor leaks a goroutine.
func TestPanicInARenewal(t *testing.T) {
	t.Parallel()
	const canary = "panic-with-hunter2"
	var broken atomic.Bool
	broken.Store(true)
	for name, config := range map[string]connection.Config{
		"OnEvent": {
			Egress: egress.New(egress.Config{Transport: memory{&connectiontest.Provider{}}}),
			OnEvent: func(connection.Event) {
				if broken.Load() {
					panic(canary)
				}
			},
		},
		"transport": {Egress: egress.New(egress.Config{Transport: panicking{}})},
	} {
		config.Set = parse(t, crm)
		m, err := connection.NewManager(config)
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.Token(t.Context(), "crm", 0)
		e := asError(t, err)
		if e.Code != hostapi.CodeInternal || e.Op != "token" || e.Name != "crm" {
			t.Errorf("%s: Token = %v, want internal", name, err)
		}
		if p, ok := errors.AsType[*hostapi.PanicError](err); !ok || p.Value != canary || !strings.Contains(string(p.Stack), "_test.go") {
			t.Errorf("%s: the cause is %#v, want the panic", name, p)
		}
		assertNoSecret(t, e.Error(), canary)
		if err := m.Close(t.Context()); err != nil {
			t.Errorf("%s: Close = %v", name, err)
		}
	}
}

type panicking struct{}

func (panicking) RoundTrip(*http.Request) (*http.Response, error) { panic("panic-with-hunter2") }
