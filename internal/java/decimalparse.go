package java

import (
	"math"
	"strconv"
	"strings"
)

// ParseDecimal is new BigDecimal(String): an optional sign, digits of any script
// with an optional point, and an optional exponent after "e" or "E". Nothing may
// stand around it. Anything else is a NumberFormatException.
func ParseDecimal(text string) (Decimal, error) {
	negative := strings.HasPrefix(text, "-")
	mantissa, exponentText, hasExponent := text, "", false
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, exponentText, hasExponent = text[:i], text[i+1:], true
	}
	digits, fraction, err := parseMantissa(trimSign(mantissa))
	if err != nil {
		return Decimal{}, err
	}
	var exponent int64
	if hasExponent {
		if exponent, err = parseExponent(exponentText); err != nil {
			return Decimal{}, err
		}
	}
	scale := fraction - exponent
	if scale < -math.MaxInt32 || scale > math.MaxInt32 {
		return Decimal{}, numberFormatException("Scale out of range.")
	}
	var d Decimal
	if _, ok := d.value.Coeff.SetString(string(digits), 10); !ok {
		return Decimal{}, numberFormatException("No digits found.")
	}
	d.value.Exponent = int32(-scale)
	d.value.Negative = negative && d.value.Coeff.Sign() != 0
	return d, nil
}

func trimSign(text string) string {
	if text != "" && (text[0] == '-' || text[0] == '+') {
		return text[1:]
	}
	return text
}

// parseMantissa returns the digits without the point, in ASCII, and how many of
// them stand after it.
func parseMantissa(text string) (digits []byte, fraction int64, err error) {
	if text == "" {
		return nil, 0, numberFormatException("No digits found.")
	}
	digits = make([]byte, 0, min(len(text), maxDigits))
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
	if len(digits) == 0 {
		return nil, 0, numberFormatException("No digits found.")
	}
	if point >= 0 {
		fraction = int64(len(digits) - point)
	}
	return digits, fraction, nil
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
