package httpstep_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/httpstep"
	"github.com/postern-dev/postern/internal/stricttoml"
)

// An error of a run has the place of the key that it is about.
func TestLocate(t *testing.T) {
	t.Parallel()
	const file = `[request]
url = "https://a.test/{q_id}"
success = 201
[request.paging]
items = "/items"
into = "q_text"
link = true
[request.data]
q_number = { status = true }
q_day = "/day"
`
	doc, top := stricttoml.Parse("step.toml", []byte(file), false)
	step := httpstep.Parse(top.Table("request"), items())
	if err := doc.Err(); err != nil {
		t.Fatal(err)
	}
	code := strings.Split(string(step.JavaScript("step.toml")), "\n")
	for text, want := range map[string]int{".get(url)": 2, "let url =": 2, "the server answered": 3, "more than 100 pages": 4, `"q_number"`: 9, `"q_day"`: 10, "const list": 4, `"q_text"`: 4} {
		line := 1 + slices.IndexFunc(code, func(line string) bool { return strings.Contains(line, text) })
		err := step.Locate(&hostapi.Error{Message: "m", File: "s", Line: 1, Stack: []hostapi.Frame{{File: "s", Line: 1}, {File: "other", Line: 2}, {File: "s", Line: line}}}, "s")
		e, ok := errors.AsType[*hostapi.Error](err)
		if !ok || e.File != "step.toml" || e.Line != want || e.Column == 0 || e.Message != "m" || e.Stack != nil {
			t.Errorf("%s: %+v, want line %d", text, e, want)
		}
	}
	for _, err := range []error{nil, io.EOF, &hostapi.Error{File: "other", Line: 1}} {
		if got := step.Locate(err, "s"); got != err { //nolint:errorlint // the same error
			t.Errorf("%v became %v", err, got)
		}
	}
}
