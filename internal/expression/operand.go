package expression

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/brief"
)

// An operand is nil, bool, string, hostapi.Decimal, hostapi.Option, hostapi.User,
// hostapi.Group, *hostapi.File, []any or map[string]any. A float64 is one as well
// and means the same as its decimal.

// textOf returns an operand as the text that replaces its expression.
func (s *Scope) textOf(v any) (string, error) {
	var text string
	var err error
	switch v := v.(type) {
	case nil:
	case bool:
		text = strconv.FormatBool(v)
	case string:
		text = v
	case float64, hostapi.Decimal:
		text, err = FormatNumber(v)
	case hostapi.Option:
		text = v.Display
	case hostapi.User:
		text = v.Name
	case hostapi.Group:
		text = v.Name
	case *hostapi.File:
		text = v.Name
	case []any:
		return s.joined(v)
	default:
		return "", &positionError{-1, "an object cannot be used as text", "select one of its members"}
	}
	if err != nil {
		return "", err
	}
	return text, s.spend(len(text))
}

func (s *Scope) joined(list []any) (string, error) {
	if err := s.spend(len(list)); err != nil {
		return "", err
	}
	texts := make([]string, len(list))
	for i := range list {
		text, err := s.textOf(list[i])
		if err != nil {
			return "", err
		}
		texts[i] = text
	}
	return strings.Join(texts, ","), nil
}

// Bounds on the numbers of a computation.
const (
	maxDigits   = 4000
	maxExponent = 1000
)

// number returns an operand that is a number, or text that is one, as a number.
func number(v any) (*big.Rat, bool) {
	var digits string
	switch v := v.(type) {
	case float64:
		digits = strconv.FormatFloat(v, 'f', -1, 64)
	case hostapi.Decimal:
		digits = string(v)
	case string:
		d, ok := hostapi.ParseDecimal(v)
		if !ok {
			return nil, false
		}
		digits = string(d)
	default:
		return nil, false
	}
	if len(digits) > maxDigits {
		return nil, false
	}
	if e := exponent(digits); e < -maxExponent || e > maxExponent {
		return nil, false
	}
	return new(big.Rat).SetString(digits)
}

// exponent returns the exponent of a decimal number in scientific notation, or one
// beyond maxExponent if it does not fit into an int.
func exponent(digits string) int {
	i := strings.IndexAny(digits, "eE")
	if i < 0 {
		return 0
	}
	e, err := strconv.Atoi(digits[i+1:])
	if err != nil {
		return maxExponent + 1
	}
	return e
}

// fraction returns the number of digits after the point of a number without exponent.
func fraction(digits string) int {
	mantissa := digits
	if i := strings.IndexAny(digits, "eE"); i >= 0 {
		mantissa = digits[:i]
	}
	_, after, _ := strings.Cut(mantissa, ".")
	return max(len(after)-exponent(digits), 0)
}

// FormatNumber formats a float64 or a hostapi.Decimal without exponent and with all its
// digits. It fails for a decimal with too many digits.
func FormatNumber(v any) (string, error) {
	d, ok := v.(hostapi.Decimal)
	if !ok {
		f, _ := v.(float64)
		return strconv.FormatFloat(f, 'f', -1, 64), nil
	}
	if !strings.ContainsAny(string(d), "eE") {
		return string(d), nil
	}
	n, ok := number(d)
	if !ok {
		return "", errDigits()
	}
	return n.FloatString(fraction(string(d))), nil
}

func errDigits() error { return &positionError{-1, "the number has too many digits", ""} }

func isNumber(v any) bool {
	switch v.(type) {
	case float64, hostapi.Decimal:
		return true
	}
	return false
}

// add returns the sum of two numbers; other operands are concatenated as text.
func (s *Scope) add(a, b any) (any, error) {
	if !isNumber(a) || !isNumber(b) {
		x, err := s.textOf(a)
		if err != nil {
			return nil, err
		}
		y, err := s.textOf(b)
		if err != nil {
			return nil, err
		}
		return x + y, s.spend(len(x) + len(y))
	}
	x, okX := number(a)
	y, okY := number(b)
	if !okX || !okY {
		return nil, errDigits()
	}
	textX, _ := FormatNumber(a) // both are within the bounds
	textY, _ := FormatNumber(b)
	sum := new(big.Rat).Add(x, y)
	return hostapi.Decimal(sum.FloatString(max(fraction(textX), fraction(textY)))), nil
}

// negative returns the negated number.
func negative(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	n, ok := number(v)
	if !ok {
		return nil, &positionError{-1, "- needs a number", ""}
	}
	text, isText := v.(string)
	if !isText {
		text, _ = FormatNumber(v) // it is within the bounds
	}
	return hostapi.Decimal(n.Neg(n).FloatString(fraction(text))), nil
}

// compare evaluates a comparison. Null equals only itself, and every other comparison
// with it is false. A number is compared as a number with another, or with text that is
// one; everything else is compared as text.
func (s *Scope) compare(operator string, a, b any) (any, error) {
	equality := operator == "==" || operator == "!="
	if a == nil || b == nil {
		return equality && (a == nil && b == nil) == (operator == "=="), nil
	}
	var order int
	if x, y, ok := numbers(a, b); ok {
		order = x.Cmp(y)
	} else {
		x, err := s.textOf(a)
		if err != nil {
			return nil, err
		}
		y, err := s.textOf(b)
		if err != nil {
			return nil, err
		}
		if !equality && (isNumber(a) || isNumber(b)) {
			return nil, &positionError{-1, "a number cannot be compared with text that is not one", ""}
		}
		order = strings.Compare(x, y)
	}
	switch operator {
	case "==":
		return order == 0, nil
	case "!=":
		return order != 0, nil
	case "<":
		return order < 0, nil
	case "<=":
		return order <= 0, nil
	case ">":
		return order > 0, nil
	}
	return order >= 0, nil
}

// numbers returns two operands as numbers, if they are compared as numbers.
func numbers(a, b any) (x, y *big.Rat, ok bool) {
	if !isNumber(a) && !isNumber(b) {
		return nil, nil, false
	}
	x, okX := number(a)
	y, okY := number(b)
	return x, y, okX && okY
}

// truth returns whether a condition holds. Its value must be true or false, or the text
// of one, or null, which counts as false.
func (s *Scope) truth(condition node, offset int) (bool, error) {
	v, err := condition(s)
	if err != nil {
		return false, err
	}
	text, err := s.textOf(v)
	if err != nil {
		return false, located(offset, err)
	}
	switch text {
	case "true":
		return true, nil
	case "false", "":
		return false, nil
	}
	return false, &positionError{offset, "the condition is neither true nor false", "compare it with something: == 'text'"}
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// member returns a member of an operand. The member of a list is an element, by its
// index from 0, or the list of the member of each element. A member of null, and one
// that a list or object lacks, is null.
func (s *Scope) member(of, key any) (any, error) {
	name, err := s.textOf(key)
	if err != nil {
		return nil, err
	}
	known := ""
	switch v := of.(type) {
	case nil:
		return nil, nil
	case []any:
		return s.element(v, name)
	case map[string]any:
		return v[name], nil
	case hostapi.Option:
		known = "value or display"
		switch name {
		case "value":
			return v.Value, nil
		case "display":
			return v.Display, nil
		}
	case hostapi.User:
		return person(name, v.ID, v.Name, v.Email)
	case hostapi.Group:
		return person(name, v.ID, v.Name, v.Email)
	case *hostapi.File:
		known = "name or contentType"
		switch name {
		case "name":
			return v.Name, nil
		case "contentType":
			return v.ContentType, nil
		}
	}
	return nil, noMember(name, known)
}

func (s *Scope) element(list []any, name string) (any, error) {
	if i, err := strconv.Atoi(name); err == nil {
		if i < 0 || i >= len(list) {
			return nil, nil
		}
		return list[i], nil
	}
	if err := s.spend(8 * len(list)); err != nil {
		return nil, err
	}
	out := make([]any, len(list))
	for i := range list {
		v, err := s.member(list[i], name)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func person(member string, id int64, name, email string) (any, error) {
	switch member {
	case "id":
		return hostapi.Decimal(strconv.FormatInt(id, 10)), nil
	case "name":
		return name, nil
	case "email":
		return email, nil
	}
	return nil, noMember(member, "id, name or email")
}

func noMember(name, known string) error {
	hint := ""
	if known != "" {
		hint = "use " + known
	}
	return &positionError{-1, "no member " + strconv.Quote(brief.Text(name)), hint}
}
