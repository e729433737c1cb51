package cli

import "github.com/postern-dev/postern/runtime"

// What test --json prints.
type (
	testOutcome struct {
		Files  []fileOutcome `json:"files"`
		Passed int           `json:"passed"`
		Failed int           `json:"failed"`
		NotRun int           `json:"not_run,omitempty"` // Ctrl-C came first
	}
	fileOutcome struct {
		File   string        `json:"file"`
		Passed int           `json:"passed"`
		Failed int           `json:"failed"`
		Tests  []caseOutcome `json:"tests"`
		Error  *failure      `json:"error,omitempty"` // the file could not be tested
	}
	caseOutcome struct {
		Name       string        `json:"name"`
		File       string        `json:"file"`
		Line       int           `json:"line"`
		Passed     bool          `json:"passed"`
		Message    string        `json:"message,omitempty"` // why it failed
		Expected   *string       `json:"expected,omitempty"`
		Actual     *string       `json:"actual,omitempty"`
		Assertions int           `json:"assertions"`
		Wall       float64       `json:"wall_ms"`
		Logs       []runtime.Log `json:"logs"`
		Warnings   []string      `json:"warnings,omitempty"` // what a run would not let pass
		Error      *failure      `json:"error,omitempty"`    // the failure with its code and place
	}
)

func jsonReport(reports []*testReport, s testSummary) testOutcome {
	out := testOutcome{Files: []fileOutcome{}, Passed: s.passed, Failed: s.failed, NotRun: s.missing}
	for _, r := range reports {
		if !r.tells() {
			continue
		}
		n := r.counts()
		file := fileOutcome{File: r.path, Passed: n.passed, Failed: n.failed, Tests: []caseOutcome{}}
		if r.err != nil {
			file.Error = newFailure(r.err)
		}
		for _, c := range r.cases {
			if c.result != nil {
				file.Tests = append(file.Tests, c.outcome())
			}
		}
		out.Files = append(out.Files, file)
	}
	return out
}

func (c *testCase) outcome() caseOutcome {
	out := caseOutcome{
		Name: c.name, File: c.file, Line: c.line, Passed: c.result.Err == nil,
		Assertions: c.result.Assertions, Wall: milliseconds(c.result.Wall), Logs: c.result.Logs, Warnings: c.result.Warnings,
	}
	if out.Logs == nil {
		out.Logs = []runtime.Log{}
	}
	if err := c.result.Err; err != nil {
		out.Error = newFailure(err)
		out.Message = out.Error.Message
	}
	if m := c.result.Mismatch; m != nil {
		out.Expected, out.Actual = &m.Expected, &m.Actual
	}
	return out
}
