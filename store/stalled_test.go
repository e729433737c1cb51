package store_test

import (
	"context"
	"io"
	"net"
	neturl "net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/store"
)

// late is how much later than its context a call may return, on a busy machine.
// SQLite's own patience would be ten seconds.
const late = 5 * time.Second

// wantPatience checks that every call ends with its context, at the latest, and
// that those in waits wait until then.
func wantPatience(t dbTest, s *store.Store, waits func(name string) bool) {
	t.Helper()
	var wg sync.WaitGroup
	for name, call := range calls(s) {
		wg.Go(func() {
			const patience = 100 * time.Millisecond
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			began := time.Now()
			err := call(ctx)
			if took := time.Since(began); took > patience+late {
				t.Errorf("%s took %v", name, took)
			}
			if got := hostapi.CodeOf(err); waits(name) && got != hostapi.CodeTimeout {
				t.Errorf("%s: code %q of %v, want timeout", name, got, err)
			}
		})
	}
	wg.Wait()
}

func TestCallsEndWithTheirContextWhileLocked(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := open(t, t.url)
		put(t, s, crm(), "token")
		lock := "LOCK TABLE postern_keys, postern_connection_records, postern_connection_definitions, postern_audit_events IN ACCESS EXCLUSIVE MODE"
		waits := func(string) bool { return true }
		if strings.HasPrefix(t.url, "sqlite:") {
			lock = "UPDATE postern_keys SET created = created" // takes the lock for writing
			waits = func(name string) bool {
				return name != "Load" && name != "List" && name != "AuditTrail" && name != "Definitions"
			}
		}
		tx, err := raw(t, t.url).BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), lock); err != nil {
			t.Fatal(err)
		}
		wantPatience(t, s, waits)
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		put(t, s, crm(), "another")
		if got := string(load(t, s, crm()).Secret); got != "another" {
			t.Errorf("secret %q after the lock, want another", got)
		}
	})
}

// Opening waits for other processes as well: also where SQLite itself would not,
// which is where a new file gets its journal mode.
func TestOpenWaitsForALock(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		db := raw(t, t.url)
		begin := "CREATE TABLE postern_keys (other INT)"
		if strings.HasPrefix(t.url, "sqlite:") {
			mustExec(t, db, "CREATE TABLE other (n INT)")
			begin = "SELECT count(*) FROM other" // a reader blocks a change of the journal mode
		}
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), begin); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err = store.Open(ctx, store.Config{URL: t.url, Key: testKey()})
		if took := time.Since(began); hostapi.CodeOf(err) != hostapi.CodeTimeout || took > late {
			t.Errorf("open ended after %v with %v, want a timeout", took, err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		put(t, open(t, t.url), crm(), "token")
	})
}

// stallable is a way to a server that can be made to stand still, as it would if
// the server were stopped: connections stay open, and nothing comes back.
type stallable struct {
	net.Listener
	target string

	mu      sync.Mutex
	stalled chan struct{} // closed: bytes are not passed on any more
	conns   []net.Conn
}

// stallablePostgres returns the URL of the way to that of a PostgreSQL database.
func stallablePostgres(tb testing.TB, url string) (string, *stallable) {
	tb.Helper()
	u, err := neturl.Parse(url)
	if err != nil {
		tb.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &stallable{Listener: listener, target: u.Host, stalled: make(chan struct{})}
	go p.serve()
	tb.Cleanup(p.end)
	u.Host = listener.Addr().String()
	return u.String(), p
}

func (p *stallable) stall() { close(p.stalled) }

// cut closes the connections that there are.
func (p *stallable) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.conns = nil
}

func (p *stallable) end() {
	_ = p.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		_ = c.Close()
	}
}

func (p *stallable) serve() {
	for {
		client, err := p.Accept()
		if err != nil {
			return
		}
		server, err := new(net.Dialer).Dial("tcp", p.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		go p.pass(server, client)
		go p.pass(client, server)
	}
}

func (p *stallable) pass(to, from net.Conn) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := from.Read(buffer)
		select {
		case <-p.stalled:
			_, _ = io.Copy(io.Discard, from) // until end closes it
			return
		default:
		}
		if _, writeErr := to.Write(buffer[:n]); err != nil || writeErr != nil {
			_ = to.Close()
			return
		}
	}
}

func TestCallsEndWithTheirContextWhileStalled(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		if strings.HasPrefix(t.url, "sqlite:") {
			return // there is no server: see TestCallsEndWithTheirContextWhileLocked
		}
		url, way := stallablePostgres(t, t.url)
		s, err := store.Open(t.Context(), store.Config{URL: url, Key: testKey()})
		if err != nil {
			t.Fatal(err)
		}
		put(t, s, crm(), "token")
		way.stall()
		wantPatience(t, s, func(string) bool { return true })
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		began := time.Now()
		if _, err := store.Open(ctx, store.Config{URL: url, Key: testKey()}); hostapi.CodeOf(err) != hostapi.CodeTimeout {
			t.Errorf("open: %v, want a timeout", err)
		}
		if err := s.Close(); err == nil || !strings.Contains(err.Error(), "events of the audit trail that could not be stored: 1") {
			t.Errorf("Close: %v, want that the event is lost", err)
		}
		if took := time.Since(began); took > 2*late {
			t.Errorf("opening and closing took %v", took)
		}
	})
}
