package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"sync"
	"time"

	"github.com/postern-dev/postern/addon"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/runtime"
)

// testFile is a file with tests, on its way through a testRun.
type testFile struct {
	path   string
	script string // the script that they test; empty for an add-on, which holds it
	err    error  // what is wrong with the path

	// What follows is guarded by testRun.mu.
	state   testState
	suite   *testSuite
	results []*runtime.TestResult // of suite.tests; nil for one that has not ended
	begun   int                   // tests that a worker has taken
	ended   int
	done    chan struct{} // closed when all of them have ended
}

// testState says how far a file has come.
type testState int

const (
	testWaiting testState = iota
	testLoading
	testLoaded
)

// testSuite is a file with tests that has been read.
type testSuite struct {
	suite   runtime.Suite
	sources map[string][]byte // by the names that errors call them
	found   int               // tests in the file
	tests   []chosenTest
	err     error // why they cannot be run
	invalid bool  // because the file is invalid, and not because of what it does
}

// chosenTest is a test to run.
type chosenTest struct {
	runtime.Test
	index int // in the suite
}

// testRun runs the tests of files. Its workers share all tests; they take them in
// order, so that the first files end first.
type testRun struct {
	engine  *runtime.Engine
	limits  hostapi.Limits
	pattern *regexp.Regexp // nil: every test

	mu      sync.Mutex
	changed sync.Cond // a file has been loaded, or the run has ended
	files   []*testFile
	first   int // files before it leave nothing to begin
	over    bool
}

// do runs everything, n jobs at once, and reports on each file in order. When ctx
// ends it reports at once on what there is.
func (r *testRun) do(ctx context.Context, n int, p *terminal.Progress, each func(*testReport) error) error {
	defer r.stop()
	defer context.AfterFunc(ctx, r.stop)()
	for _, f := range r.files {
		f.done = make(chan struct{})
	}
	for range n {
		go r.work(ctx)
	}
	for i, f := range r.files {
		p.Await(ctx, f.done, func() string { return fmt.Sprintf("%s (%s left)", f.path, plural(len(r.files)-i, "file", "files")) })
		if err := each(r.report(ctx, f)); err != nil {
			return err
		}
	}
	return nil
}

// stop keeps workers from beginning anything more.
func (r *testRun) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	r.changed.Broadcast()
}

func (r *testRun) work(ctx context.Context) {
	for job := r.next(ctx); job != nil; job = r.next(ctx) {
		job()
	}
}

// next returns the first thing that can be done now. It waits if something is
// being loaded that may bring more, and returns nil if nothing is left.
func (r *testRun) next(ctx context.Context) func() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for !r.over {
		for r.first < len(r.files) && r.files[r.first].exhausted() {
			r.first++
		}
		loading := false
		for _, f := range r.files[r.first:] {
			switch {
			case f.state == testWaiting:
				f.state = testLoading
				return func() { r.load(ctx, f) }
			case f.state == testLoading:
				loading = true
			case !f.exhausted():
				i := f.begun
				f.begun++
				return func() { r.test(ctx, f, i) }
			}
		}
		if !loading {
			return nil
		}
		r.changed.Wait()
	}
	return nil
}

func (f *testFile) exhausted() bool {
	return f.state == testLoaded && f.begun == len(f.suite.tests)
}

// load reads a file and finds its tests.
func (r *testRun) load(ctx context.Context, f *testFile) {
	s, err := within(ctx, r.time(), func() *testSuite { return r.open(ctx, f) })
	if err != nil {
		s = &testSuite{err: err}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f.suite, f.state, f.results = s, testLoaded, make([]*runtime.TestResult, len(s.tests))
	if len(s.tests) == 0 {
		close(f.done)
	}
	r.changed.Broadcast()
}

// test runs one test of a file.
func (r *testRun) test(ctx context.Context, f *testFile, i int) {
	result, err := within(ctx, r.time(), func() *runtime.TestResult {
		result, err := r.engine.RunTest(ctx, f.suite.suite, f.suite.tests[i].index)
		if err != nil { // it could be loaded before
			result.Err = err
		}
		return result
	})
	if err != nil {
		result = &runtime.TestResult{Err: err, Wall: r.time()}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Err() == nil {
		f.results[i] = result
	}
	if f.ended++; f.ended == len(f.results) {
		close(f.done)
	}
}

// time returns how long a test may take.
func (r *testRun) time() time.Duration { return r.limits.Within(r.engine.Limits()).Time }

// grace is how long a test may take to notice that its time is up.
const grace = time.Second

// within returns what f returns, if that takes no longer than it may. Nothing
// interrupts a built-in function of JavaScript: one that runs on is left behind.
func within[T any](ctx context.Context, d time.Duration, f func() T) (T, error) {
	result := make(chan T, 1)
	go func() { result <- f() }()
	timer := time.NewTimer(d + grace)
	defer timer.Stop()
	var none T
	select {
	case v := <-result:
		return v, nil
	case <-ctx.Done():
		return none, cancelled("test")
	case <-timer.C:
		return none, &hostapi.Error{
			Code: hostapi.CodeTimeout, Message: "timed out inside a JavaScript built-in that cannot be interrupted",
			Hint: "usually catastrophic regex backtracking",
		}
	}
}

// open reads a file and finds its tests.
func (r *testRun) open(ctx context.Context, f *testFile) *testSuite {
	s := &testSuite{sources: make(map[string][]byte), err: f.err}
	if s.err == nil {
		s.err = s.compile(ctx, r.engine, f)
	}
	if s.err != nil {
		s.invalid = true
		return s
	}
	if s.suite.Tests == nil { // an add-on without tests
		return s
	}
	s.suite.Limits = r.limits
	tests, err := r.engine.FindTests(ctx, s.suite)
	if err != nil {
		s.err = err
		return s
	}
	s.found = len(tests)
	for i, test := range tests {
		if r.pattern == nil || r.pattern.MatchString(test.Name) {
			s.tests = append(s.tests, chosenTest{test, i})
		}
	}
	return s
}

func (s *testSuite) compile(ctx context.Context, engine *runtime.Engine, f *testFile) error {
	content, err := input.ReadText(f.path)
	if err != nil {
		return err
	}
	if f.script == "" {
		return s.compileAddon(ctx, engine, f.path, content)
	}
	if _, err := os.Stat(f.script); errors.Is(err, fs.ErrNotExist) {
		return usageError("test "+f.path, "there is no script "+f.script, "NAME"+taskfile.TestExtension+" tests the NAME.js beside it")
	}
	script, err := input.ReadText(f.script)
	if err != nil {
		return err
	}
	if s.suite.Script, err = s.part(ctx, engine, f.script, script); err != nil {
		return err
	}
	s.suite.Tests, err = s.part(ctx, engine, f.path, content)
	s.suite.Execute = !s.suite.Script.OnlyDeclares(mainFunction)
	return err
}

// part compiles one source of a suite.
func (s *testSuite) part(ctx context.Context, engine *runtime.Engine, path string, source []byte) (*runtime.Script, error) {
	if bytes.HasPrefix(source, []byte("\x00asm")) {
		return nil, usageError("test "+path, "only JavaScript can be tested", "")
	}
	s.sources[path] = source
	return engine.Compile(ctx, runtime.Source{Name: path, Code: source})
}

// compileAddon reads an add-on with its tests.
func (s *testSuite) compileAddon(ctx context.Context, engine *runtime.Engine, path string, content []byte) error {
	s.sources[path] = content
	definition, err := addon.Parse(path, content)
	if err != nil {
		return err
	}
	compiled, err := addon.Compile(ctx, engine, definition)
	if err != nil {
		return err
	}
	s.suite, _, err = compiled.Suite(ctx)
	return err
}
