package egress_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// authorities trusts the certificate of s.
func authorities(s *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

func newTLSServer(t *testing.T, cfg *tls.Config) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = cfg
	s.Config.ErrorLog = quiet(t)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// expired returns a certificate for 127.0.0.1 that is no longer valid.
func expired(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "expired"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// rawServer accepts connections, reads a little and hands each to answer. Then
// it ends its side and waits for the client to end the other: to close with
// something unread would reset the connection, answer and all. It returns its
// host:port.
func rawServer(t *testing.T, answer func(*net.TCPConn)) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() }) //nolint:errcheck // nothing is left to accept
	go func() {
		for {
			accepted, err := listener.Accept()
			if err != nil {
				return
			}
			conn := accepted.(*net.TCPConn) //nolint:errcheck,forcetypeassert // a TCP listener accepts nothing else
			go func() {
				defer conn.Close() //nolint:errcheck // the test is about the client
				if _, err := conn.Read(make([]byte, 4096)); err != nil {
					return
				}
				answer(conn)
				if conn.CloseWrite() == nil {
					io.Copy(io.Discard, conn) //nolint:errcheck // until the client has gone
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// refusing returns a host:port that refuses connections, or datagrams, as long
// as the test runs. It is the near end of a connection, so nothing else can come
// to listen there.
func refusing(t *testing.T, network string) string {
	t.Helper()
	far := "127.0.0.1:1" // for UDP, where nothing is sent
	if network == "tcp" {
		listener, err := new(net.ListenConfig).Listen(t.Context(), network, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() }) //nolint:errcheck // nothing is left to accept
		far = listener.Addr().String()
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), network, far)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() }) //nolint:errcheck // nothing was sent
	return conn.LocalAddr().String()
}

func reply(text string) func(*net.TCPConn) {
	return func(conn *net.TCPConn) {
		conn.Write([]byte(text)) //nolint:errcheck // the client tells
	}
}

func reset(conn *net.TCPConn) {
	conn.SetLinger(0) //nolint:errcheck // the client tells
	conn.Close()      //nolint:errcheck // the client tells
}

// A network error tells host, port and class, and nothing of the URL.
func TestNetworkErrors(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t"
	self := newTLSServer(t, nil)
	old := newTLSServer(t, &tls.Config{Certificates: []tls.Certificate{expired(t)}, MinVersion: tls.VersionTLS12})
	picky := newTLSServer(t, &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12})
	plain := newServer(t, nil)
	place := func(s *httptest.Server) string { return s.Listener.Addr().String() }
	_, selfPort, _ := net.SplitHostPort(place(self))
	dns := nameServer(t, func(name string, _ int) []string {
		if name == "lost.test" {
			return nil
		}
		return []string{"127.0.0.1"}
	})
	tests := []struct {
		name   string
		url    string
		config egress.Config
		inBody bool // the answer begins well
		text   string
	}{
		{name: "refused", url: "http://" + refusing(t, "tcp"), text: "connection refused; is the server running"},
		{name: "no such host", url: "http://lost.test:80", text: "no such host"},
		{name: "no name server", url: "http://a.test:80", config: egress.Config{DNS: refusing(t, "udp")}, text: "the name could not be looked up"},
		{name: "unknown authority", url: self.URL, text: "its TLS certificate is from an unknown authority"},
		{name: "other name", url: "https://a.test:" + selfPort, config: egress.Config{RootCAs: authorities(self)}, text: "its TLS certificate is for another name"},
		{name: "expired", url: old.URL, config: egress.Config{RootCAs: authorities(old)}, text: "its TLS certificate has expired"},
		{name: "certificate wanted", url: picky.URL, config: egress.Config{RootCAs: authorities(picky)}, text: "the server refused the TLS handshake"},
		{name: "TLS to plain", url: "https://" + plain.place(), text: "does not speak TLS"},
		{name: "TLS to noise", url: "https://" + rawServer(t, reply("220 mail.test\r\n")), text: "does not speak TLS"},
		{name: "no answer", url: "http://" + rawServer(t, reply("")), text: "closed the connection mid-response"},
		{name: "half an answer", url: "http://" + rawServer(t, reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")), inBody: true, text: "closed the connection mid-response"},
		{name: "reset", url: "http://" + rawServer(t, reset), text: "the server reset the connection"},
		{name: "not HTTP", url: "http://" + rawServer(t, reply("220 mail.test\r\n")), text: "no valid HTTP response was received"},
		{name: "not gzip", url: "http://" + rawServer(t, reply("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\nnot gzip, no")), inBody: true, text: "the response is not valid gzip"},
		{name: "bad gzip", url: "http://" + rawServer(t, reply("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 16\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff")), inBody: true, text: "the response is not valid gzip"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.config.DNS == "" {
				tt.config.DNS = dns
			}
			c := newClient(t, tt.config)
			_, hostPort, _ := strings.Cut(tt.url, "://")
			_, err := get(t, c, tt.url+"/"+secret+"?token="+secret, options(t, hostPort))
			wantError(t, err, hostapi.CodeNetwork, tt.text)
			e, _ := errors.AsType[*hostapi.Error](err)
			if e.Name != hostPort {
				t.Errorf("name %q, want %q", e.Name, hostPort)
			}
			if text := fmt.Sprintf("%v %+v %#v", err, err, *e); strings.Contains(text, secret) {
				t.Errorf("error %q holds the secret", text)
			}
			req := newRequest(t, http.MethodPost, tt.url+"/?token="+secret, secret)
			// A new client, without a connection that the server has closed.
			resp, err := newClient(t, tt.config).RoundTrip(req, rules(t, hostPort))
			if tt.inBody { // which is the caller's to read
				if err != nil {
					t.Fatalf("error %v before the body is read", err)
				}
				defer resp.Body.Close() //nolint:errcheck // it could not even be read
				if body, err := io.ReadAll(resp.Body); err == nil {
					t.Errorf("body %q, want an error", body)
				}
				return
			}
			wantError(t, err, hostapi.CodeNetwork, tt.text)
		})
	}
}

func TestRoundTripEndsWithContext(t *testing.T) {
	t.Parallel()
	dns := deadNameServer(t)
	c := newClient(t, egress.Config{DNS: dns})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.RoundTrip(newRequest(t, http.MethodGet, "http://a.test/", "").WithContext(ctx), rules(t, "a.test")) //nolint:bodyclose // there is no answer
	wantError(t, err, hostapi.CodeTimeout, "timed out while")
}

// deadNameServer returns the address of a name server that never answers.
func deadNameServer(t *testing.T) string {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() }) //nolint:errcheck // nothing is left to send
	return conn.LocalAddr().String()
}

// quiet returns a logger that writes to the test's log.
func quiet(t *testing.T) *log.Logger {
	t.Helper()
	return log.New(t.Output(), "", 0)
}
