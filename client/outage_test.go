package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/client"
)

// server responds without a network.
type server func(*http.Request) string

// RoundTrip implements [http.RoundTripper].
func (s server) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: make(http.Header), Body: io.NopCloser(strings.NewReader(s(r))), Request: r}, nil
}

func newClient(t *testing.T, s server) *client.Client {
	t.Helper()
	c, err := client.New(client.Config{
		URL: "https://postern.example.com", HTTPClient: &http.Client{Transport: s},
		Token: func(context.Context) (string, error) { return "token", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const unavailable = "event: unavailable\ndata: {\"status\":503,\"detail\":\"the disk is full\"}\n\n"

func entry(seq int) string {
	return fmt.Sprintf("id: %d\nevent: log\ndata: {\"seq\":%d,\"kind\":\"log\",\"text\":\"line %d\"}\n\n", seq, seq, seq)
}

// A log goes on after an outage of the server that ends soon, and is given up, with the reason, if it lasts.
func TestFollowThroughAnOutage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		streams []string // the last one again and again
		lines   string
		took    time.Duration
		lost    bool
	}{
		"ends":  {[]string{entry(1) + unavailable, unavailable, entry(2) + "event: end\ndata: {}\n\n"}, "line 1 line 2 ", 20 * time.Second, false},
		"lasts": {[]string{entry(1) + unavailable, unavailable}, "line 1 ", 40 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				streams := test.streams
				c := newClient(t, func(*http.Request) string {
					stream := streams[0]
					if len(streams) > 1 {
						streams = streams[1:]
					}
					return stream
				})
				began, lines := time.Now(), ""
				var last error
				for e, err := range c.Follow(t.Context(), "run", 0) {
					if last = err; err == nil {
						lines += e.Text + " "
					}
				}
				if took := time.Since(began); lines != test.lines || took != test.took {
					t.Errorf("%q after %s, want %q after %s", lines, took, test.lines, test.took)
				}
				if errors.Is(last, client.ErrUnavailable) != test.lost || test.lost && last.Error() != "the disk is full" {
					t.Errorf("it ends with %v", last)
				}
			})
		})
	}
}

// One who waits for a run whose end the server cannot store is told.
func TestWaitDuringAnOutage(t *testing.T) {
	t.Parallel()
	c := newClient(t, func(*http.Request) string { return `{"id": "run", "state": "running", "waits_for": "database"}` })
	run, err := c.Wait(t.Context(), "run")
	if !errors.Is(err, client.ErrUnavailable) || run == nil || run.Ended() {
		t.Errorf("%+v, %v", run, err)
	}
}
