package jsapi

import "github.com/dop251/goja"

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

// bytesOf returns the bytes of a byte array, never nil, and nil for any other value.
func bytesOf(v goja.Value) []byte {
	o, ok := v.(*goja.Object)
	if !ok {
		return nil
	}
	host := hostObject(o)
	if host == nil {
		return nil
	}
	b, ok := host.state.(byteArray)
	if ok && b == nil {
		return []byte{}
	}
	return b
}
