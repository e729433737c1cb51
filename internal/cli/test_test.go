package cli

import (
	"context"
	"testing"

	"github.com/postern-dev/postern/internal/testrun"
)

// TestStatusOfTests holds that a run of tests ends with the status of what went wrong.
func TestStatusOfTests(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	passed := testrun.Counts{Passed: 1}
	failed := testrun.Counts{Passed: 1, Failed: 1}
	for _, test := range []struct {
		name    string
		ctx     context.Context
		summary testrun.Summary
		want    int
	}{
		{"passed", t.Context(), testrun.Summary{Counts: passed, Found: 1, Chosen: 1}, statusOK},
		{"failed", t.Context(), testrun.Summary{Counts: failed, Found: 2, Chosen: 2}, statusScript},
		{"invalid", t.Context(), testrun.Summary{Counts: failed, Found: 2, Chosen: 2, Invalid: true}, statusConfig},
		{"none", t.Context(), testrun.Summary{}, statusConfig},
		{"none chosen", t.Context(), testrun.Summary{Found: 1}, statusConfig},
		{"cancelled", ended, testrun.Summary{Counts: failed, Found: 2, Chosen: 2}, statusLimit},
	} {
		p := newPrinter(t.Output(), t.Output())
		if got := p.fail(testVerdict(test.ctx, test.summary, "x")); got != test.want {
			t.Errorf("%s: exit status %d, want %d", test.name, got, test.want)
		}
	}
}
