package rewrite

import (
	"slices"
	"strconv"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// In goja, the scope of a function declared in a block is that block, as in strict code. In
// sloppy code it is also a variable of the enclosing function, which is assigned when the
// declaration is evaluated (ECMA-262, B.3.2):
//
//	{ function f() {} }   becomes   { function f() {} this.f = f }
//
// at the top level, where this.f is the variable f, and in a function
//
//	set = v => { f = v }; … { function f() {} set(f) }
//
// because f in the block refers to the function itself.

// blockFunction is a function declared in a block.
type blockFunction struct {
	declaration *ast.FunctionDeclaration
	list        *[]ast.Statement // of the block
	block       *scope
}

// functionBody is the scope of the variables of a function or of the program.
type functionBody struct {
	list      *[]ast.Statement
	variables *[]*ast.VariableDeclaration
	program   bool
}

// visibleFunction is a function declared in a block that is also visible in body.
type visibleFunction struct {
	blockFunction
	body functionBody
}

// declareInBlock records a function that is declared in a block.
func (w *walker) declareInBlock(d *ast.FunctionDeclaration, list *[]ast.Statement) {
	name := d.Function.Name
	if name == nil {
		return
	}
	w.scope.declareLexical(name.Name)
	if !w.strict && !d.Function.Async && !d.Function.Generator {
		f := w.scope.function()
		f.blockFunctions = append(f.blockFunctions, blockFunction{d, list, w.scope})
	}
}

// leaveBody ends the scope of a function or of the program, when all names are known.
func (w *walker) leaveBody(body functionBody) {
	for _, f := range w.scope.blockFunctions {
		if f.visible() {
			w.visible = append(w.visible, visibleFunction{f, body})
		}
	}
	w.leave()
}

// visible reports whether a variable of that name could be declared instead of the function
// and is not a parameter.
func (f *blockFunction) visible() bool {
	name := f.declaration.Function.Name.Name
	if name == "arguments" {
		return false
	}
	for s := f.block.outer; s != nil; s = s.outer {
		if _, taken := s.lexical[name]; taken {
			return false
		}
		if s.kind == functionScope {
			_, parameter := s.parameters[name]
			return !parameter
		}
	}
	return false
}

// show makes a function visible. n makes the name of its setter unique.
func (f *visibleFunction) show(n int) {
	name := f.declaration.Function.Name.Name
	var assign ast.Expression
	if f.body.program {
		target := &ast.DotExpression{Left: &ast.ThisExpression{}, Identifier: ast.Identifier{Name: name}}
		assign = &ast.AssignExpression{Operator: token.ASSIGN, Left: target, Right: &ast.Identifier{Name: name}}
	} else {
		setter := setterName + unistring.String(strconv.Itoa(n))
		f.declareVariable(setter)
		*f.body.list = slices.Insert(*f.body.list, 0, ast.Statement(&ast.ExpressionStatement{
			Expression: store(setter, setterOf(name), 0),
		}))
		assign = &ast.CallExpression{Callee: load(setter), ArgumentList: []ast.Expression{load(name)}}
	}
	f.declareVariable(name)
	at := slices.Index(*f.list, ast.Statement(f.declaration))
	*f.list = slices.Insert(*f.list, at+1, ast.Statement(&ast.ExpressionStatement{Expression: assign}))
}

func (f *visibleFunction) declareVariable(name unistring.String) {
	*f.body.variables = append(*f.body.variables, &ast.VariableDeclaration{
		List: []*ast.Binding{{Target: &ast.Identifier{Name: name}}},
	})
}

// setterOf returns v => { name = v }.
func setterOf(name unistring.String) ast.Expression {
	return &ast.ArrowFunctionLiteral{
		ParameterList: &ast.ParameterList{List: []*ast.Binding{{Target: &ast.Identifier{Name: valueName}}}},
		Body: &ast.BlockStatement{List: []ast.Statement{
			&ast.ExpressionStatement{Expression: store(name, load(valueName), 0)},
		}},
	}
}

// declareLexical records a name that a variable of a block inside s cannot have.
func (s *scope) declareLexical(name unistring.String) {
	if s.lexical == nil {
		s.lexical = make(map[unistring.String]struct{})
	}
	s.lexical[name] = struct{}{}
}

// declareNames calls declare with the names of a pattern.
func declareNames(e ast.Expression, declare func(unistring.String)) {
	switch e := e.(type) {
	case *ast.Identifier:
		declare(e.Name)
	case *ast.AssignExpression:
		declareNames(e.Left, declare)
	case *ast.ArrayPattern:
		for _, item := range e.Elements {
			declareNames(item, declare)
		}
		declareNames(e.Rest, declare)
	case *ast.ObjectPattern:
		for _, p := range e.Properties {
			switch p := p.(type) {
			case *ast.PropertyShort:
				declare(p.Name.Name)
			case *ast.PropertyKeyed:
				declareNames(p.Value, declare)
			}
		}
		declareNames(e.Rest, declare)
	}
}

// isStrict reports whether a body begins with "use strict".
func isStrict(body []ast.Statement) bool {
	for _, s := range body {
		e, ok := s.(*ast.ExpressionStatement)
		if !ok {
			return false
		}
		text, ok := e.Expression.(*ast.StringLiteral)
		if !ok {
			return false
		}
		if text.Literal == `"use strict"` || text.Literal == `'use strict'` {
			return true
		}
	}
	return false
}
