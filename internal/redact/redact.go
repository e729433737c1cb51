// Package redact takes secrets out of text, however they are written there: as
// they are, escaped for a URL, for JSON, for HTML or XML, up to three times in any
// order, in base64 at any place of a longer text, which may be escaped before and
// after, and in UTF-16.
//
// It cannot know a secret that was cut up, reversed, hashed or encrypted, and does
// not look into base64 of base64.
package redact

import (
	"cmp"
	"context"
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
// To look through a text costs one pass for all secrets together, in proportion to
// the text, and no memory if nothing in it is like a secret.
type Set struct {
	*index // nil: no secret; behind a pointer, where formatting does not look
}

// Hide arranges for secret to be replaced by [Hidden].
func (s *Set) Hide(secret string) { s.Replace(secret, Hidden) }

// Replace arranges for secret to be replaced by standIn.
func (s *Set) Replace(secret, standIn string) {
	if secret == "" {
		return
	}
	if s.index == nil {
		s.index = &index{}
	}
	s.add(&pattern{secret: secret, shown: standIn})
}

// Union returns a Set with the secrets of all, none of which may change any more. Of
// a secret that two of them have, the stand-in of the first is used.
func Union(sets ...*Set) *Set {
	var all []*index
	for _, s := range sets {
		if !s.Empty() {
			all = append(all, s.index)
		}
	}
	switch len(all) {
	case 0:
		return new(Set)
	case 1:
		return &Set{all[0]}
	}
	return &Set{merged(all)}
}

// Empty reports whether s, which may be nil, holds no secret.
func (s *Set) Empty() bool { return s == nil || s.index == nil }

// Size returns how many secrets s holds, and their bytes.
func (s *Set) Size() (secrets, bytes int) {
	if s.Empty() {
		return 0, 0
	}
	return len(s.patterns), s.bytes
}

// Text returns text without the secrets of all sets. Where two overlap, what both
// cover is replaced by the stand-in of the first, or of the longer if they begin at
// the same place. If ctx ends first, there is no text, and the error is that of ctx.
func Text(ctx context.Context, text string, sets ...*Set) (string, error) {
	hits, err := findIn(ctx, text, sets)
	if err != nil {
		return "", err
	}
	if len(hits) == 0 {
		return text, nil
	}
	return string(replace(text, hits)), nil
}

// Bytes is [Text] for bytes. It returns text itself if nothing is in it.
func Bytes(ctx context.Context, text []byte, sets ...*Set) ([]byte, error) {
	hits, err := findIn(ctx, text, sets)
	if err != nil {
		return nil, err
	}
	if len(hits) == 0 {
		return text, nil
	}
	return replace(text, hits), nil
}

// Found reports whether one of the secrets is in text.
func (s *Set) Found(text string) bool {
	return !s.Empty() && s.in(text)
}

// FoundFold is [Set.Found] for a text, such as the name of a host, that may have
// lost the difference between upper and lower case.
func (s *Set) FoundFold(text string) bool {
	return !s.Empty() && (s.in(text) || s.folded().in(text))
}

// findIn returns the places in text that have secrets of the sets, the last one first.
func findIn[T string | []byte](ctx context.Context, text T, sets []*Set) (hits []hit, err error) {
	for _, s := range sets {
		if s.Empty() {
			continue
		}
		more, err := find(ctx, s.index, text, false)
		if err != nil {
			return nil, err
		}
		if hits == nil {
			hits = more
		} else if more != nil {
			hits = joined(append(hits, more...))
		}
	}
	return hits, nil
}

// joined returns the hits in order, those that overlap as one.
func joined(hits []hit) []hit {
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.start, a.start), cmp.Compare(a.end, b.end))
	})
	n := 0
	for _, h := range hits {
		for ; n > 0 && hits[n-1].start < h.end; n-- {
			h.end = max(h.end, hits[n-1].end)
		}
		hits[n] = h
		n++
	}
	return hits[:n]
}

// replace returns text with the stand-ins for hits.
func replace[T string | []byte](text T, hits []hit) []byte {
	out := make([]byte, 0, len(text))
	done := 0
	for _, h := range slices.Backward(hits) {
		out = append(append(out, text[done:h.start]...), h.pattern.shown...)
		done = h.end
	}
	return append(out, text[done:]...)
}
