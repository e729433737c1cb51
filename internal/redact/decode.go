package redact

import (
	"unicode/utf16"
	"unicode/utf8"
)

// layers is how many times the text may have been escaped, each time in any of the
// supported ways.
const layers = 3

// role says what the search does with a byte of a text, or which roles a decoder removes.
type role uint8

// The roles of a byte. An escape begins with one of the kinds.
const (
	ofURL    role = 1 << iota // RFC 3986
	ofString                  // of a string of JSON or JavaScript
	ofXML                     // a reference of XML or HTML
	dropped                   // it is skipped: a zero of UTF-16, or a line break of base64

	ordinary role = 0
	escaping      = ofURL | ofString | ofXML
)

var roles = [256]role{0: dropped, '\r': dropped, '\n': dropped, '%': ofURL, '\\': ofString, '&': ofXML} //nolint:gochecknoglobals // a table, never changed

// path is the kinds of escapes that are removed from a text, one after the other. The zero path
// leaves the text as it is.
type path [layers]role

// span is the range of a character in the text that was searched.
type span struct{ start, end int }

// layer is a part of a text from which the escapes were removed some number of times, without
// what is dropped.
type layer struct {
	text  []byte
	spans []span // of each byte of text; only if traced
}

// strip sets l to text, which begins at that position of the whole.
func (l *layer) strip(text string, at int, traced bool) {
	l.text, l.spans = l.text[:0], l.spans[:0]
	for i := 0; i < len(text); {
		from := i
		for i < len(text) && roles[text[i]] != dropped {
			i++
		}
		l.text = append(l.text, text[from:i]...)
		for ; traced && from < i; from++ {
			l.spans = append(l.spans, span{at + from, at + from + 1})
		}
		for i < len(text) && roles[text[i]] == dropped {
			i++
		}
	}
}

// decode sets l to from without its escapes of some kinds, and returns the kinds that it has.
func (l *layer) decode(from *layer, kinds role) (found role) {
	l.text, l.spans = l.text[:0], l.spans[:0]
	done := 0 // what is in l
	for i := 0; i < len(from.text); i++ {
		kind := roles[from.text[i]] & kinds
		if kind == 0 {
			continue
		}
		var c [utf8.UTFMax]byte
		size, n := unescape(&c, from.text[i:])
		if n == 0 {
			continue
		}
		found |= kind
		l.copy(from, done, i)
		for _, b := range c[:size] {
			if roles[b] != dropped {
				l.add(b, from, i, n)
			}
		}
		done = i + n
		i = done - 1
	}
	if found != 0 {
		l.copy(from, done, len(from.text))
	}
	return found
}

// copy appends from[start:end].
func (l *layer) copy(from *layer, start, end int) {
	l.text = append(l.text, from.text[start:end]...)
	if len(from.spans) > 0 {
		l.spans = append(l.spans, from.spans[start:end]...)
	}
}

// add appends a byte that n bytes of from encode.
func (l *layer) add(c byte, from *layer, start, n int) {
	l.text = append(l.text, c)
	if len(from.spans) > 0 {
		l.spans = append(l.spans, span{from.spans[start].start, from.spans[start+n-1].end})
	}
}

// unescape decodes the escape that text begins with to size bytes of c. It has n bytes; 0
// means that it is none.
func unescape(c *[utf8.UTFMax]byte, text []byte) (size, n int) {
	var r rune
	switch text[0] {
	case '%': // RFC 3986 §2.1
		if r, n = hex(text, 1, 2); n > 0 {
			c[0] = byte(r & 0xff)
			return 1, n
		}
		return 0, 0
	case '\\':
		r, n = backslash(text)
	default:
		r, n = reference(text)
	}
	if n == 0 {
		return 0, 0
	}
	return utf8.EncodeRune(c[:], r), n
}

// backslash decodes an escape of RFC 8259 §7, or \' and \x41 of JavaScript.
func backslash(text []byte) (r rune, n int) {
	if len(text) < 2 {
		return 0, 0
	}
	switch c := text[1]; c {
	case '"', '\\', '/', '\'':
		return rune(c), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'x':
		return hex(text, 2, 2)
	case 'u':
		high, n := hex(text, 2, 4)
		if utf16.IsSurrogate(high) && len(text) > n+1 && text[n] == '\\' && text[n+1] == 'u' {
			if low, m := hex(text[n:], 2, 4); m > 0 && utf16.DecodeRune(high, low) != utf8.RuneError {
				return utf16.DecodeRune(high, low), n + m
			}
		}
		return high, n
	}
	return 0, 0
}

// reference decodes a character reference, XML 1.0 §4.1 and §4.6.
func reference(text []byte) (r rune, n int) {
	const longest = len("&#x10FFFF;")
	for n = 1; ; n++ {
		if n == len(text) || n == longest {
			return 0, 0
		}
		if text[n] == ';' {
			break
		}
	}
	switch name := string(text[1:n]); name {
	case "amp":
		return '&', n + 1
	case "lt":
		return '<', n + 1
	case "gt":
		return '>', n + 1
	case "quot":
		return '"', n + 1
	case "apos":
		return '\'', n + 1
	default:
		r, ok := referred(name)
		if !ok {
			return 0, 0
		}
		return r, n + 1
	}
}

// referred returns the character of a numeric reference, such as #65 or #x41.
func referred(name string) (r rune, ok bool) {
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], rune(10)
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	for i := range len(digits) {
		d := hexValue(digits[i])
		if d < 0 || d >= base {
			return 0, false
		}
		r = r*base + d
	}
	return r, digits != ""
}

// hex reads so many hexadecimal digits from a position on; n is the position after them, 0 if
// they are not there.
func hex(text []byte, from, digits int) (value rune, n int) {
	n = from + digits
	if len(text) < n {
		return 0, 0
	}
	for _, c := range text[from:n] {
		d := hexValue(c)
		if d < 0 {
			return 0, 0
		}
		value = value<<4 | d
	}
	return value, n
}

func hexValue(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return rune(c-'A') + 10
	}
	return -1
}
