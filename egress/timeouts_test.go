package egress_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

func parse(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Every step has its time, and the error says which one was too slow.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	silent := rawServer(t, func(*net.TCPConn) { <-release })
	slow := newServer(t, func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) }) // before the servers are closed
	const short = 50 * time.Millisecond
	tests := []struct {
		name, target string
		cfg          egress.Config
		text         string
	}{
		{"TLS handshake", "https://" + silent, egress.Config{Timeouts: egress.Timeouts{TLSHandshake: short}}, "the TLS handshake did not complete within 50ms"},
		{"proxy", "https://api.test", egress.Config{Timeouts: egress.Timeouts{Proxy: short}, Proxy: parse(t, "http://"+silent)}, "the proxy did not open a tunnel within 50ms"},
		{"response header", slow.URL, egress.Config{Timeouts: egress.Timeouts{ResponseHeader: short}}, "the server did not begin to respond in time"},
		{"name lookup", "http://a.test", egress.Config{Timeouts: egress.Timeouts{Dial: short}, DNS: deadNameServer(t)}, "the name server did not respond"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, tt.cfg)
			req := newRequest(t, http.MethodGet, tt.target, "")
			_, err := c.Send(req, options(t, net.JoinHostPort(req.URL.Hostname(), hostapi.OriginOf(req.URL).Port)))
			wantError(t, err, hostapi.CodeNetwork, tt.text)
		})
	}
	t.Run("idle", func(t *testing.T) {
		t.Parallel()
		gone := make(chan struct{})
		s := httptest.NewUnstartedServer(http.HandlerFunc(ok))
		s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				close(gone)
			}
		}
		s.Start()
		t.Cleanup(s.Close)
		c := newClient(t, egress.Config{Timeouts: egress.Timeouts{Idle: short}})
		if _, err := get(t, c, s.URL, options(t, s.Listener.Addr().String())); err != nil {
			t.Fatal(err)
		}
		<-gone
	})
}
