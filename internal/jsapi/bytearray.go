package jsapi

import (
	"reflect"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// byteArrayClass is an opaque byte array, such as a body: a script can pass it on but not
// read it.
var byteArrayClass = newClass("byte array", members{ //nolint:gochecknoglobals // a table, never changed
	"getLength": byteArrayGetLength,
})

type byteArray []byte

func byteArrayGetLength(a *API, c call) (goja.Value, error) {
	b, err := state[byteArray](c)
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(len(b)), nil
}

// bytesOf returns a copy of the bytes of a byte array, an ArrayBuffer or a Uint8Array,
// which is never nil; nil for any other value.
func bytesOf(v goja.Value) []byte {
	b, ok := viewOf(v)
	if !ok {
		return nil
	}
	return append([]byte{}, b...)
}

// viewOf returns the bytes of a byte array, an ArrayBuffer or a Uint8Array without copying
// them.
func viewOf(v goja.Value) ([]byte, bool) {
	if b, ok := stateOf[byteArray](v); ok {
		return b, true
	}
	o, ok := v.(*goja.Object)
	if !ok {
		return nil, false
	}
	switch o.ExportType() {
	case reflect.TypeFor[[]byte](), reflect.TypeFor[goja.ArrayBuffer]():
	default:
		return nil, false // exporting it would copy it
	}
	switch b := o.Export().(type) {
	case []byte:
		return b, true
	case goja.ArrayBuffer:
		return b.Bytes(), true
	}
	return nil, false
}

// content returns the bytes of argument i of c: those of a byte array, an ArrayBuffer, a
// Uint8Array or a file, or text as UTF-8. Numbers and booleans are converted to text. The
// bytes are not a copy: they must not be kept, because the script may change them.
func (a *API) content(c call, i int, name string) ([]byte, error) {
	v := c.arg(i)
	if f, ok := stateOf[*hostapi.File](v); ok {
		return a.fileContent(c.op, f)
	}
	if b, ok := viewOf(v); ok {
		return b, nil
	}
	text, err := c.text(i, name)
	return []byte(text), err
}
