package connection_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
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
)

const crm = `
[connections.crm]
grant = "client_credentials"
token_endpoint = "https://id.example.com/token"
client_id = "demo"
client_secret = "demo-secret"
allow_plaintext = true
hosts = ["api.example.com"]
`

func TestTokenIsKeptUntilItExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &connectiontest.Provider{TokenLifetime: time.Hour}
		m := newManager(t, p, crm)
		if got, _ := m.State("crm"); got != connection.StateUnused {
			t.Errorf("State before = %q, want unused", got)
		}
		first := token(t, m, "crm")
		if first.AccessToken() == "" || first.TokenType != "Bearer" || time.Until(first.Expiry) != time.Hour {
			t.Errorf("token type %q, expires in %v, want Bearer and 1h", first.TokenType, time.Until(first.Expiry))
		}
		if got, _ := m.State("crm"); got != connection.StateReady {
			t.Errorf("State after = %q, want ready", got)
		}
		advance(t, 58*time.Minute)
		if got := token(t, m, "crm"); got.AccessToken() != first.AccessToken() || p.Count("/token") != 1 {
			t.Errorf("a fresh token was not kept: %d token requests", p.Count("/token"))
		}

		// In its last minute it is served, and renewed in the background.
		advance(t, 90*time.Second)
		for range 10 {
			if got := token(t, m, "crm"); got.AccessToken() != first.AccessToken() {
				t.Fatal("a stale token was not served")
			}
		}
		synctest.Wait()
		second := token(t, m, "crm")
		if second.AccessToken() == first.AccessToken() || p.Count("/token") != 2 {
			t.Errorf("a stale token was not renewed once: %d token requests", p.Count("/token"))
		}

		// After its expiry it is never served.
		advance(t, 2*time.Hour)
		if third := token(t, m, "crm"); third.AccessToken() == second.AccessToken() || p.Count("/token") != 3 {
			t.Errorf("an expired token was served, or %d token requests are not 3", p.Count("/token"))
		}
	})
}

func TestTokenMinTTL(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &connectiontest.Provider{TokenLifetime: time.Hour}
		m := newManager(t, p, crm)
		first := token(t, m, "crm")
		advance(t, 40*time.Minute)
		got, err := m.Token(t.Context(), "crm", 10*time.Minute)
		if err != nil || got.AccessToken() != first.AccessToken() {
			t.Errorf("a token good for 20m did not do for 10m: %v", err)
		}
		got, err = m.Token(t.Context(), "crm", 30*time.Minute)
		if err != nil || got.AccessToken() == first.AccessToken() {
			t.Errorf("a token good for 20m was given for 30m: %v", err)
		}
		// The server issues none that lives as long: a new one is returned.
		if _, err = m.Token(t.Context(), "crm", 24*time.Hour); err != nil || p.Count("/token") != 3 {
			t.Errorf("Token(24h) = %v with %d token requests, want 3", err, p.Count("/token"))
		}
	})
}

func TestTokenShortLived(t *testing.T) {
	t.Parallel()
	for _, lifetime := range []time.Duration{time.Second, 2 * time.Second, 9 * time.Second} {
		t.Run(lifetime.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &connectiontest.Provider{TokenLifetime: lifetime}
				m := newManager(t, p, crm)
				for range 10 {
					token(t, m, "crm")
				}
				synctest.Wait()
				if n := p.Count("/token"); n != 1 {
					t.Errorf("%d token requests for 10 uses at once, want 1", n)
				}
			})
		})
	}
}

func TestTokenWithoutExpiryIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newManager(t, bend(http.StatusOK, `{"access_token":"tok"}`), crm)
		first := token(t, m, "crm")
		advance(t, 10_000*time.Hour)
		if got := token(t, m, "crm"); got.AccessToken() != first.AccessToken() || !got.Expiry.IsZero() {
			t.Errorf("Expiry = %v, want none and the token kept", got.Expiry)
		}
	})
}

func TestTokenWaiterLeavesAtItsDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &connectiontest.Provider{}
		p.Bend = func(_ http.ResponseWriter, r *http.Request) bool { return !wait(r, 10*time.Second) }
		m := newManager(t, p, crm)
		start := time.Now()
		var tasks sync.WaitGroup
		tasks.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, err := m.Token(ctx, "crm", 0)
			if hostapi.CodeOf(err) != hostapi.CodeTimeout || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 120*time.Millisecond {
				t.Errorf("Token = %v after %v, want a timeout after 100ms", err, time.Since(start))
			}
		})
		synctest.Wait() // this task is the one that asks the endpoint; the others join in
		tasks.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(200*time.Millisecond, cancel)
			_, err := m.Token(ctx, "crm", 0)
			if hostapi.CodeOf(err) != hostapi.CodeCanceled || !errors.Is(err, context.Canceled) {
				t.Errorf("Token = %v, want canceled", err)
			}
		})
		tasks.Go(func() {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(300*time.Millisecond, func() { cancel(&hostapi.Error{Code: hostapi.CodeTimeout}) })
			if _, err := m.Token(ctx, "crm", 0); hostapi.CodeOf(err) != hostapi.CodeTimeout {
				t.Errorf("Token = %v, want timeout, the cause of the cancellation", err)
			}
		})
		// A task with time left gets the token, though the first caller has gone.
		tasks.Go(func() { token(t, m, "crm") })
		tasks.Wait()
		if n := p.Count("/token"); n != 1 {
			t.Errorf("%d token requests, want 1", n)
		}

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		advance(t, 2*time.Hour)
		if _, err := m.Token(ctx, "crm", 0); hostapi.CodeOf(err) != hostapi.CodeCanceled || p.Count("/token") != 1 {
			t.Errorf("Token for a dead task = %v with %d token requests, want canceled and 1", err, p.Count("/token"))
		}
	})
}

func TestTokenEndpointTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		m := newManager(t, hang, crm+"timeout = \"5s\"\n"+strings.ReplaceAll(crm, ".crm", ".other"))
		start := time.Now()
		_, err := m.Token(t.Context(), "crm", 0)
		if e := asError(t, err); e.Code != hostapi.CodeNetwork || e.Message != "token endpoint id.example.com did not respond within 5s" {
			t.Errorf("Token = %v, want network", e)
		}
		if waited := time.Since(start); waited != 5*time.Second {
			t.Errorf("waited %v, want 5s", waited)
		}
		if got, _ := m.State("crm"); got != connection.StateFailing {
			t.Errorf("State = %q, want failing", got)
		}
		_, err = m.Token(t.Context(), "other", 0)
		if e := asError(t, err); !strings.HasSuffix(e.Message, "within 30s") {
			t.Errorf("default timeout: %v, want 30s", e)
		}
	})
}

func TestTokenFailureIsRemembered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &connectiontest.Provider{}
		var failing atomic.Bool
		failing.Store(true)
		p.Bend = func(w http.ResponseWriter, r *http.Request) bool {
			if !wait(r, 100*time.Millisecond) || failing.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
				return true
			}
			return false
		}
		m := newManager(t, p, crm)
		var tasks sync.WaitGroup
		for i := range 1000 {
			tasks.Go(func() {
				advance(t, time.Duration(i)*time.Millisecond) // some come while it is under way, most after
				if _, err := m.Token(t.Context(), "crm", 0); hostapi.CodeOf(err) != hostapi.CodeConnection {
					t.Errorf("Token = %v, want connection", err)
				}
			})
		}
		tasks.Wait()
		if n := p.Count("/token"); n > 2 {
			t.Errorf("%d requests to a failing endpoint for 1,000 tasks in 1s, want at most 2", n)
		}
		failing.Store(false)
		advance(t, 2*time.Second)
		token(t, m, "crm")
		if got, _ := m.State("crm"); got != connection.StateReady {
			t.Errorf("State = %q, want ready", got)
		}
	})
}

func TestTokenStaleOutlivesAFailingEndpoint(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &connectiontest.Provider{TokenLifetime: time.Hour}
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
		advance(t, 59*time.Minute+30*time.Second)
		for range 100 {
			if got := token(t, m, "crm"); got.AccessToken() != first.AccessToken() {
				t.Fatal("a token that is still good was not served")
			}
			synctest.Wait()
		}
		if n := p.Count("/token"); n != 2 {
			t.Errorf("%d token requests, want 2: one failed in the background and is remembered", n)
		}
		if got, _ := m.State("crm"); got != connection.StateFailing {
			t.Errorf("State = %q, want failing", got)
		}
	})
}

// A server that is down gets requests less and less often, and at once again after it
// has recovered.
func TestBackoff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := true
		p := &connectiontest.Provider{}
		p.Bend = func(w http.ResponseWriter, _ *http.Request) bool {
			if down {
				w.WriteHeader(http.StatusInternalServerError)
			}
			return down
		}
		m := newManager(t, p, crm)
		var asked []string
		began := time.Now()
		for range 400 {
			before := p.Count("/token")
			if _, err := m.Token(t.Context(), "crm", 0); err == nil {
				t.Fatal("a token from a server that is down")
			}
			if p.Count("/token") > before {
				asked = append(asked, time.Since(began).Round(time.Second).String())
			}
			advance(t, 100*time.Millisecond)
		}
		if got, want := strings.Join(asked, " "), "0s 1s 3s 7s 15s 31s"; got != want {
			t.Errorf("asked at %s, want %s", got, want)
		}
		down = false
		advance(t, 16*time.Second)
		if _, err := m.Token(t.Context(), "crm", 0); err != nil {
			t.Error(err)
		}
	})
}

func TestEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &connectiontest.Provider{}
		status := http.StatusServiceUnavailable
		p.Bend = func(w http.ResponseWriter, _ *http.Request) bool {
			if status == 0 {
				return false
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"error":"invalid_client"}`))
			return true
		}
		set := parse(t, crm)
		var events []string
		m, err := connection.NewManager(connection.Config{
			Set: set, Egress: egress.New(egress.Config{Transport: memory{p}}),
			OnEvent: func(e connection.Event) {
				events = append(events, fmt.Sprintf("%s %s %t", e.Connection, e.State, e.Err != nil))
				assertNoSecret(t, e, "demo-secret")
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, status = range []int{http.StatusServiceUnavailable, http.StatusServiceUnavailable, http.StatusUnauthorized, 0, 0} {
			_, err := m.Token(t.Context(), "crm", 0)
			if (err == nil) != (status == 0) {
				t.Errorf("status %d: %v", status, err)
			}
			advance(t, 20*time.Second)
		}
		if got, want := strings.Join(events, ", "), "crm failing true, crm needs_reauth true, crm ready false"; got != want {
			t.Errorf("events = %s, want %s", got, want)
		}
	})
}

func TestTokenPrintsNothing(t *testing.T) {
	t.Parallel()
	tok := token(t, newManager(t, bend(http.StatusOK, `{"access_token":"hunter2canary","scope":"read"}`), crm), "crm")
	if tok.AccessToken() != "hunter2canary" {
		t.Errorf("AccessToken = %q", tok.AccessToken())
	}
	for _, v := range []any{
		tok, &tok,
		struct{ T connection.Token }{tok},
		struct{ t connection.Token }{tok},
		&struct{ t *connection.Token }{&tok},
		[]connection.Token{tok},
		map[string]connection.Token{"t": tok},
	} {
		assertNoSecret(t, v, "hunter2canary")
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("token", "token", tok)
	assertNoSecret(t, log.String(), "hunter2canary")
	encoded, err := json.Marshal(tok)
	if got, want := string(encoded), `{"token_type":"Bearer","scopes":["read"]}`; err != nil || got != want {
		t.Errorf("JSON = %s, want %s", got, want)
	}
}

func TestS06UnknownAndDenied(t *testing.T) {
	t.Parallel()
	m := newManager(t, &connectiontest.Provider{}, crm+strings.ReplaceAll(crm, ".crm", ".secretcrn")+
		"[connections.plain]\ngrant = \"basic\"\nusername = \"u\"\npassword = \"\"\n")
	grant := &hostapi.Grant{Connections: []string{"crm", "plain", "ghost"}}
	tests := []struct {
		name, ask string
		grant     *hostapi.Grant
		code      hostapi.Code
		hint, not string
	}{
		{"unknown", "cmr", grant, hostapi.CodeUnknownConnection, "", "secretcrn"},
		{"near", "crn", grant, hostapi.CodeUnknownConnection, `did you mean "crm"?`, "secretcrn"},
		{"near one that is not granted", "secretcrm", grant, hostapi.CodeUnknownConnection, "", "secretcrn"},
		{"granted but not there", "ghost", grant, hostapi.CodeUnknownConnection, "", "did you mean"},
		{"not granted", "secretcrn", grant, hostapi.CodeDenied, "Task.Connections", ""},
		{"nothing granted", "crm", &hostapi.Grant{}, hostapi.CodeDenied, "", ""},
		{"no grant", "crm", nil, hostapi.CodeDenied, "", ""},
		{"basic", "plain", grant, hostapi.CodeInvalidArgument, `authSetting("plain")`, ""},
		{"long", strings.Repeat("x", 1<<20), grant, hostapi.CodeUnknownConnection, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := m.OAuth2Token(t.Context(), tt.grant, tt.ask)
			e := asError(t, err)
			if e.Code != tt.code || e.Op != "getOAuth2Token" || !strings.Contains(e.Hint, tt.hint) || len(e.Error()) > 1000 {
				t.Errorf("OAuth2Token = %v, hint %q, want %s with %q", e, e.Hint, tt.code, tt.hint)
			}
			if tt.not != "" && strings.Contains(e.Error()+e.Hint, tt.not) {
				t.Errorf("error = %v, hint %q, has %q", e, e.Hint, tt.not)
			}
		})
	}
	if _, err := m.Token(t.Context(), "cmr", 0); hostapi.CodeOf(err) != hostapi.CodeUnknownConnection {
		t.Errorf("Token of an unknown connection = %v", err)
	}
	if got, ok := m.State("cmr"); got != "" || ok {
		t.Errorf("State of an unknown connection = %q, %t", got, ok)
	}
	if _, err := connection.NewManager(connection.Config{}); hostapi.CodeOf(err) != hostapi.CodeConfig {
		t.Errorf("NewManager without Set = %v, want config", err)
	}
}

func TestSealedToken(t *testing.T) {
	t.Parallel()
	p := &connectiontest.Provider{}
	toml := crm + strings.ReplaceAll(crm, ".crm", ".open") + "sealed = false\n"
	m := newManager(t, p, toml)
	grant := &hostapi.Grant{Connections: []string{"crm", "open"}}
	sealed, err := m.OAuth2Token(t.Context(), grant, "crm")
	if err != nil {
		t.Fatal(err)
	}
	rest, ok := strings.CutPrefix(sealed, hostapi.SealedPrefix)
	if !ok || len(rest) != 22 {
		t.Errorf("stand-in = %q, want %s and 22 characters", sealed, hostapi.SealedPrefix)
	}
	again, err := m.OAuth2Token(t.Context(), grant, "crm")
	if err != nil || again != sealed {
		t.Errorf("second stand-in = %q, %v, want the same", again, err)
	}
	if other, err := newManager(t, p, toml).OAuth2Token(t.Context(), grant, "crm"); err != nil || other == sealed {
		t.Errorf("another Manager gave the same stand-in, %v", err)
	}
	open, err := m.OAuth2Token(t.Context(), grant, "open")
	if err != nil || open != token(t, m, "open").AccessToken() {
		t.Errorf("unsealed = %q, %v, want the token", open, err)
	}
}

// token returns the named connection's token, which must be there.
func token(t *testing.T, m *connection.Manager, name string) connection.Token {
	t.Helper()
	tok, err := m.Token(t.Context(), name, 0)
	if err != nil {
		t.Errorf("Token(%q): %v", name, err)
	}
	return tok
}

func asError(t *testing.T, err error) *hostapi.Error {
	t.Helper()
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		t.Fatalf("error = %v, want a *hostapi.Error", err)
	}
	return e
}

// advance lets time pass; only in a synctest bubble is that at once.
func advance(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
		t.Fatal("the test ended before its time had passed")
	}
}

// wait lets time pass for a handler; false means the request is over.
func wait(r *http.Request, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
		return false
	}
}

// bend responds to every request alike.
func bend(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}
