package server_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/postern-dev/postern/internal/server"
)

// hostile2 is a client that speaks HTTP/2 as no library does.
type hostile2 struct {
	*http2.Framer
	*testing.T

	conn    *tls.Conn
	out     *bufio.Writer // what the Framer writes
	address string
	fields  bytes.Buffer
	encoder *hpack.Encoder
	decoder *hpack.Decoder
	last    string // status that was decoded last
}

// dial2 begins a connection with HTTP/2, RFC 9113 §3.4, with settings of the client.
func dial2(t *testing.T, address string, settings ...http2.Setting) *hostile2 {
	t.Helper()
	raw := dial(t, address)
	conn := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err := conn.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p := conn.ConnectionState().NegotiatedProtocol; p != "h2" {
		t.Fatalf("the server speaks %q", p)
	}
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriterSize(conn, 16<<10)
	c := &hostile2{Framer: http2.NewFramer(out, conn), T: t, conn: conn, out: out, address: address}
	c.encoder = hpack.NewEncoder(&c.fields)
	c.decoder = hpack.NewDecoder(4096, func(f hpack.HeaderField) {
		if f.Name == ":status" {
			c.last = f.Value
		}
	})
	if err := c.WriteSettings(settings...); err != nil {
		t.Fatal(err)
	}
	return c
}

// request returns the header block of a request.
func (c *hostile2) request(path string, more ...hpack.HeaderField) []byte {
	c.fields.Reset()
	for _, f := range append([]hpack.HeaderField{
		{Name: ":method", Value: http.MethodGet}, {Name: ":scheme", Value: "https"}, {Name: ":authority", Value: c.address}, {Name: ":path", Value: path},
	}, more...) {
		_ = c.encoder.WriteField(f) // to memory
	}
	return c.fields.Bytes()
}

// begin sends the header of a request without a body.
func (c *hostile2) begin(stream uint32, block []byte) error {
	return c.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block, EndStream: true, EndHeaders: true})
}

// ended reports whether the server ends the connection, within the deadline of the connection.
func (c *hostile2) ended() bool {
	if c.out.Flush() != nil {
		return true
	}
	for {
		if _, err := c.ReadFrame(); err != nil {
			timeout, ok := errors.AsType[net.Error](err)
			return !ok || !timeout.Timeout()
		}
	}
}

// status returns the status of a response on a stream.
func (c *hostile2) status(stream uint32) (string, error) {
	if err := c.out.Flush(); err != nil {
		return "", err
	}
	for {
		frame, err := c.ReadFrame()
		if err != nil {
			return "", err
		}
		if headers, ok := frame.(*http2.HeadersFrame); ok {
			if _, err := c.decoder.Write(headers.HeaderBlockFragment()); err != nil {
				return "", err
			}
			if headers.StreamID == stream {
				return c.last, nil
			}
		}
	}
}

// serve2 is serve with TLS and HTTP/2.
func serve2(t *testing.T, config server.Config) (address string) {
	t.Helper()
	sample := httptest.NewTLSServer(http.NotFoundHandler())
	defer sample.Close()
	return serveWith(t, config, &sample.TLS.Certificates[0])
}

// Floods over HTTP/2 end their connection, take a bounded amount of memory, and others are served meanwhile.
func TestFloodsOverHTTP2(t *testing.T) { //nolint:paralleltest // it measures memory
	address := serve2(t, server.Config{})
	many := map[bool]int{true: 200_000, false: 20_000}
	long := strings.Repeat("a", 16<<10)
	for name, tt := range map[string]struct {
		flood func(c *hostile2, n int) error // sends the nth part
		ends  bool                           // the connection, before it gets all
	}{
		// CVE-2023-44487. The server ends the connection once too many of their requests wait, which
		// depends on how fast it is.
		"streams that are reset": {func(c *hostile2, n int) error {
			stream := uint32(2*n + 1)
			return errors.Join(c.begin(stream, c.request("/signin")), c.WriteRSTStream(stream, http2.ErrCodeCancel))
		}, false},
		"more streams than may be open": {func(c *hostile2, n int) error {
			return c.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*n + 1), BlockFragment: c.request("/signin"), EndHeaders: true})
		}, false},
		"a header that does not end": {func(c *hostile2, n int) error { // CVE-2023-45288
			if n == 0 {
				return c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: c.request("/signin"), EndStream: true})
			}
			c.fields.Reset()
			_ = c.encoder.WriteField(hpack.HeaderField{Name: "x-a", Value: long[:8<<10], Sensitive: true})
			return c.WriteContinuation(1, false, c.fields.Bytes())
		}, true},
		"empty continuations": {func(c *hostile2, n int) error {
			if n == 0 {
				return c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: c.request("/signin"), EndStream: true})
			}
			return c.WriteContinuation(1, false, nil)
		}, false},
		"pings whose answers are not read":    {func(c *hostile2, _ int) error { return c.WritePing(false, [8]byte{}) }, false},
		"settings whose answers are not read": {func(c *hostile2, _ int) error { return c.WriteSettings() }, false},
	} {
		c := dial2(t, address)
		var before, after goruntime.MemStats
		goruntime.GC()
		goruntime.ReadMemStats(&before)
		var err error
		for n := 0; n < many[tt.ends] && err == nil; n++ {
			err = tt.flood(c, n)
		}
		goruntime.GC()
		goruntime.ReadMemStats(&after)
		if tt.ends && err == nil && !c.ended() {
			t.Errorf("%s: the connection is open", name)
		}
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
			t.Errorf("%s: the heap grew by %d MiB", name, grown>>20)
		}
		_ = c.conn.Close()
		other := dial2(t, address)
		if err := other.begin(1, other.request("/healthz")); err != nil {
			t.Fatal(err)
		}
		if status, err := other.status(1); status != "200" {
			t.Errorf("after %s: status %q, %v", name, status, err)
		}
	}
}

// Headers that are too large, also by repeating one that is compressed, are refused.
func TestHeadersOverHTTP2(t *testing.T) {
	t.Parallel()
	address := serve2(t, server.Config{})
	long := hpack.HeaderField{Name: "x-a", Value: strings.Repeat("a", 3000)}
	c := dial2(t, address)
	var many []hpack.HeaderField
	for range 100 { // each but the first is a byte
		many = append(many, long)
	}
	block := c.request("/signin", many...)
	if len(block) > 16<<10 {
		t.Fatalf("%d bytes", len(block))
	}
	if err := c.begin(1, block); err != nil {
		t.Fatal(err)
	}
	if status, err := c.status(1); status != "431" {
		t.Errorf("many of the same: status %q, %v; want 431", status, err)
	}
	if err := c.begin(3, c.request("/healthz")); err != nil {
		t.Fatal(err)
	}
	if status, err := c.status(3); status != "200" {
		t.Errorf("another request of the connection: status %q, %v", status, err)
	}
}

// A client that leaves no window for the response, or sends a body that does not end, loses its request after the time for it; its
// connection serves others meanwhile.
func TestSlowClientsOverHTTP2(t *testing.T) {
	t.Parallel()
	address := serve2(t, server.Config{ReadTimeout: 500 * time.Millisecond, WriteTimeout: time.Second})
	c := dial2(t, address, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
	if err := c.begin(1, c.request("/static/style.css")); err != nil {
		t.Fatal(err)
	}
	c.fields.Reset()
	for _, f := range []hpack.HeaderField{
		{Name: ":method", Value: http.MethodPost},
		{Name: ":scheme", Value: "https"},
		{Name: ":authority", Value: address},
		{Name: ":path", Value: "/signin"},
		{Name: "content-type", Value: "application/x-www-form-urlencoded"},
	} {
		_ = c.encoder.WriteField(f) // to memory
	}
	if err := c.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, BlockFragment: c.fields.Bytes(), EndHeaders: true}); err != nil {
		t.Fatal(err)
	}
	if err := c.begin(5, c.request("/healthz")); err != nil {
		t.Fatal(err)
	}
	if err := c.out.Flush(); err != nil {
		t.Fatal(err)
	}
	ended := make(map[uint32]bool)
	served := false
	for len(ended) < 2 {
		frame, err := c.ReadFrame()
		if err != nil {
			t.Fatalf("ended: %v, then %v; want the requests to end", ended, err)
		}
		switch f := frame.(type) {
		case *http2.HeadersFrame:
			served = served || f.StreamID == 5
			if f.StreamID == 3 { // a response without the body that it waited for
				ended[3] = true
			}
		case *http2.RSTStreamFrame:
			if f.StreamID != 5 {
				ended[f.StreamID] = true
			}
		}
	}
	if !served {
		t.Error("the connection served no other request meanwhile")
	}
}
