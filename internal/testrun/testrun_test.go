package testrun

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/runtime"
)

// interrupted is a run that Ctrl-C ended in the middle of its second file.
func interrupted(t *testing.T) (context.Context, *Run) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	passed := &runtime.TestResult{Assertions: 1, Wall: time.Millisecond}
	tests := []chosenTest{{runtime.Test{Name: "one"}, 0}, {runtime.Test{Name: "two"}, 1}}
	engine := runtime.New(runtime.Config{})
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "x.test.js"})
	if err != nil {
		t.Fatal(err)
	}
	read := func() *suite {
		return &suite{Suite: runtime.Suite{Tests: script}, found: 2, tests: tests}
	}
	return ctx, &Run{files: []*File{
		{path: "done.test.js", state: stateLoaded, suite: read(), results: []*runtime.TestResult{passed, passed}},
		{path: "begun.test.js", state: stateLoaded, suite: read(), results: []*runtime.TestResult{passed, nil}},
		{path: "stopped.test.js", state: stateLoaded, suite: &suite{err: cancelled()}},
		{path: "waiting.test.js"},
	}}
}

// What is known when Ctrl-C comes is told, and nothing is called a failure that
// is none.
func TestReportAfterInterrupt(t *testing.T) {
	t.Parallel()
	ctx, run := interrupted(t)
	var format Format
	var text strings.Builder
	var reports []*Report
	for _, f := range run.files {
		r := run.report(ctx, f)
		reports = append(reports, r)
		text.Write(format.Text(r))
	}
	want := "ok   done.test.js  2 passed (2ms)\n?    begun.test.js  1 passed, 1 not run (1ms)\n"
	if text.String() != want {
		t.Errorf("got\n%swant\n%s", text.String(), want)
	}
	s := Summarize(reports)
	if got := s.Text(); got != "3 passed, 0 failed\n" {
		t.Errorf("summary %q", got)
	}
	encoded, err := report.Marshal(format.JSON(reports), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"passed":3,"failed":0,"not_run":1}`, `{"file":"begun.test.js","passed":1,"failed":0,"tests":[{"name":"one",`} {
		if !strings.Contains(string(encoded), want) {
			t.Errorf("no %s in\n%s", want, encoded)
		}
	}
	junit, err := format.JUnit(reports)
	if err != nil {
		t.Fatal(err)
	}
	if want := `<testsuites tests="4" failures="0" errors="0" skipped="1" time="0.003">`; !strings.Contains(string(junit), want) {
		t.Errorf("no %s in\n%s", want, junit)
	}
}

// TestFindAndRun holds that a program finds tests, runs them and gets the results as data.
func TestFindAndRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"double.js":      "function double(n) { return 2 * n; }",
		"double.test.js": "test('doubles', () => { expect(double(21)).toEqual(42); });\ntest('fails', () => { expect(double(1)).toEqual(1); });\n",
		"alone.test.js":  "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Find(t.Context(), []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	run := Run{Engine: runtime.New(runtime.Config{})}
	var reports []*Report
	if err := run.Do(t.Context(), files, 2, nil, func(r *Report) error { reports = append(reports, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(reports) != 2 || filepath.Base(reports[0].Path) != "alone.test.js" || !reports[0].Invalid || reports[0].Err == nil {
		t.Fatalf("reports %+v", reports)
	}
	cases := reports[1].Cases
	if len(cases) != 2 || cases[0].Result.Err != nil || cases[1].Name != "fails" || cases[1].Line != 2 || cases[1].Result.Mismatch == nil {
		t.Fatalf("cases %+v", cases)
	}
	s := Summarize(reports)
	if s.Passed != 1 || s.Failed != 2 || s.Found != 2 || s.Chosen != 2 || !s.Invalid {
		t.Errorf("summary %+v", s)
	}
}

// Workers run the tests of the first files first, regardless of which worker loads a file.
func TestWorkersKeepTheOrder(t *testing.T) {
	t.Parallel()
	read := func(tests int) *File {
		return &File{state: stateLoaded, suite: &suite{tests: make([]chosenTest, tests)}}
	}
	loading := &File{state: stateLoading}
	run := &Run{files: []*File{read(1), loading, read(1), {path: "waiting"}}}
	run.changed.L = &run.mu
	state := func() (counts [4]int) {
		for i, f := range run.files {
			counts[i] = f.begun
			if f.state == stateLoading {
				counts[i] = -1
			}
		}
		return counts
	}
	for _, want := range [][4]int{{1, -1, 0, 0}, {1, -1, 1, 0}, {1, -1, 1, -1}} {
		if job := run.next(t.Context()); job == nil {
			t.Fatal("nothing to do")
		}
		if got := state(); got != want {
			t.Errorf("begun %v, want %v", got, want)
		}
	}
	run.stop()
	if job := run.next(t.Context()); job != nil {
		t.Error("something to do after the end")
	}
}

// Spaces that only look like one are told apart from it.
func TestMismatchOfSpaces(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ expected, actual, want string }{
		{"a b", "a\u00a0b", "expected  a b\nactual    a\\u00a0b\n           ^\n"},
		{"a    b", "a\tb", "expected  a    b\nactual    a\\tb\n           ^\n"},
		{"a\n\tb", "a\n    b", "--- expected\n+++ actual\n@@ -1,2 +1,2 @@\n a\n-\\tb\n+    b\n"},
	} {
		if got := mismatchText(&runtime.Mismatch{Expected: test.expected, Actual: test.actual, Text: true}); got != test.want {
			t.Errorf("%q and %q: got\n%swant\n%s", test.expected, test.actual, got, test.want)
		}
	}
}

// FuzzMismatch holds that whatever two values are, the difference is shown in
// visible characters, in lines of bounded length and number.
func FuzzMismatch(f *testing.F) {
	f.Add("hello Ada", "hello Bob", true)
	f.Add("a\nb\n", "a\nb", true)
	f.Add(`{"a": [1, 2]}`+strings.Repeat(" ", 100), `{"a": [1, 3]}`, false)
	f.Add(strings.Repeat("日本\r\n", 100)+"x", strings.Repeat("日本\n", 100)+"y", true)
	f.Add("", " ", true)
	f.Fuzz(func(t *testing.T, expected, actual string, text bool) {
		shown := mismatchText(&runtime.Mismatch{Expected: expected, Actual: actual, Text: text})
		lines := strings.Split(shown, "\n")
		if len(lines) > mostDiffLines+5 {
			t.Fatalf("%d lines", len(lines))
		}
		for _, line := range lines {
			if terminal.Width(line) > 8*mostDiffWidth {
				t.Fatalf("a line of %d columns", terminal.Width(line))
			}
			if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsGraphic(r) }) {
				t.Fatalf("shows %q", line)
			}
		}
	})
}
