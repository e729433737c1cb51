package rewrite

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// goja compares text with a whole number on its right as whole numbers only: "9.00" == 9 and
// "1e3" == 1000 are false (string_ascii.go, Equals). With the number on the left they are
// true, as they must be (ECMA-262, 7.2.13).

// equality corrects a == b and a != b as far as their operands can be evaluated in another
// order, or again: a number that is written as b is put first, and if both are variables or
// their members, text that differs from a number is compared in the other order, too.
func (w *walker) equality(e *ast.BinaryExpression) {
	if e.Operator != token.EQUAL && e.Operator != token.NOT_EQUAL {
		return
	}
	if isNumber(e.Right) {
		e.Left, e.Right = e.Right, e.Left
		return
	}
	if !isPlain(e.Left) || !isPlain(e.Right) {
		return
	}
	compare := func(operator token.Token, left, right ast.Expression) ast.Expression {
		return &ast.BinaryExpression{Operator: operator, Left: left, Right: right, Comparison: true}
	}
	isOf := func(e ast.Expression, name string) ast.Expression {
		return compare(token.STRICT_EQUAL, &ast.UnaryExpression{Operator: token.TYPEOF, Idx: e.Idx0(), Operand: e}, &ast.StringLiteral{Idx: e.Idx0(), Value: unistring.NewFromString(name)})
	}
	both := func(left, right ast.Expression) ast.Expression {
		return &ast.BinaryExpression{Operator: token.LOGICAL_AND, Left: left, Right: right}
	}
	again := both(both(isOf(e.Left, "string"), isOf(e.Right, "number")), compare(token.EQUAL, e.Right, e.Left))
	first := compare(e.Operator, e.Left, e.Right)
	if e.Operator == token.EQUAL {
		e.Operator, e.Left, e.Right, e.Comparison = token.LOGICAL_OR, first, again, false
		return
	}
	e.Operator, e.Left, e.Right, e.Comparison = token.LOGICAL_AND, first, &ast.UnaryExpression{Operator: token.NOT, Idx: e.Left.Idx0(), Operand: again}, false
}

// isNumber reports whether e is a number as written.
func isNumber(e ast.Expression) bool {
	if sign, ok := e.(*ast.UnaryExpression); ok && (sign.Operator == token.MINUS || sign.Operator == token.PLUS) {
		e = sign.Operand
	}
	_, ok := e.(*ast.NumberLiteral)
	return ok
}

// isPlain reports whether e is a variable, or a member of one, which can be evaluated again.
func isPlain(e ast.Expression) bool {
	switch e := e.(type) {
	case *ast.Identifier:
		return e.Name != "undefined"
	case *ast.DotExpression:
		return isPlain(e.Left)
	case *ast.BracketExpression:
		_, isText := e.Member.(*ast.StringLiteral)
		return isPlain(e.Left) && (isText || isNumber(e.Member) || isPlain(e.Member))
	}
	return false
}
