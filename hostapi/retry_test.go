package hostapi_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

func TestRepeat(t *testing.T) {
	t.Parallel()
	failed := func(code hostapi.Code) error { return &hostapi.Error{Code: code} }
	tests := []struct {
		name    string
		method  string
		repeats int
		status  int
		after   string // Retry-After
		err     error
		wait    time.Duration
		again   bool
	}{
		{name: "200", method: "GET", status: 200},
		{name: "500", method: "GET", status: 500},
		{name: "502", method: "GET", status: 502},
		{name: "503", method: "POST", status: 503, wait: time.Second, again: true},
		{name: "425", method: "POST", status: 425, wait: time.Second, again: true},
		{name: "429 in 7 seconds", method: "POST", status: 429, after: "7", wait: 7 * time.Second, again: true},
		{name: "429 at once", method: "PATCH", repeats: 2, status: 429, after: "0", again: true},
		{name: "503 at a time that is over", method: "GET", status: 503, after: "Sat, 01 Jan 2000 00:00:09 GMT", again: true},
		{name: "503 soon", method: "GET", repeats: 2, status: 503, after: "soon", wait: 4 * time.Second, again: true},
		{name: "503 for the last time", method: "GET", repeats: 3, status: 503},
		{name: "no network, GET", method: "GET", err: failed(hostapi.CodeNetwork), wait: time.Second, again: true},
		{name: "no network, HEAD", method: "HEAD", repeats: 1, err: failed(hostapi.CodeNetwork), wait: 2 * time.Second, again: true},
		{name: "no network, OPTIONS", method: "OPTIONS", err: failed(hostapi.CodeNetwork), wait: time.Second, again: true},
		{name: "no network, QUERY", method: "QUERY", err: failed(hostapi.CodeNetwork), wait: time.Second, again: true},
		{name: "no network, PUT", method: "PUT", err: failed(hostapi.CodeNetwork), wait: time.Second, again: true},
		{name: "no network, DELETE", method: "DELETE", err: failed(hostapi.CodeNetwork), wait: time.Second, again: true},
		{name: "no network, POST", method: "POST", err: failed(hostapi.CodeNetwork)},
		{name: "no network, PATCH", method: "PATCH", err: failed(hostapi.CodeNetwork)},
		{name: "no network, unknown method", method: "MERGE", err: failed(hostapi.CodeNetwork)},
		{name: "no network for the last time", method: "GET", repeats: 3, err: failed(hostapi.CodeNetwork)},
		{name: "denied", method: "GET", err: failed(hostapi.CodeDenied)},
		{name: "too late", method: "GET", err: failed(hostapi.CodeTimeout)},
		{name: "too large", method: "GET", err: failed(hostapi.CodeLimit)},
		{name: "needs authorization", method: "GET", err: failed(hostapi.CodeNeedsReauth)},
		{name: "unknown", method: "GET", err: errors.New("unknown")},
	}
	for _, tt := range tests {
		resp := &hostapi.Response{Status: tt.status, Header: http.Header{}}
		if tt.after != "" {
			resp.Header.Set("Retry-After", tt.after)
		}
		if tt.err != nil {
			resp = nil
		}
		wait, again := (&hostapi.Request{Method: tt.method, Retry: 3}).Repeat(tt.repeats, resp, tt.err)
		if again != tt.again || again && wait != tt.wait {
			t.Errorf("%s: in %v: %v, want %v: %v", tt.name, wait, again, tt.wait, tt.again)
		}
		if _, again := (&hostapi.Request{Method: tt.method}).Repeat(0, resp, tt.err); again {
			t.Errorf("%s: repeated without Retry", tt.name)
		}
	}
}

// No number of repeats makes the wait overflow.
func TestRepeatWaitIsBounded(t *testing.T) {
	t.Parallel()
	wait, again := (&hostapi.Request{Method: "GET", Retry: 1000}).Repeat(999, nil, &hostapi.Error{Code: hostapi.CodeNetwork})
	if want := 1024 * time.Second; wait != want || !again {
		t.Errorf("in %v: %v, want %v", wait, again, want)
	}
}

func ExampleMayRetry() {
	fmt.Println(hostapi.MayRetry(503), hostapi.MayRetry(500))
	// Output: true false
}

func ExampleRetryAfter() {
	fmt.Println(hostapi.RetryAfter("120"))
	fmt.Println(hostapi.RetryAfter("soon"))
	// Output:
	// 2m0s true
	// 0s false
}

func ExampleIsLoopback() {
	fmt.Println(hostapi.IsLoopback("localhost"), hostapi.IsLoopback("::1"), hostapi.IsLoopback("192.168.0.1"))
	// Output: true true false
}
