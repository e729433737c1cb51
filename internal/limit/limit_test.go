package limit_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
)

// TestNames checks that every field of [hostapi.Limits] has a name, and that each name sets
// another field.
func TestNames(t *testing.T) {
	t.Parallel()
	fields := reflect.TypeFor[hostapi.Limits]().NumField()
	if n := len(limit.Names()); n != fields {
		t.Fatalf("%d names for %d fields", n, fields)
	}
	set := make(map[hostapi.Limits]string)
	for _, name := range limit.Names() {
		var l hostapi.Limits
		if err := limit.SetText(&l, name, "3"); err != nil {
			if err := limit.SetText(&l, name, "3s"); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if other := set[l]; other != "" || l == (hostapi.Limits{}) {
			t.Errorf("%s and %q set %+v", name, other, l)
		}
		set[l] = name
		if got := limit.Format(l, name); !strings.HasPrefix(got, "3") {
			t.Errorf("%s = %s, want 3 of something", name, got)
		}
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		value any
		want  hostapi.Limits
	}{
		{"time", "5m", hostapi.Limits{Time: 5 * time.Minute}},
		{"memory", "128MiB", hostapi.Limits{Memory: 128 << 20}},
		{"data_bytes", int64(4096), hostapi.Limits{DataBytes: 4096}},
		{"requests", int64(1000), hostapi.Limits{Requests: 1000}},
		{"requests", int64(0), hostapi.Limits{Requests: -1}},
		{"response_bytes", int64(0), hostapi.Limits{ResponseBytes: -1}},
	}
	for _, tt := range tests {
		var got hostapi.Limits
		if err := limit.Set(&got, tt.name, tt.value); err != nil || got != tt.want {
			t.Errorf("%s = %v sets %+v, %v; want %+v", tt.name, tt.value, got, err, tt.want)
		}
	}
}

func TestSetMistakes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"request", int64(1), "unknown limit | did you mean requests"},
		{"Time", "5s", "unknown limit | did you mean time?"},
		{"time", int64(5), "needs a time above zero"},
		{"time", "0s", "needs a time above zero"},
		{"request_time", "-1s", "needs a time above zero"},
		{"requests", "many", "needs a whole number"},
		{"requests", int64(-1), "must not be negative"},
		{"requests", int64(1) << 40, "exceeds the maximum of 2147483647"},
		{"memory", int64(1) << 40, "exceeds the maximum of 4 GiB"},
		{"memory", "64 megabytes", "needs a number of bytes"},
		{"log_bytes", true, "needs a number of bytes"},
		{"call_depth", int64(1_000_000), "exceeds the maximum of 10000"},
		{"redirects", int64(101), "exceeds the maximum of 100"},
	}
	for _, tt := range tests {
		before := hostapi.Limits{Time: 1, Memory: 1, Requests: 1, RequestTime: 1, LogBytes: 1, CallDepth: 1, Redirects: 1}
		got := before
		err := limit.Set(&got, tt.name, tt.value)
		e, ok := err.(*hostapi.Error) //nolint:errorlint // it is not wrapped
		if !ok || !strings.Contains(e.Message+" | "+e.Hint, tt.want) {
			t.Errorf("%s = %v: error %v, want %q", tt.name, tt.value, err, tt.want)
		}
		if got != before {
			t.Errorf("%s = %v is refused, and sets %+v", tt.name, tt.value, got)
		}
	}
}
