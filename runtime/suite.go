package runtime

import (
	"context"
	"strconv"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/jsapi"
	"github.com/postern-dev/postern/internal/jsvm"
	"github.com/postern-dev/postern/internal/limit"
)

// Suite is a script and its tests: a second script that calls test(name, function).
// Both are JavaScript.
//
// Every test has a new sandbox, in which it defines the settings, data items and HTTP
// responses for the script. Tests have no network, whatever connector the engine has.
type Suite struct {
	Script *Script
	Tests  *Script

	// Execute lets the tests run the script, with execute(). Default false: the script has
	// run when the tests are loaded, and they call its functions.
	Execute bool

	// Limits can lower the engine's limits for each test, never raise them.
	Limits hostapi.Limits

	// Settings are the names of the settings that the script declares. A test that sets
	// another one gets a warning. Default nil: any name may be set.
	Settings []string
}

// Test is one test of a Suite.
type Test struct {
	Name string
	Line int // of the source with the tests
}

// TestResult is the result of a test.
type TestResult struct {
	// Err is why the test failed, a *[hostapi.Error] with its position; nil if it passed.
	Err error

	// Mismatch has the values of the failed assertion; nil if the test failed for another
	// reason.
	Mismatch *Mismatch

	Assertions int // number of assertions made; 0: nothing was checked
	Logs       []Log

	// Warnings list what a test accepts and a real run would not.
	Warnings []string

	Wall time.Duration
}

// Mismatch has two values that should have matched, as text.
type Mismatch struct {
	Expected, Actual string
	Text             bool // both are strings, shown unquoted; otherwise they are shown as literals
}

// FindTests returns the tests of a suite, in order.
func (e *Engine) FindTests(ctx context.Context, suite Suite) ([]Test, error) {
	if e.isolation != nil {
		return e.findTestsIsolated(ctx, &suite)
	}
	var tests []Test
	_, err := e.runSuite(ctx, suite, func(_ *jsvm.Machine, bed *jsapi.Testbed) error {
		for i := range bed.Count() {
			name, line := bed.Name(i)
			tests = append(tests, Test{name, line})
		}
		return nil
	})
	return tests, err
}

// RunTest runs the test with index i in the result of [Engine.FindTests]. The error is
// one of loading the suite; that of the test is in the result.
func (e *Engine) RunTest(ctx context.Context, suite Suite, i int) (*TestResult, error) {
	if e.isolation != nil {
		return e.runTestIsolated(ctx, &suite, i)
	}
	result := new(TestResult)
	loaded := false
	start := time.Now()
	r, err := e.runSuite(ctx, suite, func(m *jsvm.Machine, bed *jsapi.Testbed) error {
		if i < 0 || i >= bed.Count() {
			return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: "test", Message: "there is no test number " + strconv.Itoa(i)}
		}
		loaded = true
		value, err := bed.Run(i)
		if err == nil {
			_, err = m.Settle(value)
		}
		result.Assertions, result.Warnings = bed.Assertions(), bed.Warnings()
		if f := bed.FailureOf(err); f != nil {
			result.Mismatch = &Mismatch{f.Expected, f.Actual, f.Text}
		}
		return err
	})
	result.Wall = time.Since(start)
	if r != nil {
		result.Logs = r.logs
	}
	if !loaded {
		return result, err
	}
	result.Err = err
	return result, nil
}

// runSuite loads the suite into a sandbox and calls then.
func (e *Engine) runSuite(ctx context.Context, suite Suite, then func(*jsvm.Machine, *jsapi.Testbed) error) (r *run, err error) {
	defer recovered("test", &err)
	script, tests, err := suite.programs()
	if err != nil {
		return nil, err
	}
	if !e.gate.enter() {
		return nil, errClosed("test")
	}
	defer e.gate.leave()
	r = &run{
		modules: &e.modules,
		grant:   hostapi.Grant{Limits: suite.Limits.Within(e.limits)},
		step:    &step{process: &hostapi.Process{InstanceID: 1, ModelInfoID: 1}}, // not 0, like real ones
	}
	r.context.begin(ctx, time.Now().Add(r.grant.Limits.Time), limit.TimeError{Task: &r.grant.Limits, Engine: &e.limits}, &e.waits)
	defer r.context.end()
	p, err := script.program()
	if err != nil {
		return r, err
	}
	t, err := tests.program()
	if err != nil {
		return r, err
	}
	s := &javascript{api: jsapi.New(&r.context, script.config(r, &r.grant.Limits, tests.equals))}      //nolint:contextcheck // it is ctx with the deadline
	err = s.machine.Run(&r.context, &e.watch, max(r.grant.Limits.CallDepth, 0), &s.api, func() error { //nolint:contextcheck // as above
		test := jsapi.TestConfig{Settings: suite.Settings, RequestBytes: r.grant.Limits.RequestBytes}
		return s.loadSuite(test, suite.Execute, p, t, then)
	})
	return r, err
}

func (j *javascript) loadSuite(test jsapi.TestConfig, execute bool, script, tests *jsvm.Program, then func(*jsvm.Machine, *jsapi.Testbed) error) error {
	run := func() error { _, err := j.machine.Load(script); return err }
	if execute {
		test.Execute = run
	}
	bed := j.api.Test(test)
	if !execute {
		if err := run(); err != nil {
			return err
		}
	}
	if _, err := j.machine.Load(tests); err != nil {
		return err
	}
	return then(&j.machine, bed)
}

// programs returns the two programs of a suite, if they are JavaScript.
func (s *Suite) programs() (script, tests *jsProgram, err error) {
	for _, part := range []struct {
		name    string
		script  *Script
		program **jsProgram
	}{{"Script", s.Script, &script}, {"Tests", s.Tests, &tests}} {
		fail := func(message string) error {
			return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: "test", Name: part.name, Message: message}
		}
		if part.script == nil || part.script.program == nil {
			return script, tests, fail("the suite has none")
		}
		p, ok := part.script.program.(*jsProgram)
		if !ok {
			return script, tests, fail("only JavaScript can be tested")
		}
		*part.program = p
	}
	return script, tests, nil
}
