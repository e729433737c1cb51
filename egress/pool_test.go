package egress_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// counted is the number of connections that servers accepted.
type counted struct{ total atomic.Int64 }

// server returns a server whose connections are counted.
func (c *counted) server(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			c.total.Add(1)
		}
	}
	s.Config.ErrorLog = quiet(t)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func ok(http.ResponseWriter, *http.Request) {}

// Two hundred tenants share a few connections to one host, and none has the rules of
// another.
func TestTenantsShareConnections(t *testing.T) {
	t.Parallel()
	var conns counted
	s := conns.server(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) })
	const most = 4
	shared := newClient(t, egress.Config{MaxConnsPerHost: most})
	place := s.Listener.Addr().String()
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			own := fmt.Sprintf("/tenant/%d", i)
			tenant := shared.WithRules(rules(t, place+own), nil)
			defer tenant.Close()
			for range 5 {
				resp, err := get(t, tenant, s.URL+own, options(t))
				if err != nil || string(resp.Body) != own {
					t.Errorf("tenant %d: %v, %v", i, resp, err)
				}
			}
			_, err := get(t, tenant, s.URL+fmt.Sprintf("/tenant/%d", i+1), options(t))
			wantError(t, err, hostapi.CodeDenied)
		})
	}
	wg.Wait()
	// On a busy machine, net/http closes one whose request was answered long before it was seen to be written.
	if total := conns.total.Load(); total > 3*most {
		t.Errorf("%d connections, want about %d", total, most)
	}
}

// To close a Client of WithRules ends nothing of the others.
func TestCloseOfSharedConnections(t *testing.T) {
	t.Parallel()
	var conns counted
	s := conns.server(t, ok)
	shared := newClient(t, egress.Config{})
	for range 3 {
		tenant := shared.WithRules(rules(t, s.Listener.Addr().String()), nil)
		if _, err := get(t, tenant, s.URL, options(t)); err != nil {
			t.Fatal(err)
		}
		tenant.Close()
	}
	if total := conns.total.Load(); total != 1 {
		t.Errorf("%d connections, want 1", total)
	}
}

// WithRules replaces allow and deny rules, and keeps the address rules of the pool.
func TestRulesOfSharedConnections(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	dns := nameServer(t, func(string, int) []string { return []string{"127.0.0.1"} })
	shared := newClient(t, egress.Config{DNS: dns, Allow: rules(t, s.place()), Deny: rules(t, s.place()+"/private")})
	_, err := get(t, shared.WithRules(nil, nil), s.URL, options(t))
	wantError(t, err, hostapi.CodeDenied, "no rule allows it")
	_, err = get(t, shared.WithRules(nil, nil), s.URL+"/private", options(t, s.place()))
	if err != nil {
		t.Error(err)
	}
	_, err = get(t, shared.WithRules(nil, rules(t, s.place())), s.URL, options(t, s.place()))
	wantError(t, err, hostapi.CodeDenied, "a rule denies it")
	_, err = get(t, shared.WithRules(rules(t, "a.test"), nil), "http://a.test/", options(t))
	wantError(t, err, hostapi.CodeDenied, "a loopback address")
}

// MaxConns bounds the connections to all hosts: the one that was idle longest makes
// room.
func TestMaxConns(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{1, 16} {
		t.Run(fmt.Sprint(workers, " at once"), func(t *testing.T) {
			t.Parallel()
			const most = 3
			var c *egress.Client
			servers := make([]*server, 5)
			var places []string
			for i := range servers {
				servers[i] = newServer(t, func(http.ResponseWriter, *http.Request) {
					if open := egress.OpenConnections(c); open > most {
						t.Errorf("%d connections at once, want at most %d", open, most)
					}
				})
				places = append(places, servers[i].place())
			}
			c = newClient(t, egress.Config{Allow: rules(t, places...), MaxConns: most})
			var wg sync.WaitGroup
			for w := range workers {
				wg.Go(func() {
					for i := range 50 {
						req := newRequest(t, [2]string{http.MethodGet, http.MethodPost}[i%2], servers[(w+i)%len(servers)].URL, "body")
						if _, err := c.Send(req, options(t)); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

// A request that finds the pool full waits, at most until its deadline, and says so.
func TestFullPool(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]egress.Config{"in all": {MaxConns: 1}, "per host": {MaxConnsPerHost: 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var conns counted
			begun, release := make(chan struct{}), make(chan struct{})
			s := conns.server(t, func(_ http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/slow" {
					close(begun)
					<-release
				}
			})
			cfg.Allow = rules(t, s.Listener.Addr().String())
			c := newClient(t, cfg)
			slow := make(chan error)
			go func() {
				_, err := get(t, c, s.URL+"/slow", options(t))
				slow <- err
			}()
			<-begun

			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, err := c.Send(newRequest(t, http.MethodPost, s.URL, "x").WithContext(ctx), options(t))
			wantError(t, err, hostapi.CodeTimeout, "timed out while waiting for a free connection", "MaxConns")
			if !errors.Is(err, egress.ErrPoolFull) {
				t.Errorf("%v does not match ErrPoolFull", err)
			}
			opts := options(t)
			opts.Limits.RequestTime = 50 * time.Millisecond
			_, err = get(t, c, s.URL, opts)
			wantError(t, err, hostapi.CodeTimeout, "request time limit of 50ms reached while waiting for a free connection")

			waiting := make(chan error)
			go func() {
				_, err := get(t, c, s.URL, options(t))
				waiting <- err
			}()
			close(release)
			if err := errors.Join(<-slow, <-waiting); err != nil {
				t.Error(err)
			}
			if total := conns.total.Load(); total != 1 {
				t.Errorf("%d connections, want 1: the request that waited uses the one that became idle", total)
			}
		})
	}
}

// A connection that becomes idle makes room for a request to another host.
func TestFullPoolServesOtherHosts(t *testing.T) {
	t.Parallel()
	var conns counted
	begun, release := make(chan struct{}), make(chan struct{})
	slow := conns.server(t, func(http.ResponseWriter, *http.Request) { close(begun); <-release })
	other := conns.server(t, ok)
	c := newClient(t, egress.Config{Allow: rules(t, slow.Listener.Addr().String(), other.Listener.Addr().String()), MaxConns: 1})
	done := make(chan error)
	for _, target := range []string{slow.URL, other.URL} {
		go func() {
			_, err := get(t, c, target, options(t))
			done <- err
		}()
		<-begun // closed from then on
	}
	close(release)
	if err := errors.Join(<-done, <-done); err != nil {
		t.Error(err)
	}
}

// Connections of HTTP/2 and those that no request has used yet make room as well.
func TestFullPoolOfOpaqueConnections(t *testing.T) {
	t.Parallel()
	t.Run("HTTP/2", func(t *testing.T) {
		t.Parallel()
		first, second := httptest.NewUnstartedServer(http.HandlerFunc(ok)), httptest.NewUnstartedServer(http.HandlerFunc(ok))
		for _, s := range []*httptest.Server{first, second} {
			s.EnableHTTP2 = true
			s.StartTLS()
			t.Cleanup(s.Close)
		}
		c := newClient(t, egress.Config{
			Allow:   rules(t, first.Listener.Addr().String(), second.Listener.Addr().String()),
			RootCAs: authorities(first), MaxConns: 1,
		})
		for _, s := range []*httptest.Server{first, second, first} {
			if _, err := get(t, c, s.URL, options(t)); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("unused", func(t *testing.T) {
		t.Parallel()
		accepted, shake := make(chan struct{}), make(chan struct{})
		slow := newTLSServer(t, &tls.Config{
			MinVersion:         tls.VersionTLS12,
			GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { close(accepted); <-shake; return nil, nil }, //nolint:nilnil // the same
		})
		other := newServer(t, nil)
		c := newClient(t, egress.Config{
			Allow: rules(t, slow.Listener.Addr().String(), other.place()), RootCAs: authorities(slow), MaxConns: 1,
		})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-accepted; cancel() }()
		_, err := c.Send(newRequest(t, http.MethodGet, slow.URL, "").WithContext(ctx), options(t))
		wantError(t, err, hostapi.CodeCanceled) // net/http continues to dial
		close(shake)
		if _, err := get(t, c, other.URL, options(t)); err != nil {
			t.Error(err)
		}
	})
}

// The maximum for a host holds for clients with their own TLS settings together.
func TestMaxConnsPerHostOfDerivedClients(t *testing.T) {
	t.Parallel()
	s := newTLSServer(t, nil)
	c := newClient(t, egress.Config{Allow: rules(t, s.Listener.Addr().String()), RootCAs: authorities(s), MaxConnsPerHost: 1})
	own := c.WithTLS(&tls.Config{MinVersion: tls.VersionTLS13})
	for i := range 4 {
		client, other := c, own
		if i%2 == 1 {
			client, other = own, c
		}
		if _, err := get(t, client, s.URL, options(t)); err != nil {
			t.Error(err)
		}
		if here, there := egress.OpenConnections(client), egress.OpenConnections(other); here != 1 || there != 0 {
			t.Errorf("%d and %d connections, want only the one that was used last", here, there)
		}
	}
}
