package testrun

import (
	"encoding/xml"
	"fmt"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/report"
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

// JUnit returns the reports as JUnit's XML.
func (f *Format) JUnit(reports []*Report) ([]byte, error) {
	all := junitSuites{Suites: []junitSuite{}}
	var wall time.Duration
	for _, r := range reports {
		if !r.tells() {
			continue
		}
		s := f.junitSuite(r)
		wall += r.Counts().Wall
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Skipped += s.Skipped
		all.Suites = append(all.Suites, s)
	}
	all.Time = seconds(wall)
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil, &hostapi.Error{Code: hostapi.CodeInternal, Op: "write XML", Cause: err}
	}
	return []byte(xml.Header + string(text) + "\n"), nil
}

func (f *Format) junitSuite(r *Report) junitSuite {
	n := r.Counts()
	s := junitSuite{Name: terminal.Escape(r.Path), Tests: len(r.Cases), Skipped: n.NotRun, Time: seconds(n.Wall)}
	if r.Err != nil { // the readers count cases alone
		s.Tests, s.Errors = 1, 1
		s.Cases = []junitCase{{
			Name: "the file can be tested", ClassName: s.Name, File: s.Name, Time: seconds(0),
			Error: &junitFailure{Message: terminal.Escape(r.Err.Error()), Type: string(report.NewFailure(r.Err, nil).Code), Text: f.explain(r, r.Err)},
		}}
		return s
	}
	s.Failures = n.Failed
	for i := range r.Cases {
		s.Cases = append(s.Cases, f.junitCase(r, &r.Cases[i]))
	}
	return s
}

func (f *Format) junitCase(r *Report, c *Case) junitCase {
	out := junitCase{Name: terminal.Escape(c.Name), ClassName: terminal.Escape(r.Path), File: terminal.Escape(c.File), Line: c.Line, Time: seconds(0)}
	if c.Result == nil {
		out.Skipped = &struct{}{}
		return out
	}
	out.Time = seconds(c.Result.Wall)
	if log := logText(c.Result.Logs); log != "" {
		out.Output = &junitOutput{log}
	}
	if err := c.Result.Err; err != nil {
		out.Failure = &junitFailure{Message: terminal.Escape(err.Error()), Type: string(report.NewFailure(err, nil).Code), Text: f.failureText(r, c)}
	}
	return out
}

// seconds returns d as JUnit's XML has it.
func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
