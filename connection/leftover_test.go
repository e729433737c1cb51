package connection_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	goruntime "runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/runtime"
	"github.com/postern-dev/postern/store"
)

// tlsServer is an API with TLS that counts its open connections.
func tlsServer(t *testing.T, dir string) (s *httptest.Server, ca string, open *atomic.Int64) {
	t.Helper()
	open = new(atomic.Int64)
	s = httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed:
			open.Add(-1)
		}
	}
	s.StartTLS()
	ca = filepath.Join(dir, "ca.pem")
	writePEM(t, ca, "CERTIFICATE", s.Certificate().Raw)
	return s, ca, open
}

// own returns connections to that server, each with different TLS settings.
func own(s *httptest.Server, ca string, names ...string) string {
	var text strings.Builder
	for _, name := range names {
		fmt.Fprintf(&text, "[connections.%s]\ngrant = \"static\"\ntoken = \"the-token-of-a-test\"\nallow_plaintext = true\nhosts = [%q]\n"+
			"tls = { ca_file = %q, server_name = %q }\n", name, s.Listener.Addr().String(), ca, name+".example.com")
	}
	return strings.ReplaceAll(text.String(), `, server_name = "plain.example.com"`, "")
}

// Everything is closed in order, after tasks in both sandboxes used connections with and
// without TLS settings and a store, sets were replaced, and some tasks were cut short:
// nothing is left, neither a goroutine nor a descriptor.
func TestNothingIsLeft(t *testing.T) { //nolint:paralleltest // it counts goroutines and descriptors
	dir := t.TempDir()
	api, ca, open := tlsServer(t, dir)
	defer api.Close()
	wasm, err := os.ReadFile("../runtime/testdata/echo.wasm")
	if err != nil {
		t.Fatal(err)
	}
	work := func() {
		tokens, err := store.Open(t.Context(), store.Config{URL: "sqlite:" + filepath.Join(dir, "postern.db"), Key: bytes.Repeat([]byte("k"), 32)})
		if err != nil {
			t.Fatal(err)
		}
		set := parse(t, own(api, ca, "plain", "removed"))
		network := egress.New(egress.Config{})
		m, err := connection.NewManager(connection.Config{Set: set, Egress: network, Store: tokens})
		if err != nil {
			t.Fatal(err)
		}
		engine := runtime.New(runtime.Config{Connector: m})
		script := func(source string) *runtime.Script {
			s, err := engine.Compile(t.Context(), runtime.Source{Name: "task", Code: []byte(source)})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		get := script(fmt.Sprintf(`httpClient.begin().authSetting(engine.findDataByVarName("q_name")).get(%q).getStatusCode()`, api.URL))
		ask := func(name string) error {
			_, err := engine.Run(t.Context(), runtime.Task{Script: get, Connections: []string{name}, Data: map[string]any{"q_name": name}})
			return err
		}
		for _, name := range []string{"plain", "removed"} { // whose clients differ
			if err := ask(name); err != nil {
				t.Error(err)
			}
		}
		if err := m.Replace(parse(t, own(api, ca, "plain"))); err != nil {
			t.Fatal(err)
		}
		var tasks sync.WaitGroup
		for _, source := range []string{"for (;;) {}", "for (;;) {}", string(wasm)} {
			task := runtime.Task{Script: script(source), Data: map[string]any{"q_in": "x"}}
			tasks.Go(func() { _, _ = engine.Run(t.Context(), task) })
		}
		for engine.Running() < 2 {
			<-time.After(time.Millisecond)
		}
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
		tasks.Wait()
		if err := m.Close(t.Context()); err != nil {
			t.Error(err)
		}
		settle(t, func() bool { return open.Load() == 0 }) // all requests used the Manager's own clients
		network.Close()
		if err := tokens.Close(); err != nil {
			t.Error(err)
		}
	}
	work() // what the process makes once, such as the poller of descriptors
	settle(t, func() bool { return open.Load() == 0 })
	goroutines, descriptors := goruntime.NumGoroutine(), openDescriptors()
	for range 3 {
		work()
	}
	settle(t, func() bool {
		return open.Load() == 0 && goruntime.NumGoroutine() <= goroutines && openDescriptors() <= descriptors
	})
}

// A connection with its own TLS settings has its own client. When Replace removes the
// connection and no run uses it any more, the client's network connections are closed,
// although the Manager stays open.
func TestReplaceClosesOwnClients(t *testing.T) { //nolint:paralleltest // it forces garbage collections
	api, ca, open := tlsServer(t, t.TempDir())
	defer api.Close()
	set := parse(t, own(api, ca, "plain"))
	m := managerFor(t, set, set.Egress())
	request := func() error {
		_, err := m.Do(t.Context(), runOf("plain"), requestOf(api.URL, "plain"))
		return err
	}
	if err := request(); err != nil || open.Load() != 1 {
		t.Fatalf("%v; %d connections", err, open.Load())
	}
	if err := m.Replace(parse(t, own(api, ca, "plain", "more"))); err != nil {
		t.Fatal(err)
	}
	if err := request(); err != nil || open.Load() != 1 {
		t.Errorf("the network connection was not kept: %v, %d connections", err, open.Load())
	}
	if err := m.Replace(parse(t, "")); err != nil {
		t.Fatal(err)
	}
	settle(t, func() bool { goruntime.GC(); return open.Load() == 0 })
}

// settle waits until ok reports true, which takes a moment for what is just ending.
func settle(t *testing.T, ok func() bool) {
	t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for range 10_000 {
		if ok() {
			return
		}
		<-look.C
	}
	var stacks strings.Builder
	_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
	t.Fatalf("something is left: %d descriptors\n%s", openDescriptors(), stacks.String())
}

// openDescriptors returns how many descriptors the process has; 0 if that is unknown.
func openDescriptors() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(list)
}
