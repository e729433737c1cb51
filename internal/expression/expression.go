// Package expression evaluates the expressions #{…} in the settings of an add-on.
// The package comment of addon has the language.
package expression

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/postern-dev/postern/hostapi"
)

// Bounds.
const (
	maxExpression = 10_000   // bytes of one expression
	maxNesting    = 50       // levels of one expression
	maxExpanded   = 16 << 20 // bytes of text that all expressions of a task produce
)

// Expand returns the text of a template: each expression in it is replaced by its value
// as text, and \#{ by #{.
//
// An error is a *[hostapi.Error]: of [hostapi.CodeConfig] with the position of the
// mistake, or of [hostapi.CodeLimit] if the expressions of the scope produce more than
// 16 MiB.
func (s *Scope) Expand(template string) (string, error) {
	var out strings.Builder
	for rest := template; ; {
		i := strings.Index(rest, "#{")
		if i < 0 {
			out.WriteString(rest)
			return out.String(), nil
		}
		if i > 0 && rest[i-1] == '\\' {
			out.WriteString(rest[:i-1] + "#{")
			rest = rest[i+2:]
			continue
		}
		out.WriteString(rest[:i])
		start := len(template) - len(rest) + i + 2
		text, length, err := s.evaluate(rest[i+2:])
		if err != nil {
			return "", at(template, start, err)
		}
		out.WriteString(text)
		rest = template[start+length:]
	}
}

// evaluate returns the value, as text, of the expression at the start of source, and the
// length of the expression including the closing brace.
func (s *Scope) evaluate(source string) (text string, length int, err error) {
	p := &parser{scope: s, lexer: lexer{source: source}}
	e, err := p.template()
	if err != nil {
		return "", 0, err
	}
	v, err := e(s)
	if err == nil {
		text, err = s.textOf(v)
	}
	return text, p.token.end, err
}

// positionError is a mistake at an offset of an expression.
type positionError struct {
	offset        int // in bytes; negative: not known yet, see located
	message, hint string
}

func (e *positionError) Error() string { return e.message }

// at returns err, an error of the expression that begins at start, with its position in
// the template.
func at(template string, start int, err error) error {
	e, ok := errors.AsType[*positionError](err)
	if !ok {
		return err
	}
	before := template[:min(start+max(e.offset, 0), len(template))]
	where := ""
	if lines := strings.Count(before, "\n"); lines > 0 {
		where = fmt.Sprintf("line %d, ", lines+1)
		before = before[strings.LastIndexByte(before, '\n')+1:]
	}
	return &hostapi.Error{
		Code: hostapi.CodeConfig, Hint: e.hint,
		Message: fmt.Sprintf("expression at %scharacter %d: %s", where, utf8.RuneCountInString(before)+1, e.message),
	}
}
