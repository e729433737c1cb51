package rewrite

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// appendTo is an assignment that appends: target += a, target = target + a + b or
// target = `${target}…`.
type appendTo struct {
	assign      *ast.AssignExpression
	temporaries *temporaries
}

// assign visits an assignment and records it if it may be an append worth rewriting.
func (w *walker) assign(e *ast.AssignExpression) {
	before := len(w.appends)
	w.expression(e.Left)
	nested := len(w.appends) > before
	w.expression(e.Right)
	switch e.Operator {
	case token.ASSIGN, token.LOGICAL_AND, token.LOGICAL_OR, token.COALESCE:
		w.note(e.Left, e.Right)
	case token.PLUS:
		if w.evidence(e.Right, maxDepth) == text {
			w.note(e.Left, e.Right)
		}
	default:
		w.noteNumber(e.Left)
	}
	if isAppend(e) && !nested && w.with == 0 && w.scope.temporaries != nil && w.scope.repeats(e.Left) {
		w.appends = append(w.appends, appendTo{e, w.scope.temporaries})
	}
}

// growsText decides whether a is worth rewriting: unless there is evidence that it adds
// numbers. A rewritten sum is slower by a third, but appending to long text without
// rewriting takes minutes.
func (w *walker) growsText(a *appendTo) bool {
	value := w.evidence(a.assign.Right, maxDepth)
	if value == text {
		return true
	}
	slot, _ := slotOf(a.assign.Left)
	seen := w.seen[slot]
	return seen&text != 0 || seen&number == 0 && value != number
}

// isAppend reports whether e has one of the forms of [appendTo].
func isAppend(e *ast.AssignExpression) bool {
	switch e.Operator {
	case token.PLUS:
		return true
	case token.ASSIGN:
		if t, ok := e.Right.(*ast.TemplateLiteral); ok {
			return t.Tag == nil && len(t.Expressions) > 0 && t.Elements[0].Parsed == "" && same(e.Left, t.Expressions[0])
		}
		first := e.Right // a, in a + b + c
		for b := asSum(first); b != nil; b = asSum(first) {
			first = b.Left
		}
		return first != e.Right && same(e.Left, first)
	}
	return false
}

// asSum returns e if it is a sum, or nil.
func asSum(e ast.Expression) *ast.BinaryExpression {
	if b, ok := e.(*ast.BinaryExpression); ok && b.Operator == token.PLUS {
		return b
	}
	return nil
}

// same reports whether two expressions are the same simple reference.
func same(a, b ast.Expression) bool {
	switch a := a.(type) {
	case *ast.ThisExpression:
		_, ok := b.(*ast.ThisExpression)
		return ok
	case *ast.Identifier:
		b, ok := b.(*ast.Identifier)
		return ok && a.Name == b.Name
	case *ast.StringLiteral:
		b, ok := b.(*ast.StringLiteral)
		return ok && a.Value == b.Value
	case *ast.DotExpression:
		b, ok := b.(*ast.DotExpression)
		return ok && a.Identifier.Name == b.Identifier.Name && same(a.Left, b.Left)
	case *ast.PrivateDotExpression:
		b, ok := b.(*ast.PrivateDotExpression)
		return ok && a.Identifier.Name == b.Identifier.Name && same(a.Left, b.Left)
	case *ast.BracketExpression:
		b, ok := b.(*ast.BracketExpression)
		return ok && same(a.Left, b.Left) && same(a.Member, b.Member)
	}
	return false
}

// rewrite turns the left operand of each sum into a pending append if it is long text:
//
//	target += a             becomes  target = pending(target) + (a)
//	target = target + a + b          target = pending(pending(target) + a) + b
//	target = `${target}…`            target = pending(target) + `…`
//
// The operator + is kept, and with it the semantics of its operands.
//
// goja stores positions by instruction; one without a position has that of the instruction
// before. New nodes have no position or that of the node they replace, so that every
// instruction that can fail keeps its position. rewrite reports whether it changed
// anything.
func (a *appendTo) rewrite() bool {
	e := a.assign
	if e.Operator == token.PLUS {
		read := a.split()
		if read == nil {
			return false
		}
		e.Operator = token.ASSIGN
		// A sequence of one element: otherwise goja folds a constant, and its errors get
		// another position.
		e.Right = sum(a.pending(read, load(valueName), 0), &ast.SequenceExpression{Sequence: []ast.Expression{e.Right}})
	} else if t, ok := e.Right.(*ast.TemplateLiteral); ok {
		rest := &ast.TemplateLiteral{Elements: t.Elements[1:], Expressions: t.Expressions[1:]}
		e.Right = sum(a.pending(t.Expressions[0], valueAsText(), 0), rest)
	} else {
		at := e.Right.Idx0()
		for b := asSum(e.Right); b != nil; {
			left := b.Left
			b.Left = a.pending(left, load(valueName), at)
			b = asSum(left)
		}
	}
	a.temporaries.declare()
	return true
}

// valueAsText returns the expression typeof value === "string" ? value : `${value}`.
func valueAsText() ast.Expression {
	return &ast.ConditionalExpression{
		Test: &ast.BinaryExpression{
			Operator:   token.STRICT_EQUAL,
			Left:       &ast.UnaryExpression{Operator: token.TYPEOF, Operand: load(valueName)},
			Right:      &ast.StringLiteral{Value: "string"},
			Comparison: true,
		},
		Consequent: load(valueName),
		Alternate:  &ast.TemplateLiteral{Elements: []*ast.TemplateElement{{}, {}}, Expressions: []ast.Expression{load(valueName)}},
	}
}

// split returns an expression that reads the target. If the target is a property,
// the read takes its object and key from the temporaries, and the write stores them
// there: o().p += v becomes (value = o()).p = … value.p …
func (a *appendTo) split() ast.Expression {
	object := func(left *ast.Expression) ast.Expression {
		*left = store(valueName, *left, 0)
		return load(valueName)
	}
	switch t := a.assign.Left.(type) {
	case *ast.Identifier:
		return &ast.Identifier{Name: t.Name, Idx: t.Idx}
	case *ast.DotExpression:
		if storable(t.Left) {
			return &ast.DotExpression{Left: object(&t.Left), Identifier: ast.Identifier{Name: t.Identifier.Name}}
		}
	case *ast.PrivateDotExpression:
		if storable(t.Left) {
			return &ast.PrivateDotExpression{Left: object(&t.Left), Identifier: ast.PrivateIdentifier{
				Identifier: ast.Identifier{Name: t.Identifier.Name},
			}}
		}
	case *ast.BracketExpression:
		if !storable(t.Left) {
			return nil
		}
		read := &ast.BracketExpression{Left: object(&t.Left), Member: t.Member}
		if _, constant := t.Member.(*ast.StringLiteral); !constant {
			t.Member = store(keyName, t.Member, 0)
			read.Member = load(keyName)
		}
		return read
	}
	return nil
}

// storable reports whether e can be stored in a variable first without changing its meaning:
// super cannot, and a function would get its name from the variable.
func storable(e ast.Expression) bool {
	switch e.(type) {
	case *ast.Identifier, *ast.ThisExpression, *ast.DotExpression, *ast.PrivateDotExpression, *ast.BracketExpression, *ast.CallExpression:
		return true
	}
	return false
}

// pending returns (value = read, append == value ? append + value : other): the
// appender says that it equals long text, and added to that gives a pending append.
func (a *appendTo) pending(read, other ast.Expression, at file.Idx) ast.Expression {
	appender := &ast.Identifier{Name: a.temporaries.appender()}
	return &ast.SequenceExpression{Sequence: []ast.Expression{
		store(valueName, read, at),
		&ast.ConditionalExpression{
			Test:       &ast.BinaryExpression{Operator: token.EQUAL, Left: appender, Right: load(valueName), Comparison: true},
			Consequent: sum(appender, load(valueName)),
			Alternate:  other,
		},
	}}
}

func sum(left, right ast.Expression) *ast.BinaryExpression {
	return &ast.BinaryExpression{Operator: token.PLUS, Left: left, Right: right}
}

func store(name unistring.String, value ast.Expression, at file.Idx) ast.Expression {
	return &ast.AssignExpression{Operator: token.ASSIGN, Left: &ast.Identifier{Name: name, Idx: at}, Right: value}
}

func load(name unistring.String) ast.Expression { return &ast.Identifier{Name: name} }
