package jsvm

import (
	"slices"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"github.com/postern-dev/postern/internal/jsvm/rewrite"
)

// Declarations are the global declarations of a script.
type Declarations struct {
	Names []string
	Only  bool // all statements are declarations
	Works bool // one of them has effects, see works
}

// Declares reports whether the script declares name in the global scope, as a function, a
// class, a variable or a constant.
func (d Declarations) Declares(name string) bool { return slices.Contains(d.Names, name) }

// OnlyDeclares reports whether loading the script has no effects, so that one of its
// functions must be called. That is so if all of its statements are declarations, and it
// either declares the function entry or no declaration has effects, such as a value that
// is computed by sending a request.
func (d Declarations) OnlyDeclares(entry string) bool {
	return d.Only && (!d.Works || d.Declares(entry))
}

// Declarations returns the global declarations of the script.
func (p *Program) Declarations() Declarations { return p.declared }

// Source returns a source that compiles to the same program.
func (p *Program) Source() string { return p.text }

func declarationsOf(tree *ast.Program) Declarations {
	d := Declarations{Only: true}
	for _, statement := range tree.Body {
		switch s := statement.(type) {
		case *ast.FunctionDeclaration:
			d.Names = append(d.Names, s.Function.Name.Name.String())
		case *ast.ClassDeclaration:
			d.Names = append(d.Names, s.Class.Name.Name.String())
			d.Works = d.Works || works(s.Class)
		case *ast.LexicalDeclaration:
			d.bindings(s.List)
		case *ast.VariableStatement:
			d.bindings(s.List)
		case *ast.EmptyStatement:
		case *ast.ExpressionStatement:
			if _, ok := s.Expression.(*ast.StringLiteral); !ok { // "use strict"
				d.Only = false
			}
		default:
			d.Only = false
		}
	}
	return d
}

func (d *Declarations) bindings(list []*ast.Binding) {
	for _, b := range list {
		d.Works = d.Works || works(b.Target) || works(b.Initializer)
		d.targets(b.Target)
	}
}

// targets records the names that are declared.
func (d *Declarations) targets(e ast.Expression) {
	switch e := e.(type) {
	case *ast.Identifier:
		d.Names = append(d.Names, e.Name.String())
	case *ast.AssignExpression:
		d.targets(e.Left)
	case *ast.ArrayPattern:
		for _, item := range e.Elements {
			d.targets(item)
		}
		d.targets(e.Rest)
	case *ast.ObjectPattern:
		for _, p := range e.Properties {
			switch p := p.(type) {
			case *ast.PropertyShort:
				d.Names = append(d.Names, p.Name.Name.String())
			case *ast.PropertyKeyed:
				d.targets(p.Value)
			}
		}
		d.targets(e.Rest)
	}
}

// works reports whether evaluating an expression may have effects: it calls a function
// that is not part of the language. Creating a function has no effects.
func works(e ast.Expression) bool {
	switch e := e.(type) {
	case *ast.CallExpression:
		return !isPure(e.Callee) || worksInCall(e.ArgumentList)
	case *ast.NewExpression:
		return !isPure(e.Callee) || worksInCall(e.ArgumentList)
	case *ast.TemplateLiteral:
		return e.Tag != nil && !isPure(e.Tag) || anyWorks(e.Expressions)
	case *ast.AwaitExpression, *ast.YieldExpression:
		return true
	case *ast.UnaryExpression:
		return e.Operator == token.DELETE || e.Operator == token.INCREMENT || e.Operator == token.DECREMENT || works(e.Operand)
	case *ast.AssignExpression: // also a default value
		return works(e.Left) || works(e.Right)
	case *ast.BinaryExpression:
		for ; ; e = e.Left.(*ast.BinaryExpression) { //nolint:errcheck // it is one
			if works(e.Right) {
				return true
			}
			if _, ok := e.Left.(*ast.BinaryExpression); !ok {
				return works(e.Left)
			}
		}
	case *ast.ConditionalExpression:
		return works(e.Test) || works(e.Consequent) || works(e.Alternate)
	case *ast.SequenceExpression:
		return anyWorks(e.Sequence)
	case *ast.ArrayLiteral:
		return anyWorks(e.Value)
	case *ast.ArrayPattern:
		return anyWorks(e.Elements)
	case *ast.ObjectLiteral:
		return propertiesWork(e.Value)
	case *ast.ObjectPattern:
		return propertiesWork(e.Properties)
	case *ast.SpreadElement:
		return works(e.Expression)
	case *ast.DotExpression:
		return works(e.Left)
	case *ast.BracketExpression:
		return works(e.Left) || works(e.Member)
	case *ast.OptionalChain:
		return works(e.Expression)
	case *ast.Optional:
		return works(e.Expression)
	case *ast.ClassLiteral:
		return classWorks(e)
	}
	return false
}

func anyWorks(list []ast.Expression) bool { return slices.ContainsFunc(list, works) }

// worksInCall is works for arguments: a function among them may be called.
func worksInCall(args []ast.Expression) bool {
	return slices.ContainsFunc(args, func(e ast.Expression) bool {
		if f, ok := e.(*ast.ArrowFunctionLiteral); ok {
			body, ok := f.Body.(*ast.ExpressionBody)
			return !ok || works(body.Expression)
		}
		_, isFunction := e.(*ast.FunctionLiteral)
		return isFunction || works(e)
	})
}

func propertiesWork(list []ast.Property) bool {
	return slices.ContainsFunc(list, func(p ast.Property) bool {
		switch p := p.(type) {
		case *ast.PropertyKeyed:
			return works(p.Key) || works(p.Value)
		case *ast.PropertyShort:
			return works(p.Initializer)
		case *ast.SpreadElement:
			return works(p.Expression)
		}
		return false
	})
}

func classWorks(c *ast.ClassLiteral) bool {
	return works(c.SuperClass) || slices.ContainsFunc(c.Body, func(e ast.ClassElement) bool {
		switch e := e.(type) {
		case *ast.FieldDefinition:
			return works(e.Key) || e.Static && works(e.Initializer)
		case *ast.MethodDefinition:
			return works(e.Key)
		case *ast.ClassStaticBlock:
			return true
		}
		return false
	})
}

// isPure reports whether a function belongs to the language or is a method of a literal:
// Number, Object.freeze, [1, 2].map, "a b".split. The Java classes count as pure too.
func isPure(callee ast.Expression) bool {
	switch e := callee.(type) {
	case *ast.Identifier:
		return slices.Contains(pure, e.Name)
	case *ast.DotExpression:
		return isPure(e.Left)
	case *ast.CallExpression:
		return !works(e)
	case *ast.NewExpression:
		return !works(e)
	case *ast.StringLiteral, *ast.NumberLiteral, *ast.RegExpLiteral:
		return true
	case *ast.ArrayLiteral, *ast.TemplateLiteral, *ast.ObjectLiteral:
		return !works(e)
	}
	return false
}

var pure = []unistring.String{ //nolint:gochecknoglobals // a table, never changed
	"Array", "ArrayBuffer", "BigInt", "Boolean", "DataView", "Date", "Error", "Float32Array", "Float64Array", "Int16Array",
	"Int32Array", "Int8Array", "JSON", "Map", "Math", "Number", "Object", "Promise", "RangeError", "Reflect", "RegExp", "Set",
	"String", "Symbol", "SyntaxError", "TypeError", "Uint16Array", "Uint32Array", "Uint8Array", "Uint8ClampedArray", "WeakMap",
	"WeakSet", "com", "decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent", "isFinite", "isNaN", "java",
	"parseFloat", "parseInt", unistring.String(rewrite.ParseFunction),
}
