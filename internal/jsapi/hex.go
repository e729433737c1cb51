package jsapi

import (
	"encoding/hex"

	"github.com/dop251/goja"
)

// hexClass is the global hex: bytes as lower-case hexadecimal digits.
var hexClass = newClass("hex", members{ //nolint:gochecknoglobals // a table, never changed
	"encodeToString":   hexEncodeToString,
	"decodeFromString": hexDecodeFromString,
})

func hexEncodeToString(a *API, c call) (goja.Value, error) {
	if err := c.need(1, "(content)"); err != nil {
		return nil, err
	}
	content, err := a.content(c, 0, "content")
	if err != nil {
		return nil, err
	}
	return a.vm.ToValue(hex.EncodeToString(content)), nil
}

func hexDecodeFromString(a *API, c call) (goja.Value, error) {
	if err := c.need(1, "(text)"); err != nil {
		return nil, err
	}
	text, err := c.text(0, "text")
	if err != nil {
		return nil, err
	}
	b, err := hex.DecodeString(text)
	if err != nil {
		return nil, invalid(c.op, "the text is not pairs of hexadecimal digits", "")
	}
	return a.object(byteArrayClass, byteArray(b)), nil
}
