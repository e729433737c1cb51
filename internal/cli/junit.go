package cli

import (
	"encoding/xml"
	"fmt"
	"time"

	"github.com/postern-dev/postern/internal/atomicfile"
	"github.com/postern-dev/postern/internal/input"
	"github.com/postern-dev/postern/internal/terminal"
)

// JUnit's XML as the tools that read it agree on it. Times are in seconds.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		ClassName string        `xml:"classname,attr"`
		File      string        `xml:"file,attr"`
		Line      int           `xml:"line,attr,omitempty"`
		Time      string        `xml:"time,attr"`
		Failure   *junitFailure `xml:"failure"`
		Error     *junitFailure `xml:"error"`
		Skipped   *struct{}     `xml:"skipped"`
		Output    *junitOutput  `xml:"system-out"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",cdata"` // of visible characters, as everything here is
	}
	junitOutput struct {
		Text string `xml:",cdata"`
	}
)

// stdoutName is what a flag that names a file to write has for stdout.
const stdoutName = "-"

// writeJUnit writes the reports to a file, or to stdout.
func (a *app) writeJUnit(path string, reports []*testReport) error {
	all := junitSuites{Suites: []junitSuite{}}
	var wall time.Duration
	for _, r := range reports {
		if !r.tells() {
			continue
		}
		s := r.junit()
		wall += r.counts().wall
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Skipped += s.Skipped
		all.Suites = append(all.Suites, s)
	}
	all.Time = seconds(wall)
	text, err := xml.MarshalIndent(all, "", "  ")
	if err == nil {
		text = []byte(xml.Header + string(text) + "\n")
		if path == stdoutName {
			return a.out.write(text)
		}
		err = atomicfile.Write(path, text, 0o644)
	}
	if err != nil {
		return usageError("write "+path, input.Reason(err), "--junit says where")
	}
	return nil
}

func (r *testReport) junit() junitSuite {
	n := r.counts()
	s := junitSuite{Name: terminal.Escape(r.path), Tests: len(r.cases), Skipped: n.missing, Time: seconds(n.wall)}
	if r.err != nil { // the readers count cases alone
		s.Tests, s.Errors = 1, 1
		s.Cases = []junitCase{{
			Name: "the file can be tested", ClassName: s.Name, File: s.Name, Time: seconds(0),
			Error: &junitFailure{Message: terminal.Escape(r.err.Error()), Type: string(newFailure(r.err).Code), Text: r.explain(r.err)},
		}}
		return s
	}
	s.Failures = n.failed
	for i := range r.cases {
		s.Cases = append(s.Cases, r.junitCase(&r.cases[i]))
	}
	return s
}

func (r *testReport) junitCase(c *testCase) junitCase {
	out := junitCase{Name: terminal.Escape(c.name), ClassName: terminal.Escape(r.path), File: terminal.Escape(c.file), Line: c.line, Time: seconds(0)}
	if c.result == nil {
		out.Skipped = &struct{}{}
		return out
	}
	out.Time = seconds(c.result.Wall)
	if log := logTail(c.result.Logs, true); log != "" {
		out.Output = &junitOutput{log}
	}
	if err := c.result.Err; err != nil {
		out.Failure = &junitFailure{Message: terminal.Escape(err.Error()), Type: string(newFailure(err).Code), Text: r.failureText(c)}
	}
	return out
}

// seconds returns d as JUnit's XML has it.
func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
