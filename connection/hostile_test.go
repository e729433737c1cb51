package connection_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// Hostile token endpoints, named like the cases.
func TestHostileServers(t *testing.T) {
	t.Parallel()
	t.Run("C31", testBusyServers)
}

// busy returns a server that responds to so many requests with a status and Retry-After
// before it issues tokens, and records the times.
func busy(n int, status int, retryAfter func() string) (http.Handler, *[]time.Time) {
	asked := new([]time.Time)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		*asked = append(*asked, time.Now())
		if len(*asked) <= n {
			if text := retryAfter(); text != "" {
				w.Header().Set("Retry-After", text)
			}
			w.WriteHeader(status)
			return
		}
		_, _ = fmt.Fprintf(w, `{"access_token":"a%d","refresh_token":"r%d","expires_in":60}`, len(*asked), len(*asked))
	}), asked
}

func testBusyServers(t *testing.T) {
	t.Parallel()
	in := func(d time.Duration) func() string {
		return func() string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	}
	is := func(text string) func() string { return func() string { return text } }
	for _, tt := range []struct {
		name       string
		status     int
		retryAfter func() string
		wait       time.Duration // between the two requests; 0: there is no second
	}{
		{"503", 503, is(""), time.Second},
		{"503 with seconds", 503, is("7"), 7 * time.Second},
		{"429 with seconds", 429, is("3"), 3 * time.Second},
		{"429 with a date", 429, in(9 * time.Second), 9 * time.Second},
		{"429 with a date that is over", 429, in(-time.Hour), time.Second},
		{"429 with nonsense", 429, is("soon"), time.Second},
		{"503 for longer than a request may take", 503, is("31"), 0},
		{"502", 502, is("1"), 0},
		{"500", 500, is("1"), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				handler, asked := busy(1, tt.status, tt.retryAfter)
				var states []connection.State
				m := manageWith(t, handler, map[string]string{"S": "s"}, clientTOML+"client_secret = \"env:S\"\n", func(e connection.Event) { states = append(states, e.State) })
				_, err := m.Token(t.Context(), "crm", 0)
				if tt.wait == 0 {
					if hostapi.CodeOf(err) != hostapi.CodeConnection || len(*asked) != 1 || !slices.Equal(states, []connection.State{connection.StateFailing}) {
						t.Errorf("error %v after %d requests, states %v; want one and failing", err, len(*asked), states)
					}
					return
				}
				if err != nil || len(*asked) != 2 {
					t.Fatalf("error %v after %d requests, want a token after 2", err, len(*asked))
				}
				if waited := (*asked)[1].Sub((*asked)[0]).Round(time.Second); waited != tt.wait {
					t.Errorf("asked again after %v, want %v", waited, tt.wait)
				}
				if !slices.Equal(states, []connection.State{connection.StateReady}) {
					t.Errorf("states %v, want ready alone", states)
				}
			})
		})
	}
	t.Run("twice", testBusyTwice)
	t.Run("one use only", testBusyWithACode)
	t.Run("in a hurry", testBusyInAHurry)
}

// A server that stays busy gets no request before its Retry-After.
func testBusyTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		handler, asked := busy(2, http.StatusTooManyRequests, func() string { return "20" })
		m := manage(t, handler, map[string]string{"S": "s"}, clientTOML+"client_secret = \"env:S\"\n", nil)
		start := time.Now()
		for time.Since(start) < 39*time.Second {
			_, err := m.Token(t.Context(), "crm", 0)
			if e := asError(t, err); e.Hint != "it asks not to be retried for 20s" {
				t.Errorf("error %v, hint %q", e, e.Hint)
			} else if left := 40*time.Second - time.Since(start); !e.Temporary() || e.RetryAfter != left {
				t.Errorf("temporary %t, to be retried after %s, want %s", e.Temporary(), e.RetryAfter, left)
			}
			advance(t, time.Second)
		}
		if len(*asked) != 2 {
			t.Errorf("%d requests in 39s, want 2", len(*asked))
		}
		advance(t, 2*time.Second)
		token(t, m, "crm")
	})
}

// A busy server may have used up a code or refresh token anyway.
func testBusyWithACode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		handler, asked := busy(1, http.StatusServiceUnavailable, func() string { return "" })
		var down atomic.Bool
		m := manage(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if down.Load() {
				*asked = append(*asked, time.Now())
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			handler.ServeHTTP(w, r)
		}), map[string]string{"S": "hunter2"}, codeTOML, nil)
		connect := func() error {
			a, err := m.Authorize(t.Context(), "crm", redirectURI)
			if err != nil {
				t.Fatal(err)
			}
			return m.Redeem(t.Context(), a, url.Values{"code": {"c"}, "state": {query(t, a.URL).Get("state")}})
		}
		if err := connect(); err == nil || len(*asked) != 1 {
			t.Errorf("a code: %v after %d requests, want an error after 1", err, len(*asked))
		}
		if err := connect(); err != nil {
			t.Fatal(err)
		}
		advance(t, time.Minute)
		down.Store(true)
		if _, err := m.Token(t.Context(), "crm", 0); hostapi.CodeOf(err) != hostapi.CodeConnection || len(*asked) != 3 {
			t.Errorf("a refresh token: %v after %d requests, want an error after 1 more", err, len(*asked)-2)
		}
		if state, _ := m.State("crm"); state != connection.StateFailing {
			t.Errorf("state %s, want failing: the grant is still good", state)
		}
		down.Store(false)
		advance(t, 2*time.Second)
		token(t, m, "crm")
	})
}

// A caller waits no longer than its deadline; the token is for the next one.
func testBusyInAHurry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		handler, asked := busy(1, http.StatusTooManyRequests, func() string { return "10" })
		m := manage(t, handler, map[string]string{"S": "s"}, clientTOML+"client_secret = \"env:S\"\n", nil)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		if _, err := m.Token(ctx, "crm", 0); hostapi.CodeOf(err) != hostapi.CodeTimeout || time.Since(start) != 2*time.Second {
			t.Errorf("error %v after %v, want a timeout after 2s", err, time.Since(start))
		}
		token(t, m, "crm")
		if got := time.Since(start); got != 10*time.Second || len(*asked) != 2 {
			t.Errorf("a token after %v and %d requests, want 10s and 2", got, len(*asked))
		}
	})
}
