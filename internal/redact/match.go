package redact

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// matcher compares a pattern with a text, character by character, each of which
// may be escaped in its own way.
type matcher[T string | []byte] struct {
	text    T
	pattern *pattern
	fold    bool // the case of letters does not count
	budget  int  // steps, against patterns made to have many ways to match
}

// leads are the characters that an escape begins with.
const leads = `%\&+`

// isLead reports whether c is one of the leads.
func isLead(c byte) bool { return c == '%' || c == '\\' || c == '&' || c == '+' }

// match returns the end of the match of pattern[j:] at text[at:], or -1.
func (m *matcher[T]) match(at, j int) int {
	want := m.pattern.text
	for j < len(want) {
		if m.budget--; m.budget < 0 || at >= len(m.text) {
			return -1
		}
		c := m.text[at]
		if j > 0 && m.isFiller(c) && c != want[j] {
			at++
			continue
		}
		if isLead(c) {
			for _, u := range units(m.text, at) {
				if n := m.takes(u.char[:u.length], j); u.width > 0 && n >= 0 {
					if end := m.match(at+u.width, j+n); end >= 0 {
						return end
					}
				}
			}
		}
		if !m.equal(c, want[j]) {
			return -1
		}
		at, j = at+1, j+1
	}
	return at
}

// isFiller reports whether c may stand between characters: the other half of an
// ASCII character in UTF-16, and the line breaks of long base64.
func (m *matcher[T]) isFiller(c byte) bool {
	return c == 0 || m.pattern.base64 && (c == '\r' || c == '\n')
}

// takes returns how much of pattern[j:] the character b is: all of it, nothing if
// it is filler, -1 if it is another character.
func (m *matcher[T]) takes(b []byte, j int) int {
	want := m.pattern.text[j:]
	if len(b) == 1 && j > 0 && m.isFiller(b[0]) && b[0] != want[0] {
		return 0
	}
	if len(b) == 0 || len(b) > len(want) {
		return -1
	}
	for i := range len(b) {
		if !m.equal(b[i], want[i]) {
			return -1
		}
	}
	return len(b)
}

func (m *matcher[T]) equal(c, want byte) bool {
	switch {
	case c == want:
		return true
	case m.pattern.base64:
		return c == otherAlphabet(want)
	case m.fold:
		return lower(c) == lower(want)
	}
	return false
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// otherAlphabet returns the character of base64url that has the value of c in
// base64, RFC 4648 §5, and the reverse.
func otherAlphabet(c byte) byte {
	switch c {
	case '+':
		return '-'
	case '/':
		return '_'
	case '-':
		return '+'
	case '_':
		return '/'
	}
	return c
}

// unit is a character in UTF-8 and how long its escape is.
type unit struct {
	char   [utf8.UTFMax]byte
	length int
	width  int // 0: none
}

func byteUnit(c byte, width int) unit { return unit{[utf8.UTFMax]byte{c}, 1, width} }

func runeUnit(r rune, width int) unit {
	u := unit{width: width}
	u.length = utf8.EncodeRune(u.char[:], r)
	return u
}

// maxUnits is how many readings an escape may have: once, twice or three times
// escaped.
const maxUnits = 3

// units returns what the escape at text[at:] may stand for.
func units[T string | []byte](text T, at int) [maxUnits]unit {
	switch text[at] {
	case '%':
		return percent(text, at)
	case '\\':
		return backslash(text, at)
	case '&':
		return entity(text, at)
	}
	return [maxUnits]unit{byteUnit(' ', 1)} // + in a form
}

// percent reads RFC 3986 §2.1; %25 may be the % of a further escape.
func percent[T string | []byte](text T, at int) (units [maxUnits]unit) {
	digits := at + 1
	for i := range units {
		n, ok := hex(text, digits, 2)
		if !ok {
			break
		}
		units[i] = byteUnit(byte(n&0xff), digits+2-at)
		if n == '+' {
			units[maxUnits-1] = byteUnit(' ', digits+2-at) // of a form, escaped again
		}
		if n != '%' {
			break
		}
		digits += 2
	}
	return units
}

// backslash reads RFC 8259 §7. JSON within JSON has more backslashes.
func backslash[T string | []byte](text T, at int) (units [maxUnits]unit) {
	next := at
	for next < len(text) && text[next] == '\\' {
		next++
	}
	if next-at >= 4 {
		units[1] = byteUnit('\\', 4)
	}
	if next-at >= 2 {
		units[2] = byteUnit('\\', 2)
	}
	if next == len(text) {
		return units
	}
	switch c := text[next]; c {
	case 'u':
		if r, end := utf16Escape(text, at, next); end > 0 {
			units[0] = runeUnit(r, end-at)
		}
	case '/', '"', '\'':
		units[0] = byteUnit(c, next+1-at)
	default:
		if i := strings.IndexByte("bfnrt", c); i >= 0 {
			units[0] = byteUnit("\b\f\n\r\t"[i], next+1-at)
		}
	}
	return units
}

// utf16Escape reads \uXXXX, or two of them that are a surrogate pair, whose u is at
// text[u] and whose backslashes begin at text[at].
func utf16Escape[T string | []byte](text T, at, u int) (r rune, end int) {
	high, ok := hex(text, u+1, 4)
	if !ok {
		return 0, 0
	}
	end = u + 5
	if !utf16.IsSurrogate(high) {
		return high, end
	}
	u = end + u - at // as many backslashes again
	if low, ok := hex(text, u+1, 4); ok && text[u] == 'u' {
		return utf16.DecodeRune(high, low), u + 5
	}
	return utf8.RuneError, end
}

// entity reads a character reference, XML 1.0 §4.1 and §4.6.
func entity[T string | []byte](text T, at int) (units [maxUnits]unit) {
	const longest = len("&#x10FFFF;")
	name := string(text[at+1 : min(len(text), at+longest)])
	name, _, ok := strings.Cut(name, ";")
	if !ok {
		return units
	}
	var r rune
	switch name {
	case "amp":
		r = '&'
	case "lt":
		r = '<'
	case "gt":
		r = '>'
	case "quot":
		r = '"'
	case "apos":
		r = '\''
	default:
		if r, ok = reference(name); !ok {
			return units
		}
	}
	units[0] = runeUnit(r, len(name)+2)
	return units
}

func reference(name string) (rune, bool) {
	digits, ok := strings.CutPrefix(name, "#")
	if !ok || digits == "" {
		return 0, false
	}
	base := rune(10)
	if digits[0] == 'x' || digits[0] == 'X' {
		digits, base = digits[1:], 16
	}
	var r rune
	for _, c := range []byte(digits) {
		d := hexValue(c)
		if d < 0 || d >= base || r > utf8.MaxRune {
			return 0, false
		}
		r = r*base + d
	}
	return r, digits != ""
}

// hex reads n hexadecimal digits at text[at:].
func hex[T string | []byte](text T, at, n int) (value rune, ok bool) {
	if at+n > len(text) {
		return 0, false
	}
	for i := range n {
		d := hexValue(text[at+i])
		if d < 0 {
			return 0, false
		}
		value = value<<4 | d
	}
	return value, true
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
