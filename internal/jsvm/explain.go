package jsvm

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"

	"github.com/postern-dev/postern/internal/jsvm/rewrite"
)

// goja says of a value that it has no member and not which one, and "undefined" where it
// may be null. The source knows: what goja says of an expression is told again with the
// expression in it. A text is taken for goja's only if it is what goja would say at that
// place, so that no error of the script's own is changed.

// lack is a member that an object does not have, as the source names both.
type lack struct{ object, member string }

// explain rewrites the message of an error of goja's, if there is more to say. The
// script that catches it sees the same as a person who reads it.
func (m *Machine) explain(value goja.Value) (lacking lack) {
	o, ok := value.(*goja.Object)
	if !ok {
		return lack{}
	}
	// What was thrown may be the script's own code, and throw.
	_ = m.vm.Try(func() {
		if o.ClassName() != "Error" || property(o, "name") != "TypeError" {
			return
		}
		message := property(o, "message")
		if !strings.HasPrefix(message, noMember) && !strings.HasPrefix(message, noRead) && !strings.HasPrefix(message, noObject) {
			return
		}
		at := m.placeOfError(o)
		for p := range m.programs() {
			if p.name != at.file {
				continue
			}
			if better, found, ok := p.places().explain(message, at); ok {
				lacking = found
				_ = o.DefineDataProperty("message", m.vm.ToValue(better), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
			}
		}
	})
	return lacking
}

// What goja says (vm.go, resolveRef and the instructions that get a property).
const (
	noMember = "Object has no member '"
	noRead   = "Cannot read property '"
	noObject = "Value is not an object: "
)

// places are the expressions of a program that can fail in one of these ways, by the
// place that goja gives.
type places struct {
	text string
	at   map[file.Position][]ast.Expression
}

// places finds them once, when an error is first to be explained.
func (p *Program) places() *places {
	p.explained.Do(func() {
		p.found = &places{text: p.text, at: make(map[file.Position][]ast.Expression)}
		tree, err := parser.ParseFile(nil, p.name, p.text, 0, parser.WithDisableSourceMaps)
		if tree == nil {
			return
		}
		note := func(at file.Idx, e ast.Expression) {
			position := tree.File.Position(int(at) - tree.File.Base())
			p.found.at[position] = append(p.found.at[position], e)
		}
		_ = rewrite.Visit(tree, err, func(e ast.Expression) {
			switch e := e.(type) {
			case *ast.CallExpression:
				note(e.LeftParenthesis, e)
				if object, _, _, ok := member(e.Callee); ok {
					note(placeOfValue(object), e)
				}
			case *ast.DotExpression:
				note(e.Identifier.Idx, e)
			case *ast.BracketExpression:
				note(e.LeftBracket, e)
			}
		})
	})
	return p.found
}

// placeOfValue is where goja says that an expression is.
func placeOfValue(e ast.Expression) file.Idx {
	switch e := e.(type) {
	case *ast.DotExpression:
		return e.Identifier.Idx
	case *ast.BracketExpression:
		return e.LeftBracket
	case *ast.CallExpression:
		return e.LeftParenthesis
	}
	return e.Idx0()
}

// member splits an expression for a property into the object, which ends before end, and
// the name; a name that is computed is empty.
func member(e ast.Expression) (object ast.Expression, end file.Idx, name string, ok bool) {
	switch e := e.(type) {
	case *ast.DotExpression:
		return e.Left, e.Identifier.Idx, e.Identifier.Name.String(), true
	case *ast.BracketExpression:
		switch key := e.Member.(type) {
		case *ast.StringLiteral:
			name = key.Value.String()
		case *ast.NumberLiteral:
			name = key.Literal
		}
		return e.Left, e.LeftBracket, name, true
	}
	return nil, 0, "", false
}

// explain returns a better text for one of goja's, if the expression at that place is
// one of which goja says this.
func (p *places) explain(message string, at place) (better string, lacking lack, ok bool) {
	for _, e := range p.at[file.Position{Filename: at.file, Line: at.line, Column: at.column}] {
		call, isCall := e.(*ast.CallExpression)
		if isCall {
			e = call.Callee
		}
		if isCall && strings.HasPrefix(message, noObject) {
			_, _, lacking.member, _ = member(e)
			return p.show(e, call.LeftParenthesis) + " is not a function: it is " + message[len(noObject):], lacking, true
		}
		object, end, name, ok := member(e)
		if !ok {
			continue
		}
		said, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(message, noMember), noRead), "'")
		if name != "" {
			said = name
		}
		noValue := noRead + said + "' of null or undefined: " + p.show(object, end) + " has no value"
		if _, isNull := object.(*ast.NullLiteral); isNull {
			noValue = noRead + said + "' of null"
		}
		switch message {
		case noMember + said + "'":
			if isCall {
				return p.show(object, end) + " has no member '" + said + "'", lack{p.source(object, end), said}, true
			}
		case noRead + said + "' of undefined":
			return noValue, lack{}, true
		case noRead + said + "' of undefined or null":
			if isCall {
				return noValue, lack{}, true
			}
		}
	}
	return "", lack{}, false
}

// show returns an expression as it is in the source, up to where what follows it begins;
// without its arguments where it is long.
func (p *places) show(e ast.Expression, end file.Idx) string {
	text := p.source(e, end)
	if short(text) {
		return text
	}
	switch e := e.(type) {
	case *ast.CallExpression:
		return p.show(e.Callee, e.LeftParenthesis) + "(…)"
	case *ast.DotExpression:
		return "(…)." + e.Identifier.Name.String()
	}
	return "the value"
}

// source is what show shows. goja counts the end of an expression wrongly where that is
// a name beyond ASCII.
func (p *places) source(e ast.Expression, end file.Idx) string {
	from, to := int(e.Idx0())-1, int(end)-1
	if from < 0 || to > len(p.text) || from >= to {
		return ""
	}
	text := strings.TrimRight(strings.Join(strings.Fields(p.text[from:to]), " "), " .?")
	for strings.HasSuffix(text, ")") && strings.Count(text, ")") > strings.Count(text, "(") {
		text = strings.TrimRight(text[:len(text)-1], " ")
	}
	return text
}

// short reports whether a text of the source is worth repeating.
func short(text string) bool {
	const most = 40
	return text != "" && utf8.RuneCountInString(text) <= most && strconv.CanBackquote(strings.ReplaceAll(text, "`", "'"))
}
