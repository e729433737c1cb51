package testrun

import (
	"github.com/postern-dev/postern/internal/report"
	"github.com/postern-dev/postern/runtime"
)

// What [Format.JSON] returns.
type (
	runJSON struct {
		Files  []fileJSON `json:"files"`
		Passed int        `json:"passed"`
		Failed int        `json:"failed"`
		NotRun int        `json:"not_run,omitempty"` // it was cancelled first
	}
	fileJSON struct {
		File   string          `json:"file"`
		Passed int             `json:"passed"`
		Failed int             `json:"failed"`
		Tests  []caseJSON      `json:"tests"`
		Error  *report.Failure `json:"error,omitempty"` // the file could not be tested
	}
	caseJSON struct {
		Name       string          `json:"name"`
		File       string          `json:"file"`
		Line       int             `json:"line"`
		Passed     bool            `json:"passed"`
		Message    string          `json:"message,omitempty"` // why it failed
		Expected   *string         `json:"expected,omitempty"`
		Actual     *string         `json:"actual,omitempty"`
		Assertions int             `json:"assertions"`
		Wall       float64         `json:"wall_ms"`
		Logs       []runtime.Log   `json:"logs"`
		Warnings   []string        `json:"warnings,omitempty"` // what a run would not let pass
		Error      *report.Failure `json:"error,omitempty"`    // the failure with its code and place
	}
)

// JSON returns the reports for [report.Marshal].
func (f *Format) JSON(reports []*Report) any {
	s := Summarize(reports)
	out := runJSON{Files: []fileJSON{}, Passed: s.Passed, Failed: s.Failed, NotRun: s.NotRun}
	for _, r := range reports {
		if !r.tells() {
			continue
		}
		n := r.Counts()
		file := fileJSON{File: r.Path, Passed: n.Passed, Failed: n.Failed, Tests: []caseJSON{}}
		if r.Err != nil {
			file.Error = report.NewFailure(r.Err, f.Hint)
		}
		for _, c := range r.Cases {
			if c.Result != nil {
				file.Tests = append(file.Tests, f.caseJSON(&c))
			}
		}
		out.Files = append(out.Files, file)
	}
	return out
}

func (f *Format) caseJSON(c *Case) caseJSON {
	out := caseJSON{
		Name: c.Name, File: c.File, Line: c.Line, Passed: c.Result.Err == nil,
		Assertions: c.Result.Assertions, Wall: report.Milliseconds(c.Result.Wall), Logs: c.Result.Logs, Warnings: c.Result.Warnings,
	}
	if out.Logs == nil {
		out.Logs = []runtime.Log{}
	}
	if err := c.Result.Err; err != nil {
		out.Error = report.NewFailure(err, f.Hint)
		out.Message = out.Error.Message
	}
	if m := c.Result.Mismatch; m != nil {
		out.Expected, out.Actual = &m.Expected, &m.Actual
	}
	return out
}
