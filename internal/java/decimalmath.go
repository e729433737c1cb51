package java

import (
	"bytes"
	"errors"
	"math"

	"github.com/cockroachdb/apd/v3"
)

// Add returns d + o; its scale is the larger of the two.
func (d Decimal) Add(o Decimal) (Decimal, error) {
	return exactly(apd.BaseContext.Add, d, o)
}

// Sub is subtract: d - o; its scale is the larger of the two.
func (d Decimal) Sub(o Decimal) (Decimal, error) {
	return exactly(apd.BaseContext.Sub, d, o)
}

func exactly(op func(z, x, y *apd.Decimal) (apd.Condition, error), x, y Decimal) (Decimal, error) {
	var z apd.Decimal
	if _, err := op(&z, &x.value, &y.value); err != nil {
		return Decimal{}, arithmeticException("Overflow")
	}
	return newDecimal(&z.Coeff, -int64(z.Exponent), z.Negative)
}

// Mul is multiply; its scale is the sum of the two.
func (d Decimal) Mul(o Decimal) (Decimal, error) {
	var product apd.BigInt
	product.Mul(&d.value.Coeff, &o.value.Coeff)
	return newDecimal(&product, d.scale()+o.scale(), d.value.Negative != o.value.Negative)
}

// DivScale is divide(BigDecimal, int, RoundingMode): the quotient at that scale.
// Division by zero is an ArithmeticException, an unknown mode an
// IllegalArgumentException.
func (d Decimal) DivScale(o Decimal, scale int, mode RoundingMode) (Decimal, error) {
	return d.divScale(o, int64(scale), mode)
}

func (d Decimal) divScale(o Decimal, scale int64, mode RoundingMode) (Decimal, error) {
	if !mode.valid() {
		return Decimal{}, illegalArgumentException("Invalid rounding mode")
	}
	if o.Sign() == 0 {
		return Decimal{}, arithmeticException("/ by zero")
	}
	if scale < -math.MaxInt32 || scale > math.MaxInt32 {
		return Decimal{}, arithmeticException("Scale out of range")
	}
	negative := d.value.Negative != o.value.Negative
	shift := scale - d.scale() + o.scale()
	digits := int64(d.Precision()) + shift - int64(o.Precision()) // of the quotient, give or take one
	if d.Sign() == 0 {
		return newDecimal(new(apd.BigInt), scale, false)
	}
	if digits > maxDigits {
		return Decimal{}, tooManyDigits()
	}
	x, y := new(apd.BigInt).Set(&d.value.Coeff), new(apd.BigInt).Set(&o.value.Coeff)
	switch {
	case shift >= 0:
		x.Mul(x, powerOfTen(shift))
	case digits < -1:
		// Less than half of the last place: any such number rounds the same, and
		// this one needs no huge power.
		x.SetInt64(1)
		y.SetInt64(10)
	default:
		y.Mul(y, powerOfTen(-shift))
	}
	quotient, err := mode.divide(x, y, negative)
	if err != nil {
		return Decimal{}, err
	}
	return newDecimal(quotient, scale, negative)
}

func powerOfTen(n int64) *apd.BigInt {
	return new(apd.BigInt).Exp(apd.NewBigInt(10), apd.NewBigInt(n), nil)
}

// Div is divide(BigDecimal): the exact quotient, at the scale nearest to the
// difference of the scales that can hold it. A quotient whose digits never end,
// or a division by zero, is an ArithmeticException.
func (d Decimal) Div(o Decimal) (Decimal, error) {
	if err := checkDivisor(d, o); err != nil {
		return Decimal{}, err
	}
	preferred := d.scale() - o.scale()
	if d.Sign() == 0 {
		return newDecimal(new(apd.BigInt), preferred, false)
	}
	// A divisor of n bits holds fewer than n factors 2 or 5: so many more places
	// are enough for every quotient that ends.
	quotient, err := d.divScale(o, preferred+int64(o.value.Coeff.BitLen()), RoundUnnecessary)
	if err != nil && isRoundingNecessary(err) {
		err = arithmeticException("Non-terminating decimal expansion; no exact representable decimal result.")
	}
	if err != nil {
		return Decimal{}, err
	}
	return quotient.stripZeros(preferred), nil
}

func checkDivisor(d, o Decimal) error {
	switch {
	case o.Sign() != 0:
		return nil
	case d.Sign() == 0:
		return arithmeticException("Division undefined")
	default:
		return arithmeticException("Division by zero")
	}
}

func isRoundingNecessary(err error) bool {
	var e *Exception
	return errors.As(err, &e) && e.Message == "Rounding necessary"
}

// DivInt is divideToIntegralValue: the whole part of the quotient.
func (d Decimal) DivInt(o Decimal) (Decimal, error) {
	if err := checkDivisor(d, o); err != nil {
		return Decimal{}, err
	}
	preferred := d.scale() - o.scale()
	if d.Sign() == 0 || d.Abs().Cmp(o.Abs()) < 0 {
		return newDecimal(new(apd.BigInt), preferred, false)
	}
	quotient, err := d.DivScale(o, 0, RoundDown)
	if err != nil {
		return Decimal{}, err
	}
	if preferred < 0 {
		return quotient.stripZeros(preferred), nil
	}
	return quotient.divScale(DecimalFromInt(1), preferred, RoundUnnecessary)
}

// Rem is remainder: what DivInt leaves; it has the sign of d.
func (d Decimal) Rem(o Decimal) (Decimal, error) {
	if o.Sign() != 0 && d.Abs().Cmp(o.Abs()) < 0 {
		return d, nil
	}
	quotient, err := d.DivInt(o)
	if err != nil {
		return Decimal{}, err
	}
	product, err := quotient.Mul(o)
	if err != nil {
		return Decimal{}, err
	}
	return d.Sub(product)
}

// Pow returns d^n for n from 0 to 999,999,999; else an ArithmeticException.
func (d Decimal) Pow(n int) (Decimal, error) {
	if n < 0 || n > 999_999_999 {
		return Decimal{}, arithmeticException("Invalid operation")
	}
	const bitsPerDigit = 4 // at most
	if bits := int64(d.value.Coeff.BitLen() - 1); bits*int64(n) > maxDigits*bitsPerDigit {
		return Decimal{}, tooManyDigits()
	}
	var power apd.BigInt
	power.Exp(&d.value.Coeff, apd.NewBigInt(int64(n)), nil)
	return newDecimal(&power, d.scale()*int64(n), d.value.Negative && n%2 == 1)
}

// Neg is negate.
func (d Decimal) Neg() Decimal {
	d.value.Negative = !d.value.Negative && d.Sign() != 0
	return d
}

// Abs returns the magnitude.
func (d Decimal) Abs() Decimal {
	d.value.Negative = false
	return d
}

// Cmp is compareTo: -1, 0 or 1; scales do not matter.
func (d Decimal) Cmp(o Decimal) int { return d.value.Cmp(&o.value) }

// Equal is equals: the same value at the same scale, so 2.0 is not 2.00.
func (d Decimal) Equal(o Decimal) bool {
	return d.value.Exponent == o.value.Exponent && d.Cmp(o) == 0
}

// Max returns the larger of the two, d if they are equal.
func (d Decimal) Max(o Decimal) Decimal {
	if d.Cmp(o) >= 0 {
		return d
	}
	return o
}

// Min returns the smaller of the two, d if they are equal.
func (d Decimal) Min(o Decimal) Decimal {
	if d.Cmp(o) <= 0 {
		return d
	}
	return o
}

// SetScale returns d with that many digits after the point. With
// RoundUnnecessary it is setScale(int), and losing a digit is an
// ArithmeticException.
func (d Decimal) SetScale(scale int, mode RoundingMode) (Decimal, error) {
	return d.DivScale(DecimalFromInt(1), scale, mode)
}

// StripTrailingZeros returns the number with the shortest unscaled value: 1E+2
// for 100, and 0 for every zero.
func (d Decimal) StripTrailingZeros() Decimal {
	if d.Sign() == 0 {
		return Decimal{}
	}
	return d.stripZeros(d.scale() - int64(d.Precision()))
}

// stripZeros removes zeros from the end, down to a scale of at least least.
func (d Decimal) stripZeros(least int64) Decimal {
	limit := min(d.scale()-least, int64(d.value.Coeff.TrailingZeroBits())) //nolint:gosec // a few hundred thousand
	if limit <= 0 || d.Sign() == 0 {
		return d
	}
	digits := d.value.Coeff.Append(nil, 10)
	zeros := min(limit, int64(len(digits)-len(bytes.TrimRight(digits, "0"))))
	stripped, err := d.divScale(DecimalFromInt(1), d.scale()-zeros, RoundUnnecessary)
	if err != nil {
		return d // the scale would leave its range
	}
	return stripped
}

// ScaleByPowerOfTen returns d × 10^n with the digits of d.
func (d Decimal) ScaleByPowerOfTen(n int) (Decimal, error) {
	n = max(-math.MaxInt32, min(n, math.MaxInt32)) // Java's int, near enough
	return newDecimal(&d.value.Coeff, d.scale()-int64(n), d.value.Negative)
}

// MovePointLeft returns d / 10^n with a scale of at least 0.
func (d Decimal) MovePointLeft(n int) (Decimal, error) {
	return d.MovePointRight(-max(n, -math.MaxInt32))
}

// MovePointRight returns d × 10^n with a scale of at least 0.
func (d Decimal) MovePointRight(n int) (Decimal, error) {
	if n == 0 {
		return d, nil
	}
	moved, err := d.ScaleByPowerOfTen(n)
	if err != nil || moved.Scale() >= 0 {
		return moved, err
	}
	return moved.SetScale(0, RoundUnnecessary)
}
