// Package report says what came of a run: its data, its logs and its failure, as JSON for
// programs and as text for a terminal.
package report

import (
	"errors"
	"fmt"
	"strings"

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
	Code       hostapi.Code    `json:"code"`
	Message    string          `json:"message"`
	Hint       string          `json:"hint,omitempty"`
	File       string          `json:"file,omitempty"`
	Line       int             `json:"line,omitempty"`
	Column     int             `json:"column,omitempty"`
	Stack      []hostapi.Frame `json:"stack,omitempty"`
	Thrown     any             `json:"thrown,omitempty"`
	Temporary  bool            `json:"temporary,omitempty"`
	RetryAfter float64         `json:"retry_after_ms,omitempty"`
	More       []*Failure      `json:"more,omitempty"` // further ones, such as syntax errors
}

// NewFailure returns err as JSON: the first of several that are joined, with the others.
func NewFailure(err error, hint Hint) *Failure {
	if joined, ok := err.(interface{ Unwrap() []error }); ok && len(joined.Unwrap()) > 0 { // wrapped, it has a place
		all := joined.Unwrap()
		first := NewFailure(all[0], hint)
		for _, err := range all[1:] {
			first.More = append(first.More, NewFailure(err, hint))
		}
		return first
	}
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		f := &Failure{
			Code: e.Code, Message: e.Error(), Hint: hint.of(e), File: e.File, Line: e.Line, Column: e.Column,
			Thrown: e.Thrown, Temporary: e.Temporary(), RetryAfter: Milliseconds(e.RetryAfter),
		}
		if len(e.Stack) > 1 { // one call is the position
			f.Stack = e.Stack
		}
		return f
	}
	return &Failure{Code: hostapi.CodeOf(err), Message: err.Error()}
}

// Explain returns err in lines for a terminal: its place and message, the line of the
// source there with a caret, and what to do. Sources has, by file name, the texts whose
// lines may be shown. Several errors that are joined are explained one after another.
func Explain(err error, sources map[string][]byte, hint Hint) string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok { // as above
		var all strings.Builder
		for _, err := range joined.Unwrap() {
			all.WriteString(Explain(err, sources, hint))
		}
		return all.String()
	}
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
