package runtime_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

// A limit below zero allows nothing, says so, and breaks nothing else.
func TestLimitsBelowZero(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, source string
		limits       hostapi.Limits
		want         string // of the error; "" for none
	}{
		{"no calls", `function f() { return 1 } f()`, hostapi.Limits{CallDepth: -1}, "call depth limit of 0 reached"},
		{"no calls made", `1 + 1`, hostapi.Limits{CallDepth: -1}, ""},
		{"no memory", `engine.setDataByVarName("q", 1)`, hostapi.Limits{Memory: -1}, ""}, // JavaScript has none to bound
		{"no lines", `engine.log("x")`, hostapi.Limits{LogLines: -1}, "log line limit of 0 reached"},
		{"no text", `engine.log("x")`, hostapi.Limits{LogBytes: -1}, "log size limit of 0 bytes reached"},
		{"no data", `engine.setDataByVarName("q", "x")`, hostapi.Limits{DataBytes: -1}, "data size limit of 0 bytes reached"},
		{"no requests", `httpClient.begin().get("http://a.test/")`, hostapi.Limits{Requests: -1}, "request limit of 0 reached"},
		{"no requests, told", `engine.setDataByVarName("q", httpClient.getRequestingLimit())`, hostapi.Limits{Requests: -1}, ""},
		{"no body", `httpClient.begin().body("x", "text/plain").post("http://a.test/")`, hostapi.Limits{RequestBytes: -1}, "request size limit of 0 bytes reached"},
		{"no body needed", `httpClient.begin().get("http://a.test/")`, hostapi.Limits{RequestBytes: -1}, ""},
		{"no time", `for (;;) {}`, hostapi.Limits{Time: -1}, "time limit of 0s reached"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			engine := runtime.New(runtime.Config{Connector: &hostapitest.Connector{Handler: hostapitest.Text(200, "text/plain", "")}, Limits: tt.limits})
			script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js", Code: []byte(tt.source)})
			if err != nil {
				t.Fatal(err)
			}
			result, err := engine.Run(t.Context(), runtime.Task{Script: script})
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("error %v, want none", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
			if q, ok := result.Data["q"]; ok && strings.HasSuffix(tt.name, "told") && q != 0.0 {
				t.Errorf("told a limit of %v requests, want 0", q)
			}
		})
	}
}

// Names count as what is written under them does: otherwise the bound could be
// dodged with long ones.
func TestNamesCountAsData(t *testing.T) {
	t.Parallel()
	name := strings.Repeat("n", 100)
	for _, tt := range []struct {
		limit int64
		code  hostapi.Code
	}{{401, ""}, {204, hostapi.CodeLimit}, {100, hostapi.CodeLimit}} {
		engine := runtime.New(runtime.Config{Limits: hostapi.Limits{DataBytes: tt.limit}})
		script, err := engine.Compile(t.Context(), runtime.Source{
			Name: "task.js", Code: []byte(`for (const n of ["a", "b"]) engine.setDataByVarName(n + "` + name + `", "x")`),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = engine.Run(t.Context(), runtime.Task{Script: script})
		if hostapi.CodeOf(err) != tt.code {
			t.Errorf("limit of %d bytes: error %v, want code %q", tt.limit, err, tt.code)
		}
	}
}

// A value that holds another one many times over is small to make and huge to
// walk.
func TestSharedTaskData(t *testing.T) {
	t.Parallel()
	v := any("x")
	for range 40 {
		v = []any{v, v}
	}
	engine := runtime.New(runtime.Config{})
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = engine.Run(t.Context(), runtime.Task{Script: script, Data: map[string]any{"q": v}})
	if hostapi.CodeOf(err) != hostapi.CodeLimit || !strings.Contains(err.Error(), "task data q") {
		t.Errorf("error %v, want code limit for q", err)
	}
}

// The error of a limit says where it is raised: in the task, if that set it lower than
// the engine does.
func TestLimitSaysWhereItIsSet(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		source       string
		engine, task hostapi.Limits
		message      string
		hint         string // the end of it
	}{
		{`for (;;) {}`, hostapi.Limits{Time: 20 * time.Millisecond}, hostapi.Limits{}, "time limit of 20ms reached", "raise the limit time"},
		{
			`for (;;) {}`,
			hostapi.Limits{Time: time.Hour},
			hostapi.Limits{Time: 20 * time.Millisecond},
			"time limit of 20ms reached",
			"the task sets it, and the engine allows 1h0m0s: raise the limit time of the task",
		},
		{
			`for (;;) engine.log("x")`,
			hostapi.Limits{},
			hostapi.Limits{LogLines: 3},
			"log: log line limit of 3 reached",
			"the task sets it, and the engine allows 1000: raise the limit log_lines of the task",
		},
		{
			`engine.setDataByVarName("q", "x".repeat(100))`,
			hostapi.Limits{DataBytes: 50},
			hostapi.Limits{DataBytes: 60},
			"setDataByVarName q: data size limit of 50 bytes reached",
			"raise the limit data_bytes",
		},
	} {
		_, err := run(t, runtime.Config{Limits: tt.engine}, tt.source, runtime.Task{Limits: tt.task})
		e, ok := errors.AsType[*hostapi.Error](err)
		if !ok || !strings.HasSuffix(e.Error(), tt.message) || !strings.HasSuffix(e.Hint, tt.hint) {
			t.Errorf("%s: error %+v, want %q with a hint %q", tt.source, e, tt.message, tt.hint)
		}
	}
}

// A deadline that the caller gave is not one of the task's limits.
func TestDeadlineOfTheCaller(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{"loop": `for (;;) {}`, "request": `httpClient.begin().get("http://h/")`} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		network := &hostapitest.Connector{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })}
		engine := runtime.New(runtime.Config{Connector: network})
		_, err := engine.Run(ctx, runtime.Task{Script: compile(t, engine, source)})
		wantCode(t, err, hostapi.CodeTimeout, "the deadline of the caller's context passed")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: error %v does not match context.DeadlineExceeded", name, err)
		}
	}
}
