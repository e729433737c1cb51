package jsapi_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// jsTest is the body of a test function.
type jsTest struct{ name, body string }

// suiteOf compiles script and tests.
func suiteOf(t testing.TB, engine *runtime.Engine, script, tests string, execute bool) runtime.Suite {
	t.Helper()
	s := runtime.Suite{Execute: execute}
	for _, part := range []struct {
		to         **runtime.Script
		name, code string
	}{{&s.Script, "task.js", script}, {&s.Tests, "task.test.js", tests}} {
		compiled, err := engine.Compile(t.Context(), runtime.Source{Name: part.name, Code: []byte(part.code)})
		if err != nil {
			t.Fatal(err)
		}
		*part.to = compiled
	}
	return s
}

// runSuite runs every test of a suite and calls then with its result.
func runSuite(t *testing.T, s runtime.Suite, then func(t *testing.T, r *runtime.TestResult)) {
	t.Helper()
	engine := runtime.New(runtime.Config{})
	found, err := engine.FindTests(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatal("the suite has no tests")
	}
	for i, test := range found {
		t.Run(test.Name, func(t *testing.T) {
			t.Parallel()
			result, err := engine.RunTest(t.Context(), s, i)
			if err != nil {
				t.Fatal(err)
			}
			then(t, result)
		})
	}
}

// passSuite wants every test of a suite to look at something and to pass.
func passSuite(t *testing.T, script, tests string, execute bool) {
	t.Helper()
	runSuite(t, suiteOf(t, runtime.New(runtime.Config{}), script, tests, execute), func(t *testing.T, r *runtime.TestResult) {
		t.Helper()
		if r.Err != nil {
			t.Error(detail(r.Err))
		}
		if r.Assertions == 0 {
			t.Error("the test looked at nothing")
		}
	})
}

// pass wants tests of a script that does nothing to pass. common is code that they
// share.
func pass(t *testing.T, common string, tests []jsTest) {
	t.Helper()
	var source strings.Builder
	source.WriteString(common + "\n")
	for _, test := range tests {
		name, err := json.Marshal(test.name)
		if err != nil {
			t.Fatal(err)
		}
		source.WriteString("test(" + string(name) + ", () => {\n" + test.body + "\n});\n")
	}
	passSuite(t, "", source.String(), false)
}

// jsError is code that throws, and what its message has in it.
type jsError struct{ code, message string }

// throwing makes a test of each piece of code: it has to throw an Error.
func throwing(errs []jsError) []jsTest {
	tests := make([]jsTest, len(errs))
	for i, e := range errs {
		message, _ := json.Marshal(e.message) // text always can be
		tests[i] = jsTest{e.code, `
			let error = null;
			try { ` + e.code + `; } catch (e) { error = e; }
			expect(error instanceof Error).toEqual(true);
			expect(String(error)).containsString(` + string(message) + `);`}
	}
	return tests
}

func detail(err error) string {
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		return e.Detail()
	}
	return err.Error()
}

// run runs source as a task.
func run(t *testing.T, task runtime.Task, config runtime.Config, source runtime.Source) (*runtime.Result, error) {
	t.Helper()
	engine := runtime.New(config)
	if source.Name == "" {
		source.Name = "task.js"
	}
	script, err := engine.Compile(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	task.Script = script
	return engine.Run(t.Context(), task)
}

// logged runs source as a task that succeeds, and returns its log.
func logged(t *testing.T, task runtime.Task, source string) []string {
	t.Helper()
	result, err := run(t, task, runtime.Config{}, runtime.Source{Code: []byte(source)})
	if err != nil {
		t.Fatal(detail(err))
	}
	lines := make([]string, len(result.Logs))
	for i, line := range result.Logs {
		lines[i] = line.Message
	}
	return lines
}

// wantLog compares what a task logs, line by line.
func wantLog(t *testing.T, task runtime.Task, source string, want ...string) {
	t.Helper()
	if got := strings.Join(logged(t, task, source), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("logged\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// wantFailure wants source to fail as a task, with an error that contains text.
func wantFailure(t *testing.T, task runtime.Task, source string, code hostapi.Code, text string) {
	t.Helper()
	_, err := run(t, task, runtime.Config{}, runtime.Source{Code: []byte(source)})
	if hostapi.CodeOf(err) != code || !strings.Contains(err.Error(), text) {
		t.Errorf("%s\nerror %v (%s), want %s %q", source, err, hostapi.CodeOf(err), code, text)
	}
}

func text(s string) *string { return &s }

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
