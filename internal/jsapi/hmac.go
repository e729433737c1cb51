package jsapi

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // scripts choose their digest
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"crypto/sha512"
	"hash"

	"github.com/dop251/goja"
)

// hmacClass is the global hmac: message authentication codes (RFC 2104). Secret and
// message have the types that digest accepts.
var hmacClass = newClass("hmac", members{ //nolint:gochecknoglobals // a table, never changed
	"md5":    hmacOf(md5.New),
	"sha1":   hmacOf(sha1.New),
	"sha256": hmacOf(sha256.New),
	"sha512": hmacOf(sha512.New),
})

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
