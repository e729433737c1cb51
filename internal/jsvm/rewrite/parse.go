package rewrite

import (
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/unistring"
)

// ParseFunction is the name of a global function that replaces JSON.parse in scripts that
// use nothing else of JSON: goja makes all functions of JSON when the name is first used,
// which takes as long as parsing the response of an API.
const ParseFunction = string(parseName)

const jsonID unistring.String = "JSON"

// parses are the calls of JSON.parse in a script.
type parses struct {
	calls []*ast.CallExpression
	other bool // JSON is used in another way, or may have another meaning
}

// call records a call of JSON.parse, and reports whether it is one.
func (s *parses) call(e *ast.CallExpression) bool {
	member, ok := e.Callee.(*ast.DotExpression)
	if !ok || member.Identifier.Name != "parse" {
		return false
	}
	object, ok := member.Left.(*ast.Identifier)
	if !ok || object.Name != jsonID {
		return false
	}
	s.calls = append(s.calls, e)
	return true
}

// rewrite replaces the calls, and reports whether it did. Every occurrence of the word
// counts, also in text: code that is made at run time may name JSON.
func (s *parses) rewrite(source string) bool {
	if len(s.calls) == 0 || s.other || strings.Count(source, string(jsonID)) != len(s.calls) ||
		strings.Contains(source, string(evalID)) || strings.Contains(source, "Function") {
		return false
	}
	for _, e := range s.calls {
		e.Callee = &ast.Identifier{Name: parseName, Idx: e.Callee.Idx0()}
	}
	return true
}
