package cli

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/taskfile"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/runtime"
)

// testReport is what became of the tests of one file.
type testReport struct {
	path    string
	sources map[string][]byte // by the names that errors call them
	cases   []testCase
	found   int   // tests in the file, those that --run leaves out included
	err     error // why the file could not be tested
	invalid bool  // because the file is invalid
	begun   bool  // false if Ctrl-C came first
	chosen  bool  // --run chose the tests
}

// testCase is what became of one test.
type testCase struct {
	name   string
	file   string
	line   int
	result *runtime.TestResult // nil if Ctrl-C came first
}

// report returns what there is to tell of a file.
func (r *testRun) report(ctx context.Context, f *testFile) *testReport {
	r.mu.Lock()
	defer r.mu.Unlock()
	report := &testReport{path: f.path, chosen: r.pattern != nil}
	if f.state != testLoaded || ctx.Err() != nil && hostapi.CodeOf(f.suite.err) == hostapi.CodeCanceled {
		return report
	}
	s := f.suite
	report.sources, report.found, report.err, report.invalid, report.begun = s.sources, s.found, s.err, s.invalid, true
	for i, test := range s.tests {
		report.cases = append(report.cases, testCase{test.Name, s.suite.Tests.Name(), test.Line, f.results[i]})
	}
	return report
}

// testCounts are numbers of tests.
type testCounts struct {
	passed, failed int
	unasserted     int // passed, and looked at nothing
	missing        int // not run: Ctrl-C came first
	wall           time.Duration
}

func (r *testReport) counts() testCounts {
	var n testCounts
	for _, c := range r.cases {
		switch {
		case c.result == nil:
			n.missing++
			continue
		case c.result.Err != nil:
			n.failed++
		default:
			n.passed++
			if c.result.Assertions == 0 {
				n.unasserted++
			}
		}
		n.wall += c.result.Wall
	}
	if r.err != nil {
		n.failed++
	}
	return n
}

// tells reports whether anything was done with the file: Ctrl-C may have come first,
// or --run choose none of its tests.
func (r *testReport) tells() bool {
	return r.begun && (r.err != nil || len(r.cases) > 0 || !r.chosen)
}

// verdictWidth is the room for the longest verdict on a file or test.
const verdictWidth = 4

// text returns the report for people; nothing if there is nothing to tell.
func (r *testReport) text(verbose bool) []byte {
	if !r.tells() {
		return nil
	}
	var b bytes.Buffer
	line := func(verdict, rest string) {
		fmt.Fprintf(&b, "%-*s %s  %s\n", verdictWidth, verdict, terminal.Escape(r.path), rest)
	}
	n := r.counts()
	switch {
	case r.err != nil:
		line("FAIL", "cannot be tested")
		b.WriteString(indentAll(r.explain(r.err), "     "))
		return b.Bytes()
	case r.found == 0:
		line("?", "no tests")
		return b.Bytes()
	case n.failed > 0:
		line("FAIL", n.text())
	case n.missing > 0:
		line("?", n.text())
	default:
		line("ok", n.text())
	}
	for _, c := range r.cases {
		b.WriteString(r.caseText(&c, verbose))
	}
	return b.Bytes()
}

// text returns the numbers that are not zero: "11 passed, 1 failed (34ms)".
func (n testCounts) text() string {
	parts := []string{fmt.Sprintf("%d passed", n.passed)}
	if n.failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", n.failed))
	}
	if n.missing > 0 {
		parts = append(parts, fmt.Sprintf("%d not run", n.missing))
	}
	text := strings.Join(parts, ", ") + " (" + shortTime(n.wall) + ")"
	if n.unasserted > 0 {
		text += ", " + plural(n.unasserted, "asserts nothing", "assert nothing")
	}
	return text
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// shortTime returns d with at most three or four digits.
func shortTime(d time.Duration) string {
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d >= 10*time.Millisecond:
		return d.Round(time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(time.Millisecond / 10).String()
	}
	return d.Round(time.Microsecond).String()
}

// caseText returns what there is to tell of a test: all of one that failed.
func (r *testReport) caseText(c *testCase, verbose bool) string {
	const inner = "       "
	switch {
	case c.result == nil || c.result.Err == nil && !verbose && len(c.result.Warnings) == 0:
		return ""
	case c.result.Err == nil && !verbose:
		return fmt.Sprintf("     ok   %s (%s)\n%s", terminal.Escape(c.name), shortTime(c.result.Wall), indentAll(warningText(c.result), inner))
	case c.result.Err == nil:
		text := fmt.Sprintf("     ok   %s (%s)", terminal.Escape(c.name), shortTime(c.result.Wall))
		if c.result.Assertions == 0 {
			text += ", asserts nothing"
		}
		return text + "\n" + indentAll(warningText(c.result)+logTail(c.result.Logs, verbose), inner)
	}
	text := r.failureText(c) + warningText(c.result) + logTail(c.result.Logs, verbose)
	return fmt.Sprintf("     FAIL %s (%s)\n%s", terminal.Escape(c.name), shortTime(c.result.Wall), indentAll(text, inner))
}

// warningText tells what the test let pass and a run would not.
func warningText(result *runtime.TestResult) string {
	var b strings.Builder
	for _, warning := range result.Warnings {
		b.WriteString("warning: " + terminal.Escape(warning) + "\n")
	}
	return b.String()
}

// failureText tells why a test failed, and where.
func (r *testReport) failureText(c *testCase) string {
	err := c.result.Err
	if e, ok := asHost(err); ok && c.result.Mismatch != nil { // which shows the values better than the message
		short := *e
		short.Message, err = terminal.Head(e.Message, mostDiffWidth), &short
	}
	text := r.explain(err)
	if e, ok := asHost(c.result.Err); !ok || e.File == "" {
		text = fmt.Sprintf("%s:%d: %s", terminal.Escape(c.file), c.line, text)
	}
	if m := c.result.Mismatch; m != nil {
		text += mismatchText(m)
	}
	return text
}

// explain returns an error with its place, the line there, and what to do.
func (r *testReport) explain(err error) string {
	e, ok := asHost(err)
	if !ok {
		return terminal.Escape(err.Error()) + "\n"
	}
	text := terminal.Escape(place(e)+err.Error()) + "\n"
	if source, ok := r.sources[e.File]; ok {
		text += terminal.Excerpt(source, e.Line, e.Column)
	}
	if h := hint(e); h != "" {
		text += "hint: " + terminal.Escape(h) + "\n"
	}
	return text
}

// mostLogLines is how many lines that a failed test logged are shown.
const mostLogLines = 20

// logTail returns the last lines of a log, all of them if verbose.
func logTail(logs []runtime.Log, verbose bool) string {
	var b strings.Builder
	if left := len(logs) - mostLogLines; left > 0 && !verbose {
		fmt.Fprintf(&b, "log: … %s before; --verbose shows all\n", plural(left, "line", "lines"))
		logs = logs[left:]
	}
	for _, l := range logs {
		b.WriteString(logText(&l) + "\n")
	}
	return b.String()
}

// indentAll puts by in front of every line of text but empty ones.
func indentAll(text, by string) string {
	if text == "" || text[0] == '\n' {
		return indent(text, by)
	}
	return by + indent(text, by)
}

// testSummary counts what became of the tests of all files.
type testSummary struct {
	testCounts
	found, chosen int
	invalid       bool // a file is invalid
}

func summarize(reports []*testReport) testSummary {
	var s testSummary
	for _, r := range reports {
		n := r.counts()
		s.passed += n.passed
		s.failed += n.failed
		s.missing += n.missing
		s.found += r.found
		s.chosen += len(r.cases)
		s.invalid = s.invalid || r.invalid
	}
	return s
}

func (s *testSummary) text() string { return fmt.Sprintf("%d passed, %d failed\n", s.passed, s.failed) }

// verdict returns the error of a run that did not go well.
func (s *testSummary) verdict(ctx context.Context, pattern string) error {
	switch {
	case ctx.Err() != nil:
		return cancelled("test")
	case s.invalid:
		return statusError(statusConfig)
	case s.failed > 0:
		return statusError(statusScript)
	case s.found == 0:
		return usageError("test", "there are no tests", "a test is test('what it shows', () => { … }) in the <test> of an add-on or in NAME"+taskfile.TestExtension)
	case s.chosen == 0:
		return usageError("--run", fmt.Sprintf("%q matches no test", pattern), "--verbose without --run lists the tests")
	}
	return nil
}
