package rewrite

import (
	"slices"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// CatchFunction is the name of a global function that is called with each caught exception,
// if it is defined.
const CatchFunction = string(catchName)

// catch is a catch clause with a parameter.
type catch struct{ *ast.CatchStatement }

// tell inserts before the body: typeof f === "function" && f(name), where f is the
// CatchFunction. A pattern takes the exception apart after that.
func (c *catch) tell() {
	name, simple := c.Parameter.(*ast.Identifier)
	if !simple {
		pattern := c.Parameter
		name = &ast.Identifier{Name: caughtName}
		c.Parameter = name
		c.insert(&ast.LexicalDeclaration{Token: token.LET, List: []*ast.Binding{{Target: pattern, Initializer: load(caughtName)}}})
	} else if len(c.Body.List) == 0 {
		return
	}
	isThere := &ast.BinaryExpression{
		Operator: token.STRICT_EQUAL, Left: &ast.UnaryExpression{Operator: token.TYPEOF, Operand: load(catchName)},
		Right: &ast.StringLiteral{Value: "function"}, Comparison: true,
	}
	call := &ast.CallExpression{Callee: load(catchName), ArgumentList: []ast.Expression{load(name.Name)}}
	c.insert(&ast.ExpressionStatement{Expression: &ast.BinaryExpression{Operator: token.LOGICAL_AND, Left: isThere, Right: call}})
}

// insert makes a statement the first of the body.
func (c *catch) insert(first ast.Statement) { c.Body.List = slices.Insert(c.Body.List, 0, first) }
