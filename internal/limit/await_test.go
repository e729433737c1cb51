package limit_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
)

// TestAwait checks that a run that ignores both its limit and its context is abandoned a second
// later, and that any other run returns its own result.
func TestAwait(t *testing.T) {
	t.Parallel()
	own := errors.New("its own")
	for _, test := range []struct {
		name      string
		takes     time.Duration
		cancelled time.Duration // after which; 0: never
		want      hostapi.Code  // empty: what the run returns
		after     time.Duration
	}{
		{"in time", 5 * time.Second, 0, "", 5 * time.Second},
		{"heeds its limit", 10*time.Second + 900*time.Millisecond, 0, "", 10*time.Second + 900*time.Millisecond},
		{"does not heed its limit", time.Hour, 0, hostapi.CodeTimeout, 11 * time.Second},
		{"heeds its context", 3*time.Second + 900*time.Millisecond, 3 * time.Second, "", 3*time.Second + 900*time.Millisecond},
		{"does not heed its context", time.Hour, 3 * time.Second, hostapi.CodeCanceled, 4 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if test.cancelled > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, test.cancelled)
					defer cancel()
				}
				began := time.Now()
				value, err := limit.Await(ctx, "run", 10*time.Second, func() (int, error) {
					time.Sleep(test.takes) //nolint:forbidigo // fake time
					return 7, own
				})
				defer time.Sleep(test.takes) //nolint:forbidigo // fake time, in which what was left behind ends
				if took := time.Since(began); took != test.after {
					t.Errorf("returned after %s, want %s", took, test.after)
				}
				if test.want == "" {
					if value != 7 || !errors.Is(err, own) {
						t.Errorf("%d, %v", value, err)
					}
					return
				}
				e, ok := errors.AsType[*hostapi.Error](err)
				if !ok || value != 0 || e.Code != test.want || e.Op != "run" || e.Hint == "" {
					t.Errorf("%d, %v", value, err)
				}
			})
		})
	}
}
