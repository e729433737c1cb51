// Package redact removes secrets from text in all usual encodings: verbatim, escaped for
// a URL, JSON, HTML or XML up to three times in any order, in base64 at any position of a
// longer text, which may be escaped before and after, and in UTF-16.
//
// It does not recognize a secret that was split, reversed, hashed or encrypted, nor
// base64 of base64.
package redact

import (
	"cmp"
	"context"
	"slices"
)

// MinLength is the minimum length in bytes of a user-chosen secret that is worth looking
// for: a shorter one may be a word of ordinary text. A Set does not enforce it.
const MinLength = 8

// Hidden replaces a secret that was added with [Set.Hide].
const Hidden = "[redacted]"

// Set is a set of secrets to remove from text. The zero Set is empty. Once all secrets
// are added, a Set may be used by several goroutines at once.
//
// Searching a text takes one pass for all secrets together, in time proportional to the
// text, and allocates nothing if no part of it resembles a secret.
type Set struct {
	*index // nil: no secret; a pointer, so that formatting a Set does not print it
}

// Hide adds a secret, which is replaced by [Hidden].
func (s *Set) Hide(secret string) { s.Replace(secret, Hidden) }

// Replace adds a secret, which is replaced by standIn.
func (s *Set) Replace(secret, standIn string) {
	if secret == "" {
		return
	}
	if s.index == nil {
		s.index = newIndex()
	}
	s.add(&pattern{secret: secret, shown: standIn})
}

// Union returns a Set with the secrets of all sets, which must not change afterwards. If
// two of them have the same secret, the stand-in of the first is used.
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

// Release gives the memory that searches keep in s to other Sets. It is for a Set that is
// no longer needed, but s remains usable.
func (s *Set) Release() {
	if !s.Empty() {
		s.release()
	}
}

// Text returns text with the secrets of all sets replaced. Overlapping secrets are
// replaced together by the stand-in of the first, or of the longer one if they begin at
// the same position. If ctx ends first, the text is empty and the error is that of ctx.
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

// Bytes is [Text] for bytes. It returns text itself if it contains no secret.
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

// Found reports whether text contains one of the secrets.
func (s *Set) Found(text string) bool {
	return !s.Empty() && s.in(text)
}

// FoundFold is [Set.Found] without regard to case, for text such as a host name, which
// may have been converted to lower case.
func (s *Set) FoundFold(text string) bool {
	return !s.Empty() && (s.in(text) || s.folded().in(text))
}

// findIn returns the positions of secrets in text, the last one first.
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

// joined returns the hits in order, with overlapping ones merged.
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

// replace returns text with the hits replaced by their stand-ins.
func replace[T string | []byte](text T, hits []hit) []byte {
	out := make([]byte, 0, len(text))
	done := 0
	for _, h := range slices.Backward(hits) {
		out = append(append(out, text[done:h.start]...), h.pattern.shown...)
		done = h.end
	}
	return append(out, text[done:]...)
}
