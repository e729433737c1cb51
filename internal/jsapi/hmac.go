package jsapi

import (
	"crypto/hmac"
	"hash"

	"github.com/dop251/goja"
)

// hmacClass is the global hmac: message authentication codes (RFC 2104). Secret and
// message have the types that digest accepts.
var hmacClass = newClass("hmac", forEachHash(hmacOf)) //nolint:gochecknoglobals // a table, never changed

func hmacOf(newHash func() hash.Hash) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		if err := c.need(2, "(secret, message)"); err != nil {
			return nil, err
		}
		secret, err := a.unsealedContent(c, 0, "secret")
		if err != nil {
			return nil, err
		}
		message, err := a.unsealedContent(c, 1, "message")
		if err != nil {
			return nil, err
		}
		mac := hmac.New(newHash, secret)
		mac.Write(message)
		return a.object(byteArrayClass, byteArray(mac.Sum(nil))), nil
	}
}
