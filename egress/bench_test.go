package egress_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	goruntime "runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// benchServer answers every request with the same kilobyte, at as little cost as
// a server can. It returns its host:port.
func benchServer(b *testing.B) string {
	b.Helper()
	listener, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { listener.Close() }) //nolint:errcheck // nothing is left to accept
	body := strings.Repeat("x", 1024)
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close() //nolint:errcheck // the client is gone
				r := bufio.NewReader(conn)
				length := 0
				for {
					line, err := r.ReadSlice('\n')
					if err != nil {
						return
					}
					if text, ok := strings.CutPrefix(string(line), "Content-Length: "); ok {
						length, _ = strconv.Atoi(strings.TrimSpace(text))
					}
					if len(line) != 2 {
						continue
					}
					if _, err := r.Discard(length); err != nil {
						return
					}
					if _, err := conn.Write(answer); err != nil {
						return
					}
					length = 0
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// BenchmarkDo compares a request through the gate with the same one through a
// tuned net/http client, 64 at a time.
func BenchmarkDo(b *testing.B) {
	place := benchServer(b)
	const form = "a=1&b=2&c=3"
	parallel := func(b *testing.B, do func(context.Context) error) {
		b.Helper()
		b.ReportAllocs()
		b.SetParallelism(max(1, 64/goruntime.GOMAXPROCS(0)))
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := do(b.Context()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	b.Run("postern", func(b *testing.B) {
		c := egress.New(egress.Config{})
		defer c.Close()
		grant := &hostapi.Grant{Allow: rules(b, "api.example.com", "*.example.org", place), Limits: hostapi.DefaultLimits()}
		params := []hostapi.Param{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}, {Name: "c", Value: "3"}}
		parallel(b, func(ctx context.Context) error {
			_, err := c.Do(ctx, grant, &hostapi.Request{Method: "POST", URL: "http://" + place + "/v1/items", Bearer: "token", FormParam: params})
			return err
		})
	})
	b.Run("nethttp", func(b *testing.B) {
		transport := &http.Transport{MaxIdleConns: 1024, MaxIdleConnsPerHost: 256, ForceAttemptHTTP2: true}
		defer transport.CloseIdleConnections()
		c := &http.Client{Transport: transport}
		parallel(b, func(ctx context.Context) error {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+place+"/v1/items", strings.NewReader(form))
			if err != nil {
				return err
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Authorization", "Bearer token")
			resp, err := c.Do(req)
			if err != nil {
				return err
			}
			if _, err := io.ReadAll(resp.Body); err != nil {
				return err
			}
			return resp.Body.Close()
		})
	})
}
