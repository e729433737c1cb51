package connection

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// audited is a store that keeps audit events.
type audited struct {
	*memory
	mu     sync.Mutex
	events []string
}

func (a *audited) Audit(_ context.Context, e AuditEvent) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.events = append(a.events, strings.Join([]string{string(e.Action), e.Key.Connection, e.Identity.Actor, e.Detail}, " "))
	return nil
}

func (a *audited) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	taken := a.events
	a.events = nil
	return taken
}

// answers responds to every request with a token that is valid for an hour.
type answers struct{}

func (answers) RoundTrip(r *http.Request) (*http.Response, error) {
	body := http.NoBody
	response := &http.Response{StatusCode: http.StatusOK, Header: make(http.Header), Body: body, Request: r}
	if strings.HasSuffix(r.URL.Path, "/token") {
		response.Body = readCloser{strings.NewReader(`{"access_token":"canary","expires_in":3600}`)}
	}
	return response, nil
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

func TestAudit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		set, err := Parse("oauth.toml", []byte(`
[connections.crm]
grant = "client_credentials"
token_endpoint = "https://id.example.com/token"
client_id = "postern"
token_endpoint_auth_method = "none"
hosts = ["api.example.com", "files.example.com"]
`), ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		kept := &audited{memory: newMemory()}
		config := set.Egress()
		config.Transport = answers{}
		m, err := NewManager(Config{Set: set, Egress: egress.New(config), Store: kept, Actor: "nightly"})
		if err != nil {
			t.Fatal(err)
		}
		send := func(ctx context.Context, host string) {
			t.Helper()
			_, err := m.Do(ctx, &hostapi.Grant{Connections: []string{"crm"}, Limits: hostapi.DefaultLimits()},
				&hostapi.Request{Method: http.MethodGet, URL: "https://" + host + "/", AuthSetting: "crm"})
			if err != nil {
				t.Fatal(err)
			}
		}
		want := func(events ...string) {
			t.Helper()
			if got := kept.take(); !slices.Equal(got, events) {
				t.Errorf("noted %q, want %q", got, events)
			}
		}
		ada := WithActor(t.Context(), "ada")
		send(ada, "api.example.com")
		want("refresh crm ada ", "use crm ada api.example.com")
		send(ada, "api.example.com")
		want() // the same again
		send(ada, "files.example.com")
		want("use crm ada files.example.com")
		send(t.Context(), "api.example.com")
		want("use crm nightly api.example.com")
		<-time.After(useInterval)
		send(ada, "api.example.com")
		want("use crm ada api.example.com")
	})
}

func TestUsesAreForgotten(t *testing.T) {
	t.Parallel()
	var s trail
	for i := range 10 * maxUses {
		s.note(use{host: strings.Repeat("x", i)})
		if len(s.noted) > maxUses {
			t.Fatalf("%d are remembered after %d", len(s.noted), i+1)
		}
	}
}
