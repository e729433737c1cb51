package jsapi

import (
	"crypto/md5"  //nolint:gosec // scripts choose their digest
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"io"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// digestClass is the global digest: hash functions over bytes, the content of a file, or
// text in UTF-8.
var digestClass = newClass("digest", forEachHash(digest)) //nolint:gochecknoglobals // a table, never changed

// forEachHash returns a method for each hash function that scripts may choose.
func forEachHash(of func(newHash func() hash.Hash) func(*API, call) (goja.Value, error)) members {
	return members{"md5": of(md5.New), "sha1": of(sha1.New), "sha256": of(sha256.New), "sha512": of(sha512.New)}
}

func digest(newHash func() hash.Hash) func(*API, call) (goja.Value, error) {
	return func(a *API, c call) (goja.Value, error) {
		if err := c.need(1, "(content)"); err != nil {
			return nil, err
		}
		h := newHash()
		if f, ok := stateOf[*hostapi.File](c.args[0]); ok {
			r := f.Reader(a.ctx)
			defer r.Close() //nolint:errcheck // it has been read
			if _, err := io.Copy(h, r); err != nil {
				return nil, err
			}
			return a.object(byteArrayClass, byteArray(h.Sum(nil))), nil
		}
		content, err := a.content(c, 0, "content")
		if err != nil {
			return nil, err
		}
		h.Write(content)
		return a.object(byteArrayClass, byteArray(h.Sum(nil))), nil
	}
}
