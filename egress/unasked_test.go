package egress_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/postern-dev/postern/egress"
)

// TestMain fails if anything below the package writes through the log package,
// which belongs to the program that embeds it. What net/http has to say about a
// server that breaks the rules of HTTP/2 is let through: it cannot be kept from
// that, and it quotes nothing, see [TestHTTP2ServerThatBreaksTheRules].
func TestMain(m *testing.M) {
	var logged lockedBuffer
	log.SetOutput(&logged)
	log.SetFlags(0)
	code := m.Run()
	ofHTTP2 := regexp.MustCompile(`^(protocol error: received (\*http\.http2[A-Za-z]+Frame before a SETTINGS frame|` +
		`DATA (before a HEADERS frame|after END_STREAM|on a HEAD request))|Transport: unhandled response frame type \*http\.http2[A-Za-z]+Frame|` +
		`http2: Transport received unsolicited DATA frame; closing connection)$`)
	for line := range strings.Lines(logged.String()) {
		if !ofHTTP2.MatchString(strings.TrimSpace(line)) {
			fmt.Fprintf(os.Stderr, "FAIL: this was logged: %s", line)
			code = 1
		}
	}
	os.Exit(code)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// talk is one connection to a server that is written out in a test.
type talk struct {
	net.Conn
	r    *bufio.Reader
	over <-chan struct{} // closed with the end of the test
}

// request reads a request with its body, but for the body of one that expects to
// be answered early.
func (c *talk) request() (*http.Request, error) {
	r, err := http.ReadRequest(c.r)
	if err == nil && r.URL.Path != "/early" {
		_, err = io.Copy(io.Discard, r.Body)
	}
	return r, err
}

func (c *talk) say(text string) {
	io.WriteString(c, text) //nolint:errcheck // the client tells
}

// untilGone waits for the client to close the connection.
func (c *talk) untilGone() {
	io.Copy(io.Discard, c.r) //nolint:errcheck // however it ends
}

// talker hands every connection to serve, with TLS if config is not nil. It
// returns its host:port. The test ends when every serve has.
func talker(t *testing.T, config *tls.Config, serve func(*talk)) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if config != nil {
				conn = tls.Server(conn, config)
			}
			wg.Go(func() {
				defer conn.Close() //nolint:errcheck // the test is about the client
				serve(&talk{conn, bufio.NewReader(conn), t.Context().Done()})
			})
		}
	})
	t.Cleanup(func() {
		listener.Close() //nolint:errcheck // nothing is left to accept
		wg.Wait()
	})
	return listener.Addr().String()
}

const secondResponse = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 33\r\n\r\n{\"access_token\":\"canary-s3cr3t!\"}"

// What a server sends unasked is not logged, which net/http would do, tokens and
// all. It is not taken for the response to another request either.
func TestUnaskedResponse(t *testing.T) {
	t.Parallel()
	const body = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst"
	const chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\n"
	tests := []struct {
		name   string
		method string
		path   string
		first  string
		later  bool // the second comes when the first has been read
		want   string
	}{
		{name: "behind a body", first: body, want: "first"},
		{name: "behind chunks", first: chunks, want: "first"},
		{name: "behind chunks with extensions and trailers", first: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nfirst\r\n0\r\nX-Sum: 1\r\n\r\n", want: "first"},
		{name: "behind no body", first: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		{name: "behind a 204", first: "HTTP/1.1 204 No Content\r\n\r\n"},
		{name: "behind a 304 with a length", first: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"},
		{name: "as the body of a 204", first: "HTTP/1.1 204 No Content\r\nContent-Length: 33\r\n\r\n"},
		{name: "as the body for HEAD", method: http.MethodHead, first: "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n"},
		{name: "behind a 103", first: "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + body, want: "first"},
		{name: "of HTTP/1.0", first: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nfirst", want: "first"},
		{name: "behind bare line feeds", first: "HTTP/1.1 200 OK\nContent-Length: 5\n\nfirst", want: "first"},
		{name: "before the request has been read", method: http.MethodPost, path: "/early", first: body, want: "first"},
		{name: "when idle, after a body", first: body, later: true, want: "first"},
		{name: "when idle, after chunks", first: chunks, later: true, want: "first"},
		{name: "when idle, after a 204", first: "HTTP/1.1 204 No Content\r\n\r\n", later: true},
		{name: "when idle, after an early response", method: http.MethodPost, path: "/early", first: body, later: true, want: "first"},
	}
	certificate := newTLSServer(t, nil)
	for _, tt := range tests {
		for _, way := range []string{"http", "https", "https by a proxy"} {
			t.Run(tt.name+", "+way, func(t *testing.T) {
				t.Parallel()
				read := make(chan struct{}) // the first response
				gone := make(chan struct{}) // the first connection
				var once sync.Once
				cfg := egress.Config{RootCAs: authorities(certificate)}
				scheme, _, proxied := strings.Cut(way, " ")
				var config *tls.Config
				if scheme == "https" {
					config = &tls.Config{Certificates: certificate.TLS.Certificates, MinVersion: tls.VersionTLS12}
				}
				connections := 0
				var mu sync.Mutex
				place := talker(t, config, func(c *talk) {
					mu.Lock()
					connections++
					first := connections == 1
					mu.Unlock()
					if _, err := c.request(); err != nil {
						return
					}
					switch {
					case !first:
						c.say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")
						c.untilGone()
						return
					case tt.later:
						c.say(tt.first)
						<-read
						c.say(secondResponse)
					default:
						c.say(tt.first + secondResponse)
					}
					c.untilGone()
					close(gone)
				})
				if proxied {
					cfg.Proxy = &url.URL{Scheme: "http", Host: tunnel(t)}
				}
				c := newClient(t, cfg)
				defer once.Do(func() { close(read) })
				method := tt.method
				if method == "" {
					method = http.MethodGet
				}
				payload := ""
				if method == http.MethodPost {
					payload = strings.Repeat("x", 100<<10)
				}
				resp, err := c.Send(newRequest(t, method, scheme+"://"+place+tt.path, payload), options(t, place))
				if err != nil || string(resp.Body) != tt.want {
					t.Fatalf("first response %v, %v; want %q", resp, err, tt.want)
				}
				once.Do(func() { close(read) })
				if tt.later {
					<-gone // otherwise the request may cross with it
				}
				resp, err = c.Send(newRequest(t, http.MethodPut, scheme+"://"+place+"/second", "x"), options(t, place))
				if err != nil || string(resp.Body) != "good" {
					t.Errorf("second response %v, %v; want good", resp, err)
				}
				<-gone
			})
		}
	}
}

// A server may answer before it has read the request, and say more than it should. The
// request is still written, so that net/http returns the answer rather than an error.
func TestUnaskedResponseWhileTheRequestIsWritten(t *testing.T) {
	t.Parallel()
	const first = 8 << 10 // more than net/http gathers before it writes
	place := talker(t, nil, func(c *talk) {
		if _, err := http.ReadRequest(c.r); err != nil {
			return
		}
		c.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst" + secondResponse)
		c.untilGone()
	})
	c := newClient(t, egress.Config{})
	answered, over := make(chan struct{}), make(chan struct{})
	body := io.MultiReader(strings.NewReader(strings.Repeat("x", first)), &after{answered, strings.NewReader("rest")})
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotFirstResponseByte: func() {
		close(answered)
		<-over // net/http reads on when the writing has ended, well or not
	}})
	req := newRequest(t, http.MethodPost, "http://"+place+"/", "").WithContext(ctx)
	req.ContentLength, req.GetBody = first+int64(len("rest")), nil
	req.Body = &telling{Reader: body, closed: over}
	resp, err := c.RoundTrip(req, rules(t, place))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it has been read
	if got, err := io.ReadAll(resp.Body); err != nil || string(got) != "first" {
		t.Errorf("body %q, %v; want first", got, err)
	}
}

// after reads from Reader once the channel is closed.
type after struct {
	ready <-chan struct{}
	io.Reader
}

func (a *after) Read(p []byte) (int, error) {
	<-a.ready
	return a.Reader.Read(p)
}

// telling closes a channel when it is closed first.
type telling struct {
	io.Reader
	once   sync.Once
	closed chan struct{}
}

func (c *telling) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

// A server may close an idle connection at any time, RFC 9112 §9.5. A request is not
// written on one of which that is known, so that it goes out on another, even if it is
// one that must not be sent twice.
func TestServerClosesIdleConnection(t *testing.T) {
	t.Parallel()
	certificate := newTLSServer(t, nil)
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			var config *tls.Config
			if scheme == "https" {
				config = &tls.Config{Certificates: certificate.TLS.Certificates, MinVersion: tls.VersionTLS12}
			}
			closed := make(chan struct{})
			place := talker(t, config, func(c *talk) {
				if _, err := c.request(); err != nil {
					return
				}
				c.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				c.Close() //nolint:errcheck // the client tells
				closed <- struct{}{}
			})
			c := newClient(t, egress.Config{RootCAs: authorities(certificate)})
			for i := range 500 {
				method := http.MethodPost
				if i%2 == 1 {
					method = http.MethodPatch
				}
				resp, err := c.Send(newRequest(t, method, scheme+"://"+place+"/", "x"), options(t, place))
				if err != nil || string(resp.Body) != "ok" {
					t.Fatalf("request %d: %v, %v; want ok", i, resp, err)
				}
				<-closed
			}
		})
	}
}

// tunnel is a proxy that opens a tunnel to wherever it is asked. It returns its
// host:port.
func tunnel(t *testing.T) string {
	t.Helper()
	return talker(t, nil, func(c *talk) {
		r, err := http.ReadRequest(c.r)
		if err != nil || r.Method != http.MethodConnect {
			return
		}
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", r.Host)
		if err != nil {
			return
		}
		defer conn.Close() //nolint:errcheck // the client tells
		c.say("HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			io.Copy(c, conn) //nolint:errcheck // the client tells
			c.Close()        //nolint:errcheck // the client tells
		}()
		io.Copy(conn, c.r) //nolint:errcheck // the client tells
	})
}
