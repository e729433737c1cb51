package wire

import (
	"net/http"
	"reflect"
	"time"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"github.com/postern-dev/postern/hostapi"
)

// decoder makes a value of its tree.
type decoder struct{ known []knownError }

// value sets v, which is at that place in the message, to the value of the tree.
func (d *decoder) value(tree any, v reflect.Value, at string) error {
	if v.Type() == reflect.TypeFor[time.Time]() {
		return d.time(tree, v, at)
	}
	switch v.Kind() {
	case reflect.Bool:
		b, ok := tree.(bool)
		if !ok {
			return mismatch(tree, v, at)
		}
		v.SetBool(b)
		return nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, ok := tree.(int64)
		if !ok || v.OverflowInt(n) {
			return mismatch(tree, v, at)
		}
		v.SetInt(n)
		return nil
	case reflect.Float64:
		f, ok := tree.(float64)
		if !ok {
			return mismatch(tree, v, at)
		}
		v.SetFloat(f)
		return nil
	case reflect.String:
		s, ok := textOf(tree)
		if !ok {
			return mismatch(tree, v, at)
		}
		v.SetString(s)
		return nil
	case reflect.Pointer:
		if tree == nil {
			v.SetZero()
			return nil
		}
		v.Set(reflect.New(v.Type().Elem()))
		return d.value(tree, v.Elem(), at)
	case reflect.Slice:
		return d.slice(tree, v, at)
	case reflect.Map:
		return d.object(tree, v, at)
	case reflect.Struct:
		return d.fields(tree, v, at)
	case reflect.Interface:
		return d.dynamic(tree, v, at)
	case reflect.Func:
		if tree == nil {
			v.SetZero()
			return nil
		}
	}
	return mismatch(tree, v, at)
}

// textOf is the reverse of text.
func textOf(tree any) (string, bool) {
	switch s := tree.(type) {
	case string:
		return s, true
	case []byte:
		return string(s), !utf8.Valid(s)
	}
	return "", false
}

func (d *decoder) time(tree any, v reflect.Value, at string) error {
	data, ok := tree.([]byte)
	if !ok {
		return mismatch(tree, v, at)
	}
	var t time.Time
	if err := t.UnmarshalBinary(data); err != nil {
		return mismatch(tree, v, at)
	}
	v.Set(reflect.ValueOf(t))
	return nil
}

func (d *decoder) slice(tree any, v reflect.Value, at string) error {
	if tree == nil {
		v.SetZero()
		return nil
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		b, ok := tree.([]byte)
		if !ok {
			return mismatch(tree, v, at)
		}
		v.SetBytes(b)
		return nil
	}
	list, ok := tree.([]any)
	if !ok {
		return mismatch(tree, v, at)
	}
	v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
	for i := range list {
		if err := d.value(list[i], v.Index(i), at); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) object(tree any, v reflect.Value, at string) error {
	if tree == nil {
		v.SetZero()
		return nil
	}
	object, ok := tree.(map[string]any)
	if !ok || v.Type().Key().Kind() != reflect.String {
		return mismatch(tree, v, at)
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(object)))
	for name, tree := range object {
		element := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(tree, element, at); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), element)
	}
	return nil
}

func (d *decoder) fields(tree any, v reflect.Value, at string) error {
	list, ok := tree.([]any)
	if !ok || len(list) != v.NumField() {
		return mismatch(tree, v, at)
	}
	for i := range list {
		f := v.Type().Field(i)
		if !f.IsExported() {
			return mismatch(tree, v, at+"."+f.Name)
		}
		if err := d.value(list[i], v.Field(i), at+"."+f.Name); err != nil {
			return err
		}
	}
	return nil
}

// dynamic decodes an interface.
func (d *decoder) dynamic(tree any, v reflect.Value, at string) error {
	var x any
	var err error
	switch v.Type() {
	case reflect.TypeFor[any]():
		x, err = d.anyValue(tree, at)
	case reflect.TypeFor[error]():
		x, err = d.err(tree, at)
	default:
		if tree != nil {
			return mismatch(tree, v, at)
		}
	}
	if err != nil {
		return err
	}
	if x == nil {
		v.SetZero()
	} else {
		v.Set(reflect.ValueOf(x))
	}
	return nil
}

func (d *decoder) anyValue(tree any, at string) (any, error) {
	switch tree := tree.(type) {
	case nil, bool, float64:
		return tree, nil
	case string, []byte:
		if s, ok := textOf(tree); ok {
			return s, nil
		}
	case []any:
		list := make([]any, len(tree))
		for i := range tree {
			var err error
			if list[i], err = d.anyValue(tree[i], at); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		object := make(map[string]any, len(tree))
		for name := range tree {
			var err error
			if object[name], err = d.anyValue(tree[name], at); err != nil {
				return nil, err
			}
		}
		return object, nil
	case cbor.Tag:
		return d.tagged(tree, at)
	}
	return nil, malformed("%s: a %T is not a value", at, tree)
}

func (d *decoder) tagged(tag cbor.Tag, at string) (any, error) {
	switch tag.Number {
	case tagDecimal:
		return decodeAs[hostapi.Decimal](d, tag.Content, at)
	case tagFile:
		f, err := decodeAs[hostapi.File](d, tag.Content, at)
		return &f, err
	case tagUser:
		return decodeAs[hostapi.User](d, tag.Content, at)
	case tagGroup:
		return decodeAs[hostapi.Group](d, tag.Content, at)
	case tagTime:
		return decodeAs[time.Time](d, tag.Content, at)
	case tagHeader:
		return decodeAs[http.Header](d, tag.Content, at)
	case tagNilList:
		if tag.Content == nil {
			return []any(nil), nil
		}
	case tagNilObject:
		if tag.Content == nil {
			return map[string]any(nil), nil
		}
	}
	return nil, malformed("%s: tag %d is not one of a value", at, tag.Number)
}

func decodeAs[T any](d *decoder, tree any, at string) (T, error) {
	var v T
	err := d.value(tree, reflect.ValueOf(&v).Elem(), at)
	return v, err
}

func mismatch(tree any, v reflect.Value, at string) error {
	return malformed("%s: a %T where a %s is expected", at, tree, v.Type())
}
