package connection

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// grantServer refuses every refresh token after it has ended the grant.
type grantServer struct {
	ended bool
	asked int
}

func (s *grantServer) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked++
	response := &http.Response{StatusCode: http.StatusOK, Header: make(http.Header), Request: r}
	response.Body = readCloser{strings.NewReader(`{"access_token":"A","refresh_token":"R","expires_in":60}`)}
	if s.ended {
		response.StatusCode, response.Body = http.StatusBadRequest, readCloser{strings.NewReader(`{"error":"invalid_grant"}`)}
	}
	return response, nil
}

const interactiveTOML = `[connections.crm]
grant = "authorization_code"
token_endpoint = "https://id.example.com/token"
authorization_endpoint = "https://id.example.com/authorize"
client_id = "id"
token_endpoint_auth_method = "none"
`

// interactiveManager returns a Manager of a connection with an interactive grant.
func interactiveManager(t *testing.T, transport http.RoundTripper, store Store) *Manager {
	t.Helper()
	set, err := Parse("oauth.toml", []byte(interactiveTOML), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewManager(Config{Set: set, Egress: egress.New(egress.Config{Transport: transport}), Store: store})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// An ended grant is not tried again, by any process, until there is a new one or
// Refresh is called.
func TestEndedGrant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, kept := new(grantServer), newMemory()
		process := func() *Manager { return interactiveManager(t, server, kept) }
		// wantEnded requests a token, which fails.
		wantEnded := func(m *Manager, requests int) {
			t.Helper()
			before := server.asked
			_, err := m.Token(t.Context(), "crm", 0)
			if hostapi.CodeOf(err) != hostapi.CodeNeedsReauth || !strings.Contains(err.Error(), "answered 400 invalid_grant") {
				t.Errorf("error %v, want needs_reauth for invalid_grant", err)
			}
			if n := server.asked - before; n != requests {
				t.Errorf("%d requests, want %d", n, requests)
			}
			if state, _ := m.State("crm"); state != StateNeedsReauth {
				t.Errorf("state %s, want needs_reauth", state)
			}
		}
		first := process()
		connect := func() {
			t.Helper()
			a, err := first.Authorize(t.Context(), "crm", "http://127.0.0.1:9/")
			if err != nil {
				t.Fatal(err)
			}
			if err := first.Redeem(t.Context(), a, url.Values{"code": {"c"}, "state": {a.state}}); err != nil {
				t.Fatal(err)
			}
		}
		connect()
		<-time.After(time.Minute)
		server.ended = true
		wantEnded(first, 1)
		<-time.After(time.Hour)
		wantEnded(first, 0)
		second := process()
		wantEnded(second, 0)
		status, err := second.Status(t.Context(), "crm")
		if err != nil || status.State != StateNeedsReauth || !strings.Contains(status.Reason, "invalid_grant") || !status.Refreshable {
			t.Errorf("status %+v, %v", status, err)
		}

		// Refresh is called, unsuccessfully at first.
		<-time.After(time.Hour)
		third, before := process(), server.asked
		if _, err := third.Refresh(t.Context(), "crm"); hostapi.CodeOf(err) != hostapi.CodeNeedsReauth || server.asked != before+1 {
			t.Errorf("Refresh: %v after %d requests", err, server.asked-before)
		}
		<-time.After(time.Hour)
		server.ended = false
		if _, err := process().Refresh(t.Context(), "crm"); err != nil {
			t.Errorf("Refresh after the server accepts the grant again: %v", err)
		}
		if _, err := second.Token(t.Context(), "crm", 0); err != nil {
			t.Errorf("a token after that: %v", err)
		}

		// A new authorization is a new grant.
		<-time.After(time.Minute)
		server.ended = true
		wantEnded(second, 1)
		server.ended = false
		connect()
		if _, err := process().Token(t.Context(), "crm", 0); err != nil {
			t.Errorf("a token of the new grant: %v", err)
		}
	})
}

// The last token of an ended grant is used until it expires.
func TestEndedGrantWithAGoodToken(t *testing.T) {
	t.Parallel()
	e := &entry{conn: new(oauthtoml.Connection)}
	h := &tokenSet{generation: 2, accessToken: secret.New("A"), refreshToken: secret.New("R"), expiry: time.Now().Add(time.Minute), refused: true}
	if !e.newer(h, nil) {
		t.Error("a new process does not use it")
	}
	if e.newer(h, &cached{generation: 1}) {
		t.Error("who had it already takes it for another one")
	}
}

// A process that was killed during a renewal leaves its lease behind. The next one
// takes it over within 3 s, and reports the interrupted renewal if the grant is gone.
func TestLeaseOfTheDead(t *testing.T) {
	t.Parallel()
	for _, ended := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			server, kept := new(grantServer), newMemory()
			m := interactiveManager(t, server, kept)
			if err := m.Import(t.Context(), "crm", Imported{RefreshToken: "R"}); err != nil {
				t.Fatal(err)
			}
			key := Key{Connection: "crm"}
			if ok, err := kept.Lease(t.Context(), key, 1, "dead", Lease{}); err != nil || !ok {
				t.Fatal(ok, err)
			}
			server.ended = ended
			began := time.Now()
			_, err := m.Token(t.Context(), "crm", 0)
			if waited := time.Since(began); waited > 3*time.Second {
				t.Errorf("waited %v for the lease of a dead process", waited)
			}
			if ended {
				if hostapi.CodeOf(err) != hostapi.CodeNeedsReauth || !strings.Contains(err.Error(), "was cut off") {
					t.Errorf("error %v, want needs_reauth that tells of a renewal that was cut off", err)
				}
			} else if err != nil {
				t.Errorf("a token after the lease has ended: %v", err)
			}
		})
	}
}

// A 400 without a code may come from an intermediary: it does not end a grant
// permanently.
func TestGuessedEndOfAGrant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		kept := newMemory()
		status := http.StatusBadRequest
		firewall := roundTripper(func(r *http.Request) (*http.Response, error) {
			body := "<html>Bad Request</html>"
			if status == http.StatusOK {
				body = `{"access_token":"A","expires_in":60}`
			}
			return &http.Response{StatusCode: status, Header: make(http.Header), Body: readCloser{strings.NewReader(body)}, Request: r}, nil
		})
		m := interactiveManager(t, firewall, kept)
		if err := m.Import(t.Context(), "crm", Imported{RefreshToken: "R"}); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Token(t.Context(), "crm", 0); err == nil {
			t.Fatal("a token from a firewall")
		}
		<-time.After(time.Minute)
		status = http.StatusOK
		if _, err := m.Token(t.Context(), "crm", 0); err != nil {
			t.Errorf("a token when the firewall lets it pass: %v", err)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// An ended grant that the store cannot record as ended is reported, and the lease is free for others.
func TestEndedGrantThatIsNotStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, kept := &grantServer{ended: true}, newPersistent()
		m := interactiveManager(t, server, kept)
		imported(t, m)
		kept.breaks(func(op string) error {
			if op == "commit" {
				return errors.New("disk full")
			}
			return nil
		})
		if _, err := m.Token(t.Context(), "crm", 0); hostapi.CodeOf(err) != hostapi.CodeNeedsReauth {
			t.Errorf("Token: %v, want needs_reauth", err)
		}
		status, err := m.Status(t.Context(), "crm")
		if err != nil || status.State != StateNeedsReauth {
			t.Errorf("status %+v, %v", status, err)
		}
		if !kept.take(Key{Connection: "crm"}, "other") {
			t.Error("the lease is still held")
		}
		if err := m.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
