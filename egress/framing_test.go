package egress

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// FuzzFraming reads responses as net/http does. Where net/http would use the
// connection again, no byte behind the response is taken for a part of it.
func FuzzFraming(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirstHTTP/1.1",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nfirst",
		"HTTP/1.1 200 OK\r\ncontent-length:\t5 \r\n\r\nfirst",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n 5\r\n\r\nfirst",
		"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nfirst",
		"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nfirst",
		"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\nfirst",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n5;a=b\r\nfirst\r\n0\r\nX: y\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\nA \r\n0123456789\r\n0\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n \r\nX: y\r\n\r\nx",
		"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\nxx",
		"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nfirst",
		"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Length: 7\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nx",
		"HTTP/1.1 200 OK\nContent-Length: 1\n\nxx",
		"HTTP/1.1   200\r\nContent-Length: 1\r\n\r\nxx",
		"HTTP/1.1 101 Switching Protocols\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 100) + "\r\nContent-Length: 1\r\n\r\nxx",
		"HTTP/1.1 200 OK\r\n\r\nuntil close",
	} {
		f.Add([]byte(seed), false, uint8(0))
		f.Add([]byte(seed), true, uint8(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, head bool, step uint8) {
		end, again := readByNetHTTP(data, head)
		if !again {
			return
		}
		var frame framing
		frame.begin(head)
		n, ok := 0, true
		for n < len(data) && ok && frame.state != betweenMessages {
			part := data[n:]
			if step > 0 {
				part = part[:min(int(step), len(part))]
			}
			var taken int
			taken, ok = frame.take(part)
			n += taken
		}
		if ok && (frame.state != betweenMessages || n != end) {
			t.Errorf("%q: ends after %d bytes (in state %d), want %d", data, n, frame.state, end)
		}
	})
}

// readByNetHTTP returns how many bytes of data net/http takes for a response, and
// whether it would use the connection again.
func readByNetHTTP(data []byte, head bool) (end int, again bool) {
	source := bytes.NewReader(data)
	r := bufio.NewReader(source)
	method := http.MethodGet
	if head {
		method = http.MethodHead
	}
	for {
		resp, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			return 0, false
		}
		if resp.StatusCode/100 == 1 && resp.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		_, err = io.Copy(io.Discard, resp.Body)
		again = err == nil && !resp.Close && resp.StatusCode > 199
		return len(data) - source.Len() - r.Buffered(), again && resp.Body.Close() == nil
	}
}

// A request whose parts come in any pieces is one request.
func TestFramingOfRequests(t *testing.T) {
	t.Parallel()
	requests := []string{
		"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nGET /",
		"POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n",
		"PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n",
	}
	for _, text := range requests {
		for size := 1; size <= len(text); size++ {
			frame := framing{request: true}
			frame.begin(false)
			for rest := []byte(text); len(rest) > 0; {
				part := rest[:min(size, len(rest))]
				if n, ok := frame.take(part); !ok || n < len(part) {
					t.Fatalf("%q, %d at a time: ends %d bytes early (%v)", text, size, len(rest)-n, ok)
				}
				rest = rest[len(part):]
			}
			if frame.state != betweenMessages {
				t.Errorf("%q, %d at a time: has not ended", text, size)
			}
		}
	}
}

func BenchmarkFraming(b *testing.B) {
	request := []byte("POST /v1/items HTTP/1.1\r\nHost: api.example.com\r\nUser-Agent: postern\r\nContent-Length: 11\r\n" +
		"Authorization: Bearer token\r\nContent-Type: application/x-www-form-urlencoded\r\nAccept-Encoding: gzip\r\n\r\na=1&b=2&c=3")
	response := []byte("HTTP/1.1 200 OK\r\nDate: Mon, 02 Jan 2006 15:04:05 GMT\r\nServer: nginx\r\nContent-Type: application/json\r\n" +
		"Cache-Control: no-store\r\nContent-Length: 1024\r\n\r\n" + strings.Repeat("x", 1024))
	requests, replies := framing{request: true}, framing{}
	b.ReportAllocs()
	for b.Loop() {
		requests.begin(false)
		requests.take(request)
		replies.begin(false)
		replies.take(response)
	}
}
