// Package charset turns the bytes of HTTP bodies into text and back, by the
// charset a content type names.
package charset

import (
	"bytes"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
)

// Decode returns body as text. The charset is that of the content type; an
// absent or unknown one is read as UTF-8. Malformed input becomes U+FFFD, a
// byte order mark is dropped.
func Decode(contentType string, body []byte) string {
	if enc := lookup(contentType); enc != nil {
		if text, err := enc.NewDecoder().Bytes(body); err == nil {
			return string(bytes.TrimPrefix(text, []byte("\ufeff")))
		}
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if utf8.Valid(body) {
		return string(body)
	}
	return strings.ToValidUTF8(string(body), "\ufffd")
}

// Encode returns text in the charset of the content type; an absent or unknown
// one means UTF-8. A character that the charset lacks becomes its substitute,
// "?" or U+001A as the charset has it.
func Encode(contentType, text string) []byte {
	if enc := lookup(contentType); enc != nil {
		if body, err := encoding.ReplaceUnsupported(enc.NewEncoder()).Bytes([]byte(text)); err == nil {
			return body
		}
	}
	return []byte(text)
}

// lookup returns nil for UTF-8, which is already what Go strings hold.
func lookup(contentType string) encoding.Encoding {
	// Nearly every answer says nothing or UTF-8: neither needs a parser.
	if !strings.Contains(contentType, "=") {
		return nil
	}
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil
	}
	name := params["charset"]
	if name == "" || strings.EqualFold(name, "utf-8") {
		return nil
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		return nil
	}
	return enc
}
