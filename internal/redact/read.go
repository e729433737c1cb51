package redact

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// layers is how many times the text may have been escaped, each time in any of the
// supported ways.
const layers = 3

// reader reads a text through layers: layer 0 has the characters of the text, or those
// decoded from base64, and each further layer is the layer below without its escapes.
type reader[T string | []byte] struct {
	text   T
	base64 bool
}

// place is the start of a character.
type place struct {
	at   int // in the text
	used int // bits of that base64 character which belong to the byte before
}

// none means no character. A byte that is not ASCII is represented by its complement, so
// that it differs from the code point of the same value.
const none rune = -1

func byteChar(b byte) rune {
	if b < utf8.RuneSelf {
		return rune(b)
	}
	return ^rune(b)
}

// reading is a character and where the next one begins.
type reading struct {
	char rune
	next place
}

// leads are the characters that an escape begins with.
const leads = `%\&`

// isLead reports whether c is one of the leads.
func isLead(c rune) bool { return c == '%' || c == '\\' || c == '&' }

// char returns the character that a layer has at p.
func (r reader[T]) char(layer int, p place) reading {
	c := r.lowest(p)
	for below := range layer {
		if !isLead(c.char) {
			break
		}
		if above := r.escape(below, c); above.char != none {
			c = above
		}
	}
	return c
}

// lowest returns the character of layer 0 at p.
func (r reader[T]) lowest(p place) reading {
	if r.base64 {
		return r.decode(p)
	}
	if p.at >= len(r.text) {
		return reading{none, p}
	}
	return reading{byteChar(r.text[p.at]), place{at: p.at + 1}}
}

// readings returns the distinct characters that the layers have at p, and their number.
func (r reader[T]) readings(p place) (all [layers + 1]reading, n int) {
	c := r.lowest(p)
	for layer := range layers {
		if all[n] = c; !isLead(c.char) {
			break
		}
		if above := r.escape(layer, c); above.char != none {
			c, n = above, n+1
		}
	}
	all[n] = c
	return all, n + 1
}

// inside returns the character that a layer has at p within an escape. In UTF-16 there is
// a zero between two characters.
func (r reader[T]) inside(layer int, p place) reading {
	c := r.char(layer, p)
	if c.char == 0 {
		return r.char(layer, c.next)
	}
	return c
}

// escape reads the escape in a layer that begins with lead.
func (r reader[T]) escape(layer int, lead reading) reading {
	switch lead.char {
	case '%': // RFC 3986 §2.1
		c := r.hex(layer, lead.next, 2)
		if c.char != none {
			c.char = byteChar(byte(c.char & 0xff))
		}
		return c
	case '\\':
		return r.backslash(layer, lead.next)
	}
	return r.entity(layer, lead.next)
}

// backslash reads an escape of RFC 8259 §7 after the backslash, and JavaScript's \'.
func (r reader[T]) backslash(layer int, p place) reading {
	c := r.inside(layer, p)
	switch c.char {
	case '"', '\\', '/', '\'':
		return c
	case 'u':
		return r.utf16(layer, c.next)
	}
	if i := strings.IndexRune("bfnrt", c.char); i >= 0 {
		return reading{rune("\b\f\n\r\t"[i]), c.next}
	}
	return reading{none, p}
}

// utf16 reads the digits after \u, which may be the first of a surrogate pair.
func (r reader[T]) utf16(layer int, p place) reading {
	high := r.hex(layer, p, 4)
	if !utf16.IsSurrogate(high.char) {
		return high
	}
	if c := r.inside(layer, high.next); c.char == '\\' {
		if c = r.inside(layer, c.next); c.char == 'u' {
			low := r.hex(layer, c.next, 4)
			if pair := utf16.DecodeRune(high.char, low.char); pair != utf8.RuneError {
				return reading{pair, low.next}
			}
		}
	}
	return reading{utf8.RuneError, high.next}
}

// entity reads a character reference (XML 1.0 §4.1 and §4.6) after the ampersand.
func (r reader[T]) entity(layer int, p place) reading {
	var name [len("#x10FFFF")]byte
	for n := 0; ; n++ {
		c := r.inside(layer, p)
		if c.char == ';' {
			return reading{referred(string(name[:n])), c.next}
		}
		if n == len(name) || c.char != '#' && !isAlphanumeric(c.char) {
			return reading{none, p}
		}
		name[n], p = byte(c.char&0x7f), c.next
	}
}

func isAlphanumeric(c rune) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// referred returns the character of a character reference.
func referred(name string) rune {
	switch name {
	case "amp":
		return '&'
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	digits, ok := strings.CutPrefix(name, "#")
	base := rune(10)
	if ok && strings.TrimLeft(digits, "xX") != digits {
		digits, base = digits[1:], 16
	}
	if !ok || digits == "" {
		return none
	}
	var c rune
	for _, digit := range digits {
		d := hexValue(digit)
		if d < 0 || d >= base || c > utf8.MaxRune {
			return none
		}
		c = c*base + d
	}
	return c
}

// hex reads n hexadecimal digits.
func (r reader[T]) hex(layer int, p place, n int) reading {
	var value rune
	for range n {
		c := r.inside(layer, p)
		d := hexValue(c.char)
		if d < 0 {
			return reading{none, p}
		}
		value, p = value<<4|d, c.next
	}
	return reading{value, p}
}

func hexValue(c rune) rune {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return -1
}
