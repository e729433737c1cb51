// Package redact takes secrets out of text, however they are written there: as
// they are, escaped for a URL, for JSON or for XML, also more than once, in
// base64 at any place of a longer text, and in UTF-16.
//
// It cannot know a secret that was cut up, reversed, hashed or encrypted.
package redact

import (
	"encoding/base64"
	"slices"
)

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
// if nothing is found.
type Set struct {
	patterns []*pattern // behind pointers, where formatting does not look
	begins   byteSet    // what a pattern can begin with
}

// byteSet is a set of bytes.
type byteSet [4]uint64

func (b *byteSet) add(c byte)      { b[c>>6] |= 1 << (c & 63) }
func (b *byteSet) has(c byte) bool { return b[c>>6]&(1<<(c&63)) != 0 }

// pattern is one thing to look for.
type pattern struct {
	text   string
	base64 bool // of a part of the secret that does not depend on what surrounds it
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
	all := new([4]pattern) // one piece of memory: most sets hold one secret
	all[0] = pattern{text: secret, secret: secret, shown: standIn}
	s.patterns = slices.Grow(s.patterns, len(all))
	s.add(&all[0])
	for skip := range 3 {
		if core := base64Core(secret, skip); len(core) >= minCore {
			all[skip+1] = pattern{text: core, base64: true, secret: secret, shown: standIn}
			s.add(&all[skip+1])
		}
	}
}

// minCore is the least of base64 that is looked for: less occurs by chance.
const minCore = 8

// base64Core returns what is always the same of the base64 of a text that has
// secret after skip other bytes, modulo 3.
func base64Core(secret string, skip int) string {
	var plain, buffer [256]byte // enough for most, without allocating
	encoded := base64.RawStdEncoding.AppendEncode(buffer[:0], append(plain[:skip], secret...))
	first := (skip*8 + 5) / 6 // characters that the bytes before have a part in
	last := (skip + len(secret)) * 8 / 6
	if first >= last {
		return ""
	}
	return string(encoded[first:last])
}

func (s *Set) add(p *pattern) {
	s.patterns = append(s.patterns, p)
	s.begins.add(p.text[0])
	if p.base64 {
		s.begins.add(otherAlphabet(p.text[0]))
	}
	for _, c := range []byte(leads) {
		s.begins.add(c)
	}
}

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
func (s *Set) Found(text string) bool { return s.found(text, false) }

// FoundFold is [Set.Found] for a text, such as the name of a host, that may have
// lost the difference between upper and lower case.
func (s *Set) FoundFold(text string) bool { return s.found(text, true) }

func (s *Set) found(text string, fold bool) bool {
	for i := range len(text) {
		if n, _ := longest(s, text, i, fold); n > 0 {
			return true
		}
	}
	return false
}

// replace returns text with the secrets replaced, or nil if it has none.
func replace[T string | []byte](s *Set, text T) []byte {
	if len(s.patterns) == 0 {
		return nil
	}
	var out []byte
	done := 0
	for i := 0; i < len(text); i++ {
		if !s.begins.has(text[i]) {
			continue
		}
		n, p := longest(s, text, i, false)
		if n == 0 {
			continue
		}
		if out == nil {
			out = make([]byte, 0, len(text))
		}
		out = append(append(out, text[done:i]...), p.shown...)
		done = i + n
		i = done - 1
	}
	if out == nil {
		return nil
	}
	return append(out, text[done:]...)
}

// longest returns the longest match of a pattern at text[at:], if there is one.
func longest[T string | []byte](s *Set, text T, at int, fold bool) (length int, found *pattern) {
	for _, p := range s.patterns {
		if !fold && !mayMatch(p, text, at) {
			continue
		}
		if end := at + len(p.text); end <= len(text) && string(text[at:end]) == p.text {
			if len(p.text) > length {
				length, found = len(p.text), p
			}
			continue
		}
		m := matcher[T]{text: text, pattern: p, fold: fold, budget: 32*len(p.text) + 256}
		if end := m.match(at, 0); end-at > length {
			length, found = end-at, p
		}
	}
	return length, found
}

// mayMatch looks at the first characters, which settles nearly every place in a
// text.
func mayMatch[T string | []byte](p *pattern, text T, at int) bool {
	c := text[at]
	if isLead(c) {
		for _, u := range units(text, at) {
			if u.width > 0 && p.begins(u.char[0]) {
				return true
			}
		}
		return p.begins(c)
	}
	if !p.begins(c) || at+1 == len(text) || len(p.text) == 1 {
		return p.begins(c)
	}
	d := text[at+1]
	return d == p.text[1] || isLead(d) || d < ' ' || p.base64 && d == otherAlphabet(p.text[1])
}

func (p *pattern) begins(c byte) bool {
	return c == p.text[0] || p.base64 && c == otherAlphabet(p.text[0])
}
