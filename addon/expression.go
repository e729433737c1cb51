package addon

import (
	"errors"
	"fmt"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// expression is a compiled expression, or a part of one.
type expression func(s *scope) (any, error)

// expressionParser is a recursive descent: a method for each level of binding,
// the loosest first. Names are looked up while parsing, so that a wrong one is
// found in a branch that is not taken as well.
type expressionParser struct {
	scope *scope
	lexer lexer
	token token // that comes next
	depth int
}

// template reads an expression up to its closing brace.
func (p *expressionParser) template() (expression, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	e, err := p.conditional()
	if err != nil {
		return nil, err
	}
	if !p.is("}") {
		return nil, p.unexpected("}")
	}
	return e, nil
}

func (p *expressionParser) advance() (err error) {
	p.token, err = p.lexer.next()
	return err
}

func (p *expressionParser) is(operators ...string) bool {
	if p.token.kind != tokenOperator {
		return false
	}
	for _, o := range operators {
		if p.token.text == o {
			return true
		}
	}
	return false
}

// need reads the operator that must come next.
func (p *expressionParser) need(operator string) error {
	if !p.is(operator) {
		return p.unexpected(operator)
	}
	return p.advance()
}

func (p *expressionParser) unexpected(want string) error {
	got := p.token.text
	if p.token.kind != tokenOperator {
		got = string(p.token.kind)
	}
	return &expressionError{p.token.start, fmt.Sprintf("needs %s, got %s", want, got), ""}
}

func (p *expressionParser) conditional() (expression, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, &expressionError{p.token.start, fmt.Sprintf("nested more than %d levels deep", maxNesting), ""}
	}
	defer func() { p.depth-- }()
	condition, err := p.or()
	if err != nil || !p.is("?") {
		return condition, err
	}
	start := p.token.start
	if err := p.advance(); err != nil {
		return nil, err
	}
	yes, err := p.conditional()
	if err != nil {
		return nil, err
	}
	if err := p.need(":"); err != nil {
		return nil, err
	}
	no, err := p.conditional()
	return func(s *scope) (any, error) {
		holds, err := s.truth(condition, start)
		if err != nil {
			return nil, err
		}
		if holds {
			return yes(s)
		}
		return no(s)
	}, err
}

// binary reads operands of the next level with operators between them.
func (p *expressionParser) binary(
	operand func() (expression, error), join func(operator string, offset int, a, b expression) expression, operators ...string,
) (expression, error) {
	left, err := operand()
	for err == nil && p.is(operators...) {
		operator, offset := p.token.text, p.token.start
		if err = p.advance(); err != nil {
			break
		}
		var right expression
		right, err = operand()
		left = join(operator, offset, left, right)
	}
	return left, err
}

func (p *expressionParser) or() (expression, error) {
	return p.binary(p.and, func(_ string, offset int, a, b expression) expression { return logical(true, offset, a, b) }, "||")
}

func (p *expressionParser) and() (expression, error) {
	return p.binary(p.comparison, func(_ string, offset int, a, b expression) expression { return logical(false, offset, a, b) }, "&&")
}

// logical joins a and b by a logical operator, which the value of a may decide
// alone.
func logical(decides bool, offset int, a, b expression) expression {
	return func(s *scope) (any, error) {
		holds, err := s.truth(a, offset)
		if err != nil || holds == decides {
			return holds, err
		}
		return s.truth(b, offset)
	}
}

func (p *expressionParser) comparison() (expression, error) {
	return p.binary(p.sum, both((*scope).compare), "==", "!=", "<", "<=", ">", ">=")
}

func (p *expressionParser) sum() (expression, error) {
	return p.binary(p.unary, both(func(s *scope, _ string, a, b any) (any, error) { return s.add(a, b) }), "+")
}

// both makes an expression of an operation on the values of two.
func both(operation func(s *scope, operator string, a, b any) (any, error)) func(string, int, expression, expression) expression {
	return func(operator string, offset int, a, b expression) expression {
		return func(s *scope) (any, error) {
			x, err := a(s)
			if err != nil {
				return nil, err
			}
			y, err := b(s)
			if err != nil {
				return nil, err
			}
			v, err := operation(s, operator, x, y)
			return v, placed(offset, err)
		}
	}
}

func (p *expressionParser) unary() (expression, error) {
	if !p.is("!", "-", "empty") {
		return p.postfix()
	}
	if p.depth++; p.depth > maxNesting {
		return nil, &expressionError{p.token.start, fmt.Sprintf("nested more than %d levels deep", maxNesting), ""}
	}
	defer func() { p.depth-- }()
	operator, offset := p.token.text, p.token.start
	if err := p.advance(); err != nil {
		return nil, err
	}
	operand, err := p.unary()
	return func(s *scope) (any, error) {
		if operator == "!" {
			holds, err := s.truth(operand, offset)
			return !holds, err
		}
		v, err := operand(s)
		if err != nil || operator == "empty" {
			return isEmpty(v), err
		}
		v, err = negative(v)
		return v, placed(offset, err)
	}, err
}

// postfix reads a value and the members that are taken of it.
func (p *expressionParser) postfix() (expression, error) {
	e, err := p.primary()
	for err == nil {
		offset := p.token.start
		var key expression
		switch {
		case p.is("."):
			key, err = p.memberName()
		case p.is("["):
			key, err = p.bracketed()
		default:
			return e, nil
		}
		e = both(func(s *scope, _ string, of, key any) (any, error) { return s.member(of, key) })("", offset, e, key)
	}
	return nil, err
}

func (p *expressionParser) memberName() (expression, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.token.kind != tokenName {
		return nil, p.unexpected("a name")
	}
	name := p.token.text
	return constant(name), p.advance()
}

func (p *expressionParser) bracketed() (expression, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	key, err := p.conditional()
	if err != nil {
		return nil, err
	}
	return key, p.need("]")
}

func (p *expressionParser) primary() (expression, error) {
	t := p.token
	if p.is("(") {
		if err := p.advance(); err != nil {
			return nil, err
		}
		e, err := p.conditional()
		if err != nil {
			return nil, err
		}
		return e, p.need(")")
	}
	var e expression
	switch t.kind {
	case tokenText:
		e = constant(t.text)
	case tokenNumber:
		e = constant(hostapi.Decimal(trimZeros(t.text)))
	case tokenName, tokenVariable:
		return p.name()
	default:
		return nil, p.unexpected("a value")
	}
	return e, p.advance()
}

// name reads a constant or a variable.
func (p *expressionParser) name() (expression, error) {
	t := p.token
	if err := p.advance(); err != nil {
		return nil, err
	}
	if t.kind == tokenName {
		switch t.text {
		case "true", "false":
			return constant(t.text == "true"), nil
		case "null":
			return constant(nil), nil
		case "data":
			if p.is("[") {
				return p.dataItem()
			}
		}
		if v, ok := p.scope.process(t.text); ok {
			return constant(v), nil
		}
	}
	return p.variable(t, t.text)
}

// dataItem reads the [key] of data[key].
func (p *expressionParser) dataItem() (expression, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	key := p.token
	if key.kind != tokenText && key.kind != tokenNumber {
		return nil, p.unexpected("the number or variable name of a data item")
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	e, err := p.variable(key, p.scope.byNumber(key.text))
	if err != nil {
		return nil, err
	}
	return e, p.need("]")
}

func (p *expressionParser) variable(t token, name string) (expression, error) {
	if !p.scope.has(name) {
		return nil, &expressionError{t.start, fmt.Sprintf("there is no data item %q", excerpt(t.text)), p.scope.hint()}
	}
	return func(s *scope) (any, error) {
		v, err := s.load(name)
		return v, placed(t.start, err)
	}, nil
}

func constant(v any) expression { return func(*scope) (any, error) { return v, nil } }

// placed gives err the offset it has none of yet.
func placed(offset int, err error) error {
	if e, ok := errors.AsType[*expressionError](err); ok && e.offset < 0 {
		e.offset = offset
	}
	return err
}

// trimZeros takes away zeros that a decimal number does not begin with.
func trimZeros(digits string) string {
	trimmed := strings.TrimLeft(digits, "0")
	if trimmed == "" || trimmed[0] == '.' {
		return "0" + trimmed
	}
	return trimmed
}
