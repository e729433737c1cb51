package rewrite

import (
	"math"
	"math/big"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// goja's compiler computes constants, in code that never runs, too: 7n ** 9000000000n takes hours
// and all memory (compiler_expr.go, evalConst). A BigInt of so many bits is a RangeError in other
// engines, and here a mistake of the script.
const maxBits = 1 << 20

// maxConstants is the number of constants in an expression from which it counts as too large.
const maxConstants = 1000

// powers checks a power or a shift of constants.
func (w *walker) powers(e *ast.BinaryExpression) {
	if e.Operator != token.EXPONENT && e.Operator != token.SHIFT_LEFT {
		return
	}
	left := maxConstants
	if bits, constant := bitsOf(e, &left); constant && bits > maxBits {
		w.refuse(e.Idx0(), "a BigInt has too many digits")
	}
}

// bitsOf returns a bound for the bits of an expression of BigInt constants.
func bitsOf(e ast.Expression, left *int) (bits float64, constant bool) {
	if *left--; *left < 0 {
		return math.Inf(1), true
	}
	switch e := e.(type) {
	case *ast.NumberLiteral:
		n, ok := e.Value.(*big.Int)
		if !ok {
			return 0, false
		}
		return float64(n.BitLen() + 1), true
	case *ast.UnaryExpression:
		if e.Operator != token.MINUS && e.Operator != token.BITWISE_NOT {
			return 0, false
		}
		bits, constant = bitsOf(e.Operand, left)
		return bits + 1, constant
	case *ast.BinaryExpression:
		right, constant := bitsOf(e.Right, left)
		if !constant {
			return 0, false
		}
		bits, constant := bitsOf(e.Left, left)
		switch e.Operator {
		case token.EXPONENT:
			bits *= math.Exp2(right)
		case token.SHIFT_LEFT:
			bits += math.Exp2(right)
		case token.MULTIPLY:
			bits += right
		default:
			bits = max(bits, right) + 1
		}
		return bits, constant
	}
	return 0, false
}
