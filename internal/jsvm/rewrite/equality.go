package rewrite

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// equality corrects a == 9 and a != 9: goja compares text with a whole number on its right as
// whole numbers only, so that "9.00" == 9 and "1e3" == 1000 are false (string_ascii.go, Equals).
// With the number on the left they are true, as they must be (ECMA-262, 7.2.13). A number as
// written may be put there, since evaluating it has no effect.
func equality(e *ast.BinaryExpression) {
	if (e.Operator == token.EQUAL || e.Operator == token.NOT_EQUAL) && isNumber(e.Right) {
		e.Left, e.Right = e.Right, e.Left
	}
}

// isNumber reports whether e is a number as written.
func isNumber(e ast.Expression) bool {
	if sign, ok := e.(*ast.UnaryExpression); ok && (sign.Operator == token.MINUS || sign.Operator == token.PLUS) {
		e = sign.Operand
	}
	_, ok := e.(*ast.NumberLiteral)
	return ok
}
