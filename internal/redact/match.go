package redact

import "unicode/utf8"

// matcher compares a pattern with a text character by character. Each character may be
// escaped in a different way.
type matcher[T string | []byte] struct {
	reader[T]
	want   string
	budget int // steps left: bounds the cost of texts made to match in many ways
	failed map[attempt]bool
}

// attempt is a position in the text and one in the pattern.
type attempt struct {
	place
	j int
}

// match returns the end of a match of want[j:] that begins at p in the text, or -1. Of
// several it returns the one with most escapes: the rest of an escape that was matched
// only in part would have another meaning.
func (m *matcher[T]) match(p place, j int) (end int) {
	for j < len(m.want) {
		if m.budget--; m.budget < 0 {
			return -1
		}
		c := m.lowest(p)
		if isLead(c.char) {
			return m.escaped(p, j)
		}
		n := m.takes(c.char, j)
		if n < 0 {
			return -1
		}
		p, j = c.next, j+n
	}
	return p.at
}

// escaped is match at a position where the text may have an escape. Once there are two
// ways to go on, as % has in a text with %25, it remembers which attempts failed.
func (m *matcher[T]) escaped(p place, j int) (end int) {
	if m.failed[attempt{p, j}] {
		return -1
	}
	ways := 0
	all, n := m.readings(p)
	for n--; n >= 0; n-- {
		if taken := m.takes(all[n].char, j); taken >= 0 {
			if end := m.match(all[n].next, j+taken); end >= 0 {
				return end
			}
			ways++
		}
	}
	if ways > 1 && m.failed == nil {
		m.failed = make(map[attempt]bool)
	}
	if m.failed != nil && m.budget >= 0 {
		m.failed[attempt{p, j}] = true
	}
	return -1
}

// takes returns the length of c in want[j:], 0 if c may be skipped between characters
// there, -1 if want has another character.
func (m *matcher[T]) takes(c rune, j int) int {
	want := m.want[j:]
	if c >= utf8.RuneSelf {
		var buffer [utf8.UTFMax]byte
		n := utf8.EncodeRune(buffer[:], c)
		if n <= len(want) && string(buffer[:n]) == want[:n] {
			return n
		}
		return -1
	}
	switch w := byteChar(want[0]); {
	case c == w, c == '+' && w == ' ':
		return 1
	case c == 0 && j > 0: // the other half of an ASCII character in UTF-16
		return 0
	}
	return -1
}
