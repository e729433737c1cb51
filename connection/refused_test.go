package connection

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

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// gatekeeper is an API that accepts one access token and responds with 401 to any
// other, and the server that issues them.
type gatekeeper struct {
	rotator
	delay time.Duration // of the API
	takes atomic.Value  // string; nil: none
	calls atomic.Int32  // of the API
}

func (s *gatekeeper) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == "id.example.com" {
		return s.rotator.RoundTrip(r)
	}
	s.calls.Add(1)
	if err := oauthclient.Wait(r.Context(), s.delay); err != nil {
		return nil, err
	}
	status := http.StatusUnauthorized
	if token, ok := s.takes.Load().(string); ok && strings.HasSuffix(r.Header.Get("Authorization"), " "+token) {
		status = http.StatusOK
	}
	return &http.Response{StatusCode: status, Header: make(http.Header), Body: http.NoBody, Request: r}, nil
}

const personal = `[connections.crm]
grant = "authorization_code"
token_endpoint = "https://id.example.com/token"
authorization_endpoint = "https://id.example.com/authorize"
client_id = "id"
token_endpoint_auth_method = "none"
hosts = ["api.example.com"]
`

func managerWith(t *testing.T, toml string, transport http.RoundTripper, kept Store) *Manager {
	t.Helper()
	set, err := Parse("oauth.toml", []byte(toml), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewManager(Config{Set: set, Egress: egress.New(egress.Config{Transport: transport}), Store: kept})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func askAPI(ctx context.Context, m *Manager) (int, error) {
	grant := &hostapi.Grant{Connections: []string{"crm"}, Limits: hostapi.DefaultLimits()}
	response, err := m.Do(ctx, grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/", AuthSetting: "crm"})
	if err != nil {
		return 0, err
	}
	return response.Status, nil
}

// After a revocation, all tasks that were refused with the old token get the response
// to the new one, whether they are refused before, during or after its renewal.
func TestRevokedTokenIsReplacedForAll(t *testing.T) {
	t.Parallel()
	for _, spread := range []time.Duration{0, 10 * time.Millisecond, 200 * time.Millisecond} {
		t.Run(spread.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := &gatekeeper{delay: 300 * time.Millisecond}
				m := managerWith(t, personal, server, nil)
				imported(t, m)
				server.takes.Store("access-1")
				if status, err := askAPI(t.Context(), m); status != http.StatusOK || err != nil {
					t.Fatal(status, err)
				}
				server.slow = func() time.Duration { return 500 * time.Millisecond }
				server.takes.Store("access-2")
				var tasks sync.WaitGroup
				for i := range 32 {
					tasks.Go(func() {
						_ = oauthclient.Wait(t.Context(), time.Duration(i)*spread)
						if status, err := askAPI(t.Context(), m); status != http.StatusOK || err != nil {
							t.Errorf("task %d: %d, %v", i, status, err)
						}
					})
				}
				tasks.Wait()
				if server.n != 2 {
					t.Errorf("%d token requests, want one for all", server.n-1)
				}
			})
		})
	}
}

// If the grant is gone, a run ends with that error rather than with the API's 401, in
// this process and in later ones.
func TestUnauthorizedTellsThatTheGrantIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, kept := new(gatekeeper), newPersistent()
		m := managerWith(t, personal, server, kept)
		imported(t, m)
		server.takes.Store("access-1")
		if status, err := askAPI(t.Context(), m); status != http.StatusOK || err != nil {
			t.Fatal(status, err)
		}
		server.takes.Store("none")
		server.n = 99 // the refresh token is void as well
		for i := range 4 {
			if i == 2 {
				m = managerWith(t, personal, server, kept)
			}
			_, err := askAPI(t.Context(), m)
			e, ok := errors.AsType[*hostapi.Error](err)
			if !ok || e.Code != hostapi.CodeNeedsReauth || !strings.Contains(e.Hint, "postern connect") {
				t.Errorf("call %d: %v, want needs_reauth and what to run", i, err)
			}
			<-time.After(time.Minute / 10)
		}
		if server.replayed != 1 {
			t.Errorf("the dead refresh token was sent %d times, want once", server.replayed)
		}
	})
}

// A user authorizes the connection in another process: this one uses it at once.
func TestAuthorizedInAnotherProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, kept := new(rotator), newPersistent()
		m, other := interactiveManager(t, server, kept), interactiveManager(t, server, kept)
		for range 5 { // each failure is remembered for longer
			if _, err := m.Token(t.Context(), "crm", 0); hostapi.CodeOf(err) != hostapi.CodeNeedsReauth {
				t.Fatalf("Token = %v, want needs_reauth", err)
			}
			<-time.After(20 * time.Second)
		}
		if _, err := m.Token(t.Context(), "crm", 0); hostapi.CodeOf(err) != hostapi.CodeNeedsReauth {
			t.Fatalf("Token = %v, want needs_reauth", err)
		}
		imported(t, other)
		if _, err := m.Token(t.Context(), "crm", 0); err != nil {
			t.Errorf("right after the other process has the grant: %v", err)
		}
	})
}

// Tokens are sent only to the server that issued them, even if a file with the same
// store changes, and are used again when it is changed back.
func TestStoredTokensStayWithTheirServer(t *testing.T) {
	t.Parallel()
	issuer := strings.Replace(personal, "token_endpoint = \"https://id.example.com/token\"\n", "issuer = \"https://id.example.com\"\n", 1)
	for name, edit := range map[string]string{
		"token_endpoint":   strings.Replace(personal, "https://id.example.com/token", "https://evil.example.com/token", 1),
		"client_id":        strings.Replace(personal, `client_id = "id"`, `client_id = "other"`, 1),
		"refresh_endpoint": personal + "refresh_endpoint = \"https://evil.example.com/refresh\"\n",
		"issuer":           issuer,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				kept := newPersistent()
				first := managerWith(t, personal, new(gatekeeper), kept)
				if err := first.Import(t.Context(), "crm", Imported{
					AccessToken: "access-canary", RefreshToken: "R0", Expiry: time.Now().Add(time.Hour),
				}); err != nil {
					t.Fatal(err)
				}
				edited := managerWith(t, edit, roundTripper(func(r *http.Request) (*http.Response, error) {
					body, _ := io.ReadAll(r.Body)
					t.Errorf("a request to %s: %s %s", r.URL, r.Header, body)
					return nil, errors.New("unexpected")
				}), kept)
				_, err := askAPI(t.Context(), edited)
				e, ok := errors.AsType[*hostapi.Error](err)
				if !ok || e.Code != hostapi.CodeNeedsReauth || !strings.Contains(e.Message, name) || !strings.Contains(e.Hint, "postern connect crm") {
					t.Errorf("error %v, want needs_reauth that names %s", err, name)
				}
				if s, err := edited.Status(t.Context(), "crm"); err != nil || s.State != StateNeedsReauth || s.Refreshable {
					t.Errorf("Status = %+v, %v", s, err)
				}
				if token, err := managerWith(t, personal, new(gatekeeper), kept).Token(t.Context(), "crm", 0); err != nil || token.AccessToken() != "access-canary" {
					t.Errorf("with the old file: %v", err)
				}
			})
		})
	}
	t.Run("a machine's grant starts anew", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			const machine = `[connections.crm]
grant = "client_credentials"
token_endpoint = "https://id.example.com/token"
client_id = "id"
client_secret = "a-secret-of-a-test"
allow_plaintext = true
hosts = ["api.example.com"]
`
			kept := newPersistent()
			if err := managerWith(t, machine, new(gatekeeper), kept).Import(t.Context(), "crm", Imported{AccessToken: "access-canary"}); err != nil {
				t.Fatal(err)
			}
			m := managerWith(t, strings.Replace(machine, `"id"`, `"other"`, 1), new(gatekeeper), kept)
			if token, err := m.Token(t.Context(), "crm", 0); err != nil || token.AccessToken() != "machine-token" {
				t.Errorf("Token = %v", err)
			}
		})
	})
}

// The refusal of a static credential is known to other processes, until the API accepts
// it again or it is replaced.
func TestRefusedFixedCredentialIsKept(t *testing.T) {
	t.Parallel()
	credential := func(text string) string {
		return fmt.Sprintf("[connections.crm]\ngrant = \"static\"\ntoken = %q\nallow_plaintext = true\nhosts = [\"api.example.com\"]\n", text)
	}
	synctest.Test(t, func(t *testing.T) {
		server, kept := new(gatekeeper), newPersistent()
		status := func(toml string) Status {
			t.Helper()
			s, err := managerWith(t, toml, server, kept).Status(t.Context(), "crm")
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		use := func(takes string) {
			t.Helper()
			server.takes.Store(takes)
			m := managerWith(t, credential("first-token"), server, kept)
			for range 3 {
				if _, err := askAPI(t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
			if err := m.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
		use("first-token")
		if r, _ := kept.Load(t.Context(), Key{Connection: "crm"}); r != nil {
			t.Errorf("record %+v of a credential that is good", r)
		}
		use("none")
		if s := status(credential("first-token")); s.State != StateNeedsReauth || !strings.Contains(s.Reason, "401") {
			t.Errorf("Status = %+v, want needs_reauth", s)
		}
		if s := status(credential("second-token")); s.State != StateUnused {
			t.Errorf("Status of another credential = %+v, want unused", s)
		}
		use("first-token")
		if s := status(credential("first-token")); s.State != StateReady {
			t.Errorf("Status = %+v, want ready again", s)
		}
	})
}

// A store that hangs while a use is recorded delays one request briefly, and later ones
// not at all.
func TestStalledAudit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := new(gatekeeper)
		kept := &stalledAudit{persistent: newPersistent()}
		m := managerWith(t, personal, server, kept)
		imported(t, m)
		server.takes.Store("access-1")
		kept.stalled.Store(true)
		began := time.Now()
		first := began.Add(auditTime) // event that is given up
		for range 10 {
			if status, err := askAPI(t.Context(), m); status != http.StatusOK || err != nil {
				t.Fatal(status, err)
			}
		}
		if waited := time.Since(began); waited > 3*auditTime {
			t.Errorf("10 requests took %v", waited)
		}
		short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		<-time.After(auditPause)
		began = time.Now()
		if _, err := askAPI(short, m); time.Since(began) > 100*time.Millisecond {
			t.Errorf("a request went on for %v: %v", time.Since(began), err)
		}
		<-time.After(auditPause)
		kept.stalled.Store(false)
		kept.trail.take()
		if _, err := askAPI(t.Context(), m); err != nil {
			t.Error(err)
		}
		// The trail says how much is missing in it: 11 uses, and renewals.
		var missing int
		got := kept.trail.take()
		if len(got) != 2 || got[0] != "use crm postern api.example.com" {
			t.Fatalf("recorded %q once the store goes on, want a use and what is missing", got)
		}
		form := "missed  postern %d since " + first.UTC().Format(time.RFC3339)
		if _, err := fmt.Sscanf(got[1], form, &missing); err != nil || missing < 11 {
			t.Errorf("recorded %q, want at least 11 of %s", got[1], form)
		}
		kept.stalled.Store(true)
		<-time.After(2 * useInterval)
		if _, err := askAPI(t.Context(), m); err != nil {
			t.Error(err)
		}
		began = time.Now()
		err := m.Close(t.Context())
		if hostapi.CodeOf(err) != hostapi.CodeConnection || !strings.Contains(err.Error(), "events missing in the audit trail: ") || time.Since(began) > 2*flushTime {
			t.Errorf("Close returned %v after %v", err, time.Since(began))
		}
	})
}

type stalledAudit struct {
	*persistent
	trail   audited
	stalled atomic.Bool
}

func (s *stalledAudit) Audit(ctx context.Context, e AuditEvent) error {
	if s.stalled.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.trail.Audit(ctx, e)
}
