package hostapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

func TestErrorText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  hostapi.Error
		want string
	}{
		{hostapi.Error{Code: hostapi.CodeDenied}, "denied"},
		{hostapi.Error{Code: hostapi.CodeDenied, Op: "get"}, "get"},
		{hostapi.Error{Code: hostapi.CodeDenied, Name: "a.test:80"}, "a.test:80"},
		{hostapi.Error{Code: hostapi.CodeDenied, Message: "no"}, "no"},
		{hostapi.Error{Code: hostapi.CodeDenied, Op: "get", Name: "a.test:80", Message: "no"}, "get a.test:80: no"},
		{hostapi.Error{Code: hostapi.CodeDenied, Op: "get", Name: "a.test:80", Message: "no", Cause: io.EOF}, "get a.test:80: no: EOF"},
		{hostapi.Error{Code: hostapi.CodeInternal, Cause: io.EOF}, "EOF"},
		{hostapi.Error{Code: hostapi.CodeScript, Message: "a\nb\r\nc\rd", Cause: errors.New("e\nf")}, "a b c d: e f"},
		{hostapi.Error{Code: hostapi.CodeConfig, Message: "no", Reason: io.EOF, Hint: "try", File: "f", Line: 1, Column: 2}, "no"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("error %q, want %q", got, tt.want)
		}
	}
}

func TestErrorIs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err    error
		target error
		want   bool
	}{
		{&hostapi.Error{Code: hostapi.CodeTimeout}, context.DeadlineExceeded, true},
		{&hostapi.Error{Code: hostapi.CodeTimeout}, context.Canceled, false},
		{&hostapi.Error{Code: hostapi.CodeCanceled}, context.Canceled, true},
		{&hostapi.Error{Code: hostapi.CodeCanceled}, context.DeadlineExceeded, false},
		{&hostapi.Error{Code: hostapi.CodeDenied}, context.Canceled, false},
		{&hostapi.Error{Code: hostapi.CodeNetwork, Cause: io.EOF}, io.EOF, true},
		{&hostapi.Error{Code: hostapi.CodeDenied, Reason: fmt.Errorf("wrapped: %w", io.EOF), Cause: io.ErrClosedPipe}, io.EOF, true},
		{&hostapi.Error{Code: hostapi.CodeClosed}, hostapi.ErrClosed, true},
		{&hostapi.Error{Code: hostapi.CodeClosed}, context.Canceled, false},
		{&hostapi.Error{Code: hostapi.CodeCanceled}, hostapi.ErrClosed, false},
		{&hostapi.Error{Code: hostapi.CodeDenied, Reason: io.EOF, Cause: io.ErrClosedPipe}, io.ErrClosedPipe, true},
		{&hostapi.Error{Code: hostapi.CodeTimeout, Reason: io.EOF}, context.DeadlineExceeded, true},
		{fmt.Errorf("task: %w", &hostapi.Error{Code: hostapi.CodeTimeout}), context.DeadlineExceeded, true},
		{fmt.Errorf("task: %w", &hostapi.Error{Code: hostapi.CodeLimit}), hostapi.CodeLimit, true},
		{&hostapi.Error{Code: hostapi.CodeConnection, Cause: &hostapi.Error{Code: hostapi.CodeNetwork}}, hostapi.CodeNetwork, true},
		{&hostapi.Error{Code: hostapi.CodeConnection, Cause: &hostapi.Error{Code: hostapi.CodeNetwork}}, hostapi.CodeLimit, false},
		{&hostapi.Error{Reason: hostapi.CodeLimit}, hostapi.CodeLimit, false},
		{errors.Join(io.EOF, &hostapi.Error{Code: hostapi.CodeScript}), hostapi.CodeScript, true},
	}
	for _, tt := range tests {
		if got := errors.Is(tt.err, tt.target); got != tt.want {
			t.Errorf("%v is %v: %v, want %v", tt.err, tt.target, got, tt.want)
		}
	}
}

func TestCodeOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  error
		want hostapi.Code
	}{
		{nil, ""},
		{&hostapi.Error{Code: hostapi.CodeLimit}, hostapi.CodeLimit},
		{fmt.Errorf("task: %w", &hostapi.Error{Code: hostapi.CodeLimit}), hostapi.CodeLimit},
		{&hostapi.Error{Code: hostapi.CodeLimit, Cause: &hostapi.Error{Code: hostapi.CodeNetwork}}, hostapi.CodeLimit},
		{&hostapi.Error{Code: hostapi.CodeConnection, Cause: context.Canceled}, hostapi.CodeConnection},
		{context.Canceled, hostapi.CodeCanceled},
		{context.DeadlineExceeded, hostapi.CodeTimeout},
		{fmt.Errorf("task: %w", context.DeadlineExceeded), hostapi.CodeTimeout},
		{fmt.Errorf("task: %w", hostapi.ErrClosed), hostapi.CodeClosed},
		{io.EOF, hostapi.CodeInternal},
		{fmt.Errorf("refused: %w", hostapi.CodeDenied), hostapi.CodeDenied},
	}
	for _, tt := range tests {
		if got := hostapi.CodeOf(tt.err); got != tt.want {
			t.Errorf("code of %v is %q, want %q", tt.err, got, tt.want)
		}
	}
}

func TestTemporary(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  hostapi.Error
		want bool
	}{
		{hostapi.Error{Code: hostapi.CodeNetwork}, true},
		{hostapi.Error{Code: hostapi.CodeTimeout}, true},
		{hostapi.Error{Code: hostapi.CodeTimeout, Reason: hostapi.ErrTimeLimit}, false},
		{hostapi.Error{Code: hostapi.CodeTimeout, Cause: &hostapi.Error{Reason: hostapi.ErrTimeLimit}}, false},
		{hostapi.Error{Code: hostapi.CodeConnection}, false},
		{hostapi.Error{Code: hostapi.CodeConnection, Transient: true}, true},
		{hostapi.Error{Code: hostapi.CodeScript}, false},
		{hostapi.Error{Code: hostapi.CodeLimit}, false},
		{hostapi.Error{Code: hostapi.CodeCanceled}, false},
		{hostapi.Error{Code: hostapi.CodeInternal}, false},
	}
	for _, tt := range tests {
		if got := tt.err.Temporary(); got != tt.want {
			t.Errorf("%s: temporary %t, want %t", tt.err.Code, got, tt.want)
		}
	}
}

func ExampleCode() {
	err := fmt.Errorf("task 7: %w", &hostapi.Error{Code: hostapi.CodeLimit, Message: "request limit of 100 reached"})
	fmt.Println(errors.Is(err, hostapi.CodeLimit), errors.Is(err, hostapi.CodeNetwork))
	// Output: true false
}

func ExampleError_Temporary() {
	err := error(&hostapi.Error{Code: hostapi.CodeConnection, Name: "crm", Transient: true, RetryAfter: 30 * time.Second})
	if e, ok := errors.AsType[*hostapi.Error](err); ok && e.Temporary() {
		fmt.Println("run the task again in", max(e.RetryAfter, time.Second))
	}
	// Output: run the task again in 30s
}

func TestResponseContentType(t *testing.T) {
	t.Parallel()
	tests := []struct{ header, contentType, charset string }{
		{"", "", ""},
		{"application/json", "application/json", ""},
		{"Text/Plain; Charset=EUC-JP", "text/plain", "EUC-JP"},
		{`text/plain; charset="utf-8"; x=y`, "text/plain", "utf-8"},
		{"text/plain; charset", "text/plain", ""},
		{";", "", ""},
	}
	for _, tt := range tests {
		r := &hostapi.Response{Header: http.Header{"Content-Type": {tt.header}}}
		if got := r.ContentType(); got != tt.contentType {
			t.Errorf("content type of %q is %q, want %q", tt.header, got, tt.contentType)
		}
		if got := r.Charset(); got != tt.charset {
			t.Errorf("charset of %q is %q, want %q", tt.header, got, tt.charset)
		}
	}
}
