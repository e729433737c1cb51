package egress_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// TestMaxRequestsPerHost checks that requests to one host wait beyond the maximum, that
// tenants take turns, that those beyond MaxWaiting fail at once, and that other hosts and
// token requests are counted by host.
func TestMaxRequestsPerHost(t *testing.T) {
	t.Parallel()
	begun, release := make(chan string, 10), make(chan struct{})
	s := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		begun <- r.URL.Path
		<-release
	})
	other := newServer(t, nil)
	c := newClient(t, egress.Config{Allow: rules(t, s.place(), other.place()), MaxRequestsPerHost: 1, MaxWaiting: 4})
	errs := make(chan error, 10)
	send := func(tenant, path string) {
		go func() {
			opts := options(t)
			opts.Tenant = tenant
			_, err := c.WithRules(rules(t, s.place()), nil).Send(newRequest(t, http.MethodGet, s.URL+path, ""), opts)
			errs <- err
		}()
	}
	send("a", "/a1")
	if first := <-begun; first != "/a1" {
		t.Errorf("%s has begun first", first)
	}
	for i, path := range []string{"/a2", "/a3", "/b1", "/b2"} {
		send(path[1:2], path)
		egress.WaitForWaiting(c, s.place(), i+1)
	}
	_, err := c.Send(newRequest(t, http.MethodGet, s.URL, ""), options(t))
	wantError(t, err, hostapi.CodeOverloaded, "too many requests are waiting", "MaxWaiting")
	if !errors.Is(err, egress.ErrPoolFull) {
		t.Errorf("%v does not match ErrPoolFull", err)
	}
	_, err = c.RoundTrip(newRequest(t, http.MethodGet, s.URL, ""), nil) //nolint:bodyclose // there is none
	wantError(t, err, hostapi.CodeOverloaded)
	if _, err := c.Send(newRequest(t, http.MethodGet, other.URL, ""), options(t)); err != nil {
		t.Errorf("another host: %v", err)
	}
	var order []string
	for range 4 {
		release <- struct{}{}
		order = append(order, <-begun)
	}
	close(release)
	for range 5 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if want := []string{"/a2", "/b1", "/a3", "/b2"}; !slices.Equal(order, want) {
		t.Errorf("requests began in the order %q, want %q", order, want)
	}
	s.wantHits(t, 5)
}

// TestMaxWaiting checks that a request that would wait for a connection fails at once if
// as many wait as may.
func TestMaxWaiting(t *testing.T) {
	t.Parallel()
	begun, release := make(chan struct{}, 1), make(chan struct{})
	s := newServer(t, func(http.ResponseWriter, *http.Request) {
		begun <- struct{}{}
		<-release
	})
	c := newClient(t, egress.Config{Allow: rules(t, s.place()), MaxConns: 1, MaxWaiting: 1})
	errs := make(chan error)
	send := func() {
		_, err := get(t, c, s.URL, options(t))
		errs <- err
	}
	go send()
	<-begun
	go send()
	egress.WaitForWaiting(c, "", 1)
	_, err := get(t, c, s.URL, options(t))
	wantError(t, err, hostapi.CodeOverloaded, "too many requests are waiting")
	close(release)
	if err := errors.Join(<-errs, <-errs); err != nil {
		t.Error(err)
	}
}
