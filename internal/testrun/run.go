// Package testrun runs the tests of scripts and add-ons, and reports on them as text, JSON
// or JUnit's XML.
package testrun

import (
	"context"
	"fmt"
	"regexp"
	"sync"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/runtime"
)

// state says how far a file has come.
type state int

const (
	stateWaiting state = iota
	stateLoading
	stateLoaded
)

// Run runs the tests of files, once. Its workers share all tests; they take them in
// order, so that the first files end first.
type Run struct {
	Engine  *runtime.Engine
	Limits  hostapi.Limits // of each test
	Pattern *regexp.Regexp // of the names of the tests to run; nil: every test

	mu      sync.Mutex
	changed sync.Cond // a file has been loaded, or the run has ended
	files   []*File
	first   int // files before it leave nothing to begin
	over    bool
}

// Do runs the tests of files, n at once, and calls each with the report on each file, in
// order, as soon as there is one. When ctx ends it reports at once on what there is. It
// shows on p, which may be nil, what is being waited for. The error is that of each.
func (r *Run) Do(ctx context.Context, files []*File, n int, p *terminal.Progress, each func(*Report) error) error {
	r.files, r.changed.L = files, &r.mu
	defer r.stop()
	defer context.AfterFunc(ctx, r.stop)()
	for _, f := range r.files {
		f.done = make(chan struct{})
	}
	for range n {
		go r.work(ctx)
	}
	for i, f := range r.files {
		p.Await(ctx, f.done, func() string {
			return fmt.Sprintf("%s (%s left)", f.path, report.Plural(len(r.files)-i, "file", "files"))
		})
		if err := each(r.report(ctx, f)); err != nil {
			return err
		}
	}
	return nil
}

// stop keeps workers from beginning anything more.
func (r *Run) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	r.changed.Broadcast()
}

func (r *Run) work(ctx context.Context) {
	for job := r.next(ctx); job != nil; job = r.next(ctx) {
		job()
	}
}

// next returns the first thing that can be done now. It waits if something is
// being loaded that may bring more, and returns nil if nothing is left.
func (r *Run) next(ctx context.Context) func() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for !r.over {
		for r.first < len(r.files) && r.files[r.first].exhausted() {
			r.first++
		}
		loading := false
		for _, f := range r.files[r.first:] {
			switch {
			case f.state == stateWaiting:
				f.state = stateLoading
				return func() { r.load(ctx, f) }
			case f.state == stateLoading:
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

func (f *File) exhausted() bool {
	return f.state == stateLoaded && f.begun == len(f.suite.tests)
}

// load reads a file and finds its tests.
func (r *Run) load(ctx context.Context, f *File) {
	s, err := limit.Await(ctx, "", r.time(), func() (*suite, error) { return r.open(ctx, f), nil })
	if err != nil {
		s = &suite{err: err}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f.suite, f.state, f.results = s, stateLoaded, make([]*runtime.TestResult, len(s.tests))
	if len(s.tests) == 0 {
		close(f.done)
	}
	r.changed.Broadcast()
}

// test runs one test of a file.
func (r *Run) test(ctx context.Context, f *File, i int) {
	result, err := limit.Await(ctx, "", r.time(), func() (*runtime.TestResult, error) {
		result, err := r.Engine.RunTest(ctx, f.suite.Suite, f.suite.tests[i].index)
		if err != nil { // it could be loaded before
			result.Err = err
		}
		return result, nil
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
func (r *Run) time() time.Duration { return r.Limits.Within(r.Engine.Limits()).Time }

func configError(op, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeConfig, Op: op, Message: message, Hint: hint}
}

func cancelled() error {
	return &hostapi.Error{Code: hostapi.CodeCanceled, Op: "test", Message: "was cancelled"}
}
