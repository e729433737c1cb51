package connection

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// persistent is a Store that outlives its managers. Its methods fail while broken says
// so.
type persistent struct {
	*memory

	mu     sync.Mutex
	broken func(op string) error
}

func newPersistent() *persistent { return &persistent{memory: newMemory()} }

func (p *persistent) breaks(broken func(op string) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken = broken
}

func (p *persistent) fault(op string) error {
	p.mu.Lock()
	broken := p.broken
	p.mu.Unlock()
	if broken == nil {
		return nil
	}
	return broken(op)
}

func (p *persistent) Load(ctx context.Context, key Key) (*Record, error) {
	if err := p.fault("load"); err != nil {
		return nil, err
	}
	return p.memory.Load(ctx, key)
}

func (p *persistent) Lease(ctx context.Context, key Key, generation int64, holder string, dead Lease) (bool, error) {
	if err := p.fault("lease"); err != nil {
		return false, err
	}
	return p.memory.Lease(ctx, key, generation, holder, dead)
}

func (p *persistent) Beat(ctx context.Context, key Key, holder string) (bool, error) {
	if err := p.fault("beat"); err != nil {
		return false, err
	}
	return p.memory.Beat(ctx, key, holder)
}

func (p *persistent) Commit(ctx context.Context, key Key, holder string, next *Record) (bool, error) {
	if err := p.fault("commit"); err != nil {
		return false, err
	}
	return p.memory.Commit(ctx, key, holder, next)
}

// rotator is a token endpoint with single-use refresh tokens and slow responses.
type rotator struct {
	slow func() time.Duration // nil: none

	mu       sync.Mutex
	n        int // of the refresh token that is good: R0, R1, …
	replayed int
}

func (s *rotator) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	if s.slow != nil {
		if err := oauthclient.Wait(r.Context(), s.slow()); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	status, body := http.StatusBadRequest, `{"error":"invalid_grant"}`
	switch sent := r.PostForm.Get("refresh_token"); {
	case r.PostForm.Get("grant_type") == "client_credentials":
		status, body = http.StatusOK, `{"access_token":"machine-token","expires_in":60}`
	case s.replayed == 0 && sent == fmt.Sprintf("R%d", s.n):
		s.n++
		status, body = http.StatusOK, fmt.Sprintf(`{"access_token":"access-%d","refresh_token":"R%d","expires_in":60}`, s.n, s.n)
	default:
		s.replayed++
	}
	return &http.Response{StatusCode: status, Header: make(http.Header), Body: readCloser{strings.NewReader(body)}, Request: r}, nil
}

// imported imports the refresh token R0 for the connection crm of m.
func imported(t *testing.T, m *Manager) {
	t.Helper()
	if err := m.Import(t.Context(), "crm", Imported{RefreshToken: "R0"}); err != nil {
		t.Fatal(err)
	}
}

// The program exits during a refresh: Close waits for the new refresh token, though no
// task does, and the next process uses it.
func TestCloseWaitsForARotation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &rotator{slow: func() time.Duration { return 10 * time.Second }}
		kept := newPersistent()
		m := interactiveManager(t, server, kept)
		imported(t, m)
		task, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := m.Token(task, "crm", 0); hostapi.CodeOf(err) != hostapi.CodeTimeout {
			t.Fatalf("Token = %v, want timeout", err)
		}
		began := time.Now()
		var closers sync.WaitGroup
		for range 2 {
			closers.Go(func() {
				if err := m.Close(t.Context()); err != nil {
					t.Errorf("Close = %v", err)
				}
			})
		}
		closers.Wait()
		if waited := time.Since(began); waited < 8*time.Second || waited > 10*time.Second {
			t.Errorf("Close took %v, want it to wait for the answer", waited)
		}
		r, err := kept.Load(t.Context(), Key{Connection: "crm"})
		if err != nil || r.Lease.Holder != "" || !strings.Contains(string(r.Secret), `"R1"`) {
			t.Errorf("record %+v, %v; want the rotated token and no lease", r, err)
		}
		began = time.Now()
		if _, err := interactiveManager(t, server, kept).Token(t.Context(), "crm", 0); err != nil || time.Since(began) > 0 {
			t.Errorf("the next process: %v after %v", err, time.Since(began))
		}
		if _, err := m.Refresh(t.Context(), "crm"); hostapi.CodeOf(err) != hostapi.CodeClosed {
			t.Errorf("Refresh after Close = %v, want closed", err)
		}
	})
}

// Close with a short context reports that a request was still under way.
func TestCloseGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &rotator{slow: func() time.Duration { return 10 * time.Second }}
		m := interactiveManager(t, server, newPersistent())
		imported(t, m)
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := m.Token(short, "crm", 0); hostapi.CodeOf(err) != hostapi.CodeTimeout {
			t.Fatalf("Token = %v, want timeout", err)
		}
		short, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := m.Close(short); hostapi.CodeOf(err) != hostapi.CodeTimeout {
			t.Errorf("Close = %v, want timeout", err)
		}
	})
}

// Close of a Manager without requests succeeds also if its context has ended.
func TestCloseWithoutTime(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 { // each of two ready channels is chosen at times
		m := interactiveManager(t, &rotator{}, newPersistent())
		if err := m.Close(ended); err != nil {
			t.Fatal(err)
		}
	}
}

// Close does not wait for requests that can be repeated, and they leave no lease
// behind.
func TestCloseCancelsTheRest(t *testing.T) {
	t.Parallel()
	never := func() time.Duration { return time.Hour }
	machine := func(t *testing.T, kept Store) *Manager {
		t.Helper()
		set, err := Parse("oauth.toml", []byte(`[connections.crm]
grant = "client_credentials"
token_endpoint = "https://id.example.com/token"
client_id = "id"
client_secret = "a-secret-of-a-test"
allow_plaintext = true
`), ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		m, err := NewManager(Config{Set: set, Egress: egress.New(egress.Config{Transport: &rotator{slow: never}}), Store: kept})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for name, begin := range map[string]func(t *testing.T, kept *persistent) *Manager{
		"a machine's grant": func(t *testing.T, kept *persistent) *Manager { t.Helper(); return machine(t, kept) },
		"in memory": func(t *testing.T, _ *persistent) *Manager {
			t.Helper()
			m := interactiveManager(t, &rotator{slow: never}, nil)
			imported(t, m)
			return m
		},
		"a lease of another process": func(t *testing.T, kept *persistent) *Manager {
			t.Helper()
			m := interactiveManager(t, &rotator{}, kept)
			imported(t, m)
			if ok, err := kept.Lease(t.Context(), Key{Connection: "crm"}, 1, "other", Lease{}); !ok || err != nil {
				t.Fatal(ok, err)
			}
			return m
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				kept := newPersistent()
				m := begin(t, kept)
				failed := make(chan error, 1)
				go func() {
					_, err := m.Token(context.WithoutCancel(t.Context()), "crm", 0)
					failed <- err
				}()
				synctest.Wait()
				began := time.Now()
				if err := m.Close(t.Context()); err != nil || time.Since(began) > 0 {
					t.Errorf("Close = %v after %v, want at once", err, time.Since(began))
				}
				if err := <-failed; hostapi.CodeOf(err) != hostapi.CodeClosed {
					t.Errorf("Token = %v, want closed", err)
				}
				if r, _ := kept.Load(t.Context(), Key{Connection: "crm"}); r != nil && r.Lease.Holder != "" && r.Lease.Holder != "other" {
					t.Errorf("the lease is still there: %+v", r.Lease)
				}
			})
		})
	}
}

// A store that cannot be written when a token was rotated gets it later: the token is
// used meanwhile, and no other process sends the old refresh token.
func TestRotatedTokenIsStoredLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, kept := new(rotator), newPersistent()
		first, second := interactiveManager(t, server, kept), interactiveManager(t, server, kept)
		imported(t, first)
		full := errors.New("disk full")
		kept.breaks(func(op string) error {
			if op == "commit" || op == "beat" {
				return full
			}
			return nil
		})
		began := time.Now()
		if token, err := first.Token(t.Context(), "crm", 0); err != nil || token.AccessToken() != "access-1" || time.Since(began) > saveWait {
			t.Fatalf("Token = %v after %v", err, time.Since(began))
		}
		<-time.After(30 * time.Second)
		short, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := second.Token(short, "crm", 0); err == nil {
			t.Error("another process got a token that is not in the store")
		}
		kept.breaks(nil)
		<-time.After(5 * time.Second)
		if token, err := second.Token(t.Context(), "crm", 0); err != nil || token.AccessToken() != "access-1" {
			t.Errorf("the other process afterwards: %v", err)
		}
		if server.n != 1 || server.replayed != 0 {
			t.Errorf("%d tokens issued, %d sent twice", server.n, server.replayed)
		}
		if err := errors.Join(first.Close(t.Context()), second.Close(t.Context())); err != nil {
			t.Error(err)
		}
	})
}

// A process that was stalled while another took its lease, and was refused with the
// used refresh token, stores its own new token.
func TestRotatedTokenOfAStoppedProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server, kept := new(rotator), newPersistent()
		m := interactiveManager(t, server, kept)
		imported(t, m)
		key := Key{Connection: "crm"}
		server.slow = func() time.Duration {
			server.slow = nil
			if !kept.take(key, "other") {
				t.Error("the lease was not taken")
			}
			time.AfterFunc(time.Second, func() { // the other has been refused
				h, err := open(mustLoad(t, kept, key))
				if err != nil {
					t.Error(err)
				}
				record, err := h.ended("invalid_grant").record()
				if err != nil {
					t.Error(err)
				}
				if ok, err := kept.Commit(context.Background(), key, "other", record); !ok || err != nil { //nolint:usetesting // it outlives the test function
					t.Error(ok, err)
				}
			})
			return 0
		}
		if token, err := m.Token(t.Context(), "crm", 0); err != nil || token.AccessToken() != "access-1" {
			t.Errorf("Token = %v", err)
		}
		if r := mustLoad(t, kept, key); !strings.Contains(string(r.Secret), `"R1"`) || r.State != StateReady || r.Generation != 3 {
			t.Errorf("record %+v, want the token that was issued", r)
		}
	})
}

// take gives holder the lease that another has.
func (p *persistent) take(key Key, holder string) bool {
	p.memory.mu.Lock()
	defer p.memory.mu.Unlock()
	p.rows[key].Lease.Holder = holder
	return true
}

func mustLoad(t *testing.T, s Store, key Key) *Record {
	t.Helper()
	r, err := s.Load(context.WithoutCancel(t.Context()), key)
	if err != nil || r == nil {
		t.Fatal(r, err)
	}
	return r
}

// While the store accepts no writes, a holder that cannot send heartbeats is not
// considered dead.
func TestStalledStoreIsNoDeadHolder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &rotator{slow: func() time.Duration { return 8 * time.Second }}
		kept := newPersistent()
		first, second := interactiveManager(t, server, kept), interactiveManager(t, server, kept)
		imported(t, first)
		stalled := time.Now().Add(7 * time.Second)
		kept.breaks(func(op string) error {
			if left := time.Until(stalled); left > 0 && op == "beat" {
				time.Sleep(min(left, 5*time.Second)) //nolint:forbidigo // fake time
			}
			return nil
		})
		tokens := make(chan string, 2)
		for _, m := range []*Manager{first, second} {
			go func() {
				token, err := m.Token(context.WithoutCancel(t.Context()), "crm", 0)
				if err != nil {
					t.Error(err)
				}
				tokens <- token.AccessToken()
			}()
			synctest.Wait()
		}
		if a, b := <-tokens, <-tokens; a != "access-1" || b != a || server.replayed != 0 {
			t.Errorf("tokens %s and %s, %d refresh tokens sent twice", a, b, server.replayed)
		}
	})
}
