package java

import "math/big"

// RoundingMode is a java.math.RoundingMode. Its number is its ordinal, which is
// also the old constant of BigDecimal, such as ROUND_HALF_UP = 4.
type RoundingMode int

// The rounding modes, in Java's order.
const (
	RoundUp          RoundingMode = iota // away from zero
	RoundDown                            // towards zero
	RoundCeiling                         // towards positive infinity
	RoundFloor                           // towards negative infinity
	RoundHalfUp                          // to the nearest, a tie away from zero
	RoundHalfDown                        // to the nearest, a tie towards zero
	RoundHalfEven                        // to the nearest, a tie to the even neighbour
	RoundUnnecessary                     // the result is exact, or an ArithmeticException
)

//nolint:gochecknoglobals // a table, never changed
var roundingModes = [...]string{
	RoundUp:          "UP",
	RoundDown:        "DOWN",
	RoundCeiling:     "CEILING",
	RoundFloor:       "FLOOR",
	RoundHalfUp:      "HALF_UP",
	RoundHalfDown:    "HALF_DOWN",
	RoundHalfEven:    "HALF_EVEN",
	RoundUnnecessary: "UNNECESSARY",
}

// ParseRoundingMode is RoundingMode.valueOf. An unknown name is an
// IllegalArgumentException.
func ParseRoundingMode(name string) (RoundingMode, error) {
	for mode, known := range roundingModes {
		if known == name {
			return RoundingMode(mode), nil
		}
	}
	return 0, illegalArgumentException("No enum constant java.math.RoundingMode." + name)
}

// String returns Java's name of the mode, such as "HALF_UP".
func (m RoundingMode) String() string {
	if !m.valid() {
		return "invalid rounding mode"
	}
	return roundingModes[m]
}

func (m RoundingMode) valid() bool {
	return RoundUp <= m && m <= RoundUnnecessary
}

// errRoundingNecessary is the exception for a result that RoundUnnecessary does not
// give.
var errRoundingNecessary = arithmeticException("Rounding necessary")

// divide returns x/y as a whole number.
func (m RoundingMode) divide(x, y *big.Int) (*big.Int, error) {
	quotient, rest := new(big.Int).QuoRem(x, y, new(big.Int))
	if rest.Sign() == 0 {
		return quotient, nil
	}
	if m == RoundUnnecessary {
		return nil, errRoundingNecessary
	}
	sign, isOdd := x.Sign()*y.Sign(), quotient.Bit(0) == 1
	if half := rest.Lsh(rest, 1).CmpAbs(y); m.isAwayFromZero(sign, isOdd, half) {
		quotient.Add(quotient, big.NewInt(int64(sign)))
	}
	return quotient, nil
}

// isAwayFromZero reports whether a quotient with a rest goes to the next number away
// from zero instead of the one towards it, which may be odd. sign is that of the
// exact quotient; half is how the rest compares with half of the divisor.
func (m RoundingMode) isAwayFromZero(sign int, isOdd bool, half int) bool {
	switch m {
	case RoundUp:
		return true
	case RoundCeiling:
		return sign > 0
	case RoundFloor:
		return sign < 0
	case RoundHalfUp:
		return half >= 0
	case RoundHalfDown:
		return half > 0
	case RoundHalfEven:
		return half > 0 || half == 0 && isOdd
	default: // RoundDown
		return false
	}
}
