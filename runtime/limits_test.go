package runtime_test

import (
	"strings"
	"testing"

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
		{"no time", `for (;;) {}`, hostapi.Limits{Time: -1}, "time ran out"},
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
