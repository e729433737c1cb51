package jsapi

import (
	"errors"
	"strings"

	"github.com/dop251/goja"
)

// harness runs the functions that a test source hands to test(name, function).
type harness struct {
	execute    func() error // runs the script under test; nil: it has run
	executed   bool
	cases      []testCase
	running    bool // a test: no more can be added
	assertions int
	failure    *Failure
	thrown     *goja.Object // the error of failure
}

type testCase struct {
	name string
	line int
	run  goja.Callable
}

// Failure is what an assertion found.
type Failure struct {
	// Expected and Actual are the two values as text: text as it is if both are.
	Expected, Actual string
	Text             bool // both are text
}

// TestConfig is what an API needs to know beside its [Config] when its script is tested.
type TestConfig struct {
	Execute      func() error // runs the script when a test calls execute(); nil where it has run before the tests do
	Settings     []string     // that the script declares; nil for any
	RequestBytes int64        // of a request's body, at most
}

// Test makes a the API of a script under test: nothing that it does leaves the
// machine.
func (a *API) Test(c TestConfig) {
	a.tests = &testbed{
		zoneID: testZone, javaZone: a.parseZone(testZone), settings: c.Settings, bodyBytes: c.RequestBytes,
		harness: harness{execute: c.Execute},
	}
}

// TestCount returns how many tests there are, and TestName the name and the line
// of one.
func (a *API) TestCount() int { return len(a.tests.cases) }

// TestName returns the name of a test and the line it begins at.
func (a *API) TestName(i int) (name string, line int) {
	return a.tests.cases[i].name, a.tests.cases[i].line
}

// RunTest runs one test. An error is what the test threw.
func (a *API) RunTest(i int) (goja.Value, error) {
	a.tests.running = true
	return a.tests.cases[i].run(goja.Undefined())
}

// Assertions returns how many assertions the test has made.
func (a *API) Assertions() int { return a.tests.assertions }

// FailureOf returns what the assertion found that threw err, or nil.
func (a *API) FailureOf(err error) *Failure {
	ex, ok := errors.AsType[*goja.Exception](err)
	if !ok || a.tests.thrown == nil || ex.Value() != goja.Value(a.tests.thrown) {
		return nil
	}
	return a.tests.failure
}

// testGlobal returns a name that only tests have, or nil.
func (a *API) testGlobal(name string) goja.Value {
	f, ok := testFunctions[name]
	if !ok {
		return nil
	}
	return a.method(name, f)
}

// testFunctions are the global functions of the harness.
var testFunctions = map[string]*method{ //nolint:gochecknoglobals // a table, never changed
	"test":    {call: harnessTest},
	"expect":  {call: harnessExpect},
	"fail":    {call: harnessFail},
	"execute": {call: harnessExecute},
}

func harnessTest(a *API, c call) (goja.Value, error) {
	name, err := c.text(0, "name")
	if err != nil {
		return nil, err
	}
	run, ok := goja.AssertFunction(c.arg(1))
	if !ok {
		return nil, invalid(c.op, "the second argument is "+typeName(c.arg(1))+", not a function", "write test('what it shows', () => { … })")
	}
	if a.tests.running {
		return nil, invalid(c.op, "called in a test, where it would never run", "call it at the top of the file")
	}
	line := 0
	for _, frame := range a.vm.CaptureCallStack(0, nil) {
		if line = frame.Position().Line; line > 0 {
			break
		}
	}
	a.tests.cases = append(a.tests.cases, testCase{name, line, run})
	return goja.Undefined(), nil
}

func harnessFail(a *API, c call) (goja.Value, error) {
	a.tests.assertions++
	text := "the test called fail()"
	if v := c.arg(0); !goja.IsUndefined(v) {
		text += ": " + v.String()
	}
	return nil, a.assertionError(text, nil)
}

func harnessExecute(a *API, c call) (goja.Value, error) {
	switch h := &a.tests.harness; {
	case h.execute == nil:
		return nil, invalid(c.op, "the script has run already, before the tests", "call its main()")
	case h.executed:
		return nil, invalid(c.op, "the script has run already in this test", "a test runs it once")
	}
	a.tests.executed = true
	return goja.Undefined(), a.tests.execute()
}

// assertionError returns an error to throw for a failed assertion.
func (a *API) assertionError(text string, f *Failure) error {
	object := a.newError(text)
	_ = object.DefineDataProperty("name", a.vm.ToValue("AssertionError"), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	a.tests.thrown, a.tests.failure = object, f
	return &thrown{object}
}

// thrown is an error that is already an object of the script's.
type thrown struct{ object *goja.Object }

func (t *thrown) Error() string { return t.object.String() }

// expectClass is what expect(actual) returns. A matcher that does not hold
// throws.
var expectClass = newClass("expect", members{ //nolint:gochecknoglobals // a table, never changed
	"toEqual":        expectToEqual,
	"toThrow":        expectToThrow,
	"startsWith":     expectText("to start with", strings.HasPrefix),
	"endsWith":       expectText("to end with", strings.HasSuffix),
	"containsString": expectText("to contain", strings.Contains),
})

type expectedValue struct{ actual goja.Value }

func harnessExpect(a *API, c call) (goja.Value, error) {
	return a.object(expectClass, expectedValue{c.arg(0)}), nil
}

// matcher begins a matcher: it counts.
func (a *API) matcher(c call) (actual goja.Value, err error) {
	e, err := state[expectedValue](c)
	a.tests.assertions++
	return e.actual, err
}

func expectToEqual(a *API, c call) (goja.Value, error) {
	actual, err := a.matcher(c)
	if err != nil {
		return nil, err
	}
	expected := c.arg(0)
	equal, err := (&comparison{api: a}).equal(actual, expected)
	if err != nil || equal {
		return goja.Undefined(), err
	}
	return nil, a.differ("to equal", actual, expected)
}

// differ returns the error of two values that do not go together.
func (a *API) differ(relation string, actual, expected goja.Value) error {
	f := &Failure{Expected: show(expected), Actual: show(actual)}
	text := "expected " + brief(f.Actual) + " " + relation + " " + brief(f.Expected)
	if e, ok := expected.(goja.String); ok {
		if v, ok := actual.(goja.String); ok {
			f.Expected, f.Actual, f.Text = e.String(), v.String(), true
		}
	}
	return a.assertionError(text, f)
}

func expectText(relation string, holds func(text, part string) bool) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		actual, err := a.matcher(c)
		if err != nil {
			return nil, err
		}
		text, ok := actual.(goja.String)
		part, isText := c.arg(0).(goja.String)
		if !isText {
			return nil, invalid(c.op, "the argument is "+typeName(c.arg(0))+", not text", "")
		}
		if ok && holds(text.String(), part.String()) {
			return goja.Undefined(), nil
		}
		return nil, a.differ(relation, actual, part)
	}
}

// expectToThrow calls the function it is given. What that throws must have the
// expected message; without one, anything will do.
func expectToThrow(a *API, c call) (goja.Value, error) {
	actual, err := a.matcher(c)
	if err != nil {
		return nil, err
	}
	f, ok := goja.AssertFunction(actual)
	if !ok {
		return nil, invalid(c.op, "expect was given "+typeName(actual)+", not a function", "write expect(() => …).toThrow(message)")
	}
	_, err = f(goja.Undefined())
	ex, ok := errors.AsType[*goja.Exception](err)
	if err != nil && !ok {
		return nil, err // the test's time ran out, or its calls were nested too deep
	}
	if !ok {
		return nil, a.assertionError("expected the function to throw", nil)
	}
	expected := c.arg(0)
	message := thrownMessage(ex.Value())
	if goja.IsUndefined(expected) || message == expected.String() {
		return goja.Undefined(), nil
	}
	return nil, a.differ("as the message thrown to equal", a.vm.ToValue(message), expected)
}

func thrownMessage(v goja.Value) string {
	if o, ok := v.(*goja.Object); ok {
		if m := o.Get("message"); m != nil && !goja.IsUndefined(m) {
			return m.String()
		}
	}
	return v.String()
}
