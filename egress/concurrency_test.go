package egress_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// Many tasks share a client; none sees another's answer, rules or headers.
func TestConcurrentTasks(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/redirect" {
			redirect(w, http.StatusTemporaryRedirect, "/?"+r.URL.RawQuery)
			return
		}
		fmt.Fprintf(w, "%s %s", r.URL.RawQuery, r.Header.Get("Authorization"))
	})
	c := newClient(t, egress.Config{})
	var wg sync.WaitGroup
	for task := range 16 {
		wg.Go(func() {
			opts := options(t, s.place())
			opts.Hop = func(req *http.Request) error {
				req.Header.Set("Authorization", fmt.Sprintf("token%d", task))
				return nil
			}
			none := options(t)
			for i := range 50 {
				path := [2]string{"/", "/redirect"}[i%2]
				resp, err := get(t, c, fmt.Sprintf("%s%s?%d-%d", s.URL, path, task, i), opts)
				if err != nil {
					t.Error(err)
					return
				}
				if got, want := string(resp.Body), fmt.Sprintf("%d-%d token%d", task, i, task); got != want {
					t.Errorf("answer %q, want %q", got, want)
				}
				if _, err := get(t, c, s.URL, none); hostapi.CodeOf(err) != hostapi.CodeDenied {
					t.Errorf("error %v without a rule, want code denied", err)
				}
			}
		})
	}
	wg.Wait()
}

// Not parallel: it counts the goroutines of the process.
func TestNoGoroutineIsLeft(t *testing.T) {
	before := pprof.Lookup("goroutine").Count()
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/large":
			io.WriteString(w, strings.Repeat("x", 1<<20))
		case "/slow":
			w.(http.Flusher).Flush() //nolint:errcheck,forcetypeassert // of net/http
			<-r.Context().Done()
		case "/redirect":
			redirect(w, http.StatusFound, "http://denied.test/")
		}
	})
	c := egress.New(egress.Config{})
	opts := options(t, s.place())
	opts.Limits.ResponseBytes = 1000
	opts.Limits.RequestTime = 20 * time.Millisecond
	for range 20 {
		for path, code := range map[string]hostapi.Code{
			"/": "", "/large": hostapi.CodeLimit, "/slow": hostapi.CodeTimeout, "/redirect": hostapi.CodeDenied,
		} {
			o := opts
			if path != "/slow" {
				o.Limits.RequestTime = time.Minute
			}
			if _, err := get(t, c, s.URL+path, o); hostapi.CodeOf(err) != code {
				t.Errorf("%s: error %v, want code %q", path, err, code)
			}
		}
	}
	c.Close()
	s.Close()

	// What is being torn down needs a moment.
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		goroutines := pprof.Lookup("goroutine")
		if goroutines.Count() <= before {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			var stacks strings.Builder
			goroutines.WriteTo(&stacks, 1) //nolint:errcheck // a strings.Builder takes everything
			t.Fatalf("%d goroutines, want at most %d\n%s", goroutines.Count(), before, &stacks)
		}
	}
}
