package wasmvm_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// build returns a Go package built as a guest, with the plain toolchain.
func build(tb testing.TB, pkg string) []byte {
	tb.Helper()
	out := filepath.Join(tb.TempDir(), "guest.wasm")
	cmd := exec.CommandContext(tb.Context(), "go", "build", "-buildmode=c-shared", "-o", out, pkg)
	cmd.Env = append(cmd.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if text, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("go build: %v\n%s", err, text)
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		tb.Fatal(err)
	}
	return wasm
}

func TestGoGuest(t *testing.T) {
	t.Parallel()
	program, err := newVM(t).Compile(t.Context(), "guest.wasm", build(t, "./testdata/guest"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	response := &hostapi.Response{
		Status: 418, Body: []byte("\x93\xfa"),
		Header: http.Header{"Content-Type": {"text/Plain; charset=Shift_JIS"}, "X-Many": {"1", "2"}},
	}
	gotResponse := map[string]any{
		"status": 418.0, "type": "text/plain", "values": []any{"1", "2"}, "none": 0.0, "text": "日", "bytes": "k/o=",
	}
	in := map[string]any{"a": []any{1.5, "é", true, nil}, "b": map[string]any{}}
	tests := []struct {
		do   string
		data map[string]any // beside do
		want map[string]any // data written
		logs string
		err  string
	}{
		{do: "nothing"},
		{do: "data", data: map[string]any{"in": in}, want: map[string]any{"out": in, "number": hostapi.Decimal("0.10"), "gone": nil}},
		{do: "log", logs: "debug: d|info: i|warn: w|error: e"},
		{do: "token", want: map[string]any{"token": "stand-in"}},
		{do: "no token", err: "unknown_connection: getOAuth2Token other: no such connection (known: crm)"},
		{do: "no token, wrapped", err: "unknown_connection: sync: getOAuth2Token other: no such connection (known: crm)"},
		{do: "no token, recovered", want: map[string]any{"error": "unknown_connection | getOAuth2Token other: no such connection | known: crm"}},
		{do: "error", err: "script_error: the reason ()"},
		{do: "limit", want: map[string]any{"limit": 42.0}},
		{do: "request", data: map[string]any{"how": "get"}, want: map[string]any{"response": gotResponse}},
		{do: "empty token", err: "script_error: bearer: token is empty ()"},
		{do: "sandbox", want: map[string]any{"found": map[string]any{}}},
		{do: "sleep", want: map[string]any{"slept": true}},
		{do: "print", logs: "info: out|error: err"},
		{do: "panic", err: "script_error: panic: boom ()", logs: "error: panic: boom|error: |error: goroutine 1 [running]:"},
		{do: "index", err: "script_error: panic: runtime error: index out of range [1] with length 0 ()"},
		{do: "exit", err: "script_error: exit status 3 ()"},
		{do: "deadlock", err: "script_error: fatal error: all goroutines are asleep - deadlock! ()"},
		{do: "memory", err: "limit: memory limit of 64 MiB reached (keep less in memory at once, or raise the limit memory)"},
		{do: "runs", want: map[string]any{"runs": 1.0}},
		{do: "fly", err: `script_error: cannot do "fly" ()`},
	}
	for _, tt := range tests {
		t.Run(tt.do, func(t *testing.T) {
			t.Parallel()
			h := &host{data: map[string]any{"do": tt.do}, response: response}
			for k, v := range tt.data {
				h.data[k] = v
			}
			peak, err := program.Run(t.Context(), h, hostapi.DefaultLimits())
			if got := hint(err); got != tt.err {
				t.Errorf("error %q, want %q", got, tt.err)
			}
			if peak == 0 || peak > hostapi.DefaultLimits().Memory {
				t.Errorf("peak %d is not within the limit", peak)
			}
			if logs := strings.Join(h.logs, "|"); !strings.HasPrefix(logs, tt.logs) || tt.logs == "" && err == nil && logs != "" {
				t.Errorf("logged %q, want %q", logs, tt.logs)
			}
			delete(h.data, "do")
			for k := range tt.data {
				delete(h.data, k)
			}
			if len(h.data)+len(tt.want) > 0 && !reflect.DeepEqual(h.data, tt.want) {
				t.Errorf("wrote %#v, want %#v", h.data, tt.want)
			}
		})
	}

	t.Run("stack of a panic", func(t *testing.T) {
		t.Parallel()
		_, err := program.Run(t.Context(), &host{data: map[string]any{"do": "panic"}}, hostapi.DefaultLimits())
		e, ok := errors.AsType[*hostapi.Error](err)
		if !ok || len(e.Stack) == 0 || !strings.HasPrefix(e.Stack[0].Function, "main.") || !strings.HasSuffix(e.Stack[0].File, "main.go") || e.Stack[0].Line == 0 {
			t.Errorf("stack %v", e.Stack)
		}
	})

	t.Run("passed on", func(t *testing.T) {
		t.Parallel()
		cause := errors.New("not shown")
		h := &refusing{host{data: map[string]any{"do": "no token, wrapped"}}, &hostapi.Error{
			Code: hostapi.CodeConnection, Op: "getOAuth2Token", Message: "busy", Reason: hostapi.ErrNoConnections, Transient: true, RetryAfter: time.Minute, Cause: cause,
		}}
		_, err := program.Run(t.Context(), h, hostapi.DefaultLimits())
		e, ok := errors.AsType[*hostapi.Error](err)
		if !ok || !e.Temporary() || e.RetryAfter != time.Minute || !errors.Is(err, cause) || !errors.Is(err, hostapi.ErrNoConnections) ||
			e.Error() != "sync: getOAuth2Token: busy: not shown" {
			t.Errorf("error %+v", err)
		}
	})

	for _, behaviour := range []string{"loop", "recurse"} {
		t.Run(behaviour, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, err := program.Run(ctx, &host{data: map[string]any{"do": behaviour}}, hostapi.DefaultLimits())
			if code := hostapi.CodeOf(err); code != hostapi.CodeTimeout && (behaviour == "loop" || code != hostapi.CodeLimit) {
				t.Errorf("%s: %v", code, err)
			}
		})
	}

	t.Run("print too much", func(t *testing.T) {
		t.Parallel()
		h := &host{data: map[string]any{"do": "print"}, logs: make([]string, 100)}
		if _, err := program.Run(t.Context(), h, hostapi.DefaultLimits()); hostapi.CodeOf(err) != hostapi.CodeLimit {
			t.Errorf("error = %v, want a limit", err)
		}
	})

	requests := []struct {
		how  string
		want hostapi.Request
	}{
		{"get", hostapi.Request{Method: "GET", AuthSetting: "crm", Retry: 2}},
		{"form", hostapi.Request{Method: "POST", Bearer: "t", FormParam: []hostapi.Param{{Name: "k", Value: "v"}, {Name: "k"}}}},
		{"body", hostapi.Request{
			Method: "PUT", Authorization: &hostapi.Authorization{Scheme: "Key", Credentials: "k"}, Body: []byte{0, 0xff}, ContentType: "application/x",
		}},
		{"empty body", hostapi.Request{Method: "PATCH", Body: []byte{}, ContentType: "text/plain"}},
		{"signed", hostapi.Request{Method: "HEAD", AWSSignV4: &hostapi.AWSSignV4{AccessKey: "a", SecretKey: "s", Region: "us-east-1", Service: "s3"}}},
		{"multipart", hostapi.Request{Method: "POST", Multipart: []hostapi.Part{
			{Name: "a", Content: []byte("é")}, {Name: "f", FileName: "f.bin", ContentType: "image/png", Content: []byte{0, 1}},
		}}},
	}
	for _, tt := range requests {
		t.Run("request "+tt.how, func(t *testing.T) {
			t.Parallel()
			h := &host{data: map[string]any{"do": "request", "how": tt.how}, response: response}
			if _, err := program.Run(t.Context(), h, hostapi.DefaultLimits()); err != nil {
				t.Fatal(err)
			}
			tt.want.URL = "https://api.example.com/x"
			tt.want.Header = []hostapi.Param{{Name: "X-A", Value: "1"}, {Name: "X-A", Value: "2"}}
			tt.want.QueryParam = []hostapi.Param{{Name: "q", Value: "a b"}}
			if len(h.requests) != 1 || !reflect.DeepEqual(*h.requests[0], tt.want) {
				t.Errorf("sent %+v, want %+v", h.requests, tt.want)
			}
		})
	}
}

// refusing is a host that has no token.
type refusing struct {
	host
	err error
}

func (r *refusing) OAuth2Token(context.Context, string) (string, error) { return "", r.err }

// hint returns the text of an error as "code: text (hint)".
func hint(err error) string {
	if err == nil {
		return ""
	}
	e, ok := err.(*hostapi.Error) //nolint:errorlint // Run returns nothing else
	if !ok {
		return err.Error()
	}
	return string(e.Code) + ": " + e.Error() + " (" + e.Hint + ")"
}
