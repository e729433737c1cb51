package wire

import (
	"math"
	"math/bits"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// coder encodes and decodes the values of one type.
type coder struct {
	encode func(*encoder, reflect.Value) error
	decode func(*decoder, reflect.Value) error
}

var coders sync.Map //nolint:gochecknoglobals // a cache: of coder by reflect.Type

// coderOf returns the coder of a type.
func coderOf(t reflect.Type) coder {
	if c, ok := coders.Load(t); ok {
		known, _ := c.(coder) // nothing else is stored
		return known
	}
	c := newCoder(t)
	coders.Store(t, c)
	return c
}

func newCoder(t reflect.Type) coder {
	switch t {
	case reflect.TypeFor[time.Time]():
		return coder{encodeTime, decodeTime}
	case reflect.TypeFor[any]():
		return coder{encodeAny, decodeAny}
	case reflect.TypeFor[error]():
		return coder{encodeError, decodeError}
	case reflect.TypeFor[map[string]any]():
		return coder{encodeObject, decodeObject}
	}
	switch t.Kind() {
	case reflect.Bool:
		return coder{encodeBool, decodeBool}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return coder{encodeInt, decodeInt}
	case reflect.Float64:
		return coder{encodeFloat, decodeFloat}
	case reflect.String:
		return coder{encodeString, decodeString}
	case reflect.Pointer:
		return orNil(pointerCoder(t))
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return orNil(coder{encodeBytes, decodeBytes})
		}
		return orNil(sliceCoder(t))
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			return orNil(mapCoder(t))
		}
	case reflect.Struct:
		return structCoder(t)
	}
	return nilCoder()
}

// orNil returns the coder of a type that has nil, which is sent as null.
func orNil(c coder) coder {
	return coder{
		func(e *encoder, v reflect.Value) error {
			if v.IsNil() {
				e.null()
				return nil
			}
			return c.encode(e, v)
		},
		func(d *decoder, v reflect.Value) error {
			if d.null() {
				v.SetZero()
				return nil
			}
			return c.decode(d, v)
		},
	}
}

func encodeBool(e *encoder, v reflect.Value) error {
	e.buf = append(e.buf, simpleFalse)
	if v.Bool() {
		e.buf[len(e.buf)-1] = simpleTrue
	}
	return nil
}

func decodeBool(d *decoder, v reflect.Value) error {
	major, n, err := d.head()
	if err != nil {
		return err
	}
	if major != majorSimple || n != simpleFalse&31 && n != simpleTrue&31 {
		return mismatch(major, v)
	}
	v.SetBool(n == simpleTrue&31)
	return nil
}

func encodeInt(e *encoder, v reflect.Value) error {
	e.buf = appendInt(e.buf, v.Int())
	return nil
}

func decodeInt(d *decoder, v reflect.Value) error {
	major, n, err := d.head()
	if err != nil {
		return err
	}
	i := int64(n) //nolint:gosec // checked next
	if major == majorNegative {
		i = ^i
	}
	if major > majorNegative || n > math.MaxInt64 || v.OverflowInt(i) {
		return mismatch(major, v)
	}
	v.SetInt(i)
	return nil
}

func encodeFloat(e *encoder, v reflect.Value) error {
	e.float(v.Float())
	return nil
}

func decodeFloat(d *decoder, v reflect.Value) error {
	if d.at >= len(d.data) || d.data[d.at] != float64Head {
		return mismatch(majorSimple, v)
	}
	_, bits, err := d.head()
	v.SetFloat(math.Float64frombits(bits))
	return err
}

func encodeString(e *encoder, v reflect.Value) error {
	e.buf = appendText(e.buf, v.String())
	return nil
}

func decodeString(d *decoder, v reflect.Value) error {
	major, n, err := d.head()
	if err != nil {
		return err
	}
	s, err := d.text(major, n)
	if err != nil {
		return mismatch(major, v)
	}
	v.SetString(s)
	return nil
}

func encodeBytes(e *encoder, v reflect.Value) error {
	const large, more = 1 << 16, 1 << 12
	if n := v.Len(); n > large { // what follows would have it copied
		e.buf = slices.Grow(e.buf, n+more)
	}
	e.buf = append(appendHead(e.buf, majorBytes, uint64(v.Len())), v.Bytes()...) //nolint:gosec // a length
	return nil
}

func decodeBytes(d *decoder, v reflect.Value) error {
	major, n, err := d.head()
	if err != nil {
		return err
	}
	if major != majorBytes {
		return mismatch(major, v)
	}
	b, err := d.bytes(n)
	if err != nil {
		return err
	}
	v.SetBytes(append(make([]byte, 0, len(b)), b...))
	return nil
}

func encodeTime(e *encoder, v reflect.Value) error {
	t, _ := v.Interface().(time.Time) // it is one
	b, err := t.MarshalBinary()
	if err != nil {
		return err
	}
	e.buf = append(appendHead(e.buf, majorBytes, uint64(len(b))), b...)
	return nil
}

func decodeTime(d *decoder, v reflect.Value) error {
	major, n, err := d.head()
	if err != nil {
		return err
	}
	b, err := d.bytes(n)
	if err != nil || major != majorBytes {
		return mismatch(major, v)
	}
	var t time.Time
	if err := t.UnmarshalBinary(b); err != nil {
		return mismatch(major, v)
	}
	v.Set(reflect.ValueOf(t))
	return nil
}

func pointerCoder(t reflect.Type) coder {
	of := sync.OnceValue(func() coder { return coderOf(t.Elem()) })
	return coder{
		func(e *encoder, v reflect.Value) error {
			return of().encode(e, v.Elem())
		},
		func(d *decoder, v reflect.Value) error {
			v.Set(reflect.New(t.Elem()))
			return of().decode(d, v.Elem())
		},
	}
}

func sliceCoder(t reflect.Type) coder {
	of := sync.OnceValue(func() coder { return coderOf(t.Elem()) })
	return coder{
		func(e *encoder, v reflect.Value) error {
			if err := e.enter(); err != nil {
				return err
			}
			n := v.Len()
			e.buf = appendHead(e.buf, majorArray, uint64(n)) //nolint:gosec // a length
			encode := of().encode
			for i := range n {
				if err := encode(e, v.Index(i)); err != nil {
					return err
				}
			}
			e.depth--
			return nil
		},
		func(d *decoder, v reflect.Value) error {
			n, err := d.begin(majorArray, v)
			if err != nil {
				return err
			}
			const few = 64 // allocated before they are there
			v.Set(reflect.MakeSlice(t, 0, min(n, few)))
			decode := of().decode
			for i := range n {
				if i == v.Cap() {
					v.Grow(min(n-i, i))
				}
				v.SetLen(i + 1)
				if err := decode(d, v.Index(i)); err != nil {
					return err
				}
			}
			d.depth--
			return nil
		},
	}
}

func mapCoder(t reflect.Type) coder {
	of := sync.OnceValue(func() coder { return coderOf(t.Elem()) })
	return coder{
		func(e *encoder, v reflect.Value) error {
			if err := e.enter(); err != nil {
				return err
			}
			e.buf = appendHead(e.buf, majorMap, uint64(v.Len())) //nolint:gosec // a length
			for entry := v.MapRange(); entry.Next(); {
				if err := e.key(entry.Key().String()); err != nil {
					return err
				}
				if err := of().encode(e, entry.Value()); err != nil {
					return err
				}
			}
			e.depth--
			return nil
		},
		func(d *decoder, v reflect.Value) error {
			n, err := d.begin(majorMap, v)
			if err != nil {
				return err
			}
			m := reflect.MakeMap(t)
			for range n {
				name, err := d.key()
				if err != nil {
					return err
				}
				element := reflect.New(t.Elem()).Elem()
				if err := of().decode(d, element); err != nil {
					return err
				}
				m.SetMapIndex(reflect.ValueOf(name).Convert(t.Key()), element)
			}
			if m.Len() != n {
				return malformed("a key occurs twice")
			}
			v.Set(m)
			d.depth--
			return nil
		},
	}
}

// field is a field of a struct.
type field struct {
	name     string
	exported bool
	always   bool // it is sent if it is zero, too
	open     bool // Open of a file
	coder    coder
}

// mostFields is how many fields have a bit.
const mostFields = 64

func fieldsOf(t reflect.Type) []field {
	list := make([]field, t.NumField())
	if len(list) > mostFields {
		panic("wire: " + t.String() + " has too many fields") // which every test notices that sends one
	}
	for i := range list {
		f := t.Field(i)
		list[i] = field{name: "." + f.Name, exported: f.IsExported(), always: hasFloat(f.Type)}
		switch {
		case t == reflect.TypeFor[hostapi.File]() && f.Type.Kind() == reflect.Func:
			list[i].open = true
		case f.IsExported():
			list[i].coder = coderOf(f.Type)
		}
	}
	return list
}

// hasFloat reports whether a value of the type that is zero may have a sign.
func hasFloat(t reflect.Type) bool {
	switch t.Kind() { //nolint:exhaustive // the others have no parts
	case reflect.Float32, reflect.Float64:
		return true
	case reflect.Struct:
		for i := range t.NumField() {
			if hasFloat(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}

func structCoder(t reflect.Type) coder {
	fields := sync.OnceValue(func() []field { return fieldsOf(t) })
	isFile := t == reflect.TypeFor[hostapi.File]()
	return coder{
		func(e *encoder, v reflect.Value) error {
			if err := e.enter(); err != nil {
				return err
			}
			if isFile && e.files != nil {
				var err error
				if v, err = e.file(v); err != nil {
					return err
				}
			}
			if err := e.fields(v, fields()); err != nil {
				return err
			}
			e.depth--
			return nil
		},
		func(d *decoder, v reflect.Value) error {
			n, err := d.begin(majorArray, v)
			if err != nil {
				return err
			}
			if err := d.fields(v, fields(), n); err != nil {
				return err
			}
			d.depth--
			return nil
		},
	}
}

// fields encodes a struct.
func (e *encoder) fields(v reflect.Value, list []field) error {
	var set uint64
	for i := range list {
		switch f := &list[i]; {
		case !f.exported:
			return within(f.name, cannot("an unexported field"))
		case f.always, !v.Field(i).IsZero(), f.open && e.number != 0:
			set |= 1 << i
		}
	}
	e.buf = appendHead(e.buf, majorArray, uint64(1+bits.OnesCount64(set))) //nolint:gosec // not negative
	e.buf = appendHead(e.buf, majorUint, set)
	for ; set != 0; set &= set - 1 {
		i := bits.TrailingZeros64(set)
		f := &list[i]
		encode := f.coder.encode
		if f.open {
			encode = encodeOpen
		}
		if err := encode(e, v.Field(i)); err != nil {
			return within(f.name, err)
		}
	}
	return nil
}

// fields decodes a struct, which is zero, from an array of n items.
func (d *decoder) fields(v reflect.Value, list []field, n int) error {
	major, set, err := d.head()
	if err != nil {
		return err
	}
	if major != majorUint || set>>len(list) != 0 || n != 1+bits.OnesCount64(set) {
		return malformed("these are not the fields of a %s", v.Type())
	}
	if d.items -= len(list) - n; d.items < 0 { // in memory, those that were left out count as well
		return d.tooMany()
	}
	for ; set != 0; set &= set - 1 {
		i := bits.TrailingZeros64(set)
		f := &list[i]
		switch {
		case !f.exported:
			err = mismatch(majorArray, v)
		case f.open:
			err = d.open(v)
		default:
			err = f.coder.decode(d, v.Field(i))
		}
		if err != nil {
			return within(f.name, err)
		}
	}
	return nil
}

// file returns the file v, without its content if it is sent as a number.
func (e *encoder) file(v reflect.Value) (reflect.Value, error) {
	f, _ := v.Interface().(hostapi.File) // it is one
	var err error
	if e.number, err = e.files.Number(&f); err != nil || e.number == 0 {
		return v, err
	}
	return reflect.ValueOf(hostapi.File{Name: f.Name, ContentType: f.ContentType, Size: f.Length()}), nil
}

// encodeOpen encodes the Open of a file as its number.
func encodeOpen(e *encoder, v reflect.Value) error {
	if e.number == 0 {
		return cannot("a " + v.Type().String())
	}
	e.buf = appendInt(e.buf, e.number)
	e.number = 0
	return nil
}

// open decodes the Open of the file v, which is sent as a number.
func (d *decoder) open(v reflect.Value) error {
	var number int64
	if err := decodeInt(d, reflect.ValueOf(&number).Elem()); err != nil {
		return err
	}
	if d.files == nil {
		return malformed("a file by reference")
	}
	f, _ := v.Addr().Interface().(*hostapi.File) // it is one
	return d.files.Open(f, number)
}

// nilCoder is that of types of which only nil can be sent.
func nilCoder() coder {
	return coder{
		func(e *encoder, v reflect.Value) error {
			switch v.Kind() {
			case reflect.Interface, reflect.Func:
				if v.IsNil() {
					e.null()
					return nil
				}
			}
			return cannot("a " + v.Type().String())
		},
		func(d *decoder, v reflect.Value) error {
			if !d.null() {
				return mismatch(majorSimple, v)
			}
			v.SetZero()
			return nil
		},
	}
}
