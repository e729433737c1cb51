package hostapi

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// Normalize converts v to a value of a data item, and returns its size in bytes for
// [Limits].DataBytes: 8 for every value, plus the bytes of text, digits, names and the
// content of files in memory. If the size exceeds most, it stops with [CodeLimit]. The
// result shares no memory with v but the content of files, which are immutable; so a part
// that occurs twice in v counts twice.
//
// It accepts what [json.Marshal] accepts and converts it to the value that its JSON has:
// named types, pointers, arrays, slices, maps, structs by their json tags, and types that
// marshal themselves. As there, a []byte is base64 text, a [time.Time] is text in RFC 3339
// with its fraction of a second, and a nil pointer, slice or map is nil. A DATE item needs
// t.Format(time.DateOnly).
//
// It differs from JSON in this. Integers and float32 become a float64, or a [Decimal] if
// they are integers above 2⁵³ that a float64 might not hold exactly; a json.Number becomes
// a Decimal, and so does a number that a type marshals itself to and that a float64 would
// write otherwise. A Decimal or json.Number that is empty is 0. A [File], [User] or
// [Group], by value or by pointer, is kept as it is; [File.Check] must accept files. Text
// and names must be UTF-8, and nothing may be nested deeper than [MaxValueDepth]. Anything
// else is [CodeInvalidArgument].
func Normalize(v any, most int64) (value any, size int64, err error) {
	n := normalizer{most: most}
	value, err = n.value(v, 0)
	return value, n.size, err
}

type normalizer struct {
	size, most int64
	pointers   int // followed since the last value began
}

// add adds n bytes to the size.
func (z *normalizer) add(n int) error {
	if z.size += int64(n); z.size > z.most {
		return &Error{Code: CodeLimit, Op: "value", Message: "larger than " + strconv.FormatInt(max(z.most, 0), 10) + " bytes"}
	}
	return nil
}

func (z *normalizer) value(v any, depth int) (any, error) {
	if err := z.begin(depth); err != nil {
		return nil, err
	}
	return z.convert(v, depth)
}

// decimal returns a number by its digits. Without any, as of a field that is not set, it
// is 0.
func (z *normalizer) decimal(digits, what string) (any, error) {
	if digits == "" {
		digits = "0"
	}
	d, ok := ParseDecimal(digits)
	if !ok {
		return nil, notAValue(what + " that is not a number")
	}
	return d, z.add(len(d))
}

// begin counts a value at that depth.
func (z *normalizer) begin(depth int) error {
	if depth > MaxValueDepth {
		return tooDeep()
	}
	z.pointers = 0
	return z.add(8)
}

// convert is value for what has been counted: the usual types here, any others by
// reflection.
func (z *normalizer) convert(given any, depth int) (any, error) {
	switch v := given.(type) {
	case nil, bool:
		return v, nil
	case string:
		return given, z.countText(v) // to make another any of v would copy it
	case Decimal:
		return z.decimal(string(v), "a Decimal")
	case *File:
		return z.file(v)
	case File:
		return z.file(&v)
	case *User:
		return z.user(v)
	case User:
		return z.user(&v)
	case *Group:
		return z.group(v)
	case Group:
		return z.group(&v)
	case time.Time:
		return z.time(v)
	case []byte:
		return z.base64(v)
	case json.Number:
		return z.decimal(string(v), "a json.Number")
	case float64:
		return fromFloat(v)
	case float32:
		return fromFloat32(v)
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
	case []map[string]any:
		return normalizeSlice(z, v, depth)
	case []string:
		return normalizeSlice(z, v, depth)
	case map[string]any:
		return normalizeMap(z, v, depth)
	case map[string]string:
		return normalizeMap(z, v, depth)
	}
	return z.reflect(reflect.ValueOf(given), depth)
}

func (z *normalizer) file(f *File) (any, error) {
	if f == nil {
		return nil, nil
	}
	if err := f.Check(); err != nil {
		return nil, err
	}
	if f.Content == nil && f.Open == nil {
		f = &File{Name: f.Name, ContentType: f.ContentType, Content: []byte{}} // in JSON "", not null
	}
	return f, z.add(len(f.Name) + len(f.ContentType) + len(f.Content))
}

func (z *normalizer) user(u *User) (any, error) {
	if u == nil {
		return nil, nil
	}
	if err := z.utf8(u.Name, u.Email); err != nil {
		return nil, err
	}
	return *u, z.add(len(u.Name) + len(u.Email))
}

func (z *normalizer) group(g *Group) (any, error) {
	if g == nil {
		return nil, nil
	}
	if err := z.utf8(g.Name, g.Email); err != nil {
		return nil, err
	}
	copied := *g
	copied.Members = slices.Clone(g.Members)
	return copied, z.add(len(g.Name) + len(g.Email) + 16*len(g.Members))
}

// time returns the text that encoding/json writes for t.
func (z *normalizer) time(t time.Time) (any, error) {
	text, err := t.MarshalText()
	if err != nil {
		return nil, notAValue("a time whose year has more than four digits, or whose zone RFC 3339 cannot express")
	}
	return string(text), z.add(len(text))
}

func (z *normalizer) base64(b []byte) (any, error) {
	if b == nil {
		return nil, nil
	}
	if err := z.add(base64.StdEncoding.EncodedLen(len(b))); err != nil {
		return nil, err
	}
	return base64.StdEncoding.EncodeToString(b), nil
}

func (z *normalizer) text(text string) (any, error) { return text, z.countText(text) }

func (z *normalizer) countText(text string) error {
	if err := z.utf8(text); err != nil {
		return err
	}
	return z.add(len(text))
}

// name counts the name of a member of an object.
func (z *normalizer) name(name string) error {
	if !utf8.ValidString(name) {
		return notAValue("a name that is not UTF-8")
	}
	return z.add(len(name))
}

func (z *normalizer) utf8(texts ...string) error {
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return notAValue("text that is not UTF-8")
		}
	}
	return nil
}

func normalizeSlice[T any](z *normalizer, v []T, depth int) (any, error) {
	if v == nil {
		return nil, nil
	}
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
	if v == nil {
		return nil, nil
	}
	out := make(map[string]any, len(v))
	for k := range v {
		if err := z.name(k); err != nil {
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

// fromFloat32 returns the float64 with the digits of v, as in JSON: 0.1 and not
// 0.10000000149011612.
func fromFloat32(v float32) (any, error) {
	f, err := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64)
	if err != nil {
		return nil, notAValue(fmt.Sprint(v))
	}
	return fromFloat(f)
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

func tooDeep() error {
	return &Error{
		Code: CodeInvalidArgument, Op: "value",
		Message: fmt.Sprintf("nested more than %d levels deep", MaxValueDepth), Hint: "does it contain itself?",
	}
}

func notAValue(what string) error {
	return &Error{
		Code: CodeInvalidArgument, Op: "value", Message: what + " cannot be stored as data",
		Hint: "use text, a finite number, true, false, null, an array or an object",
	}
}
