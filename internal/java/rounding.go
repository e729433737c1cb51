package java

import "github.com/cockroachdb/apd/v3"

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
var roundingModes = [...]struct {
	name    string
	rounder apd.Rounder
}{
	RoundUp:          {"UP", apd.RoundUp},
	RoundDown:        {"DOWN", apd.RoundDown},
	RoundCeiling:     {"CEILING", apd.RoundCeiling},
	RoundFloor:       {"FLOOR", apd.RoundFloor},
	RoundHalfUp:      {"HALF_UP", apd.RoundHalfUp},
	RoundHalfDown:    {"HALF_DOWN", apd.RoundHalfDown},
	RoundHalfEven:    {"HALF_EVEN", apd.RoundHalfEven},
	RoundUnnecessary: {name: "UNNECESSARY"},
}

// ParseRoundingMode is RoundingMode.valueOf. A name that is none is an
// IllegalArgumentException.
func ParseRoundingMode(name string) (RoundingMode, error) {
	for mode, known := range roundingModes {
		if known.name == name {
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
	return roundingModes[m].name
}

func (m RoundingMode) valid() bool {
	return RoundUp <= m && m <= RoundUnnecessary
}

// divide returns x/y as a whole number. Both are magnitudes; negative is the
// sign of the quotient, which some modes look at.
func (m RoundingMode) divide(x, y *apd.BigInt, negative bool) (*apd.BigInt, error) {
	var quotient, rest apd.BigInt
	quotient.QuoRem(x, y, &rest)
	if rest.Sign() == 0 {
		return &quotient, nil
	}
	if m == RoundUnnecessary {
		return nil, arithmeticException("Rounding necessary")
	}
	half := rest.Lsh(&rest, 1).Cmp(y)
	if roundingModes[m].rounder.ShouldAddOne(&quotient, negative, half) {
		quotient.Add(&quotient, apd.NewBigInt(1))
	}
	return &quotient, nil
}
