package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/store"
)

// rotating is an authorization server whose refresh tokens are good once: whoever
// sends an old one loses the grant for all, RFC 9700 §4.14.
type rotating struct {
	lifetime time.Duration

	mu       sync.Mutex
	current  string
	issued   int
	last     time.Time // when it issued a token
	early    int       // requests for another while that one was still good
	replayed int
}

func (s *rotating) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if sent := r.PostFormValue("refresh_token"); s.replayed > 0 || sent != s.current {
		s.replayed++
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"error":"invalid_grant"}`)
		return
	}
	// A token is renewed a tenth of its life before its end, at least a second.
	if renewal := s.lifetime - max(s.lifetime/10, time.Second); s.issued > 0 && time.Since(s.last) < renewal-100*time.Millisecond {
		s.early++
	}
	s.issued++
	s.last = time.Now()
	s.current = fmt.Sprintf("refresh-%d", s.issued)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"access_token": fmt.Sprintf("access-%d", s.issued), "refresh_token": s.current, "expires_in": int(s.lifetime / time.Second),
	})
}

func manager(s *store.Store, endpoint string) (*connection.Manager, func(), error) {
	toml := fmt.Sprintf(`[connections.crm]
grant = "authorization_code"
token_endpoint = %q
authorization_endpoint = %q
client_id = "id"
token_endpoint_auth_method = "none"
`, endpoint, endpoint)
	set, err := connection.Parse("oauth.toml", []byte(toml), connection.ParseOptions{})
	if err != nil {
		return nil, nil, err
	}
	client := egress.New(egress.Config{})
	m, err := connection.NewManager(connection.Config{Set: set, Egress: client, Store: s})
	return m, client.Close, err
}

// useTokens asks for the token again and again, in several goroutines, until the
// time is over. It prints how often it got one.
func useTokens(ctx context.Context, s *store.Store, arg string) error {
	endpoint, rest, _ := strings.Cut(arg, " ")
	duration, err := time.ParseDuration(rest)
	if err != nil {
		return err
	}
	m, done, err := manager(s, endpoint)
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, duration)
	defer cancel()
	const goroutines = 8
	failed := make(chan error, goroutines)
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for tick := time.NewTicker(5 * time.Millisecond); ; {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				if _, err := m.Token(context.WithoutCancel(ctx), "crm", 0); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(failed)
	return <-failed
}

// Four processes share a grant whose refresh token is good once. Each token
// is renewed once, whoever comes first, and nobody sees an error.
// POSTERN_SOAK says for how long; tokens live for a sixth of that, 12 s at most. In
// a soak on PostgreSQL one process after the other is killed where it stands and
// replaced. One that dies between the server's answer and the commit takes the
// grant with it, which no client can help: it is reported as cut off.
func TestProcessesShareAGrant(t *testing.T) {
	t.Parallel()
	t.Run("C41", testProcessesShareAGrant)
}

func testProcessesShareAGrant(t *testing.T) {
	t.Parallel()
	duration, soak := 6*time.Second, os.Getenv("POSTERN_SOAK")
	if soak != "" {
		var err error
		if duration, err = time.ParseDuration(soak); err != nil {
			t.Fatal(err)
		}
	}
	onEach(t, func(t dbTest) {
		server := &rotating{lifetime: min(max(duration/6, 2*time.Second), 12*time.Second).Truncate(time.Second), current: "refresh-0"}
		endpoint := httptest.NewServer(server)
		t.Cleanup(endpoint.Close)
		s := open(t, t.url)
		m, done, err := manager(s, endpoint.URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(done)
		if err := m.Import(t.Context(), "crm", connection.Imported{RefreshToken: "refresh-0"}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		children := make([]*child, 4)
		for i := range children {
			children[i] = start(t, "tokens", t.url, endpoint.URL+" "+duration.String())
		}
		if soak != "" && strings.HasPrefix(t.url, "postgres") {
			const every = 5 * time.Second
			tick := time.NewTicker(every)
			defer tick.Stop()
			for n := 0; time.Since(began) < duration-every; n++ {
				<-tick.C
				children[n%len(children)].kill(t)
				left := (duration - time.Since(began)).Truncate(time.Second)
				children[n%len(children)] = start(t, "tokens", t.url, endpoint.URL+" "+left.String())
			}
		}
		for _, c := range children {
			c.wait(t)
		}
		server.mu.Lock()
		defer server.mu.Unlock()
		// One for each that came to its end, and none besides.
		least := int(duration / server.lifetime)
		if server.replayed > 0 || server.early > 0 || server.issued < least {
			t.Errorf("%d tokens issued, %d of them early, and %d refresh tokens sent twice; want %d or more, none and none",
				server.issued, server.early, server.replayed, least)
		}
	})
}
