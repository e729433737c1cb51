package expression

import (
	"errors"
	"fmt"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/brief"
)

// node is a compiled expression or subexpression.
type node func(s *Scope) (any, error)

// parser is a recursive descent parser with a method for each level of precedence,
// lowest first. Names are looked up while parsing, so that an unknown name is an error
// even in a branch that is not taken.
type parser struct {
	scope *Scope
	lexer lexer
	token token // the next one
	depth int
}

// template reads an expression up to its closing brace.
func (p *parser) template() (node, error) {
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

func (p *parser) advance() (err error) {
	p.token, err = p.lexer.next()
	return err
}

func (p *parser) is(operators ...string) bool {
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

// need reads an operator, which must be the next token.
func (p *parser) need(operator string) error {
	if !p.is(operator) {
		return p.unexpected(operator)
	}
	return p.advance()
}

func (p *parser) unexpected(want string) error {
	got := p.token.text
	if p.token.kind != tokenOperator {
		got = string(p.token.kind)
	}
	return &positionError{p.token.start, fmt.Sprintf("expected %s, got %s", want, got), ""}
}

func (p *parser) conditional() (node, error) {
	if p.depth++; p.depth > maxNesting {
		return nil, &positionError{p.token.start, fmt.Sprintf("nested more than %d levels deep", maxNesting), ""}
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
	return func(s *Scope) (any, error) {
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

// binary reads operands of the next level of precedence, separated by operators.
func (p *parser) binary(
	operand func() (node, error), join func(operator string, offset int, a, b node) node, operators ...string,
) (node, error) {
	left, err := operand()
	for err == nil && p.is(operators...) {
		operator, offset := p.token.text, p.token.start
		if err = p.advance(); err != nil {
			break
		}
		var right node
		right, err = operand()
		left = join(operator, offset, left, right)
	}
	return left, err
}

func (p *parser) or() (node, error) {
	return p.binary(p.and, func(_ string, offset int, a, b node) node { return logical(true, offset, a, b) }, "||")
}

func (p *parser) and() (node, error) {
	return p.binary(p.comparison, func(_ string, offset int, a, b node) node { return logical(false, offset, a, b) }, "&&")
}

// logical returns a node for a || b if decides is true, else for a && b: b is not
// evaluated if a equals decides.
func logical(decides bool, offset int, a, b node) node {
	return func(s *Scope) (any, error) {
		holds, err := s.truth(a, offset)
		if err != nil || holds == decides {
			return holds, err
		}
		return s.truth(b, offset)
	}
}

func (p *parser) comparison() (node, error) {
	return p.binary(p.sum, both((*Scope).compare), "==", "!=", "<", "<=", ">", ">=")
}

func (p *parser) sum() (node, error) {
	return p.binary(p.unary, both(func(s *Scope, _ string, a, b any) (any, error) { return s.add(a, b) }), "+")
}

// both returns a node that applies an operation to the values of two nodes.
func both(operation func(s *Scope, operator string, a, b any) (any, error)) func(string, int, node, node) node {
	return func(operator string, offset int, a, b node) node {
		return func(s *Scope) (any, error) {
			x, err := a(s)
			if err != nil {
				return nil, err
			}
			y, err := b(s)
			if err != nil {
				return nil, err
			}
			v, err := operation(s, operator, x, y)
			return v, located(offset, err)
		}
	}
}

func (p *parser) unary() (node, error) {
	if !p.is("!", "-", "empty") {
		return p.postfix()
	}
	if p.depth++; p.depth > maxNesting {
		return nil, &positionError{p.token.start, fmt.Sprintf("nested more than %d levels deep", maxNesting), ""}
	}
	defer func() { p.depth-- }()
	operator, offset := p.token.text, p.token.start
	if err := p.advance(); err != nil {
		return nil, err
	}
	operand, err := p.unary()
	return func(s *Scope) (any, error) {
		if operator == "!" {
			holds, err := s.truth(operand, offset)
			return !holds, err
		}
		v, err := operand(s)
		if err != nil || operator == "empty" {
			return isEmpty(v), err
		}
		v, err = negative(v)
		return v, located(offset, err)
	}, err
}

// postfix reads a value and its member selections.
func (p *parser) postfix() (node, error) {
	e, err := p.primary()
	for err == nil {
		offset := p.token.start
		var key node
		switch {
		case p.is("."):
			key, err = p.memberName()
		case p.is("["):
			key, err = p.bracketed()
		default:
			return e, nil
		}
		e = both(func(s *Scope, _ string, of, key any) (any, error) { return s.member(of, key) })("", offset, e, key)
	}
	return nil, err
}

func (p *parser) memberName() (node, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.token.kind != tokenName {
		return nil, p.unexpected("a name")
	}
	name := p.token.text
	return constant(name), p.advance()
}

func (p *parser) bracketed() (node, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	key, err := p.conditional()
	if err != nil {
		return nil, err
	}
	return key, p.need("]")
}

func (p *parser) primary() (node, error) {
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
	var e node
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
func (p *parser) name() (node, error) {
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

// dataItem reads the index of data[key].
func (p *parser) dataItem() (node, error) {
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
	e, err := p.variable(key, p.scope.VarName(key.text))
	if err != nil {
		return nil, err
	}
	return e, p.need("]")
}

func (p *parser) variable(t token, name string) (node, error) {
	if !p.scope.has(name) {
		return nil, &positionError{t.start, fmt.Sprintf("there is no data item %q", brief.Text(t.text)), p.scope.hint()}
	}
	return func(s *Scope) (any, error) {
		v, err := s.load(name)
		return v, located(t.start, err)
	}, nil
}

func constant(v any) node { return func(*Scope) (any, error) { return v, nil } }

// located sets the offset of an error that has none yet.
func located(offset int, err error) error {
	if e, ok := errors.AsType[*positionError](err); ok && e.offset < 0 {
		e.offset = offset
	}
	return err
}

// trimZeros removes leading zeros, which a decimal number may not have.
func trimZeros(digits string) string {
	trimmed := strings.TrimLeft(digits, "0")
	if trimmed == "" || trimmed[0] == '.' {
		return "0" + trimmed
	}
	return trimmed
}
