package hostapi

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"
)

// reflect converts a value of any type by the rules of encoding/json. What a type says of
// itself comes first, then its kind. Like encoding/json, it calls the methods of a pointer
// to a value that can be pointed to.
func (z *normalizer) reflect(v reflect.Value, depth int) (any, error) {
	t := v.Type()
	if t.Kind() == reflect.Interface || isOwn(t) {
		return z.convert(v.Interface(), depth)
	}
	if t.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil, nil
		}
		if !marshals(t) || marshals(t.Elem()) {
			if z.pointers++; z.pointers > MaxValueDepth {
				return nil, tooDeep()
			}
			return z.reflect(v.Elem(), depth)
		}
	} else if v.CanAddr() && !marshals(t) && marshals(reflect.PointerTo(t)) {
		t, v = reflect.PointerTo(t), v.Addr()
	}
	if marshals(t) {
		switch m := v.Interface().(type) {
		case json.Marshaler:
			return z.fromJSON(t, m, depth)
		case encoding.TextMarshaler:
			return z.fromText(t, m)
		}
	}
	return z.kind(v, depth)
}

// isOwn reports whether [normalizer.convert] has a rule for exactly that type, which its
// methods or its kind would not give.
func isOwn(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[Decimal](), reflect.TypeFor[json.Number](), reflect.TypeFor[time.Time](),
		reflect.TypeFor[File](), reflect.TypeFor[*File](), reflect.TypeFor[User](), reflect.TypeFor[*User](),
		reflect.TypeFor[Group](), reflect.TypeFor[*Group]():
		return true
	}
	return false
}

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()             //nolint:gochecknoglobals // constant
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()     //nolint:gochecknoglobals // constant
	isZeroer      = reflect.TypeFor[interface{ IsZero() bool }]() //nolint:gochecknoglobals // constant
)

// marshals reports whether a value of type t writes itself as JSON or as text.
func marshals(t reflect.Type) bool { return t.Implements(jsonMarshaler) || t.Implements(textMarshaler) }

func (z *normalizer) fromJSON(t reflect.Type, m json.Marshaler, depth int) (any, error) {
	text, err := m.MarshalJSON()
	if err != nil {
		return nil, cannotMarshal(t, err)
	}
	if !utf8.Valid(text) { // the decoder would replace invalid bytes
		return nil, notAValue("text that is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, cannotMarshal(t, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, cannotMarshal(t, errors.New("more than one JSON value"))
	}
	return z.convert(withNumbers(value), depth)
}

// withNumbers replaces the numbers in a value that was read from JSON by a float64, if that
// writes the same digits, or by a [Decimal].
func withNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil {
			if text, err := json.Marshal(f); err == nil && string(text) == string(v) {
				return f
			}
		}
		return Decimal(v)
	case []any:
		for i := range v {
			v[i] = withNumbers(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = withNumbers(v[name])
		}
	}
	return v
}

func (z *normalizer) fromText(t reflect.Type, m encoding.TextMarshaler) (any, error) {
	text, err := m.MarshalText()
	if err != nil {
		return nil, cannotMarshal(t, err)
	}
	return z.text(string(text))
}

// cannotMarshal keeps err for errors.Is: its text may have the value.
func cannotMarshal(t reflect.Type, err error) error {
	return &Error{Code: CodeInvalidArgument, Op: "value", Message: "a Go " + t.String() + " could not be written as JSON", Reason: err}
}

// kind converts a value by the kind of its type.
func (z *normalizer) kind(v reflect.Value, depth int) (any, error) {
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.String:
		return z.text(v.String())
	case reflect.Float32:
		return fromFloat32(float32(v.Float()))
	case reflect.Float64:
		return fromFloat(v.Float())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return fromInt(v.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return fromUint(v.Uint()), nil
	case reflect.Slice:
		if v.IsNil() {
			return nil, nil
		}
		if e := v.Type().Elem(); e.Kind() == reflect.Uint8 && !marshals(reflect.PointerTo(e)) {
			return z.base64(v.Bytes())
		}
		return z.list(v, depth)
	case reflect.Array:
		return z.list(v, depth)
	case reflect.Map:
		return z.object(v, depth)
	case reflect.Struct:
		return z.structure(v, depth)
	}
	return nil, notAValue("a Go " + v.Type().String())
}

// element is value for a part of a list, a map or a struct.
func (z *normalizer) element(v reflect.Value, depth int) (any, error) {
	if err := z.begin(depth); err != nil {
		return nil, err
	}
	return z.reflect(v, depth)
}

func (z *normalizer) list(v reflect.Value, depth int) (any, error) {
	out := make([]any, v.Len())
	for i := range out {
		e, err := z.element(v.Index(i), depth+1)
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

func (z *normalizer) object(v reflect.Value, depth int) (any, error) {
	if v.IsNil() {
		return nil, nil
	}
	out := make(map[string]any, v.Len())
	for i := v.MapRange(); i.Next(); {
		name, err := mapName(i.Key())
		if err != nil {
			return nil, err
		}
		if err := z.member(out, name, i.Value(), depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (z *normalizer) member(out map[string]any, name string, v reflect.Value, depth int) error {
	if err := z.name(name); err != nil {
		return err
	}
	value, err := z.element(v, depth+1)
	if err != nil {
		return err
	}
	out[name] = value
	return nil
}

// mapName returns the key of a map as text: that of a string or an integer, or what its
// type says.
func mapName(key reflect.Value) (string, error) {
	if key.Kind() == reflect.String {
		return key.String(), nil
	}
	if m, ok := key.Interface().(encoding.TextMarshaler); ok {
		if key.Kind() == reflect.Pointer && key.IsNil() {
			return "", nil
		}
		text, err := m.MarshalText()
		if err != nil {
			return "", cannotMarshal(key.Type(), err)
		}
		return string(text), nil
	}
	switch {
	case key.CanInt():
		return strconv.FormatInt(key.Int(), 10), nil
	case key.CanUint():
		return strconv.FormatUint(key.Uint(), 10), nil
	}
	return "", notAValue("a map whose keys are a Go " + key.Type().String())
}

func (z *normalizer) structure(v reflect.Value, depth int) (any, error) {
	fields := fieldsOf(v.Type())
	out := make(map[string]any, len(fields))
	for i := range fields {
		f := &fields[i]
		field, ok := f.in(v)
		if !ok || f.omits(field) {
			continue
		}
		if f.quoted {
			text, err := quoted(field)
			if err != nil {
				return nil, err
			}
			field = reflect.ValueOf(text)
		}
		if err := z.member(out, f.name, field, depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// quoted returns the JSON of a number, a boolean or a text as text, for the option string of
// a json tag; a nil pointer and a type that marshals itself are returned as they are.
func quoted(v reflect.Value) (any, error) {
	for v.Kind() == reflect.Pointer && !v.IsNil() && !marshals(v.Type()) {
		v = v.Elem()
	}
	if v.Kind() == reflect.Pointer || marshals(v.Type()) {
		return v.Interface(), nil
	}
	if v.Kind() == reflect.String && !utf8.ValidString(v.String()) {
		return nil, notAValue("text that is not UTF-8")
	}
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return nil, notAValue(fmt.Sprint(v.Interface())) // a number that is not finite
	}
	return string(text), nil
}
