package hostapi

import (
	"cmp"
	"encoding/json"
)

// A value of a data item is one of
//
//	nil  bool  float64  string  [Decimal]  []any  map[string]any  *[File]  [User]  [Group]
//
// with elements of the same kinds: those of JSON, exact decimals, and the
// values of certain types of data items.

// MaxValueDepth is how deeply arrays and objects of a value may be nested.
const MaxValueDepth = 100

// Decimal is an exact decimal number in plain or scientific notation, such as
// "123.450". In JSON it is a number with the same digits. As a value, "" is 0.
type Decimal string

// ParseDecimal returns text as a Decimal if it is a decimal number.
func ParseDecimal(text string) (Decimal, bool) {
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	if text == "" || (text[0] != '-' && !digit(text[0])) || !digit(text[len(text)-1]) || !json.Valid([]byte(text)) {
		return "", false
	}
	return Decimal(text), true
}

// MarshalJSON writes the digits as a JSON number, and 0 if there are none. It returns no
// error.
func (d Decimal) MarshalJSON() ([]byte, error) { return []byte(cmp.Or(d, "0")), nil }

// UnmarshalJSON reads a JSON number with all its digits, or a string of one. Anything else
// is [CodeInvalidArgument].
func (d *Decimal) UnmarshalJSON(text []byte) error {
	digits := string(text)
	if n := len(text); n > 1 && text[0] == '"' {
		digits = string(text[1 : n-1])
	}
	value, ok := ParseDecimal(digits)
	if !ok {
		return invalid("value", "", "the JSON is not a number", "")
	}
	*d = value
	return nil
}
