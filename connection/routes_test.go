package connection_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// openConnections counts the connections of a server.
type openConnections struct {
	mu     sync.Mutex
	opened int
	open   map[net.Conn]bool
}

func (d *openConnections) state(conn net.Conn, state http.ConnState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch state {
	case http.StateNew:
		d.opened++
		d.open[conn] = true
	case http.StateClosed:
		delete(d.open, conn)
	default:
	}
}

func (d *openConnections) count() (opened, open int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.opened, len(d.open)
}

// Clients with their own tls or proxy are closed with their manager, or with the client
// that they were derived from, and shared by connections with the same settings.
func TestCloseLeavesNoConnection(t *testing.T) {
	t.Parallel()
	for _, closedBy := range []string{"manager", "client"} {
		for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
			t.Run(closedBy+", "+protocol, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				certificate(t, dir, "client")
				seen := &openConnections{open: make(map[net.Conn]bool)}
				s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
				s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
				s.EnableHTTP2 = protocol == "HTTP/2"
				s.Config.ErrorLog = log.New(io.Discard, "", 0)
				s.Config.ConnState = seen.state
				s.StartTLS()
				t.Cleanup(s.Close)
				writePEM(t, filepath.Join(dir, "ca.pem"), "CERTIFICATE", s.Certificate().Raw)
				var toml strings.Builder
				for i := range 20 {
					settings := `ca_file = "ca.pem"`
					if i%2 == 1 {
						settings += `, cert_file = "client.pem", key_file = "client.key"`
					}
					fmt.Fprintf(&toml, "[connections.c%d]\ngrant = \"static\"\ntoken = \"not-a-secret\"\nallow_plaintext = true\nhosts = [%q]\ntls = { %s }\n",
						i, s.Listener.Addr(), settings)
				}
				set, err := connection.Parse("oauth.toml", []byte(toml.String()), connection.ParseOptions{Dir: dir})
				if err != nil {
					t.Fatal(err)
				}
				client := egress.New(egress.Config{})
				t.Cleanup(client.Close)
				m, err := connection.NewManager(connection.Config{Set: set, Egress: client})
				if err != nil {
					t.Fatal(err)
				}
				for _, name := range set.Names() {
					_, err := m.Do(t.Context(), &hostapi.Grant{Connections: []string{name}, Limits: hostapi.DefaultLimits()},
						&hostapi.Request{Method: http.MethodGet, URL: s.URL, AuthSetting: name})
					if err != nil {
						t.Fatal(err)
					}
				}
				// A network connection that is not idle again yet is not used for the next request.
				if opened, _ := seen.count(); opened > 6 {
					t.Errorf("%d network connections for 20 connections with two settings, want 2, or a few more", opened)
				}
				if closedBy == "manager" {
					if err := m.Close(t.Context()); err != nil {
						t.Fatal(err)
					}
				} else {
					client.Close()
				}
				tick := time.NewTicker(time.Millisecond)
				defer tick.Stop()
				for end := time.Now().Add(10 * time.Second); ; <-tick.C {
					_, open := seen.count()
					if open == 0 {
						return
					}
					if time.Now().After(end) {
						t.Fatalf("%d connections are left", open)
					}
				}
			})
		}
	}
}
