package rewrite

import (
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"
)

// goja's parser parses a < b < c as a < (b < c), and likewise the other relational operators
// (parser/expression.go, parseRelationalExpression). Correct is (a < b) < c (ECMA-262,
// 13.10). The tree has no parentheses, so the source must be examined for them.

// relational makes e left-associative, as far as it is written without parentheses.
func (w *walker) relational(e *ast.BinaryExpression) {
	for isRelational(e) {
		right, ok := e.Right.(*ast.BinaryExpression)
		if !ok || !isRelational(right) || w.inParentheses(right) {
			return
		}
		e.Left = &ast.BinaryExpression{Operator: e.Operator, Left: e.Left, Right: right.Left, Comparison: e.Comparison}
		e.Operator, e.Right, e.Comparison = right.Operator, right.Right, right.Comparison
	}
}

func isRelational(e *ast.BinaryExpression) bool {
	switch e.Operator {
	case token.LESS, token.LESS_OR_EQUAL, token.GREATER, token.GREATER_OR_EQUAL, token.INSTANCEOF, token.IN:
		return true
	}
	return false
}

// inParentheses reports whether all of e is in parentheses: those before its left operand
// close after its right operand begins.
func (w *walker) inParentheses(e *ast.BinaryExpression) bool {
	source := w.file.Source()
	offset := func(at file.Idx) int { return int(at) - w.file.Base() }
	begin, end := offset(e.Idx0()), offset(e.Right.Idx0())
	if begin < 0 || begin > end || end > len(source) {
		return true // it is not changed
	}
	open := begin
	for i := begin - 1; i >= 0 && strings.IndexByte(" \t\r\n(", source[i]) >= 0; i-- {
		if source[i] == '(' {
			open = i
		}
	}
	if open == begin {
		return false
	}
	depth := 0
	for i := open; i < end; i++ {
		switch c := source[i]; c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return false
			}
		case '"', '\'', '`':
			for i++; i < end && source[i] != c; i++ {
				if source[i] == '\\' {
					i++
				}
			}
		}
	}
	return true
}
