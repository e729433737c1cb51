package runtime_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

const largeResponse = 10 << 20 // the default limit

// readsLargeResponse returns a function that runs a task which reads a response of
// largeResponse bytes, with Content-Length or without.
func readsLargeResponse(tb testing.TB, withLength bool) func() {
	tb.Helper()
	body := bytes.Repeat([]byte("0123456789abcdef"), largeResponse/16)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if withLength {
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		}
		_, _ = w.Write(body)
	}))
	tb.Cleanup(server.Close)
	rule, err := hostapi.ParseRule(strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		tb.Fatal(err)
	}
	client := egress.New(egress.Config{Allow: []hostapi.Rule{rule}})
	tb.Cleanup(client.Close)
	engine := runtime.New(runtime.Config{Connector: client})
	task := runtime.Task{Script: compile(tb, engine, `
		const text = httpClient.begin().bearer("a-token-of-the-script").get("`+server.URL+`").getResponseAsString();
		if (text.length !== `+strconv.Itoa(largeResponse)+`) throw text.length`)}
	return func() {
		if _, err := engine.Run(tb.Context(), task); err != nil {
			tb.Fatal(err)
		}
	}
}

// BenchmarkLargeResponse reads a response of 10 MiB.
func BenchmarkLargeResponse(b *testing.B) {
	for name, withLength := range map[string]bool{"length": true, "chunked": false} {
		b.Run(name, func(b *testing.B) {
			run := readsLargeResponse(b, withLength)
			b.ReportAllocs()
			b.SetBytes(largeResponse)
			for b.Loop() {
				run()
			}
		})
	}
}
