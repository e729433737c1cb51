package rewrite

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"
)

// goja's parser rejects a default in an array pattern that has itself a default and is part
// of a declaration: const { a: [x = 1] = [] } = {}. It parses the array as an assignment
// pattern before it knows that this is a declaration, and then does not convert defaults of
// elements (parser/expression.go, reinterpretArrayAssignPatternAsBinding). Such elements are
// missing in the tree. They are parsed again here, as an assignment.

// pattern restores the elements that are missing in a declaration.
func (w *walker) pattern(p *ast.ArrayPattern) {
	var whole *ast.ArrayPattern
	for i, item := range p.Elements {
		bad, ok := item.(*ast.BadExpression)
		if !ok {
			continue
		}
		if whole == nil {
			if whole = w.parseAgain(p); whole == nil || len(whole.Elements) != len(p.Elements) {
				return
			}
		}
		if !declares(whole.Elements[i]) {
			return
		}
		p.Elements[i] = whole.Elements[i]
		w.restored = append(w.restored, bad.From)
	}
}

// parseAgain parses a pattern as the left side of an assignment, with unchanged positions.
func (w *walker) parseAgain(p *ast.ArrayPattern) *ast.ArrayPattern {
	source := w.file.Source()
	from, to := int(p.LeftBracket)-w.file.Base(), int(p.RightBracket)-w.file.Base()+1
	if from < 0 || to > len(source) || from >= to {
		return nil
	}
	var found *ast.ArrayPattern
	for _, around := range []struct{ before, after string }{{"(", "=0)"}, {"async()=>(", "=0)"}, {"function*_(){(", "=0)}"}} {
		// Positions continue from the preceding file of the set: one of that length gives
		// the pattern its original positions.
		room := from - len(around.before) - 1
		if room < 0 {
			break
		}
		var set file.FileSet
		set.AddFile("", source[:room])
		tree, err := parser.ParseFile(&set, "", around.before+source[from:to]+around.after, 0, parser.WithDisableSourceMaps)
		if tree == nil || len(tree.Body) != 1 {
			continue
		}
		p := assigned(tree.Body[0])
		if err == nil {
			return p
		}
		if found == nil {
			found = p // there may be patterns to restore in its defaults
		}
	}
	return found
}

// assigned returns the left side of the only assignment in a statement of parseAgain.
func assigned(s ast.Statement) *ast.ArrayPattern {
	var e ast.Expression
	switch s := s.(type) {
	case *ast.FunctionDeclaration:
		if len(s.Function.Body.List) == 1 {
			return assigned(s.Function.Body.List[0])
		}
	case *ast.ExpressionStatement:
		e = s.Expression
	}
	if f, ok := e.(*ast.ArrowFunctionLiteral); ok {
		if body, ok := f.Body.(*ast.ExpressionBody); ok {
			e = body.Expression
		}
	}
	if s, ok := e.(*ast.SequenceExpression); ok && len(s.Sequence) == 1 { // in brackets, after an error
		e = s.Sequence[0]
	}
	if a, ok := e.(*ast.AssignExpression); ok {
		p, _ := a.Left.(*ast.ArrayPattern)
		return p
	}
	return nil
}

// declares reports whether a part of an assignment pattern is valid in a declaration: all of
// its targets are names.
func declares(e ast.Expression) bool {
	switch e := e.(type) {
	case nil, *ast.Identifier:
		return true
	case *ast.AssignExpression:
		return declares(e.Left)
	case *ast.ArrayPattern:
		for _, item := range e.Elements {
			if !declares(item) {
				return false
			}
		}
		return declares(e.Rest)
	case *ast.ObjectPattern:
		for _, p := range e.Properties {
			if keyed, ok := p.(*ast.PropertyKeyed); ok && !declares(keyed.Value) {
				return false
			}
		}
		return declares(e.Rest)
	}
	return false
}
