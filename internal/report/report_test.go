package report_test

import (
	"errors"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/runtime"
)

// TestOutcome holds how data is shown as text and as JSON.
func TestOutcome(t *testing.T) {
	t.Parallel()
	file := &hostapi.File{Name: "a.txt", ContentType: "text/plain", Content: []byte("abc")}
	o := &report.Outcome{
		Result: &runtime.Result{Data: map[string]any{
			"q_text": "plain", "q_lines": "one\ntwo\n", "q_like": "1.5", "q_number": hostapi.Decimal("1.50"), "q_escape": "\x1b[31m",
			"a b": true, "q_file": file,
		}},
		Written: map[*hostapi.File]string{file: "out/a.txt"},
	}
	text, err := o.Text()
	want := `"a b" = true
q_escape = "\u001b[31m"
q_file = {"name":"a.txt","contentType":"text/plain","size":3,"path":"out/a.txt"}
q_like = "1.5"
q_lines =
  one
  two
q_number = 1.50
q_text = plain
`
	if err != nil || string(text) != want {
		t.Errorf("got\n%s%v, want\n%s", text, err, want)
	}
	o.Data, o.Written = map[string]any{"q_a": "<&>"}, nil
	got, err := report.Marshal(o.JSON(nil, nil), "")
	if want := `{"data":{"q_a":"<&>"},"logs":[],"usage":{"wall_ms":0,"cpu_ms":0,"requests":0,"request_bytes":0,"response_bytes":0,` +
		`"memory_bytes":0}}`; err != nil || string(got) != want {
		t.Errorf("got\n%s, %v, want\n%s", got, err, want)
	}
}

// TestFailure checks that an error is told with its place, the line there and the hint,
// in the words of the program.
func TestFailure(t *testing.T) {
	t.Parallel()
	failed := &hostapi.Error{Code: hostapi.CodeScript, Message: "x is not defined", Hint: "its own", File: "a.js", Line: 2, Column: 3}
	sources := map[string][]byte{"a.js": []byte("one\ntwo")}
	words := func(*hostapi.Error) string { return "do \x1b this" }
	for _, test := range []struct {
		err  error
		hint report.Hint
		want string
	}{
		{failed, nil, "a.js:2:3: x is not defined\n    2 | two\n      |   ^\nhint: its own\n"},
		{failed, words, "a.js:2:3: x is not defined\n    2 | two\n      |   ^\nhint: do \\u001b this\n"},
		{&hostapi.Error{Code: hostapi.CodeScript, Message: "m", File: "b.js", Line: 4}, nil, "b.js:4: m\n"},
		{&hostapi.Error{Code: hostapi.CodeScript, Message: "m", File: "b.js"}, nil, "b.js: m\n"},
		{errors.New("other"), words, "other\n"},
	} {
		if got := report.Explain(test.err, sources, test.hint); got != test.want {
			t.Errorf("got\n%swant\n%s", got, test.want)
		}
	}
	got, err := report.Marshal(report.NewFailure(failed, words), "")
	if want := `{"code":"script_error","message":"x is not defined","hint":"do \u001b this","file":"a.js","line":2,"column":3}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	got, err = report.Marshal((*report.Outcome)(nil).JSON(failed, nil), "")
	if want := `{"data":{},"logs":[],"usage":{"wall_ms":0,"cpu_ms":0,"requests":0,"request_bytes":0,"response_bytes":0,"memory_bytes":0},` +
		`"error":{"code":"script_error","message":"x is not defined","hint":"its own","file":"a.js","line":2,"column":3}}`; err != nil || string(got) != want {
		t.Errorf("got\n%s, %v, want\n%s", got, err, want)
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		log  runtime.Log
		want string
	}{
		{runtime.Log{Level: hostapi.LevelInfo, Message: "one\ntwo\n"}, "log: one\n     two"},
		{runtime.Log{Level: hostapi.LevelWarn, Message: "\x1b"}, "log warn: \\u001b"},
	} {
		if got := report.Log(&test.log); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
