package testrun

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/internal/terminal"
	"github.com/postern-dev/postern/runtime"
)

// Format is how reports are written.
type Format struct {
	Verbose bool        // tests that pass are listed as well, with all that any test logged
	Hint    report.Hint // of errors
	AllLogs string      // how the user has all lines of a log shown, such as "--verbose shows all"; "": not told
}

// verdictWidth is the room for the longest verdict on a file or test.
const verdictWidth = 4

// mostLogLines is how many lines that a failed test logged are shown.
const mostLogLines = 20

// Text returns a report for a terminal; nothing if there is nothing to tell.
func (f *Format) Text(r *Report) []byte {
	if !r.tells() {
		return nil
	}
	var b bytes.Buffer
	line := func(verdict, rest string) {
		fmt.Fprintf(&b, "%-*s %s  %s\n", verdictWidth, verdict, terminal.Escape(r.Path), rest)
	}
	n := r.Counts()
	switch {
	case r.Err != nil:
		line("FAIL", "cannot be tested")
		b.WriteString(report.Indent(f.explain(r, r.Err), "     "))
		return b.Bytes()
	case r.Found == 0:
		line("?", "no tests")
		return b.Bytes()
	case n.Failed > 0:
		line("FAIL", n.text())
	case n.NotRun > 0:
		line("?", n.text())
	default:
		line("ok", n.text())
	}
	for _, c := range r.Cases {
		b.WriteString(f.caseText(r, &c))
	}
	return b.Bytes()
}

// text returns the numbers that are not zero: "11 passed, 1 failed (34ms)".
func (n Counts) text() string {
	parts := []string{fmt.Sprintf("%d passed", n.Passed)}
	if n.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", n.Failed))
	}
	if n.NotRun > 0 {
		parts = append(parts, fmt.Sprintf("%d not run", n.NotRun))
	}
	text := strings.Join(parts, ", ") + " (" + shortTime(n.Wall) + ")"
	if n.Unasserted > 0 {
		text += ", " + report.Plural(n.Unasserted, "asserts nothing", "assert nothing")
	}
	return text
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
func (f *Format) caseText(r *Report, c *Case) string {
	const inner = "       "
	switch {
	case c.Result == nil || c.Result.Err == nil && !f.Verbose && len(c.Result.Warnings) == 0:
		return ""
	case c.Result.Err == nil && !f.Verbose:
		return fmt.Sprintf("     ok   %s (%s)\n%s", terminal.Escape(c.Name), shortTime(c.Result.Wall), report.Indent(warningText(c.Result), inner))
	case c.Result.Err == nil:
		text := fmt.Sprintf("     ok   %s (%s)", terminal.Escape(c.Name), shortTime(c.Result.Wall))
		if c.Result.Assertions == 0 {
			text += ", asserts nothing"
		}
		return text + "\n" + report.Indent(warningText(c.Result)+f.logTail(c.Result.Logs), inner)
	}
	text := f.failureText(r, c) + warningText(c.Result) + f.logTail(c.Result.Logs)
	return fmt.Sprintf("     FAIL %s (%s)\n%s", terminal.Escape(c.Name), shortTime(c.Result.Wall), report.Indent(text, inner))
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
func (f *Format) failureText(r *Report, c *Case) string {
	err := c.Result.Err
	if e, ok := errors.AsType[*hostapi.Error](err); ok && c.Result.Mismatch != nil { // which shows the values better than the message
		short := *e
		short.Message, err = terminal.Head(e.Message, mostDiffWidth), &short
	}
	text := f.explain(r, err)
	if e, ok := errors.AsType[*hostapi.Error](c.Result.Err); !ok || e.File == "" {
		text = fmt.Sprintf("%s:%d: %s", terminal.Escape(c.File), c.Line, text)
	}
	if m := c.Result.Mismatch; m != nil {
		text += mismatchText(m)
	}
	return text
}

func (f *Format) explain(r *Report, err error) string { return report.Explain(err, r.sources, f.Hint) }

// logTail returns the last lines of a log, or all of them.
func (f *Format) logTail(logs []runtime.Log) string {
	left := len(logs) - mostLogLines
	if left <= 0 || f.Verbose {
		return logText(logs)
	}
	before := "log: … " + report.Plural(left, "line", "lines") + " before"
	if f.AllLogs != "" {
		before += "; " + f.AllLogs
	}
	return before + "\n" + logText(logs[left:])
}

func logText(logs []runtime.Log) string {
	var b strings.Builder
	for _, l := range logs {
		b.WriteString(report.Log(&l) + "\n")
	}
	return b.String()
}
