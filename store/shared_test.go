package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/store"
)

// rotating is an authorization server whose refresh tokens are good once: an old one
// ends the grant for all, RFC 9700 §4.14. It thinks before it rotates, and does not
// where the client is gone by then. Each client says who it is in the parameter who.
type rotating struct {
	lifetime, thinks time.Duration
	asked            chan string // who has just begun to ask

	mu       sync.Mutex
	current  string
	owner    string // who got it
	killed   map[string]bool
	issued   int
	last     time.Time // when it issued a token
	early    int       // requests for another while that one was still good
	replayed int
	lost     int // old tokens sent because a process was killed with the newest one
}

func (s *rotating) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sent, who := r.PostFormValue("refresh_token"), r.PostFormValue("who")
	select {
	case s.asked <- who:
	default:
	}
	select {
	case <-r.Context().Done():
		return
	case <-time.After(s.thinks):
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Context().Err() != nil {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if sent != s.current && s.killed[s.owner] && s.replayed == 0 {
		s.lost++ // no client can help that: let it go on
	} else if s.replayed > 0 || sent != s.current {
		s.replayed++
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"error":"invalid_grant"}`)
		return
	} else if renewal := s.lifetime - max(s.lifetime/10, time.Second); s.issued > 0 && time.Since(s.last) < renewal-s.thinks-100*time.Millisecond {
		// A token is renewed a tenth of its life before its end, at least a second.
		s.early++
	}
	s.issued++
	s.last, s.owner = time.Now(), who
	s.current = fmt.Sprintf("refresh-%d", s.issued)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"access_token": fmt.Sprintf("access-%d", s.issued), "refresh_token": s.current, "expires_in": int(s.lifetime / time.Second),
	})
}

func manager(s *store.Store, endpoint, who string) (*connection.Manager, func(), error) {
	toml := fmt.Sprintf(`[connections.crm]
grant = "authorization_code"
token_endpoint = %q
authorization_endpoint = %q
client_id = "id"
token_endpoint_auth_method = "none"
token_params = { who = %q }
`, endpoint, endpoint, who)
	set, err := connection.Parse("oauth.toml", []byte(toml), connection.ParseOptions{})
	if err != nil {
		return nil, nil, err
	}
	client := egress.New(egress.Config{})
	m, err := connection.NewManager(connection.Config{Set: set, Egress: client, Store: s})
	return m, client.Close, err
}

// callLimit is what a caller in useTokens waits at most.
const callLimit = 20 * time.Second

// useTokens asks for the token again and again, in several goroutines, until the
// time is over or it is told to end. It prints the longest time that it waited, in
// milliseconds.
func useTokens(ctx context.Context, s *store.Store, arg string) error {
	endpoint, rest, _ := strings.Cut(arg, " ")
	who, rest, _ := strings.Cut(rest, " ")
	duration, err := time.ParseDuration(rest)
	if err != nil {
		return err
	}
	m, done, err := manager(s, endpoint, who)
	if err != nil {
		return err
	}
	defer done()
	running, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	_, _ = fmt.Fprintln(os.Stdout, "ready") // to be asked to end
	running, cancel := context.WithTimeout(running, duration)
	defer cancel()
	const goroutines = 8
	failed := make(chan error, goroutines)
	var longest [goroutines]time.Duration
	var wg sync.WaitGroup
	for i := range goroutines {
		wg.Go(func() {
			for tick := time.NewTicker(5 * time.Millisecond); ; {
				select {
				case <-running.Done():
					return
				case <-tick.C:
				}
				began := time.Now()
				call, cancel := context.WithTimeout(running, callLimit)
				_, err := m.Token(call, "crm", 0)
				cancel()
				longest[i] = max(longest[i], time.Since(began))
				if err != nil && running.Err() == nil {
					failed <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(failed)
	most := time.Duration(0)
	for _, d := range longest {
		most = max(most, d)
	}
	_, _ = fmt.Fprintln(os.Stdout, most.Milliseconds())
	return errors.Join(<-failed, m.Close(ctx)) // a process that ends in order loses nothing
}

// Four processes share a grant whose refresh token is good once. Each token
// is renewed once, by the first to come, and none of them sees an error.
func TestProcessesShareAGrant(t *testing.T) {
	t.Parallel()
	t.Run("C41", func(t *testing.T) {
		t.Parallel()
		onEach(t, func(t dbTest) { shareAGrant(t, 3*time.Second, time.Second, nil) })
	})
}

// The same for as long as POSTERN_SOAK says, while a process ends every 5 s and
// another takes its place. One that is killed between the server's answer and the
// commit takes the grant with it, which no client can help. One that is asked to end
// loses nothing.
func TestSoak(t *testing.T) {
	t.Parallel()
	soak := os.Getenv("POSTERN_SOAK")
	if soak == "" {
		t.Skip("make soak runs it")
	}
	duration, err := time.ParseDuration(soak)
	if err != nil {
		t.Fatal(err)
	}
	for name, signals := range map[string][]os.Signal{
		"killed":       {os.Kill},
		"asked to end": {os.Interrupt, syscall.SIGTERM},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t dbTest) { shareAGrant(t, duration, 10*time.Second, signals) })
		})
	}
}

// shareAGrant lets four processes use one grant. Every 5 s one of them gets the next
// of the signals, if there are any.
func shareAGrant(t dbTest, duration, lifetime time.Duration, signals []os.Signal) {
	server := &rotating{lifetime: lifetime, thinks: 200 * time.Millisecond, current: "refresh-0", asked: make(chan string), killed: make(map[string]bool)}
	endpoint := httptest.NewServer(server)
	t.Cleanup(endpoint.Close)
	s := open(t, t.url)
	m, done, err := manager(s, endpoint.URL, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	if err := m.Import(t.Context(), "crm", connection.Imported{RefreshToken: "refresh-0"}); err != nil {
		t.Fatal(err)
	}
	began, n := time.Now(), 0
	next := func() *child {
		left := (duration - time.Since(began)).Truncate(time.Millisecond)
		n++
		c := start(t, "tokens", t.url, fmt.Sprintf("%s %d %s", endpoint.URL, n, left))
		c.line(t) // it is ready
		return c
	}
	longest := time.Duration(0)
	ended := func(c *child) {
		t.Helper()
		millis, err := strconv.Atoi(c.wait(t))
		if err != nil {
			t.Error(err)
		}
		longest = max(longest, time.Duration(millis)*time.Millisecond)
	}
	children, names := make([]*child, 4), make([]string, 4)
	for i := range children {
		children[i] = next()
		names[i] = strconv.Itoa(n)
	}
	if len(signals) > 0 {
		const every = 5 * time.Second
		tick := time.NewTicker(every)
		defer tick.Stop()
		for i := 0; time.Since(began) < duration-every; i++ {
			<-tick.C
			victim := i % len(children)
			if i%2 == 1 { // every other time one that is renewing the token
				victim = slices.Index(names, <-server.asked)
			}
			c := children[victim]
			if sig := signals[i%len(signals)]; sig == os.Kill {
				server.mu.Lock()
				server.killed[names[victim]] = true
				server.mu.Unlock()
				c.kill(t)
			} else {
				if err := c.cmd.Process.Signal(sig); err != nil {
					t.Error(err)
				}
				ended(c)
			}
			children[victim] = next()
			names[victim] = strconv.Itoa(n)
		}
	}
	for _, c := range children {
		ended(c)
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	// One for each that came to its end, however long its callers waited, and none besides.
	const longestWait = 3 * time.Second
	least := int(duration / server.lifetime)
	if len(signals) > 0 {
		least = int(duration / (server.lifetime + longestWait))
	}
	if server.replayed > 0 || server.early > 0 || server.issued < least {
		t.Errorf("%d tokens issued, %d of them early, and %d refresh tokens sent twice; want %d or more, none and none",
			server.issued, server.early, server.replayed, least)
	}
	if len(signals) > 0 && longest > longestWait+server.thinks {
		t.Errorf("a caller waited %v, want 3s and the time of the server at most", longest)
	}
	t.Logf("%d processes, %d tokens issued, %d lost with a process that was killed after the server had rotated; the longest wait was %v",
		n, server.issued, server.lost, longest)
}
