// Package report says what came of a run: its data, its logs and its failure, as JSON for
// programs and as text for a terminal.
package report

import (
	"errors"
	"fmt"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/terminal"
)

// Hint returns what to do about an error, in the words of the program that reports it.
// A nil Hint is the error's own.
type Hint func(*hostapi.Error) string

func (h Hint) of(e *hostapi.Error) string {
	if h == nil {
		return e.Hint
	}
	return h(e)
}

// Failure is an error as JSON.
type Failure struct {
	Code    hostapi.Code `json:"code"`
	Message string       `json:"message"`
	Hint    string       `json:"hint,omitempty"`
	File    string       `json:"file,omitempty"`
	Line    int          `json:"line,omitempty"`
	Column  int          `json:"column,omitempty"`
}

// NewFailure returns err as JSON.
func NewFailure(err error, hint Hint) *Failure {
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		return &Failure{Code: e.Code, Message: e.Error(), Hint: hint.of(e), File: e.File, Line: e.Line, Column: e.Column}
	}
	return &Failure{Code: hostapi.CodeOf(err), Message: err.Error()}
}

// Explain returns err in lines for a terminal: its place and message, the line of the
// source there with a caret, and what to do. Sources has, by file name, the texts whose
// lines may be shown.
func Explain(err error, sources map[string][]byte, hint Hint) string {
	text := Summary(err) + "\n"
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		return text
	}
	if source, ok := sources[e.File]; ok {
		text += terminal.Excerpt(source, e.Line, e.Column)
	}
	if h := hint.of(e); h != "" {
		text += "hint: " + terminal.Escape(h) + "\n"
	}
	return text
}

// Summary returns err as one line for a terminal, "file:line:column: message". A place
// that is not known is left out.
func Summary(err error) string { return terminal.Escape(place(err) + err.Error()) }

func place(err error) string {
	e, ok := errors.AsType[*hostapi.Error](err)
	switch {
	case !ok || e.File == "":
		return ""
	case e.Line == 0:
		return e.File + ": "
	case e.Column == 0:
		return fmt.Sprintf("%s:%d: ", e.File, e.Line)
	}
	return fmt.Sprintf("%s:%d:%d: ", e.File, e.Line, e.Column)
}
