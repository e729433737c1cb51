package limit_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
)

// TestEnded checks that the error of a task that was ended names the limit, its value
// and where it is set, if it was a limit.
func TestEnded(t *testing.T) {
	t.Parallel()
	engine := hostapi.Limits{Time: 30 * time.Second}
	own := hostapi.Limits{Time: 5 * time.Second}
	passed := time.Now().Add(-time.Second)
	ended := func(cause error) context.Context {
		ctx, cancel := context.WithDeadlineCause(t.Context(), passed, cause)
		t.Cleanup(cancel)
		return ctx
	}
	cancelled, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	for _, tt := range []struct {
		ctx           context.Context //nolint:containedctx // it is what is tested
		code          hostapi.Code
		message, hint string
	}{
		{ended(&limit.TimeError{Task: &engine, Engine: &engine}), hostapi.CodeTimeout, "time limit of 30s reached", "raise the limit time"},
		{
			ended(&limit.TimeError{Task: &own, Engine: &engine}), hostapi.CodeTimeout, "time limit of 5s reached",
			"the task sets it, and the engine allows 30s: raise the limit time of the task",
		},
		{ended(nil), hostapi.CodeTimeout, "the deadline of the caller's context passed", "use a context with a later deadline"},
		{ended(errors.New("too late")), hostapi.CodeTimeout, "the deadline of the caller's context passed", "use a context with a later deadline"},
		{cancelled, hostapi.CodeCanceled, "the task was cancelled", ""},
	} {
		e := limit.Ended(tt.ctx)
		if e.Code != tt.code || e.Message != tt.message || !strings.HasPrefix(e.Hint, tt.hint) {
			t.Errorf("error %s %q, hint %q; want %s %q, hint %q", e.Code, e.Message, e.Hint, tt.code, tt.message, tt.hint)
		}
		if code := hostapi.CodeOf(context.Cause(tt.ctx)); tt.message != "the deadline of the caller's context passed" && tt.code == hostapi.CodeTimeout && code != tt.code {
			t.Errorf("the cause has the code %s, want %s", code, tt.code)
		}
	}
}
