package jsapi

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/dop251/goja"
)

// base64Class is the global base64 (RFC 4648 §4 and, url-safe, §5). Its output is padded.
// Input may be padded or not, and may have line breaks.
var base64Class = newClass("base64", members{ //nolint:gochecknoglobals // a table, never changed
	"encodeToString":                     base64Encode(base64.StdEncoding),
	"encodeToUrlSafeString":              base64Encode(base64.URLEncoding),
	"decodeFromString":                   base64DecodeText(base64.RawStdEncoding),
	"decodeFromUrlSafeString":            base64DecodeText(base64.RawURLEncoding),
	"decodeFromStringToByteArray":        base64DecodeBytes(base64.RawStdEncoding),
	"decodeFromUrlSafeStringToByteArray": base64DecodeBytes(base64.RawURLEncoding),
})

func base64Encode(enc *base64.Encoding) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		if err := c.need(1, "(content)"); err != nil {
			return nil, err
		}
		content, err := a.content(c, 0, "content")
		if err != nil {
			return nil, err
		}
		return a.vm.ToValue(enc.EncodeToString(content)), nil
	}
}

func base64DecodeBytes(enc *base64.Encoding) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		if err := c.need(1, "(text)"); err != nil {
			return nil, err
		}
		b, err := base64Decode(enc, c)
		if err != nil {
			return nil, err
		}
		return a.object(byteArrayClass, byteArray(b)), nil
	}
}

func base64DecodeText(enc *base64.Encoding) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		if err := c.need(1, "(text, charset)"); err != nil {
			return nil, err
		}
		b, err := base64Decode(enc, c)
		if err != nil {
			return nil, err
		}
		charset := ""
		if v := c.arg(1); !goja.IsUndefined(v) && !goja.IsNull(v) {
			charset = v.String()
		}
		text, err := decodeText(charset, b)
		return a.vm.ToValue(text), err
	}
}

// base64Decode decodes the first argument, which may be padded or not.
func base64Decode(enc *base64.Encoding, c call) ([]byte, error) {
	text, err := c.text(0, "text")
	if err != nil {
		return nil, err
	}
	text = strings.TrimRight(text, "=\r\n")
	b, err := enc.DecodeString(text)
	if at, ok := errors.AsType[base64.CorruptInputError](err); ok {
		return nil, invalid(c.op, fmt.Sprintf("the text is not base64: wrong or cut off at character %d", at+1), "")
	}
	return b, err
}
