package java

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// ParseDecimal is new BigDecimal(String): an optional sign, digits of any script
// with an optional point, and an optional exponent after "e" or "E". Blanks around it
// and anything else are a NumberFormatException.
func ParseDecimal(text string) (Decimal, error) {
	negative := strings.HasPrefix(text, "-")
	mantissa, exponentText, hasExponent := text, "", false
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, exponentText, hasExponent = text[:i], text[i+1:], true
	}
	unscaled, scale, err := parseMantissa(trimSign(mantissa))
	if err != nil {
		return Decimal{}, err
	}
	if hasExponent {
		exponent, err := parseExponent(exponentText)
		if err != nil {
			return Decimal{}, err
		}
		scale -= exponent
	}
	if scale < -math.MaxInt32 || scale > math.MaxInt32 {
		return Decimal{}, numberFormatException("Scale out of range.")
	}
	if negative {
		unscaled.Neg(unscaled)
	}
	return Decimal{unscaled, scale}, nil
}

func trimSign(text string) string {
	if text != "" && (text[0] == '-' || text[0] == '+') {
		return text[1:]
	}
	return text
}

// parseMantissa returns the number without the point, and how many of its digits
// follow it.
func parseMantissa(text string) (unscaled *big.Int, scale int64, err error) {
	digits := make([]byte, 0, min(len(text), maxDigits))
	point := -1
	for _, r := range text {
		if r == '.' {
			if point >= 0 {
				return nil, 0, numberFormatException("Character array contains more than one decimal point.")
			}
			point = len(digits)
			continue
		}
		digit, ok := digitValue(r)
		if !ok {
			return nil, 0, numberFormatException("Character " + string(r) +
				` is neither a decimal digit number, decimal point, nor "e" notation exponential mark.`)
		}
		if len(digits) == maxDigits {
			return nil, 0, numberFormatException("Number has more than " + strconv.Itoa(maxDigits) + " digits")
		}
		digits = append(digits, "0123456789"[digit])
	}
	unscaled, ok := new(big.Int).SetString(string(digits), 10)
	if !ok {
		return nil, 0, numberFormatException("No digits found.")
	}
	if point >= 0 {
		scale = int64(len(digits) - point)
	}
	return unscaled, scale, nil
}

func parseExponent(text string) (int64, error) {
	digits := trimSign(text)
	if digits == "" {
		return 0, numberFormatException("No exponent digits")
	}
	var exponent int64
	for _, r := range digits {
		digit, ok := digitValue(r)
		if !ok {
			return 0, numberFormatException("Not a digit.")
		}
		exponent = exponent*10 + int64(digit)
		if exponent > 9_999_999_999 {
			return 0, numberFormatException("Too many nonzero exponent digits.")
		}
	}
	if text[0] == '-' {
		exponent = -exponent
	}
	return exponent, nil
}
