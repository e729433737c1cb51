package java

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Decimal is a java.math.BigDecimal: an immutable unscaled value and a scale.
// The zero Decimal is 0.
//
// The unscaled value has at most 100,000 digits. A result beyond that, or one
// that needs two numbers of wildly different scales brought together, is an
// ArithmeticException.
type Decimal struct {
	unscaled *big.Int // nil for 0, never changed
	scale    int64    // within ±math.MaxInt32; 64 bits hold sums of scales
}

const maxDigits = 100_000

// DecimalFromInt is BigDecimal.valueOf(long).
func DecimalFromInt(n int64) Decimal { return Decimal{unscaled: big.NewInt(n)} }

// DecimalFromFloat is new BigDecimal(double): the exact value of the double, so
// that 0.1 has 55 digits. NaN and the infinities are a NumberFormatException.
func DecimalFromFloat(f float64) (Decimal, error) {
	ratio := new(big.Rat).SetFloat64(f)
	if ratio == nil {
		return Decimal{}, numberFormatException("Infinite or NaN")
	}
	// The denominator is 2^scale, and 2^-n is 5^n × 10^-n.
	scale := int64(ratio.Denom().BitLen() - 1)
	power := new(big.Int).Exp(big.NewInt(5), big.NewInt(scale), nil)
	return newDecimal(power.Mul(power, ratio.Num()), scale)
}

// DecimalValueOf is BigDecimal.valueOf(double): the shortest decimal that is this
// double, as Double.toString writes it. 0.1 is 0.1 and 1 is 1.0. NaN and the
// infinities are a NumberFormatException.
func DecimalValueOf(f float64) (Decimal, error) {
	return ParseDecimal(doubleText(f))
}

// newDecimal holds a number to the bounds. It keeps unscaled.
func newDecimal(unscaled *big.Int, scale int64) (Decimal, error) {
	if scale < -math.MaxInt32 {
		return Decimal{}, arithmeticException("Overflow")
	}
	if scale > math.MaxInt32 {
		return Decimal{}, arithmeticException("Underflow")
	}
	d := Decimal{unscaled, scale}
	const bitsPerDigit = 3 // at least: fewer bits need no closer look
	if unscaled.BitLen() > maxDigits*bitsPerDigit && d.Precision() > maxDigits {
		return Decimal{}, tooManyDigits()
	}
	return d, nil
}

func tooManyDigits() error {
	return arithmeticException("Number has more than " + strconv.Itoa(maxDigits) + " digits")
}

// unscaledValue is there for the zero Decimal too. It must not be changed.
func (d Decimal) unscaledValue() *big.Int {
	if d.unscaled == nil {
		return new(big.Int)
	}
	return d.unscaled
}

// Scale returns the number of digits after the point; a negative scale -n means
// a whole number times 10^n.
func (d Decimal) Scale() int { return int(d.scale) }

// wholeDigits returns the number of digits before the point. It is negative for
// zeros between the point and the first digit.
func (d Decimal) wholeDigits() int64 { return int64(d.Precision()) - d.scale }

// Precision returns the number of digits of the unscaled value, 1 for zero.
func (d Decimal) Precision() int {
	const digitsPerBit = math.Ln2 / math.Ln10
	n := d.unscaledValue()
	bits := float64(n.BitLen())
	least, most := int((bits-1)*digitsPerBit)+1, int(bits*digitsPerBit)+1
	if least < most && n.CmpAbs(powerOfTen(int64(least))) < 0 {
		return least
	}
	return most
}

// Sign is signum: -1, 0 or 1.
func (d Decimal) Sign() int { return d.unscaledValue().Sign() }

// UnscaledText returns unscaledValue as text, such as "-1250" for -12.50.
func (d Decimal) UnscaledText() string { return d.unscaledValue().String() }

// String is toString: plain digits unless the exponent is positive or the first
// digit comes after the sixth place, else scientific notation such as "1E+3".
func (d Decimal) String() string {
	sign, digits := d.signAndDigits()
	exponent := int64(len(digits)) - d.scale - 1
	switch {
	case d.scale >= 0 && exponent >= -6:
		return sign + d.plainDigits(digits)
	case len(digits) > 1:
		digits = digits[:1] + "." + digits[1:]
	}
	return fmt.Sprintf("%s%sE%+d", sign, digits, exponent)
}

// Plain is toPlainString: digits without an exponent. More than 100,000 of them
// are an ArithmeticException.
func (d Decimal) Plain() (string, error) {
	if d.Sign() == 0 && d.scale < 0 {
		return "0", nil
	}
	if max(d.scale+1, d.wholeDigits()) > maxDigits {
		return "", tooManyDigits()
	}
	sign, digits := d.signAndDigits()
	return sign + d.plainDigits(digits), nil
}

func (d Decimal) signAndDigits() (sign, digits string) {
	text := d.UnscaledText()
	digits = strings.TrimPrefix(text, "-")
	return text[:len(text)-len(digits)], digits
}

// plainDigits puts the point, and the zeros that are needed, into the digits.
func (d Decimal) plainDigits(digits string) string {
	if d.scale <= 0 {
		return digits + strings.Repeat("0", int(-d.scale))
	}
	digits = strings.Repeat("0", max(0, d.Scale()+1-len(digits))) + digits
	point := len(digits) - d.Scale()
	return digits[:point] + "." + digits[point:]
}

// Int64 is longValue: it drops the fraction and keeps the low 64 bits.
func (d Decimal) Int64() int64 {
	// 10^64 is a multiple of 2^64.
	if d.scale <= -64 || d.wholeDigits() <= 0 {
		return 0
	}
	whole, err := d.SetScale(0, RoundDown)
	if err != nil {
		return 0 // cannot be: the new value has fewer than 64 more digits
	}
	low := new(big.Int).And(whole.unscaledValue(), new(big.Int).SetUint64(math.MaxUint64))
	return int64(low.Uint64()) //nolint:gosec // the low bits are what is asked for
}

// Int64Exact is longValueExact: a fraction or a number beyond 64 bits is an
// ArithmeticException.
func (d Decimal) Int64Exact() (int64, error) {
	if d.Sign() != 0 && d.wholeDigits() > 19 {
		return 0, arithmeticException("Overflow")
	}
	whole, err := d.SetScale(0, RoundUnnecessary)
	if err != nil {
		return 0, err
	}
	if n := whole.unscaledValue(); n.IsInt64() {
		return n.Int64(), nil
	}
	return 0, arithmeticException("Overflow")
}

// Float64 is doubleValue: the nearest double, an infinity beyond the largest.
func (d Decimal) Float64() float64 {
	f, err := strconv.ParseFloat(d.String(), 64)
	if err != nil && !math.IsInf(f, 0) {
		return math.NaN() // cannot be: String writes numbers
	}
	return f
}

// doubleText is Double.toString: at least one digit before and after the point,
// and an exponent outside of 10^-3 to 10^7.
func doubleText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 0):
		return "Infinity"
	case f == 0:
		return "0.0"
	}
	text := strconv.FormatFloat(f, 'e', -1, 64)
	if !strings.Contains(text, ".") {
		// Java writes two digits, the two that come nearest: 4.9E-324, not 5E-324.
		text = strconv.FormatFloat(f, 'e', 1, 64)
	}
	if magnitude := math.Abs(f); 1e-3 <= magnitude && magnitude < 1e7 {
		text = strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
	}
	return text
}
