package testrun

import (
	"context"
	"fmt"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// Report is what became of the tests of one file.
type Report struct {
	Path    string
	Cases   []Case
	Found   int   // tests in the file, those that Run.Pattern leaves out included
	Err     error // why the file could not be tested
	Invalid bool  // Err is because the file is invalid, and not because of what it does

	sources map[string][]byte // by the names that errors call them
	begun   bool              // false if ctx ended first
	chosen  bool              // Run.Pattern chose the tests
}

// Case is what became of one test.
type Case struct {
	Name   string
	File   string
	Line   int
	Result *runtime.TestResult // nil if ctx ended first
}

// report returns what there is to tell of a file.
func (r *Run) report(ctx context.Context, f *File) *Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := &Report{Path: f.path, chosen: r.Pattern != nil}
	if f.state != stateLoaded || ctx.Err() != nil && hostapi.CodeOf(f.suite.err) == hostapi.CodeCanceled {
		return out
	}
	s := f.suite
	out.sources, out.Found, out.Err, out.Invalid, out.begun = s.sources, s.found, s.err, s.invalid, true
	for i, test := range s.tests {
		out.Cases = append(out.Cases, Case{test.Name, s.Tests.Name(), test.Line, f.results[i]})
	}
	return out
}

// Counts are numbers of tests.
type Counts struct {
	Passed, Failed int // a file that cannot be tested is one that failed
	Unasserted     int // passed, and looked at nothing
	NotRun         int // ctx ended first
	Wall           time.Duration
}

// Counts counts the tests of the file.
func (r *Report) Counts() Counts {
	var n Counts
	for _, c := range r.Cases {
		switch {
		case c.Result == nil:
			n.NotRun++
			continue
		case c.Result.Err != nil:
			n.Failed++
		default:
			n.Passed++
			if c.Result.Assertions == 0 {
				n.Unasserted++
			}
		}
		n.Wall += c.Result.Wall
	}
	if r.Err != nil {
		n.Failed++
	}
	return n
}

// tells reports whether anything was done with the file: Ctrl-C may have come first,
// or --run choose none of its tests.
func (r *Report) tells() bool {
	return r.begun && (r.Err != nil || len(r.Cases) > 0 || !r.chosen)
}

// Summary counts what became of the tests of all files.
type Summary struct {
	Counts

	Found, Chosen int  // tests in the files, and those of them that Run.Pattern chose
	Invalid       bool // a file is invalid
}

// Summarize returns the summary of reports.
func Summarize(reports []*Report) Summary {
	var s Summary
	for _, r := range reports {
		n := r.Counts()
		s.Passed += n.Passed
		s.Failed += n.Failed
		s.NotRun += n.NotRun
		s.Wall += n.Wall
		s.Found += r.Found
		s.Chosen += len(r.Cases)
		s.Invalid = s.Invalid || r.Invalid
	}
	return s
}

// Text returns the line that ends a report as text.
func (s *Summary) Text() string { return fmt.Sprintf("%d passed, %d failed\n", s.Passed, s.Failed) }
