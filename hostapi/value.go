package hostapi

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
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
// "123.450". In JSON it is a number with the same digits.
type Decimal string

// ParseDecimal returns text as a Decimal if it is a decimal number.
func ParseDecimal(text string) (Decimal, bool) {
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	if text == "" || (text[0] != '-' && !digit(text[0])) || !digit(text[len(text)-1]) || !json.Valid([]byte(text)) {
		return "", false
	}
	return Decimal(text), true
}

// MarshalJSON writes the digits as a JSON number.
func (d Decimal) MarshalJSON() ([]byte, error) { return []byte(d), nil }

// UnmarshalJSON reads a JSON number with all its digits, or a string of one.
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

// Normalize converts v to a value of a data item, and returns its size in bytes for
// [Limits].DataBytes: 8 for every value, plus the bytes of text, digits and names. If
// the size exceeds most, it stops with [CodeLimit]. The result shares no memory with v,
// so a part that occurs twice in v counts twice.
//
// Text and names must be UTF-8. A Go integer or float32 becomes a float64, or a
// [Decimal] if it is an integer above 2⁵³ that a float64 might not hold exactly; a
// json.Number becomes a Decimal, and a []string or map[string]string its general form.
// [File.Check] must accept files.
func Normalize(v any, most int64) (value any, size int64, err error) {
	n := normalizer{most: most}
	value, err = n.value(v, 0)
	return value, n.size, err
}

type normalizer struct{ size, most int64 }

// add adds n bytes to the size.
func (z *normalizer) add(n int) error {
	if z.size += int64(n); z.size > z.most {
		return &Error{Code: CodeLimit, Op: "value", Message: "larger than " + strconv.FormatInt(max(z.most, 0), 10) + " bytes"}
	}
	return nil
}

func (z *normalizer) value(v any, depth int) (any, error) {
	if depth > MaxValueDepth {
		return nil, &Error{
			Code: CodeInvalidArgument, Op: "value",
			Message: fmt.Sprintf("nested more than %d levels deep", MaxValueDepth), Hint: "does it contain itself?",
		}
	}
	if err := z.add(8); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case nil, bool:
		return v, nil
	case string:
		if !utf8.ValidString(v) {
			return nil, notAValue("text that is not UTF-8")
		}
		return v, z.add(len(v))
	case Decimal:
		d, ok := ParseDecimal(string(v))
		if !ok {
			return nil, notAValue("a Decimal that is not a number")
		}
		return d, z.add(len(v))
	case *File:
		if v == nil {
			return nil, notAValue("a nil *File")
		}
		if err := v.Check(); err != nil {
			return nil, err
		}
		if v.Content == nil {
			v = &File{Name: v.Name, ContentType: v.ContentType, Content: []byte{}} // in JSON "", not null
		}
		return v, z.add(len(v.Name) + len(v.ContentType) + len(v.Content))
	case User:
		return v, z.add(len(v.Name) + len(v.Email))
	case Group:
		return v, z.add(len(v.Name) + len(v.Email) + 16*len(v.Members))
	case json.Number:
		d, ok := ParseDecimal(string(v))
		if !ok {
			return nil, notAValue("a json.Number that is not a number")
		}
		return d, z.add(len(v))
	case float64:
		return fromFloat(v)
	case float32:
		return fromFloat(float64(v))
	case int:
		return fromInt(int64(v)), nil
	case int8:
		return float64(v), nil
	case int16:
		return float64(v), nil
	case int32:
		return float64(v), nil
	case int64:
		return fromInt(v), nil
	case uint:
		return fromUint(uint64(v)), nil
	case uint8:
		return float64(v), nil
	case uint16:
		return float64(v), nil
	case uint32:
		return float64(v), nil
	case uint64:
		return fromUint(v), nil
	case []any:
		return normalizeSlice(z, v, depth)
	case []string:
		return normalizeSlice(z, v, depth)
	case map[string]any:
		return normalizeMap(z, v, depth)
	case map[string]string:
		return normalizeMap(z, v, depth)
	}
	return nil, notAValue(fmt.Sprintf("a Go %T", v))
}

func normalizeSlice[T any](z *normalizer, v []T, depth int) (any, error) {
	out := make([]any, len(v))
	for i := range v {
		e, err := z.value(v[i], depth+1)
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

func normalizeMap[T any](z *normalizer, v map[string]T, depth int) (any, error) {
	out := make(map[string]any, len(v))
	for k := range v {
		if !utf8.ValidString(k) {
			return nil, notAValue("a name that is not UTF-8")
		}
		if err := z.add(len(k)); err != nil {
			return nil, err
		}
		e, err := z.value(v[k], depth+1)
		if err != nil {
			return nil, err
		}
		out[k] = e
	}
	return out, nil
}

func fromFloat(v float64) (any, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil, notAValue(fmt.Sprint(v))
	}
	return v + 0, nil // no negative zero
}

// maxExact is the largest integer up to which a float64 holds every integer exactly.
const maxExact = 1 << 53

func fromInt(n int64) any {
	if -maxExact <= n && n <= maxExact {
		return float64(n)
	}
	return Decimal(strconv.FormatInt(n, 10))
}

func fromUint(n uint64) any {
	if n <= maxExact {
		return float64(n)
	}
	return Decimal(strconv.FormatUint(n, 10))
}

func notAValue(what string) error {
	return &Error{
		Code: CodeInvalidArgument, Op: "value", Message: what + " cannot be stored as data",
		Hint: "use text, a finite number, true, false, null, an array or an object",
	}
}
