package egress_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/url"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

const head200 = "HTTP/1.1 200 OK\r\n"

// says returns a server that reads a request, says that and then nothing.
func says(text string) func(*talk) {
	return func(c *talk) {
		if _, err := c.request(); err == nil {
			c.say(text)
			c.untilGone()
		}
	}
}

// repeats is says, but goes on with the second text for as long as it is read.
func repeats(first, again string) func(*talk) {
	again = strings.Repeat(again, max(1, 4096/len(again)))
	return func(c *talk) {
		if _, err := c.request(); err != nil {
			return
		}
		c.say(first)
		for {
			if _, err := io.WriteString(c, again); err != nil {
				return
			}
		}
	}
}

// trickles is says, one byte every few milliseconds.
func trickles(first, again string) func(*talk) {
	return func(c *talk) {
		if _, err := c.request(); err != nil {
			return
		}
		c.say(first)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			<-tick.C
			if _, err := io.WriteString(c, again[i%len(again):i%len(again)+1]); err != nil {
				return
			}
		}
	}
}

func zipped(t *testing.T, n int) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// frames is a server that speaks HTTP/2: after the request has come, it sends
// whatever send writes.
func frames(send func(f *http2.Framer, stream uint32)) func(*talk) {
	return func(c *talk) {
		if _, err := io.ReadFull(c.r, make([]byte, len(http2.ClientPreface))); err != nil {
			return
		}
		f := http2.NewFramer(c, c.r)
		if f.WriteSettings() != nil {
			return
		}
		for {
			frame, err := f.ReadFrame()
			if err != nil {
				return
			}
			if h, ok := frame.(*http2.HeadersFrame); ok {
				send(f, h.StreamID)
			}
		}
	}
}

func fields(f *http2.Framer, stream uint32, end bool, pairs ...string) error {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(pairs); i += 2 {
		e.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]}) //nolint:errcheck // into memory
	}
	return f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: b.Bytes(), EndHeaders: true, EndStream: end})
}

// Whatever a server does, a request ends with its context, and leaves neither
// goroutine nor connection behind. The error names the host and what was going on.
func TestHostileServers(t *testing.T) {
	self := newTLSServer(t, nil)
	const plain, secure, second = "http", "https", "h2"
	body, answer := "while reading the response body", "while waiting for the response"
	tests := []struct {
		name   string
		speaks string
		serve  func(*talk)
		method string
		proxy  string // its scheme: serve is the proxy then
		code   hostapi.Code
		text   string
	}{
		{name: "101 and silence", serve: says("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), code: hostapi.CodeNetwork, text: "switched to another protocol without being asked"},
		{name: "101 and a stream", serve: repeats("HTTP/1.1 101 Switching Protocols\r\n\r\n", "x"), code: hostapi.CodeNetwork, text: "switched to another protocol without being asked"},
		{name: "101 with TLS", speaks: secure, serve: says("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), code: hostapi.CodeNetwork, text: "switched to another protocol without being asked"},
		{name: "silence", serve: says(""), text: answer},
		{name: "nothing is read", serve: func(c *talk) { <-c.over }, method: http.MethodPost, text: answer},
		{name: "100 without end", serve: repeats("", "HTTP/1.1 100 Continue\r\n\r\n"), code: hostapi.CodeLimit, text: "the header of the response is larger than 64 KiB"},
		{name: "103 without end", serve: repeats("", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), code: hostapi.CodeLimit, text: "the header of the response is larger than 64 KiB"},
		{name: "103 that trickle", serve: trickles("", "HTTP/1.1 103 Early Hints\r\n\r\n"), text: answer},
		{name: "a status line without end", serve: repeats("HTTP/1.1 200 ", "x"), code: hostapi.CodeLimit, text: "the header of the response"},
		{name: "a field without end", serve: repeats(head200+"X: ", "x"), code: hostapi.CodeLimit, text: "the header of the response"},
		{name: "fields without end", serve: repeats(head200, "X: y\r\n"), code: hostapi.CodeLimit, text: "the header of the response"},
		{name: "a header that trickles", serve: trickles(head200, "X: y\r\n"), text: answer},
		{name: "a body that trickles", serve: trickles(head200+"Content-Length: 60000\r\n\r\n", "x"), text: body},
		{name: "a body that stops", serve: says(head200 + "Content-Length: 5\r\n\r\nhalf"), text: body},
		{name: "a body that stops, with TLS", speaks: secure, serve: says(head200 + "Content-Length: 5\r\n\r\nhalf"), text: body},
		{name: "a body without length", serve: says(head200 + "\r\nsome"), text: body},
		{name: "a body without end", serve: repeats(head200+"\r\n", "x"), code: hostapi.CodeLimit, text: "response size limit of 64 KiB reached"},
		{name: "chunks without end", serve: repeats(head200+"Transfer-Encoding: chunked\r\n\r\n", "4\r\nxxxx\r\n"), code: hostapi.CodeLimit, text: "response size limit of 64 KiB reached"},
		{name: "a chunk line without end", serve: repeats(head200+"Transfer-Encoding: chunked\r\n\r\n1;", "x"), code: hostapi.CodeNetwork},
		{name: "chunks that trickle", serve: trickles(head200+"Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"), text: body},
		{name: "trailers that stop", serve: says(head200 + "Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n1\r\nx\r\n0\r\nX:"), text: body},
		{name: "trailers that trickle", serve: trickles(head200+"Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n1\r\nx\r\n0\r\n", "X: y\r\n"), text: body},
		{name: "trailers without end", serve: repeats(head200+"Transfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n"), code: hostapi.CodeNetwork},
		{name: "gzip that stops", serve: says(head200 + "Content-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n" + zipped(t, 1000)[:12]), text: body},
		{name: "a gzip bomb", serve: says(head200 + "Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + zipped(t, 64<<20)), code: hostapi.CodeLimit, text: "response size limit of 64 KiB reached"},
		{name: "a redirect whose body stops", serve: says("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 5\r\n\r\nhalf")},
		{name: "a handshake that stalls", speaks: secure, serve: func(c *talk) { <-c.over }, text: "while performing the TLS handshake"},
		{name: "HTTP/2: silence", speaks: second, serve: func(c *talk) { c.untilGone() }, text: answer},
		{name: "HTTP/2: no response", speaks: second, serve: frames(func(*http2.Framer, uint32) {}), text: answer},
		{name: "HTTP/2: fields and silence", speaks: second, serve: frames(func(f *http2.Framer, s uint32) { _ = fields(f, s, false, ":status", "200") }), text: body},
		{name: "HTTP/2: 101", speaks: second, serve: frames(func(f *http2.Framer, s uint32) { _ = fields(f, s, false, ":status", "101") }), text: answer},
		{name: "HTTP/2: 103 that trickle", speaks: second, serve: frames(func(f *http2.Framer, s uint32) {
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			for fields(f, s, false, ":status", "103", "link", "</x>") == nil {
				<-tick.C
			}
		}), text: answer},
		{name: "a proxy that stalls", speaks: secure, proxy: "http", serve: says(""), text: "while waiting for the proxy"},
		{name: "a proxy whose answer trickles", speaks: secure, proxy: "http", serve: trickles(head200, "X: y\r\n"), text: "while waiting for the proxy"},
		{name: "a proxy that answers 101", speaks: secure, proxy: "http", serve: says("HTTP/1.1 101 Switching Protocols\r\n\r\n"), code: hostapi.CodeNetwork, text: "the proxy answered 101"},
		{name: "a proxy that stalls in the handshake behind it", speaks: secure, proxy: "http", serve: says(head200 + "\r\n"), text: "while performing the TLS handshake"},
		{name: "a proxy that speaks before the target", speaks: secure, proxy: "http", serve: says(head200 + "\r\nx"), code: hostapi.CodeNetwork, text: "the proxy did not open a tunnel"},
		{name: "a SOCKS proxy that stalls", proxy: "socks5", serve: func(c *talk) { c.untilGone() }, text: "while waiting for the proxy"},
		{name: "a SOCKS proxy that hangs up", proxy: "socks5", serve: func(*talk) {}, code: hostapi.CodeNetwork},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := connectionGoroutines()
			var config *tls.Config
			scheme := plain
			if tt.speaks == secure || tt.speaks == second {
				scheme = secure
				config = &tls.Config{Certificates: self.TLS.Certificates, MinVersion: tls.VersionTLS12}
				if tt.speaks == second {
					config.NextProtos = []string{"h2"}
				}
			}
			cfg := egress.Config{RootCAs: authorities(self)}
			if tt.proxy != "" {
				config = nil
			}
			place := talker(t, config, tt.serve)
			if tt.proxy != "" {
				cfg.Proxy = &url.URL{Scheme: tt.proxy, Host: place}
				place = "127.0.0.1:1"
			}
			c := egress.New(cfg)
			method, payload := http.MethodGet, ""
			if tt.method != "" {
				method, payload = tt.method, strings.Repeat("x", 8<<20)
			}
			opts := options(t, place)
			opts.Limits.ResponseBytes = 64 << 10
			check := func(how string, send func(*http.Request) error) {
				// A busy machine may not get as far: give it more time.
				for limit := 50 * time.Millisecond; ; limit *= 2 {
					ctx, cancel := context.WithTimeout(t.Context(), limit)
					start := time.Now()
					err := send(newRequest(t, method, scheme+"://"+place+"/", payload).WithContext(ctx))
					cancel()
					if took := time.Since(start); took > limit+5*time.Second {
						t.Errorf("%s: it took %v of %v", how, took, limit)
					}
					code := cmp.Or(tt.code, hostapi.CodeTimeout)
					if limit < time.Second && (hostapi.CodeOf(err) != code || !strings.Contains(err.Error(), tt.text)) {
						continue
					}
					wantError(t, err, code, tt.text)
					if e, _ := errors.AsType[*hostapi.Error](err); e == nil || e.Name != place {
						t.Errorf("%s: error %v does not name %s", how, err, place)
					}
					return
				}
			}
			check("Send", func(r *http.Request) error { _, err := c.Send(r, opts); return err })
			if tt.code == "" { // the caller of RoundTrip sets its own limits, and follows no redirect
				check("RoundTrip", func(r *http.Request) error {
					resp, err := c.RoundTrip(r, rules(t, place))
					if err != nil {
						return err
					}
					defer resp.Body.Close() //nolint:errcheck // it has been read or given up
					_, err = io.ReadAll(resp.Body)
					return err
				})
			}
			c.Close()
			waitUntil(t, func() bool { return connectionGoroutines() <= before })
		})
	}
}

// first serves HTTP/2 with what write sends before the settings.
func first(write func(*http2.Framer)) func(*talk) {
	return func(c *talk) { write(http2.NewFramer(c, c.r)); c.untilGone() }
}

// None of what net/http logs of such servers holds anything that they sent, which
// [TestMain] checks.
func TestHTTP2ServerThatBreaksTheRules(t *testing.T) {
	t.Parallel()
	self := newTLSServer(t, nil)
	data := func(f *http2.Framer, stream uint32) { f.WriteData(stream, false, []byte("canary")) } //nolint:errcheck // the client tells
	tests := []struct {
		name, method string
		serve        func(*talk)
	}{
		{name: "data before the settings", serve: first(func(f *http2.Framer) { data(f, 1) })},
		{name: "fields before the settings", serve: first(func(f *http2.Framer) { _ = fields(f, 1, true, ":status", "200", "canary", "canary") })},
		{name: "a ping before the settings", serve: first(func(f *http2.Framer) { _ = f.WritePing(false, [8]byte([]byte("canaries"))) })},
		{name: "a farewell before the settings", serve: first(func(f *http2.Framer) { _ = f.WriteGoAway(0, http2.ErrCodeNo, []byte("canary")) })},
		{name: "an unknown frame before the settings", serve: first(func(f *http2.Framer) { _ = f.WriteRawFrame(0xca, 0, 1, []byte("canary")) })},
		{name: "a reset before the settings", serve: first(func(f *http2.Framer) { _ = f.WriteRSTStream(1, http2.ErrCodeNo) })},
		{name: "a window before the settings", serve: first(func(f *http2.Framer) { _ = f.WriteWindowUpdate(0, 1) })},
		{name: "a promise", serve: frames(func(f *http2.Framer, s uint32) {
			_ = f.WriteRawFrame(http2.FramePushPromise, 4, s, []byte("\x00\x00\x00\x02canary"))
		})},
		{name: "an unknown frame", serve: frames(func(f *http2.Framer, s uint32) { _ = f.WriteRawFrame(0xca, 0, s, []byte("canary")); data(f, s) })},
		{name: "a priority", serve: frames(func(f *http2.Framer, s uint32) { _ = f.WritePriority(s, http2.PriorityParam{}); data(f, s) })},
		{name: "a continuation of nothing", serve: frames(func(f *http2.Framer, s uint32) { _ = f.WriteContinuation(s, true, []byte("canary")) })},
		{name: "a reset", serve: frames(func(f *http2.Framer, s uint32) { _ = f.WriteRSTStream(s, 0xca) })},
		{name: "a farewell", serve: frames(func(f *http2.Framer, _ uint32) { _ = f.WriteGoAway(0, 0xca, []byte("canary")) })},
		{name: "settings out of range", serve: frames(func(f *http2.Framer, _ uint32) { _ = f.WriteSettings(http2.Setting{ID: 4, Val: 1 << 31}) })},
		{name: "fields without a status", serve: frames(func(f *http2.Framer, s uint32) { _ = fields(f, s, true, ":canary", "canary") })},
		{name: "fields in capitals", serve: frames(func(f *http2.Framer, s uint32) { _ = fields(f, s, true, ":status", "200", "Canary", "canary") })},
		{name: "a status that is no number", serve: frames(func(f *http2.Framer, s uint32) { _ = fields(f, s, true, ":status", "canary") })},
		{name: "fields that cannot be read", serve: frames(func(f *http2.Framer, s uint32) { _ = f.WriteRawFrame(http2.FrameHeaders, 4, s, []byte("\xffcanary")) })},
		{name: "data before the fields", serve: frames(data)},
		{name: "data behind the end", serve: frames(func(f *http2.Framer, s uint32) { _ = fields(f, s, true, ":status", "200"); data(f, s); data(f, s) })},
		{name: "data on a stream to come", serve: frames(func(f *http2.Framer, s uint32) { data(f, s+2) })},
		{name: "data for HEAD", method: http.MethodHead, serve: frames(func(f *http2.Framer, s uint32) { _ = fields(f, s, false, ":status", "200"); data(f, s) })},
		{name: "trailers that are no fields", serve: frames(func(f *http2.Framer, s uint32) {
			_ = fields(f, s, false, ":status", "200")
			_ = fields(f, s, true, "Canary", "x\r\ny", ":status", "200")
		})},
		{name: "no frames", serve: func(c *talk) { c.say("canary canary canary canary"); c.untilGone() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			place := talker(t, &tls.Config{Certificates: self.TLS.Certificates, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2"}}, tt.serve)
			c := newClient(t, egress.Config{RootCAs: authorities(self)})
			for range 2 {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				_, err := c.Send(newRequest(t, cmp.Or(tt.method, http.MethodGet), "https://"+place+"/", "").WithContext(ctx), options(t, place))
				if err != nil && (hostapi.CodeOf(err) != hostapi.CodeNetwork || strings.Contains(err.Error(), "canary")) {
					t.Errorf("error %v, want one of the network", err)
				}
				cancel()
			}
			c.Close()
		})
	}
}

// waitUntil waits for what has to come true soon.
func waitUntil(t *testing.T, done func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(10 * time.Second); !done(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("goroutines are left:\n%s", stacks())
		}
	}
}

// connectionGoroutines counts the goroutines of net/http's connections and of
// whatever else the package has begun.
func connectionGoroutines() int {
	n := 0
	for stack := range strings.SplitSeq(stacks(), "\n\n") {
		if strings.Contains(stack, "net/http.(*persistConn)") || strings.Contains(stack, "net/http.(*http2") ||
			strings.Contains(stack, "net/http.(*Transport)") || strings.Contains(stack, "postern/egress.") {
			n++
		}
	}
	return n
}

func stacks() string {
	text := make([]byte, 1<<20)
	return string(text[:goruntime.Stack(text, true)])
}
