package connection

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// panickingStore is a Store of the embedding program, one method of which panics.
type panickingStore struct {
	Store
	method string
	armed  atomic.Bool
}

func (s *panickingStore) may(method string) {
	if s.method == method && s.armed.Load() {
		panic("canary")
	}
}

func (s *panickingStore) Load(ctx context.Context, key Key) (*Record, error) {
	s.may("Load")
	return s.Store.Load(ctx, key)
}

func (s *panickingStore) Lease(ctx context.Context, key Key, generation int64, holder string, dead Lease) (bool, error) {
	s.may("Lease")
	return s.Store.Lease(ctx, key, generation, holder, dead)
}

func (s *panickingStore) Beat(ctx context.Context, key Key, holder string) (bool, error) {
	s.may("Beat")
	return s.Store.Beat(ctx, key, holder)
}

func (s *panickingStore) Commit(ctx context.Context, key Key, holder string, next *Record) (bool, error) {
	s.may("Commit")
	return s.Store.Commit(ctx, key, holder, next)
}

func (s *panickingStore) Put(ctx context.Context, key Key, record *Record) error {
	s.may("Put")
	return s.Store.Put(ctx, key, record)
}

func (s *panickingStore) Delete(ctx context.Context, key Key) error {
	s.may("Delete")
	return s.Store.Delete(ctx, key)
}

func (s *panickingStore) Audit(ctx context.Context, event AuditEvent) error {
	s.may("Audit")
	return s.Store.Audit(ctx, event)
}

func wantPanicOf(t *testing.T, whose string, err error) {
	t.Helper()
	if e, ok := errors.AsType[*hostapi.Error](err); !ok || e.Code != hostapi.CodeInternal || e.Message != whose+" panicked" || e.Name != "crm" {
		t.Errorf("error %v, want that %s panicked", err, whose)
	}
	if p, ok := errors.AsType[*hostapi.PanicError](err); !ok || p.Value != "canary" {
		t.Errorf("the cause is %#v, want the panic", p)
	}
}

// A panic in a Store of the embedding program is an error, also on a goroutine on which
// it would crash the process. It leaves neither a lock nor a lease behind.
func TestPanicInTheStore(t *testing.T) {
	t.Parallel()
	slow := func() time.Duration { return 2 * beatEvery }
	ask := func(ctx context.Context, m *Manager) error { _, err := m.Token(ctx, "crm", 0); return err }
	tests := []struct {
		method string
		do     func(context.Context, *Manager) error
		fails  bool
	}{
		{"Load", ask, true},
		{"Lease", ask, true},
		{"Beat", ask, false},
		{"Audit", ask, false},
		{"Put", func(ctx context.Context, m *Manager) error {
			return m.Import(ctx, "crm", Imported{RefreshToken: "R0"})
		}, true},
		{"Delete", func(ctx context.Context, m *Manager) error { _, err := m.Revoke(ctx, "crm"); return err }, true},
	}
	for _, tt := range tests {
		t.Run(tt.method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				kept := &panickingStore{Store: newMemory(), method: tt.method}
				m := interactiveManager(t, &rotator{slow: slow}, kept)
				imported(t, m)
				kept.armed.Store(true)
				switch err := tt.do(t.Context(), m); {
				case tt.fails:
					wantPanicOf(t, "the connection.Store", err)
				case err != nil:
					t.Error(err)
				}
				kept.armed.Store(false)
				if err := oauthclient.Wait(t.Context(), time.Minute); err != nil { // a failure is remembered for a while
					t.Fatal(err)
				}
				if err := ask(t.Context(), m); err != nil {
					t.Errorf("afterwards: %v", err)
				}
				if err := m.Close(t.Context()); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
		})
	}
}

// A renewed token is not lost if the store panics while storing it.
func TestPanicWhileATokenIsStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		kept := &panickingStore{Store: newMemory(), method: "Commit"}
		server := &rotator{}
		m := interactiveManager(t, server, kept)
		imported(t, m)
		kept.armed.Store(true)
		time.AfterFunc(time.Second, func() { kept.armed.Store(false) })
		if _, err := m.Token(t.Context(), "crm", 0); err != nil {
			t.Error(err)
		}
		if err := oauthclient.Wait(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Token(t.Context(), "crm", 0); err != nil || server.replayed > 0 {
			t.Errorf("the next token: %v, %d refresh tokens sent again", err, server.replayed)
		}
		if err := m.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}

// A panic in OnEvent fails only the operation under way, on whichever goroutine.
func TestPanicInOnEvent(t *testing.T) {
	t.Parallel()
	const whose = "the callback OnEvent of the connection.Config"
	set, err := Parse("oauth.toml", []byte(`[connections.crm]
grant = "static"
token = "the-token-of-a-test"
allow_plaintext = true
hosts = ["api.example.com"]
`), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var armed atomic.Bool
	m, err := NewManager(Config{Set: set, Egress: egress.New(egress.Config{Transport: refusing{}}), OnEvent: func(Event) {
		if armed.Load() {
			panic("canary")
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	grant := &hostapi.Grant{Connections: []string{"crm"}, Limits: hostapi.DefaultLimits()}
	req := &hostapi.Request{Method: "GET", URL: "https://api.example.com/", AuthSetting: "crm"}
	armed.Store(true)
	_, err = m.Token(t.Context(), "crm", 0) // it is ready now
	wantPanicOf(t, whose, err)
	_, err = m.Do(t.Context(), grant, req) // it is not any more
	wantPanicOf(t, whose, err)
	armed.Store(false)
	if resp, err := m.Do(t.Context(), grant, req); err != nil || resp.Status != http.StatusUnauthorized {
		t.Errorf("afterwards: %v, %v", resp, err)
	}
}

// refusing is an API that accepts no credential.
type refusing struct{}

func (refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusUnauthorized, Header: make(http.Header), Body: http.NoBody, Request: r}, nil
}
