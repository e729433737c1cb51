package java

import (
	"math"
	"strings"
	"unicode/utf8"
)

// DecimalFormat is a java.text.DecimalFormat with English symbols. Patterns with an exponent ("0E0") or a currency
// sign are not supported.
type DecimalFormat struct {
	Rounding           RoundingMode // of what Format writes; not RoundUnnecessary
	positive, negative affixes
	minInteger         int // digits before the point, at least
	minFraction        int // digits after the point
	maxFraction        int
	grouping           int  // digits between two commas, 0 for none
	alwaysPoint        bool // even without digits after it
	percent            int  // the number is written times 10^percent
}

type affixes struct{ prefix, suffix string }

// Format writes d by the pattern. A number too long to be written out is in
// scientific notation instead.
func (f *DecimalFormat) Format(d Decimal) string {
	plain, err := f.round(d)
	if err != nil {
		return d.String()
	}
	return f.write(plain, d.Sign() < 0)
}

// FormatFloat writes a double by the pattern. As in Java its digits are those of
// Double.toString, but it is rounded from its exact value: 2.675 is less than that, so it
// is 2.67 with two digits.
func (f *DecimalFormat) FormatFloat(x float64) string {
	x *= math.Pow10(f.percent)
	affix := f.affix(x < 0)
	switch {
	case math.IsNaN(x):
		return "NaN"
	case math.IsInf(x, 0):
		return affix.prefix + "∞" + affix.suffix
	}
	d, err := DecimalValueOf(x)
	if err == nil && d.Scale() > f.maxFraction {
		if d, err = DecimalFromFloat(x); err == nil {
			d, err = d.SetScale(f.maxFraction, f.Rounding)
		}
	}
	if err != nil {
		return doubleText(x)
	}
	plain, err := d.Plain()
	if err != nil {
		return doubleText(x)
	}
	return f.write(plain, x < 0)
}

func (f *DecimalFormat) affix(negative bool) *affixes {
	if negative {
		return &f.negative
	}
	return &f.positive
}

// write writes plain digits. A negative number keeps its sign even if nothing but zeros
// are left.
func (f *DecimalFormat) write(plain string, negative bool) string {
	integer, fraction, _ := strings.Cut(strings.TrimPrefix(plain, "-"), ".")
	integer = strings.TrimLeft(integer, "0")
	if missing := f.minFraction - len(fraction); missing > 0 {
		fraction += strings.Repeat("0", missing)
	}
	for len(fraction) > f.minFraction && strings.HasSuffix(fraction, "0") {
		fraction = fraction[:len(fraction)-1]
	}
	if integer == "" && fraction == "" {
		integer = "0"
	}
	if missing := f.minInteger - len(integer); missing > 0 {
		integer = strings.Repeat("0", missing) + integer
	}
	affix := f.affix(negative)
	var b strings.Builder
	b.WriteString(affix.prefix)
	f.writeGrouped(&b, integer)
	if fraction != "" || f.alwaysPoint {
		b.WriteByte('.')
	}
	b.WriteString(fraction)
	b.WriteString(affix.suffix)
	return b.String()
}

// round returns d in plain digits, with no more than maxFraction after the point.
func (f *DecimalFormat) round(d Decimal) (string, error) {
	var err error
	if d, err = d.ScaleByPowerOfTen(f.percent); err != nil {
		return "", err
	}
	if d.Scale() > f.maxFraction {
		if d, err = d.SetScale(f.maxFraction, f.Rounding); err != nil {
			return "", err
		}
	}
	return d.Plain()
}

func (f *DecimalFormat) writeGrouped(b *strings.Builder, digits string) {
	for i := range len(digits) {
		if left := len(digits) - i; i > 0 && f.grouping > 0 && left%f.grouping == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(digits[i])
	}
}

// Parse reads the number that text starts with and does not look at what follows
// it. The prefix and the suffix of the pattern must be there. Text that does not
// fit is a ParseException.
func (f *DecimalFormat) Parse(text string) (Decimal, error) {
	failed := parseException(`Unparseable number: "` + text + `"`)
	isPositive := strings.HasPrefix(text, f.positive.prefix)
	isNegative := strings.HasPrefix(text, f.negative.prefix)
	if isPositive && isNegative {
		isPositive = len(f.positive.prefix) >= len(f.negative.prefix)
		isNegative = len(f.positive.prefix) <= len(f.negative.prefix)
	}
	start := len(f.positive.prefix)
	if isNegative {
		start = len(f.negative.prefix)
	}
	if !isPositive && !isNegative {
		return Decimal{}, failed
	}
	number, length := f.scanNumber(text[start:])
	if length == 0 {
		return Decimal{}, failed
	}
	rest := text[start+length:]
	isPositive = isPositive && strings.HasPrefix(rest, f.positive.suffix)
	isNegative = isNegative && strings.HasPrefix(rest, f.negative.suffix)
	if isPositive && isNegative {
		isPositive = len(f.positive.suffix) > len(f.negative.suffix)
		isNegative = len(f.positive.suffix) < len(f.negative.suffix)
	}
	if isPositive == isNegative {
		return Decimal{}, failed
	}
	d, err := ParseDecimal(number)
	if err != nil {
		return Decimal{}, failed
	}
	if isNegative {
		d = d.Neg()
	}
	if d, err = d.ScaleByPowerOfTen(-f.percent); err != nil {
		return Decimal{}, failed
	}
	return d, nil
}

// scanNumber returns the number that text starts with as ParseDecimal reads it,
// and its length in text, 0 for none. A comma counts only where the pattern has
// one, before the point and between digits.
func (f *DecimalFormat) scanNumber(text string) (number string, length int) {
	var b strings.Builder
	digits, hasPoint := 0, false
scan:
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		_, isDigit := digitValue(r)
		switch {
		case isDigit:
			digits++
		case r == '.' && !hasPoint:
			hasPoint = true
		case r == ',' && f.grouping > 0 && !hasPoint:
			at += size
			continue
		case r == 'E' && digits > 0:
			if exponent := scanExponent(text[at+1:]); exponent != "" {
				return b.String() + "E" + exponent, at + 1 + len(exponent)
			}
			break scan
		default:
			break scan
		}
		b.WriteRune(r)
		at += size
		length = at
	}
	if digits == 0 {
		return "", 0
	}
	return b.String(), length
}

// scanExponent returns the digits that text starts with, with a minus sign.
func scanExponent(text string) string {
	digits := strings.TrimPrefix(text, "-")
	end := strings.IndexFunc(digits, func(r rune) bool { _, ok := digitValue(r); return !ok })
	if end < 0 {
		end = len(digits)
	}
	if end == 0 {
		return ""
	}
	return text[:len(text)-len(digits)+end]
}

// NewDecimalFormat compiles a pattern such as "#,##0.00", "0%" or "0.0;(0.0)". An
// illegal or unsupported one is an IllegalArgumentException. It rounds HALF_EVEN.
func NewDecimalFormat(pattern string) (*DecimalFormat, error) {
	if pattern == "" {
		return &DecimalFormat{Rounding: RoundHalfEven, negative: affixes{prefix: "-"}, maxFraction: maxDigits, grouping: 3}, nil
	}
	p := decimalPattern{pattern: pattern, rest: pattern, point: -1, group: -1}
	f := &DecimalFormat{Rounding: RoundHalfEven}
	var err error
	if f.positive, err = p.parse(true); err != nil {
		return nil, err
	}
	if err := p.setDigits(f); err != nil {
		return nil, err
	}
	f.percent = p.percent
	f.negative = f.positive
	if p.rest != "" {
		if f.negative, err = p.parse(false); err != nil {
			return nil, err
		}
	}
	if f.negative == f.positive {
		f.negative.prefix = "-" + f.positive.prefix
	}
	return f, nil
}
