package java

import (
	"cmp"
	"errors"
	"math"
	"math/big"
	"strings"
)

// Add returns d + o; its scale is the larger of the two.
func (d Decimal) Add(o Decimal) (Decimal, error) {
	if d.scale < o.scale {
		d, o = o, d
	}
	if o.Sign() == 0 {
		return d, nil
	}
	if d.scale-o.scale > maxDigits {
		return Decimal{}, arithmeticException("Overflow")
	}
	return newDecimal(new(big.Int).Add(d.unscaledValue(), o.unscaledAt(d.scale)), d.scale)
}

// Sub is subtract: d - o; its scale is the larger of the two.
func (d Decimal) Sub(o Decimal) (Decimal, error) { return d.Add(o.Neg()) }

// unscaledAt returns the unscaled value that d has at a larger scale, which must
// be near.
func (d Decimal) unscaledAt(scale int64) *big.Int {
	if scale == d.scale {
		return d.unscaledValue()
	}
	power := powerOfTen(scale - d.scale)
	return power.Mul(power, d.unscaledValue())
}

func powerOfTen(n int64) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil)
}

// Mul is multiply; its scale is the sum of the two.
func (d Decimal) Mul(o Decimal) (Decimal, error) {
	return newDecimal(new(big.Int).Mul(d.unscaledValue(), o.unscaledValue()), d.scale+o.scale)
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
	if d.Sign() == 0 {
		return newDecimal(new(big.Int), scale)
	}
	shift := scale - d.scale + o.scale
	digits := int64(d.Precision()) + shift - int64(o.Precision()) // of the quotient, give or take one
	if digits > maxDigits {
		return Decimal{}, tooManyDigits()
	}
	x, y := d.unscaledValue(), o.unscaledValue()
	switch {
	case shift >= 0:
		x = d.unscaledAt(d.scale + shift)
	case digits < -1:
		// Less than half of the last place: any such number rounds the same, and
		// this one needs no huge power.
		x, y = big.NewInt(int64(d.Sign()*o.Sign())), big.NewInt(10)
	default:
		y = o.unscaledAt(o.scale - shift)
	}
	quotient, err := mode.divide(x, y)
	if err != nil {
		return Decimal{}, err
	}
	return newDecimal(quotient, scale)
}

// Div is divide(BigDecimal): the exact quotient, at the scale nearest to the
// difference of the scales that can hold it. A quotient whose digits never end,
// or a division by zero, is an ArithmeticException.
func (d Decimal) Div(o Decimal) (Decimal, error) {
	if err := checkDivisor(d, o); err != nil {
		return Decimal{}, err
	}
	preferred := d.scale - o.scale
	if d.Sign() == 0 {
		return newDecimal(new(big.Int), preferred)
	}
	// A divisor of n bits holds fewer than n factors 2 or 5: so many more places
	// are enough for every quotient that ends.
	quotient, err := d.divScale(o, preferred+int64(o.unscaledValue().BitLen()), RoundUnnecessary)
	if errors.Is(err, errRoundingNecessary) {
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

// DivInt is divideToIntegralValue: the whole part of the quotient.
func (d Decimal) DivInt(o Decimal) (Decimal, error) {
	if err := checkDivisor(d, o); err != nil {
		return Decimal{}, err
	}
	preferred := d.scale - o.scale
	if d.Sign() == 0 || d.Abs().Cmp(o.Abs()) < 0 {
		return newDecimal(new(big.Int), preferred)
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
	unscaled, exponent := d.unscaledValue(), int64(n)
	if bits := int64(unscaled.BitLen() - 1); bits*exponent > maxDigits*bitsPerDigit {
		return Decimal{}, tooManyDigits()
	}
	return newDecimal(new(big.Int).Exp(unscaled, big.NewInt(exponent), nil), d.scale*exponent)
}

// Neg is negate.
func (d Decimal) Neg() Decimal { return Decimal{new(big.Int).Neg(d.unscaledValue()), d.scale} }

// Abs returns the magnitude.
func (d Decimal) Abs() Decimal { return Decimal{new(big.Int).Abs(d.unscaledValue()), d.scale} }

// Cmp is compareTo: -1, 0 or 1; scales do not matter.
func (d Decimal) Cmp(o Decimal) int {
	sign, other := d.Sign(), o.Sign()
	if sign != other || sign == 0 {
		return cmp.Compare(sign, other)
	}
	if d.scale != o.scale {
		if longer := cmp.Compare(d.wholeDigits(), o.wholeDigits()); longer != 0 {
			return longer * sign
		}
	}
	scale := max(d.scale, o.scale)
	return d.unscaledAt(scale).Cmp(o.unscaledAt(scale))
}

// Equal is equals: the same value at the same scale, so 2.0 is not 2.00.
func (d Decimal) Equal(o Decimal) bool {
	return d.scale == o.scale && d.Cmp(o) == 0
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
	return d.stripZeros(-d.wholeDigits())
}

// stripZeros removes zeros from the end of a number that is not 0, down to a scale
// of at least least.
func (d Decimal) stripZeros(least int64) Decimal {
	digits := d.UnscaledText()
	zeros := min(d.scale-least, int64(len(digits)-len(strings.TrimRight(digits, "0"))))
	if zeros <= 0 {
		return d
	}
	stripped, err := d.divScale(DecimalFromInt(1), d.scale-zeros, RoundUnnecessary)
	if err != nil {
		return d // the scale would leave its range
	}
	return stripped
}

// ScaleByPowerOfTen returns d × 10^n with the digits of d.
func (d Decimal) ScaleByPowerOfTen(n int) (Decimal, error) {
	n = max(-math.MaxInt32, min(n, math.MaxInt32)) // Java's int, near enough
	return newDecimal(d.unscaledValue(), d.scale-int64(n))
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
