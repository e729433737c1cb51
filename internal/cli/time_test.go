package cli

import (
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

func TestParseTime(t *testing.T) {
	t.Parallel()
	tokyo := time.FixedZone("", 9*3600)
	dates := []struct{ text, want string }{
		{"2026-01-31", "2026-01-30T15:00:00Z"},
		{"2026-01-31T12:30", "2026-01-31T03:30:00Z"},
		{"2026-01-31T12:30:15", "2026-01-31T03:30:15Z"},
		{"2026-01-31T12:30:15Z", "2026-01-31T12:30:15Z"},
		{"2026-01-31T12:30:15-05:00", "2026-01-31T17:30:15Z"},
	}
	for _, tt := range dates {
		got, err := parseTime("--since", tt.text, tokyo)
		if err != nil || got.UTC().Format(time.RFC3339) != tt.want {
			t.Errorf("%s is %v, %v; want %s", tt.text, got, err, tt.want)
		}
	}
	ages := []struct {
		text string
		want time.Duration
	}{
		{"0s", 0},
		{"90m", 90 * time.Minute},
		{"1h30m", 90 * time.Minute},
		{"12h", 12 * time.Hour},
		{"7d", 7 * 24 * time.Hour},
		{"2w", 14 * 24 * time.Hour},
		{"65535d", 65535 * 24 * time.Hour},
	}
	for _, tt := range ages {
		before := time.Now()
		got, err := parseTime("--since", tt.text, tokyo)
		if after := time.Now(); err != nil || got.Before(before.Add(-tt.want)) || got.After(after.Add(-tt.want)) {
			t.Errorf("%s is %v, %v; want %v before now", tt.text, got, err, tt.want)
		}
	}
	for _, text := range []string{"", "yesterday", "-1h", "-7d", "1.5d", "d", "65536d", "99999999999999999999h", "7", "2026-02-30", "2026-01-31 12:30", "1h7d"} {
		_, err := parseTime("--since", text, tokyo)
		if e, ok := asHost(err); !ok || e.Code != hostapi.CodeConfig || e.Hint == "" {
			t.Errorf("%q: %v, want an error with a hint", text, err)
		}
	}
}
