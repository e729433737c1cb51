package limit_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
)

// TestReached checks that each limit's error names the limit, its value, in words
// and as data.
func TestReached(t *testing.T) {
	t.Parallel()
	messages := map[string]string{
		"time": "time limit of 30s reached", "memory": "memory limit of 64 MiB reached",
		"call_depth": "call depth limit of 2000 reached", "log_lines": "log line limit of 1000 reached",
		"log_bytes": "log size limit of 1 MiB reached", "data_bytes": "data size limit of 16 MiB reached",
		"requests": "request limit of 100 reached", "request_time": "request time limit of 30s reached",
		"request_bytes": "request size limit of 10 MiB reached", "response_bytes": "response size limit of 10 MiB reached",
		"redirects": "redirect limit of 5 reached", "calls": "call limit of 1000 reached",
	}
	for _, name := range limit.Names() {
		err := limit.Reached(hostapi.DefaultLimits(), name)
		if err.Message != messages[name] {
			t.Errorf("%s: %q, want %q", name, err.Message, messages[name])
		}
		reason, ok := errors.AsType[*hostapi.LimitError](err)
		if value := strings.TrimSuffix(err.Message[strings.Index(err.Message, " of ")+4:], " reached"); !ok || *reason != (hostapi.LimitError{Limit: name, Value: value}) {
			t.Errorf("%s: reason %+v", name, reason)
		}
		if err.Hint != "raise the limit "+name {
			t.Errorf("%s: hint %q", name, err.Hint)
		}
		if errors.Is(err, hostapi.ErrTimeLimit) != (name == "time") {
			t.Errorf("%s: matches ErrTimeLimit: %t", name, name != "time")
		}
		want := hostapi.CodeLimit
		if strings.HasSuffix(name, "time") {
			want = hostapi.CodeTimeout
		}
		if err.Code != want {
			t.Errorf("%s: code %s, want %s", name, err.Code, want)
		}
	}
	if err := limit.Reached(hostapi.Limits{Requests: -1, Time: time.Second}, "requests"); err.Message != "request limit of 0 reached" {
		t.Errorf("no requests at all: %q", err.Message)
	}
}
