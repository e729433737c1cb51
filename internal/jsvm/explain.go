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

// goja's messages do not name the value that has no such member, and have "undefined"
// where it may be null. This file rewrites them with the expression from the source. A
// message is rewritten only if it is exactly goja's message for that position, so that no
// error of the script itself is changed. Messages that show types and addresses of Go are
// replaced wherever they come from.

// lack is a missing member of an object, both as named in the source. Without a member the
// object itself is missing.
type lack struct{ object, member string }

// explain rewrites the message of a goja error, if it can be improved. A script that
// catches the error sees the new message too.
func (m *Machine) explain(value goja.Value) (lacking lack) {
	o, ok := value.(*goja.Object)
	if !ok {
		return lack{}
	}
	// Properties of the thrown value may be code of the script, which can throw.
	_ = m.vm.Try(func() {
		if o.ClassName() != "Error" {
			return
		}
		message := property(o, "message")
		if better := withoutGo(message); better != message {
			m.say(o, message, better)
			return
		}
		if property(o, "name") != "TypeError" || !strings.HasPrefix(message, noMember) && !strings.HasPrefix(message, noRead) && !strings.HasPrefix(message, noObject) && message != noConstructor {
			return
		}
		if strings.HasPrefix(message, noObject) && inNative(o, message) {
			return // an argument is meant, of a function that is there
		}
		at := m.placeOfError(o)
		for p := range m.programs() {
			if p.name != at.file {
				continue
			}
			if better, found, ok := p.places().explain(message, at); ok {
				lacking = found
				m.say(o, message, better)
			}
		}
	})
	return lacking
}

// inNative reports whether a TypeError was thrown by a function that is built in.
func inNative(o *goja.Object, message string) bool {
	_, stack, _ := strings.Cut(property(o, "stack"), message)
	frame, _, _ := strings.Cut(strings.TrimLeft(stack, "\n"), "\n")
	return strings.HasSuffix(frame, "(native)")
}

// withoutGo returns a message of goja without what it shows of Go.
func withoutGo(message string) string {
	if strings.HasPrefix(message, noPrimitive) && strings.HasSuffix(message, " to primitive") {
		return "Cannot convert an object to a primitive value"
	}
	if number, ok := strings.CutPrefix(message, noNumber); ok {
		number, _, _ = strings.Cut(number, " into Go value")
		return "the number " + number + " is too large"
	}
	return message
}

// say replaces the message of an Error, also in its stack.
func (m *Machine) say(o *goja.Object, message, better string) {
	stack := strings.Replace(property(o, "stack"), message, better, 1)
	const yes, no = goja.FLAG_TRUE, goja.FLAG_FALSE
	_ = o.DefineDataProperty("message", m.vm.ToValue(better), yes, yes, no)
	_ = o.DefineDataProperty("stack", m.vm.ToValue(stack), yes, yes, no)
}

// The messages of goja (vm.go, resolveRef and the instructions that get a property; object.go,
// for objects without usable toString and valueOf), and of encoding/json.
const (
	noMember      = "Object has no member '"
	noRead        = "Cannot read property '"
	noObject      = "Value is not an object: "
	noConstructor = "Value is not a constructor"
	noPrimitive   = "Could not convert "
	noNumber      = "json: cannot unmarshal number "
)

// places maps the positions that goja reports to the expressions of a program that can
// fail in one of these ways.
type places struct {
	text string
	file *file.File
	at   map[file.Position][]ast.Expression
}

// places computes them once, for the first error to explain.
func (p *Program) places() *places {
	p.explained.Do(func() {
		p.found = &places{text: p.text, at: make(map[file.Position][]ast.Expression)}
		tree, err := parser.ParseFile(nil, p.name, p.text, 0, parser.WithDisableSourceMaps)
		if tree == nil {
			return
		}
		p.found.file = tree.File
		note := func(at file.Idx, e ast.Expression) {
			position := p.found.position(at)
			p.found.at[position] = append(p.found.at[position], e)
		}
		_ = rewrite.Visit(tree, err, func(e ast.Expression) {
			switch e := e.(type) {
			case *ast.CallExpression:
				note(e.LeftParenthesis, e)
				if object, _, _, ok := member(e.Callee); ok {
					note(placeOfValue(object), e)
				}
			case *ast.NewExpression:
				note(e.New, e)
			case *ast.DotExpression:
				note(e.Identifier.Idx, e)
			case *ast.BracketExpression:
				note(e.LeftBracket, e)
			}
		})
	})
	return p.found
}

func (p *places) position(at file.Idx) file.Position {
	return p.file.Position(int(at) - p.file.Base())
}

// placeOfValue returns the position that goja reports for an expression.
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

// member splits a property access into the object, which ends before end, and the name;
// the name is empty if it is computed.
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

// explain returns a better message for one of goja's, if goja reports this message for the
// expression at that position.
func (p *places) explain(message string, at place) (better string, lacking lack, ok bool) {
	position := file.Position{Filename: at.file, Line: at.line, Column: at.column}
	for _, e := range p.at[position] {
		if made, isNew := e.(*ast.NewExpression); isNew {
			if better, lacking, ok := p.explainNew(message, made); ok {
				return better, lacking, true
			}
			continue
		}
		call, isCall := e.(*ast.CallExpression)
		if isCall {
			e = call.Callee
		}
		if isCall && strings.HasPrefix(message, noObject) {
			if p.position(call.LeftParenthesis) != position {
				continue // the object of the call is meant, such as the class in new C().method()
			}
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
			return noValue, lack{object: p.source(object, end)}, true
		case noRead + said + "' of undefined or null":
			if isCall {
				return noValue, lack{object: p.source(object, end)}, true
			}
		}
	}
	return "", lack{}, false
}

// explainNew does the same for goja's messages about new. A constructor that is built in,
// such as Map, says the same of its argument, so only what is not a mere name is taken for
// what is no constructor.
func (p *places) explainNew(message string, e *ast.NewExpression) (better string, lacking lack, ok bool) {
	end := e.LeftParenthesis
	if end == 0 {
		end = e.Callee.Idx1()
	}
	better = p.show(e.Callee, end) + " is not a constructor"
	object, before, name, isMember := member(e.Callee)
	if isMember {
		lacking = lack{p.source(object, before), name}
	}
	if is, found := strings.CutPrefix(message, noObject); found {
		return better + ": it is " + is, lacking, isMember
	}
	return better, lacking, message == noConstructor
}

// show returns the source of an expression up to end, without arguments if it is long.
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

// source returns the source of an expression. goja computes a wrong end for names that are
// not ASCII.
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

// short reports whether source text is short enough to quote.
func short(text string) bool {
	const most = 40
	return text != "" && utf8.RuneCountInString(text) <= most && strconv.CanBackquote(strings.ReplaceAll(text, "`", "'"))
}
