package addon

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/postern-dev/postern/hostapi"
)

// A setting whose config allows it is a template: text with expressions in it, as
// the package comment tells.
const (
	maxExpression = 10_000   // bytes of one expression
	maxNesting    = 50       // of one in itself
	maxExpanded   = 16 << 20 // bytes of text that all expressions of a task make
)

// expand returns the text of a template.
func (s *scope) expand(template string) (string, error) {
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

// evaluate returns the text of the expression that source begins with, and the
// length of it with the closing brace.
func (s *scope) evaluate(source string) (text string, length int, err error) {
	p := &expressionParser{scope: s, lexer: lexer{source: source}}
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

// expressionError is a mistake at an offset of an expression.
type expressionError struct {
	offset        int
	message, hint string
}

func (e *expressionError) Error() string { return e.message }

// at says where in the template the expression is that begins at start and failed
// with err.
func at(template string, start int, err error) error {
	e, ok := errors.AsType[*expressionError](err)
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
