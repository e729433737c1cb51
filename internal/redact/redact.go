// Package redact takes secrets out of text, however they are written there: as
// they are, escaped for a URL, for JSON, for HTML or XML, up to three times in any
// order, in base64 at any place of a longer text, which may be escaped before and
// after, and in UTF-16.
//
// It cannot know a secret that was cut up, reversed, hashed or encrypted, and does
// not look into base64 of base64.
package redact

import "unicode/utf8"

// MinLength is the length in bytes from which on it makes sense to look for a
// secret that somebody chose: a shorter one is a word that ordinary text may
// well have. A Set takes shorter ones all the same.
const MinLength = 8

// Hidden is what [Set.Hide] puts in place of a secret.
const Hidden = "[redacted]"

// Set is the secrets to take out of text. The zero Set is empty and changes
// nothing. Any number of goroutines may use a Set once it is filled.
//
// To look through a text costs one pass for all secrets together, and no memory
// if nothing in it is like a secret.
type Set struct {
	patterns []*pattern // behind pointers, where formatting does not look
	marks    *marks     // nil: no pattern
}

// marks tell where it is worth to look closer. Most Sets stay empty and do without.
type marks struct {
	begins  [256]bool // what a secret begins with
	encoded pairs     // the same in base64
}

// pattern is one thing to look for.
type pattern struct {
	secret string
	shown  string
}

// Hide arranges for secret to be replaced by [Hidden].
func (s *Set) Hide(secret string) { s.Replace(secret, Hidden) }

// Replace arranges for secret to be replaced by standIn.
func (s *Set) Replace(secret, standIn string) {
	if secret == "" || s.has(secret) {
		return
	}
	if s.marks == nil {
		s.marks = new(marks)
	}
	s.patterns = append(s.patterns, &pattern{secret: secret, shown: standIn})
	starts := secret[:1]
	if starts == " " {
		starts += "+"
	}
	for _, c := range []byte(starts) {
		s.marks.begins[c] = true
	}
	if len(secret) < minEncoded {
		return
	}
	if !isAlphanumeric(rune(secret[0])) { // else hardly anything escapes it
		starts += leads
	}
	for _, c := range []byte(starts) {
		s.marks.encoded.add(c)
	}
}

// Union returns a Set with the secrets of all. One after the other they would leave
// the end of a secret that begins with another.
func Union(sets ...*Set) *Set {
	all := new(Set)
	for _, s := range sets {
		switch {
		case s == nil || s.Empty():
			continue
		case all.Empty():
			*all = Set{patterns: s.patterns[:len(s.patterns):len(s.patterns)], marks: s.marks}
			continue
		}
		both := *all.marks
		for c := range s.marks.begins {
			both.begins[c] = both.begins[c] || s.marks.begins[c]
		}
		for i, bits := range s.marks.encoded {
			both.encoded[i] |= bits
		}
		all.patterns, all.marks = append(all.patterns, s.patterns...), &both
	}
	return all
}

// minEncoded is the length in bytes from which on a secret is looked for in base64:
// a shorter one occurs there by chance.
const minEncoded = 6

func (s *Set) has(secret string) bool {
	for _, p := range s.patterns {
		if p.secret == secret {
			return true
		}
	}
	return false
}

// Empty reports whether s holds no secret.
func (s *Set) Empty() bool { return len(s.patterns) == 0 }

// Text returns text without the secrets. Of two that begin at the same place
// the longer goes.
func (s *Set) Text(text string) string {
	if out := replace(s, text); out != nil {
		return string(out)
	}
	return text
}

// Bytes is [Set.Text] for bytes. It returns text itself if nothing is in it.
func (s *Set) Bytes(text []byte) []byte {
	if out := replace(s, text); out != nil {
		return out
	}
	return text
}

// Found reports whether one of the secrets is in text.
func (s *Set) Found(text string) bool { return find(s, text, 0, false).pattern != nil }

// FoundFold is [Set.Found] for a text, such as the name of a host, that may have
// lost the difference between upper and lower case.
func (s *Set) FoundFold(text string) bool { return find(s, text, 0, true).pattern != nil }

// replace returns text with the secrets replaced, or nil if it has none.
func replace[T string | []byte](s *Set, text T) []byte {
	var out []byte
	done := 0
	for m := find(s, text, 0, false); m.pattern != nil; m = find(s, text, done, false) {
		if out == nil {
			out = make([]byte, 0, len(text))
		}
		out = append(append(out, text[done:m.start]...), m.pattern.shown...)
		done = m.end
	}
	if out == nil {
		return nil
	}
	return append(out, text[done:]...)
}

// found is where a text has a pattern.
type found struct {
	start, end int
	pattern    *pattern // nil: nowhere
}

// find returns the first place in text[from:] that has a pattern.
func find[T string | []byte](s *Set, text T, from int, fold bool) found {
	if len(s.patterns) == 0 {
		return found{}
	}
	for i := from; i < len(text); i++ {
		c, next := text[i], byte(' ')
		if i+1 < len(text) {
			next = text[i+1]
		}
		plain, encoded := s.marks.begins[c], s.marks.encoded.has(c, next)
		if sextets[c] == skipped {
			plain, encoded = mayBegin(s, text, i)
		}
		if !plain && !encoded && !fold {
			continue
		}
		if f := longest(s, text, i, plain || fold, encoded, fold); f.pattern != nil {
			return f
		}
	}
	return found{}
}

// mayBegin looks at what stands at text[at:] when its escapes are taken off. Mostly
// it is not the start of anything.
func mayBegin[T string | []byte](s *Set, text T, at int) (plain, encoded bool) {
	r := reader[T]{text: text}
	all, n := r.readings(place{at: at})
	for _, c := range all[:n] {
		plain = plain || s.marks.begins[firstByte(c.char)]
	}
	c := all[n-1].char
	encoded = 0 <= c && c < utf8.RuneSelf && sextets[c] < 64 && s.marks.encoded[sextets[c]] != 0
	return plain, encoded
}

// longest returns the longest match of a pattern at text[at:], if there is one.
func longest[T string | []byte](s *Set, text T, at int, plain, encoded, fold bool) (f found) {
	for _, p := range s.patterns {
		budget := 64*len(p.secret) + 256
		if plain {
			m := matcher[T]{reader: reader[T]{text: text}, want: p.secret, fold: fold, budget: budget}
			if end := m.match(place{at: at}, 0); end-at > f.end-f.start {
				f = found{at, end, p}
			}
		}
		if !encoded || len(p.secret) < minEncoded {
			continue
		}
		m := matcher[T]{reader: reader[T]{text: text, base64: true}, want: p.secret}
		for used := 0; used <= 4; used += 2 {
			m.budget = budget
			end, start := m.match(place{at, used}, 0), at
			if end >= 0 && used > 0 {
				_, start, _ = m.sextet(at) // which another byte has a part in
			}
			if end-start > f.end-f.start {
				f = found{start, end, p}
			}
		}
	}
	return f
}
