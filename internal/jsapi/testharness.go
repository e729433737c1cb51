package jsapi

import (
	"errors"

	"github.com/dop251/goja"
)

// harness runs the functions that a test source registers with test(name, function).
type harness struct {
	executed   bool
	cases      []testCase
	running    bool // a test is running: no more can be added
	assertions int
	failure    *Failure
	thrown     *goja.Object // the error of failure
}

type testCase struct {
	name string
	line int
	run  goja.Callable
}

// Failure is a failed assertion.
type Failure struct {
	// Expected and Actual are the two values as text. If both are text, they are not
	// quoted.
	Expected, Actual string
	Text             bool // both are text
}

// Count returns the number of tests.
func (h *harness) Count() int { return len(h.cases) }

// Name returns the name of a test and the line it begins at.
func (h *harness) Name(i int) (name string, line int) { return h.cases[i].name, h.cases[i].line }

// Run runs one test and returns what it threw as an error.
func (h *harness) Run(i int) (goja.Value, error) {
	h.running = true
	return h.cases[i].run(goja.Undefined())
}

// Assertions returns the number of assertions that the test has made.
func (h *harness) Assertions() int { return h.assertions }

// FailureOf returns the failed assertion that threw err, or nil.
func (h *harness) FailureOf(err error) *Failure {
	ex, ok := errors.AsType[*goja.Exception](err)
	if !ok || h.thrown == nil || ex.Value() != goja.Value(h.thrown) {
		return nil
	}
	return h.failure
}

// testFunctions are the global functions of the harness.
var testFunctions = map[string]*method{ //nolint:gochecknoglobals // a table, never changed
	"test":    newMethod("test", testOnly((*Testbed).test)),
	"expect":  newMethod("expect", testOnly((*Testbed).expect)),
	"fail":    newMethod("fail", testOnly((*Testbed).fail)),
	"execute": newMethod("execute", testOnly((*Testbed).execute)),
}

func (t *Testbed) test(c call) (goja.Value, error) {
	name, err := c.text(0, "name")
	if err != nil {
		return nil, err
	}
	run, ok := goja.AssertFunction(c.arg(1))
	if !ok {
		return nil, invalid(c.op, "the second argument is "+typeName(c.arg(1))+", not a function", "write test('what it shows', () => { … })")
	}
	if tag := c.arg(1).ToObject(t.api.vm).GetSymbol(goja.SymToStringTag); tag != nil && tag.String() == "GeneratorFunction" {
		return nil, invalid(c.op, "the second argument is a generator function, whose code would never run", "write test('what it shows', () => { … })")
	}
	if t.running {
		return nil, invalid(c.op, "called in a test, where it would never run", "call it at the top of the file")
	}
	line := 0
	for _, frame := range t.api.vm.CaptureCallStack(0, nil) {
		if line = frame.Position().Line; line > 0 {
			break
		}
	}
	t.cases = append(t.cases, testCase{name, line, run})
	return goja.Undefined(), nil
}

func (t *Testbed) fail(c call) (goja.Value, error) {
	t.assertions++
	text := "the test called fail()"
	if v := c.arg(0); !goja.IsUndefined(v) {
		text += ": " + v.String()
	}
	return nil, t.assertionError(text, nil)
}

func (t *Testbed) execute(c call) (goja.Value, error) {
	switch {
	case t.config.Execute == nil:
		return nil, invalid(c.op, "the script has run already, before the tests", "call its main()")
	case t.executed:
		return nil, invalid(c.op, "the script has run already in this test", "a test runs it once")
	}
	t.executed = true
	return goja.Undefined(), t.config.Execute()
}

// assertionError returns an error to throw for a failed assertion.
func (t *Testbed) assertionError(text string, f *Failure) error {
	object := t.api.newError(text)
	_ = object.DefineDataProperty("name", t.api.vm.ToValue("AssertionError"), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	t.thrown, t.failure = object, f
	return &thrown{object}
}

// thrown is an error that is already an object of the script's.
type thrown struct{ object *goja.Object }

func (t *thrown) Error() string { return t.object.String() }
