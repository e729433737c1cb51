package hostapi

import (
	"encoding/json"
	"fmt"
	"math"
)

// A value of a data item is one of
//
//	nil  bool  float64  string  [Decimal]  []any  map[string]any
//
// with elements of the same kinds: what JSON can say, plus exact decimals.

// MaxValueDepth is how deeply arrays and objects of a value may be nested.
const MaxValueDepth = 100

// Decimal is an exact decimal number in plain or scientific notation, such as
// "123.450". JSON shows it as a number with the same digits.
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

// Normalize returns v as a value of a data item, with its size in bytes as
// [Limits].DataBytes counts it. Go integers and float32 become float64, a
// []string or map[string]string its general form. The result shares no memory
// with v.
func Normalize(v any) (value any, size int64, err error) {
	value, err = normalize(v, 0, &size)
	return value, size, err
}

func normalize(v any, depth int, size *int64) (any, error) {
	if depth > MaxValueDepth {
		return nil, &Error{
			Code: CodeInvalidArgument, Op: "value",
			Message: fmt.Sprintf("nested more than %d levels deep", MaxValueDepth), Hint: "does it contain itself?",
		}
	}
	*size += 8
	switch v := v.(type) {
	case nil, bool:
		return v, nil
	case string:
		*size += int64(len(v))
		return v, nil
	case Decimal:
		*size += int64(len(v))
		return v, nil
	case json.Number:
		*size += int64(len(v))
		d, ok := ParseDecimal(string(v))
		if !ok {
			return nil, notAValue("a json.Number that is not a number")
		}
		return d, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, notAValue(fmt.Sprint(v))
		}
		return v + 0, nil // no negative zero
	case float32:
		return normalize(float64(v), depth, size)
	case int:
		return fromInt(int64(v))
	case int32:
		return fromInt(int64(v))
	case int64:
		return fromInt(v)
	case []any:
		return normalizeSlice(v, depth, size)
	case []string:
		return normalizeSlice(v, depth, size)
	case map[string]any:
		return normalizeMap(v, depth, size)
	case map[string]string:
		return normalizeMap(v, depth, size)
	}
	return nil, notAValue(fmt.Sprintf("a Go %T", v))
}

func normalizeSlice[T any](v []T, depth int, size *int64) (any, error) {
	out := make([]any, len(v))
	for i := range v {
		e, err := normalize(v[i], depth+1, size)
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

func normalizeMap[T any](v map[string]T, depth int, size *int64) (any, error) {
	out := make(map[string]any, len(v))
	for k := range v {
		*size += int64(len(k))
		e, err := normalize(v[k], depth+1, size)
		if err != nil {
			return nil, err
		}
		out[k] = e
	}
	return out, nil
}

// fromInt keeps integers that a float64 cannot hold exactly as decimals.
func fromInt(n int64) (any, error) {
	const maxExact = 1 << 53
	if -maxExact <= n && n <= maxExact {
		return float64(n), nil
	}
	return Decimal(fmt.Sprint(n)), nil
}

func notAValue(what string) error {
	return &Error{
		Code: CodeInvalidArgument, Op: "value", Message: what + " cannot be stored as data",
		Hint: "use text, a finite number, true, false, null, an array or an object",
	}
}
