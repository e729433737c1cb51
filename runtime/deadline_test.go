package runtime_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

// A task that has sent a thousand credentials leaves 16 MB behind, in which they are
// looked for when its time is nearly over.
var lateData = []struct{ name, source string }{ //nolint:gochecknoglobals // a table, never changed
	{"words", `"the quick brown fox jumps over the lazy dog\n".repeat(16e6 / 44)`},
	{"like a credential", `"credential-number-".repeat(16e6 / 18)`},
	{"escapes", `"%2525252525".repeat(16e6 / 11)`},
	{"base64", `base64.encodeToString("credential-number-").repeat(16e6 / 24)`},
	{"a list", `[]; for (let i = 0; i < 2e5; i++) data.push("credential-number-".repeat(5))`},
	{"keys", `{}; for (let i = 0; i < 1e5; i++) data["credential-" + i] = "credential-number-".repeat(9)`},
}

// lateTask returns an engine and a task that writes such data within a limit of time.
func lateTask(tb testing.TB, data string, limit time.Duration) (*runtime.Engine, runtime.Task) {
	tb.Helper()
	engine := runtime.New(runtime.Config{
		Connector: &hostapitest.Connector{Handler: hostapitest.Text(200, "text/plain", "ok")},
		Limits:    hostapi.Limits{DataBytes: 64 << 20},
	})
	return engine, runtime.Task{Limits: hostapi.Limits{Time: limit}, Script: compile(tb, engine, `
		const request = httpClient.begin();
		for (let i = 0; i < 1000; i++) request.header("X-Key-" + i, "credential-number-" + i);
		request.get("http://h/");
		engine.log("with credential-number-7");
		const data = `+data+`;
		engine.setDataByVarName("q_data", data);`)}
}

// TestEndsNearItsDeadline holds that the search for credentials ends with the task.
// The bound is generous: BenchmarkPastTheDeadline tells the time.
func TestEndsNearItsDeadline(t *testing.T) {
	t.Parallel()
	for _, tt := range lateData {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			const limit, most = time.Second, 4 * time.Second
			engine, task := lateTask(t, tt.source, limit)
			start := time.Now()
			result, err := engine.Run(t.Context(), task)
			if took := time.Since(start); took > most {
				t.Errorf("a task with a limit of %s took %s", limit, took)
			}
			if err == nil {
				if result.Data["q_data"] == nil {
					t.Error("it succeeded without its data")
				}
			} else if e, ok := errors.AsType[*hostapi.Error](err); !ok || e.Code != hostapi.CodeTimeout || !strings.Contains(e.Message, "time limit of 1s reached") || result.Data["q_data"] != nil {
				t.Errorf("error %v, data of %d items", err, len(result.Data))
			}
			if len(result.Logs) > 0 && strings.Contains(result.Logs[0].Message, "credential") {
				t.Errorf("logged %q", result.Logs[0].Message)
			}
		})
	}
}

// BenchmarkPastTheDeadline tells how long a task goes on after its time, in which it
// cannot look for its credentials to the end.
func BenchmarkPastTheDeadline(b *testing.B) {
	for _, tt := range lateData {
		b.Run(tt.name, func(b *testing.B) {
			const limit = 50 * time.Millisecond
			engine, task := lateTask(b, tt.source, limit)
			var latest time.Duration
			for b.Loop() {
				start := time.Now()
				_, _ = engine.Run(b.Context(), task) // in time or not
				latest = max(latest, time.Since(start)-limit)
			}
			b.ReportMetric(float64(latest.Microseconds())/1000, "ms-late")
		})
	}
}
