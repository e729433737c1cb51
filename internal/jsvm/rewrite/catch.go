package rewrite

import (
	"slices"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// CatchFunction is the name of a global function that is called with each caught exception,
// if it is defined.
const CatchFunction = string(catchName)

// catch is the body of a catch clause, and the name of its parameter.
type catch struct {
	list *[]ast.Statement
	name unistring.String
}

// tell inserts before the body: typeof f === "function" && f(name), where f is the
// CatchFunction.
func (c *catch) tell() {
	isThere := &ast.BinaryExpression{
		Operator: token.STRICT_EQUAL, Left: &ast.UnaryExpression{Operator: token.TYPEOF, Operand: load(catchName)},
		Right: &ast.StringLiteral{Value: "function"}, Comparison: true,
	}
	call := &ast.CallExpression{Callee: load(catchName), ArgumentList: []ast.Expression{load(c.name)}}
	*c.list = slices.Insert(*c.list, 0, ast.Statement(&ast.ExpressionStatement{
		Expression: &ast.BinaryExpression{Operator: token.LOGICAL_AND, Left: isThere, Right: call},
	}))
}
