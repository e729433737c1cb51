package java

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// Decimal is a java.math.BigDecimal: an immutable unscaled value and a scale.
// The zero Decimal is 0.
//
// The unscaled value has at most 100,000 digits. A result beyond that, or one
// that needs two numbers of wildly different scales brought together, is an
// ArithmeticException.
type Decimal struct {
	// The number is Coeff × 10^Exponent, so the scale is -Exponent. Coeff is never
	// negative, and zero has no sign.
	value apd.Decimal
}

const maxDigits = 100_000

// DecimalFromInt is BigDecimal.valueOf(long).
func DecimalFromInt(n int64) Decimal {
	var d Decimal
	d.value.SetInt64(n)
	return d
}

// DecimalFromFloat is new BigDecimal(double): the exact value of the double, so
// that 0.1 has 55 digits. NaN and the infinities are a NumberFormatException.
func DecimalFromFloat(f float64) (Decimal, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Decimal{}, numberFormatException("Infinite or NaN")
	}
	if f == 0 {
		return Decimal{}, nil
	}
	// The magnitude is fraction × 2^exponent with a fraction of 53 bits.
	fraction, exponent := math.Frexp(math.Abs(f))
	exponent -= 53
	mantissa := int64(math.Ldexp(fraction, 53))
	for ; mantissa%2 == 0 && exponent < 0; exponent++ {
		mantissa /= 2
	}
	unscaled := apd.NewBigInt(mantissa)
	if exponent >= 0 {
		return newDecimal(unscaled.Lsh(unscaled, uint(exponent)), 0, f < 0)
	}
	// 2^-n is 5^n × 10^-n.
	power := new(apd.BigInt).Exp(apd.NewBigInt(5), apd.NewBigInt(int64(-exponent)), nil)
	return newDecimal(unscaled.Mul(unscaled, power), int64(-exponent), f < 0)
}

// DecimalValueOf is BigDecimal.valueOf(double): the shortest decimal that is this
// double, as Double.toString writes it. 0.1 is 0.1 and 1 is 1.0. NaN and the
// infinities are a NumberFormatException.
func DecimalValueOf(f float64) (Decimal, error) {
	return ParseDecimal(doubleText(f))
}

// newDecimal gives a magnitude its scale and sign and holds it to the bounds.
func newDecimal(unscaled *apd.BigInt, scale int64, negative bool) (Decimal, error) {
	if scale < -math.MaxInt32 {
		return Decimal{}, arithmeticException("Overflow")
	}
	if scale > math.MaxInt32 {
		return Decimal{}, arithmeticException("Underflow")
	}
	var d Decimal
	d.value.Coeff.Set(unscaled)
	d.value.Exponent = int32(-scale)
	d.value.Negative = negative && unscaled.Sign() != 0
	if d.Precision() > maxDigits {
		return Decimal{}, tooManyDigits()
	}
	return d, nil
}

func tooManyDigits() error {
	return arithmeticException("Number has more than " + strconv.Itoa(maxDigits) + " digits")
}

// Scale returns the number of digits after the point; a negative scale -n means
// a whole number times 10^n.
func (d Decimal) Scale() int { return -int(d.value.Exponent) }

// scale is Scale for sums, which may need more than 32 bits.
func (d Decimal) scale() int64 { return -int64(d.value.Exponent) }

// wholeDigits returns the number of digits before the point. It is negative for
// zeros between the point and the first digit.
func (d Decimal) wholeDigits() int64 { return int64(d.Precision()) - d.scale() }

// Precision returns the number of digits of the unscaled value, 1 for zero.
func (d Decimal) Precision() int { return int(d.value.NumDigits()) }

// Sign is signum: -1, 0 or 1.
func (d Decimal) Sign() int { return d.value.Sign() }

// UnscaledText returns unscaledValue as text, such as "-1250" for -12.50.
func (d Decimal) UnscaledText() string { return d.unscaled().String() }

func (d Decimal) unscaled() *big.Int {
	n := new(big.Int).Set(d.value.Coeff.MathBigInt())
	if d.value.Negative {
		n.Neg(n)
	}
	return n
}

// String is toString: plain digits unless the exponent is positive or the first
// digit comes after the sixth place, else scientific notation such as "1E+3".
func (d Decimal) String() string {
	if d.Scale() >= 0 && d.wholeDigits() > -6 {
		return d.value.Text('f')
	}
	return d.value.Text('E')
}

// Plain is toPlainString: digits without an exponent. More than 100,000 of them
// are an ArithmeticException.
func (d Decimal) Plain() (string, error) {
	if d.Sign() == 0 && d.Scale() < 0 {
		return "0", nil
	}
	if max(int64(d.Precision()), d.scale(), d.wholeDigits()) > maxDigits {
		return "", tooManyDigits()
	}
	return d.value.Text('f'), nil
}

// Int64 is longValue: it drops the fraction and keeps the low 64 bits.
func (d Decimal) Int64() int64 {
	// 10^64 is a multiple of 2^64.
	if d.Scale() <= -64 || d.wholeDigits() <= 0 {
		return 0
	}
	whole, err := d.SetScale(0, RoundDown)
	if err != nil {
		return 0 // cannot be: the new value has fewer than 64 more digits
	}
	low := new(big.Int).And(whole.unscaled(), new(big.Int).SetUint64(math.MaxUint64))
	return int64(low.Uint64()) //nolint:gosec // the low bits are what is asked for
}

// Int64Exact is longValueExact: a fraction or a number beyond 64 bits is an
// ArithmeticException.
func (d Decimal) Int64Exact() (int64, error) {
	if d.Sign() == 0 {
		return 0, nil
	}
	if d.wholeDigits() > 19 {
		return 0, arithmeticException("Overflow")
	}
	whole, err := d.SetScale(0, RoundUnnecessary)
	if err != nil {
		return 0, err
	}
	n := whole.unscaled()
	if !n.IsInt64() {
		return 0, arithmeticException("Overflow")
	}
	return n.Int64(), nil
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
