package redact

import "strings"

// Values in sextets of characters that are not in the base64 alphabet.
const (
	skipped = 64 + iota // it may separate two characters, or begin the escape of one
	foreign
)

// sextets is the value of each character in base64 and base64url, RFC 4648 §4 and §5.
var sextets = func() (values [256]byte) { //nolint:gochecknoglobals // a table, never changed
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	for c := range values {
		values[c] = foreign
	}
	for _, alphabet := range []string{letters + "+/", letters + "-_"} {
		for i, c := range alphabet {
			values[c] = byte(i & 63)
		}
	}
	for _, c := range "\x00\r\n%\\&" {
		values[c] = skipped
	}
	return values
}()

// sextet reads a character of base64, which may be escaped. It skips the line breaks of
// long base64 and the zeros of UTF-16. The number of line breaks that it skips is
// bounded, so that a text of nothing but line breaks is not read in quadratic time.
func (r reader[T]) sextet(at int) (value byte, next int, ok bool) {
	const gap = len("\x00\r\x00\n\x00")
	for i := 0; i <= gap && at < len(r.text); i++ {
		if value = sextets[r.text[at]]; value != skipped {
			return value, at + 1, value < 64
		}
		plain := reader[T]{text: r.text}
		c := plain.char(layers, place{at: at})
		at = c.next.at
		if strings.ContainsRune("\x00\r\n", c.char) {
			continue
		}
		value = foreign
		if c.char == c.char&0x7f {
			value = sextets[c.char]
		}
		return value, at, value < 64
	}
	return 0, at, false
}

// decode reads a byte that is encoded in base64.
func (r reader[T]) decode(p place) reading {
	first, middle, ok := r.sextet(p.at)
	if !ok {
		return reading{none, p}
	}
	second, end, ok := r.sextet(middle)
	if !ok {
		return reading{none, p}
	}
	return reading{byteChar(first<<(2+p.used) | second>>(4-p.used)), after(p, middle, end)}
}

// after returns the place after the byte at p, which is encoded in two characters: the
// second begins at middle and ends at end.
func after(p place, middle, end int) place {
	if p.used == 4 {
		return place{at: end}
	}
	return place{middle, p.used + 2}
}

// pairs is a set of pairs of base64 characters: for each first character, a bit set of
// second ones.
type pairs [64]uint64

// add adds every pair that may encode b, with some of the bits of its neighbours.
func (s *pairs) add(b byte) {
	for used := 0; used <= 4; used += 2 {
		for before := range 1 << used {
			for after := range 1 << (4 - used) {
				both := (before<<8|int(b))<<(4-used) | after
				s[both>>6] |= 1 << (both & 63)
			}
		}
	}
}

// has reports whether s contains the pair of characters with these values.
func (s *pairs) has(first, second byte) bool { return s[first]&(1<<second) != 0 }

// encodedLeads are the pairs that an escape encoded in base64 begins with.
var encodedLeads = func() (s pairs) { //nolint:gochecknoglobals // a table, never changed
	for _, c := range []byte(leads) {
		s.add(c)
	}
	return s
}()
