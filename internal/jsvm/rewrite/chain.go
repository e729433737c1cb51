package rewrite

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

const (
	// MaxNesting is the maximum depth of a script's syntax tree. The compiler is recursive, and
	// a stack overflow of Go ends the process.
	MaxNesting = 10_000

	// maxChain is the maximum number of operators in a chain such as a + b + c. Each is a level
	// of recursion for the compiler, but with a small stack frame.
	maxChain = 100_000

	// maxChainAsIs is maxChain for code that is not rewritten.
	maxChainAsIs = 10_000

	// longChain is the number of operators from which a chain is broken.
	longChain = 64
)

// goja's compiler computes recursively, for each part of a + b + c, where it begins and
// whether it is constant, which takes time quadratic in the length (ast/node.go,
// BinaryExpression.Idx0; compiler_expr.go, compiledBinaryExpr.constant). It examines only the
// first part of a sequence, so long chains are broken by sequences that begin with null.

// deeper enters another level, at node. It reports whether the level is allowed.
func (w *walker) deeper(node ast.Node) bool {
	if w.depth >= MaxNesting {
		w.refuse(node.Idx0(), "more than "+strconv.Itoa(MaxNesting)+" levels are nested in each other")
		return false
	}
	w.depth++
	return true
}

// refuse records the first error.
func (w *walker) refuse(at file.Idx, message string) {
	if w.err == nil {
		w.err = &SyntaxError{w.file.Position(int(at) - w.file.Base()), message}
	}
}

// binary visits left operands in a loop instead of recursively: a + b + c + … nests there,
// as deep as the script is long.
func (w *walker) binary(e *ast.BinaryExpression) {
	for last, n := e, 1; ; n++ {
		w.relational(last)
		w.powers(last)
		w.expression(last.Right)
		left, ok := last.Left.(*ast.BinaryExpression)
		if !ok {
			w.expression(last.Left)
			equality(last)
			return
		}
		switch n {
		case longChain:
			w.chains = append(w.chains, e)
		case w.maxChain:
			w.refuse(left.Right.Idx0(), "more than "+strconv.Itoa(w.maxChain)+" operators in one expression")
			return
		}
		last = left
	}
}

// breakChain breaks a chain into parts that are short enough to compile fast.
func breakChain(e *ast.BinaryExpression) {
	joinTexts(e)
	begin := e.Idx0()
	for n := 1; ; n++ {
		left, ok := e.Left.(*ast.BinaryExpression)
		if !ok {
			return
		}
		if n%longChain == 0 {
			e.Left = &ast.SequenceExpression{Sequence: []ast.Expression{&ast.NullLiteral{Idx: begin}, left}}
		}
		e = left
	}
}

// joinTexts joins adjacent string literals in a chain: a + "b" + "c" becomes a + "bc". The
// compiler would not do it in a broken chain.
func joinTexts(e *ast.BinaryExpression) {
	for e != nil {
		var texts []string // from the last one
		rest := ast.Expression(e)
		for sum := e; sum != nil; sum = asSum(rest) {
			text, ok := plainText(sum.Right)
			if !ok || sum.Operator != token.PLUS {
				break
			}
			texts = append(texts, text)
			rest = sum.Left
		}
		if len(texts) > 1 {
			slices.Reverse(texts)
			e.Left, e.Right = rest, &ast.StringLiteral{Idx: e.Right.Idx0(), Value: unistring.NewFromString(strings.Join(texts, ""))}
		}
		e, _ = e.Left.(*ast.BinaryExpression)
	}
}

// plainText returns the text of a string literal, if it is the same in Go and JavaScript.
func plainText(e ast.Expression) (string, bool) {
	literal, ok := e.(*ast.StringLiteral)
	if !ok {
		return "", false
	}
	text := literal.Value.String()
	return text, unistring.NewFromString(text) == literal.Value
}
