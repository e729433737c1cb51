// Package charset decodes and encodes text by the name of a charset or by the charset
// that a content type names. It behaves as Java's charsets do.
package charset

import (
	"bufio"
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"github.com/postern-dev/postern/internal/mediatype"
)

// Charset is a character encoding. The zero value is UTF-8. It behaves as the Java
// charset of the same name does.
type Charset struct {
	encoding encoding.Encoding // nil is UTF-8
}

// Lookup returns the charset of a name, without regard to case. The name is looked up
// among Java's names, in the IANA registry, and among the labels of the WHATWG Encoding
// Standard, in this order.
func Lookup(name string) (Charset, bool) {
	name = ianaName(strings.ToLower(name))
	switch name {
	case "utf-8":
		return Charset{}, true
	case "x-utf-16le-bom":
		return Charset{unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)}, true
	case "windows-31j":
		return Charset{anyForm{japanese.ShiftJIS}}, true
	}
	enc, err := ianaindex.IANA.Encoding(name)
	if err != nil || enc == nil {
		enc, err = htmlindex.Get(name)
	}
	if err != nil || enc == encoding.Replacement {
		return Charset{}, false
	}
	if slices.Contains(japanese.All, enc) {
		enc = jisX0208{anyForm{enc}}
	}
	return Charset{enc}, true
}

// ianaName returns the registered name for names that only Java knows, and for those
// that have another meaning in the WHATWG standard. All are in lower case.
func ianaName(name string) string {
	switch name {
	case "utf8":
		return "utf-8"
	case "utf16", "utf_16", "unicode", "unicodebig":
		return "utf-16"
	case "utf_16be", "x-utf-16be", "unicodebigunmarked":
		return "utf-16be"
	case "utf_16le", "x-utf-16le", "unicodelittleunmarked":
		return "utf-16le"
	case "unicodelittle":
		return "x-utf-16le-bom"
	case "ms932", "cp932", "windows-932", "cswindows31j":
		return "windows-31j"
	case "eucjp", "euc_jp":
		return "euc-jp"
	case "iso2022jp", "jis":
		return "iso-2022-jp"
	case "euckr", "euc_kr":
		return "euc-kr"
	case "ascii":
		return "us-ascii"
	}
	if part, ok := strings.CutPrefix(name, "iso8859"); ok { // ISO8859_1, ISO8859-1
		return "iso-8859-" + strings.TrimLeft(part, "-_")
	}
	return name
}

// Decode returns b as text. Malformed input becomes U+FFFD. A byte order mark is
// dropped where it determines the byte order; in UTF-8 it is kept.
func (c Charset) Decode(b []byte) string {
	enc := c.encoding
	if enc == nil {
		if utf8.Valid(b) {
			return string(b)
		}
		enc = unicode.UTF8
	}
	text, err := enc.NewDecoder().Bytes(b)
	if err != nil { // no decoder fails: they write U+FFFD
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	return string(text)
}

// Encode returns text as bytes, "?" for a character that the charset lacks.
// UTF-16 is big-endian with a byte order mark; empty text has none.
func (c Charset) Encode(text string) []byte {
	if c.encoding == nil || text == "" {
		return []byte(text)
	}
	enc := c.encoding.NewEncoder()
	b, err := enc.Bytes([]byte(text))
	if err == nil {
		return b
	}
	var dst [16]byte
	instead := make(map[rune]rune) // a text has few distinct characters
	b, _ = enc.Bytes([]byte(strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return r
		}
		written, ok := instead[r]
		if !ok {
			written = r
			enc.Reset()
			if _, _, err := enc.Transform(dst[:], []byte(string(r)), true); err != nil {
				written = '?'
			}
			instead[r] = written
		}
		return written
	}, text)))
	return b
}

// Decode returns the body of a message as text. The charset is that of the content
// type; UTF-8 if it is absent or unknown. Malformed input becomes U+FFFD, and a byte
// order mark is dropped.
func Decode(contentType string, body []byte) string {
	return strings.TrimPrefix(of(contentType).Decode(body), "\ufeff")
}

// Share is [Decode] for a body that never changes again: text may be in its memory, as
// that of a large body in UTF-8 should.
func Share(contentType string, body []byte) string {
	cs := of(contentType)
	if cs.encoding != nil || !utf8.Valid(body) {
		return Decode(contentType, body)
	}
	text := unsafe.String(unsafe.SliceData(body), len(body)) //nolint:gosec // see the comment of the function
	return strings.TrimPrefix(text, "\ufeff")
}

// NewReader returns a reader of what [Decode] returns at once.
func NewReader(contentType string, body []byte) io.Reader {
	enc := of(contentType).encoding
	if enc == nil {
		if utf8.Valid(body) {
			return bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff")))
		}
		enc = unicode.UTF8
	}
	text := bufio.NewReader(enc.NewDecoder().Reader(bytes.NewReader(body)))
	if mark, err := text.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = text.Discard(3) // as seen
	}
	return text
}

// Encode returns text as the body of a message. The charset is that of the content
// type; UTF-8 if it is absent or unknown. A character that the charset lacks becomes
// "?".
func Encode(contentType, text string) []byte {
	return of(contentType).Encode(text)
}

func of(contentType string) Charset {
	name := mediatype.Charset(contentType)
	if name == "" {
		return Charset{}
	}
	c, _ := Lookup(name)
	return c
}
