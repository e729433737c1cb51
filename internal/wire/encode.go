package wire

import (
	"fmt"
	"net/http"
	"reflect"
	"time"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"github.com/postern-dev/postern/hostapi"
)

// The tags of values whose type the receiver cannot know: those of the type any, and
// errors. They are of the range for anyone, RFC 8949 §9.2.
const (
	tagDecimal = 0x706f7300 + iota
	tagFile
	tagUser
	tagGroup
	tagTime
	tagHeader
	tagNilList   // a []any that is nil
	tagNilObject // a map[string]any that is nil
	tagError     // a *hostapi.Error
	tagPanic     // a *hostapi.PanicError, without its value
	tagKnown     // an error with a name
	tagForeign   // any other error
	tagLimit     // a *hostapi.LimitError
	tagDenial    // a *hostapi.DenialError
)

// encoder makes the tree of a value: what the CBOR library encodes as it is.
type encoder struct {
	known []knownError
	depth int
}

// tree returns the tree of v, which is at that place in the message.
func (e *encoder) tree(v reflect.Value, at string) (any, error) {
	if e.depth++; e.depth > maxDepth {
		return nil, cannot(at, "nested too deep")
	}
	defer func() { e.depth-- }()
	if !v.IsValid() {
		return nil, nil
	}
	if v.Type() == reflect.TypeFor[time.Time]() {
		t, _ := v.Interface().(time.Time) // it is one
		return t.MarshalBinary()
	}
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Float64:
		return v.Float(), nil
	case reflect.String:
		return text(v.String()), nil
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return e.tree(v.Elem(), at)
	case reflect.Slice:
		return e.slice(v, at)
	case reflect.Map:
		return e.object(v, at)
	case reflect.Struct:
		return e.fields(v, at)
	case reflect.Interface:
		switch v.Type() {
		case reflect.TypeFor[any]():
			return e.anyValue(v.Interface(), at)
		case reflect.TypeFor[error]():
			err, _ := v.Interface().(error) // it is one, or nil
			return e.err(err, at)
		}
		if v.IsNil() {
			return nil, nil
		}
	case reflect.Func:
		if v.IsNil() {
			return nil, nil
		}
	}
	return nil, cannot(at, fmt.Sprintf("a %s", v.Type()))
}

// text returns s as text, or as bytes if it is not UTF-8, which CBOR requires of text.
func text(s string) any {
	if utf8.ValidString(s) {
		return s
	}
	return []byte(s)
}

func (e *encoder) slice(v reflect.Value, at string) (any, error) {
	switch {
	case v.IsNil():
		return nil, nil
	case v.Type().Elem().Kind() == reflect.Uint8:
		return v.Bytes(), nil
	}
	list := make([]any, v.Len())
	for i := range list {
		var err error
		if list[i], err = e.tree(v.Index(i), at); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (e *encoder) object(v reflect.Value, at string) (any, error) {
	switch {
	case v.Type().Key().Kind() != reflect.String:
		return nil, cannot(at, fmt.Sprintf("a %s", v.Type()))
	case v.IsNil():
		return nil, nil
	}
	object := make(map[string]any, v.Len())
	for entry := v.MapRange(); entry.Next(); {
		key := entry.Key().String()
		if !utf8.ValidString(key) {
			return nil, cannot(at, "a key that is not UTF-8")
		}
		var err error
		if object[key], err = e.tree(entry.Value(), at); err != nil {
			return nil, err
		}
	}
	return object, nil
}

func (e *encoder) fields(v reflect.Value, at string) (any, error) {
	of := v.Type()
	list := make([]any, of.NumField())
	for i := range list {
		f := of.Field(i)
		if !f.IsExported() {
			return nil, cannot(at+"."+f.Name, "an unexported field")
		}
		var err error
		if list[i], err = e.tree(v.Field(i), at+"."+f.Name); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// anyValue returns the tree of a value of a data item, or of an argument of a function.
func (e *encoder) anyValue(v any, at string) (any, error) {
	tagged := func(number uint64, x any) (any, error) {
		tree, err := e.tree(reflect.ValueOf(x), at)
		return cbor.Tag{Number: number, Content: tree}, err
	}
	switch v := v.(type) {
	case nil, bool, float64:
		return v, nil
	case string:
		return text(v), nil
	case hostapi.Decimal:
		return tagged(tagDecimal, string(v))
	case *hostapi.File:
		if v != nil {
			return tagged(tagFile, *v)
		}
	case hostapi.User:
		return tagged(tagUser, v)
	case hostapi.Group:
		return tagged(tagGroup, v)
	case time.Time:
		return tagged(tagTime, v)
	case http.Header:
		return tagged(tagHeader, v)
	case []any:
		if v == nil {
			return cbor.Tag{Number: tagNilList}, nil
		}
		return e.slice(reflect.ValueOf(v), at)
	case map[string]any:
		if v == nil {
			return cbor.Tag{Number: tagNilObject}, nil
		}
		return e.object(reflect.ValueOf(v), at)
	}
	return nil, cannot(at, fmt.Sprintf("a %T", v))
}

func cannot(at, what string) error {
	return fmt.Errorf("encode%s: %s cannot be sent to another process", at, what)
}
