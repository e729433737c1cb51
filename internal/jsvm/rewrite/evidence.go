package rewrite

import (
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// evidence is what the source reveals about the values of an expression, or of all variables
// or properties of one name. It is heuristic: an append that is rewritten needlessly is
// still correct, only slower.
type evidence uint8

const (
	text evidence = 1 << iota
	number
)

// slotOf returns a name for the target of an assignment, which distinguishes variables,
// properties (".p") and elements ("a[]"). It ignores scopes, because a name mostly has
// values of the same kind in all of a script.
func slotOf(target ast.Expression) (unistring.String, bool) {
	switch t := target.(type) {
	case *ast.Identifier:
		return t.Name, true
	case *ast.DotExpression:
		return "." + t.Identifier.Name, true
	case *ast.PrivateDotExpression:
		return ".#" + t.Identifier.Name, true
	case *ast.BracketExpression:
		if key, ok := t.Member.(*ast.StringLiteral); ok {
			return "." + key.Value, true
		}
		if array, ok := slotOf(t.Left); ok {
			return array + "[]", true
		}
	}
	return "", false
}

// note records the evidence of value for target.
func (w *walker) note(target, value ast.Expression) {
	slot, ok := slotOf(target)
	if !ok {
		return
	}
	w.seen[slot] |= w.evidence(value, maxDepth)
	switch v := value.(type) {
	case *ast.ArrayLiteral:
		if len(v.Value) > 0 {
			w.seen[slot+"[]"] |= w.evidence(v.Value[0], maxDepth)
		}
	case *ast.CallExpression:
		if d, ok := v.Callee.(*ast.DotExpression); ok && d.Identifier.Name == "fill" && len(v.ArgumentList) > 0 {
			w.seen[slot+"[]"] |= w.evidence(v.ArgumentList[0], maxDepth)
		}
	case *ast.NewExpression:
		if c, ok := v.Callee.(*ast.Identifier); ok && c.Name != "Array" && strings.HasSuffix(string(c.Name), "Array") {
			w.seen[slot+"[]"] |= number
		}
	}
}

func (w *walker) noteNumber(target ast.Expression) {
	if slot, ok := slotOf(target); ok {
		w.seen[slot] |= number
	}
}

// noteProperty is note for a property in a literal or a class.
func (w *walker) noteProperty(key, value ast.Expression) {
	switch k := key.(type) {
	case *ast.StringLiteral: // names without quotes, too
		w.seen["."+k.Value] |= w.evidence(value, maxDepth)
	case *ast.PrivateIdentifier:
		w.seen[".#"+k.Name] |= w.evidence(value, maxDepth)
	}
}

// maxDepth is the maximum depth of an expression to search for evidence.
const maxDepth = 32

func (w *walker) evidence(e ast.Expression, depth int) evidence {
	if depth--; depth < 0 {
		return 0
	}
	switch e := e.(type) {
	case *ast.StringLiteral:
		return text
	case *ast.TemplateLiteral:
		if e.Tag == nil {
			return text
		}
	case *ast.NumberLiteral:
		return number
	case *ast.Identifier:
		return only(w.seen[e.Name])
	case *ast.UnaryExpression:
		switch e.Operator {
		case token.TYPEOF:
			return text
		case token.PLUS, token.MINUS, token.BITWISE_NOT, token.INCREMENT, token.DECREMENT:
			return number
		}
	case *ast.BinaryExpression:
		return w.evidenceOfBinary(e, depth)
	case *ast.ConditionalExpression:
		return w.either(e.Consequent, e.Alternate, depth)
	case *ast.AssignExpression:
		return w.evidence(e.Right, depth)
	case *ast.SequenceExpression:
		return w.evidence(e.Sequence[len(e.Sequence)-1], depth)
	case *ast.DotExpression:
		if e.Identifier.Name == "length" {
			return number
		}
		return only(w.seen["."+e.Identifier.Name])
	case *ast.CallExpression:
		return evidenceOfCall(e.Callee)
	}
	return 0
}

func (w *walker) evidenceOfBinary(e *ast.BinaryExpression, depth int) evidence {
	switch e.Operator {
	case token.PLUS:
		right, left := w.evidence(e.Right, depth), w.evidence(e.Left, depth)
		if right == text || left == text {
			return text
		}
		return right & left
	case token.MINUS, token.MULTIPLY, token.SLASH, token.REMAINDER, token.EXPONENT, token.AND, token.OR, token.EXCLUSIVE_OR,
		token.SHIFT_LEFT, token.SHIFT_RIGHT, token.UNSIGNED_SHIFT_RIGHT:
		return number
	case token.LOGICAL_AND, token.LOGICAL_OR, token.COALESCE:
		return w.either(e.Left, e.Right, depth)
	}
	return 0
}

// either is the evidence of a value that is one of two.
func (w *walker) either(a, b ast.Expression, depth int) evidence {
	return only(w.evidence(a, depth) | w.evidence(b, depth))
}

// only returns what is seen if it is seen alone.
func only(e evidence) evidence {
	if e == text|number {
		return 0
	}
	return e
}

func evidenceOfCall(callee ast.Expression) evidence {
	switch c := callee.(type) {
	case *ast.Identifier:
		switch c.Name {
		case "String":
			return text
		case "Number", "parseInt", "parseFloat", "BigInt":
			return number
		}
	case *ast.DotExpression:
		if object, ok := c.Left.(*ast.Identifier); ok {
			switch object.Name {
			case "Math":
				return number
			case "JSON":
				if c.Identifier.Name == "stringify" {
					return text
				}
			}
		}
		switch c.Identifier.Name {
		case "toString", "toISOString", "toFixed", "toPrecision", "join", "repeat", "trim", "trimStart", "trimEnd",
			"toUpperCase", "toLowerCase", "padStart", "padEnd", "replace", "replaceAll", "substring", "substr",
			"charAt", "normalize", "fromCharCode", "fromCodePoint":
			return text
		case "indexOf", "charCodeAt", "codePointAt", "getTime", "now":
			return number
		}
	}
	return 0
}
