package jsapi

import (
	"reflect"

	"github.com/dop251/goja"
)

// byteArrayClass is bytes that a script can pass on but not look into: a body.
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

// bytesOf returns a copy of the bytes of a byte array, an ArrayBuffer or a
// Uint8Array, never nil, and nil for any other value.
func bytesOf(v goja.Value) []byte {
	o, ok := v.(*goja.Object)
	if !ok {
		return nil
	}
	if host := hostObject(o); host != nil {
		if b, ok := host.state.(byteArray); ok {
			return append([]byte{}, b...)
		}
		return nil
	}
	switch o.ExportType() {
	case reflect.TypeFor[[]byte](), reflect.TypeFor[goja.ArrayBuffer]():
	default:
		return nil // exporting it would copy it
	}
	switch b := o.Export().(type) {
	case []byte:
		return append([]byte{}, b...)
	case goja.ArrayBuffer:
		return append([]byte{}, b.Bytes()...)
	}
	return nil
}
