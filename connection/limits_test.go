package connection_test

import (
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

func readFile(t *testing.T, text string) *connection.Set {
	t.Helper()
	s, err := connection.Parse("oauth.toml", []byte(text), connection.ParseOptions{SkipSecrets: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLimitsTable(t *testing.T) {
	t.Parallel()
	s := readFile(t, "[limits]\nrequests = 500\ntime = \"2m\"\nresponse_bytes = \"32MiB\"\nlog_lines = 0\n[egress]\nmax_redirects = 7\n")
	want := hostapi.Limits{Requests: 500, Time: 2 * time.Minute, ResponseBytes: 32 << 20, LogLines: -1, Redirects: 7}
	if got := s.Limits(); got != want {
		t.Errorf("limits %+v, want %+v", got, want)
	}
}

// TestMergeLimits checks that [limits] is merged as a whole, apart from [egress].
func TestMergeLimits(t *testing.T) {
	t.Parallel()
	first := readFile(t, "[egress]\nmax_redirects = 7\n")
	second := readFile(t, "[limits]\nrequests = 5\n[egress]\nmax_response_bytes = 1\n")
	third := readFile(t, "[limits]\nlog_lines = 5\n")
	if got, want := connection.Merge(first, second, third).Limits(), (hostapi.Limits{Redirects: 7, Requests: 5}); got != want {
		t.Errorf("limits %+v, want %+v", got, want)
	}
}
