// Package redact removes secrets from text in all usual encodings: verbatim, escaped for a
// URL, JSON, HTML or XML up to three times in any order, in base64 at any position of a
// longer text, which may be escaped afterwards, in hexadecimal, and in UTF-16.
//
// It does not recognize a secret that was split, reversed, hashed, compressed or encrypted,
// nor base64 of base64.
//
// The time of a search does not depend on how much of a secret a text has, short of its last
// 16 bytes, so that it tells nothing to those who choose the text. It is proportional to the
// length of the text, whatever the secrets and the text are.
package redact

import (
	"cmp"
	"context"
	"slices"
	"unsafe"
)

// MinLength is the minimum length in bytes of a user-chosen secret that is worth looking
// for: a shorter one may be a word of ordinary text. A Set does not enforce it.
const MinLength = 8

// Hidden replaces a secret that was added with [Set.Hide].
const Hidden = "[redacted]"

// Set is a set of secrets to remove from text. The zero Set is empty. Once all secrets
// are added, a Set may be used by several goroutines at once. A search allocates nothing
// if it finds nothing.
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
		s.index = new(index)
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
	hits, err := findIn(ctx, text, false, sets)
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
	hits, err := findIn(ctx, view(text), false, sets)
	if err != nil {
		return nil, err
	}
	if len(hits) == 0 {
		return text, nil
	}
	return replace(view(text), hits), nil
}

// view returns text as a string for as long as it does not change.
func view(text []byte) string { return unsafe.String(unsafe.SliceData(text), len(text)) } //nolint:gosec // copying megabytes costs more than the search

// Found reports whether text contains a secret of one of the sets. If ctx ends first, the
// error is that of ctx.
func Found(ctx context.Context, text []byte, sets ...*Set) (bool, error) {
	hits, err := findIn(ctx, view(text), true, sets)
	return len(hits) > 0, err
}

// Found reports whether text contains one of the secrets.
func (s *Set) Found(text string) bool {
	hits, _ := findIn(context.Background(), text, true, []*Set{s}) // the context never ends
	return len(hits) > 0
}

// FoundFold is [Set.Found] without regard to case, for text such as a host name, which
// may have been converted to lower case.
func (s *Set) FoundFold(text string) bool {
	return !s.Empty() && (s.Found(text) || (&Set{s.folded()}).Found(lower(text)))
}

// findIn returns the ranges of secrets in text in their order, or only the first one that is
// found.
func findIn(ctx context.Context, text string, one bool, sets []*Set) (hits []hit, err error) {
	for _, s := range sets {
		if s.Empty() {
			continue
		}
		more, err := s.find(ctx, text, one)
		switch {
		case err != nil:
			return nil, err
		case one && len(more) > 0:
			return more, nil
		case more != nil:
			hits = append(hits, more...)
		}
	}
	if len(hits) > 1 {
		hits = joined(hits)
	}
	return hits, nil
}

// hit is the range of a pattern in a text, or of several that overlap; it has the first
// of them.
type hit struct {
	start, end int
	pattern    *pattern
}

// joined returns the hits in order, with overlapping ones merged.
func joined(hits []hit) []hit {
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	n := 0
	for _, h := range hits[1:] {
		if h.start < hits[n].end {
			hits[n].end = max(hits[n].end, h.end)
			continue
		}
		n++
		hits[n] = h
	}
	return hits[:n+1]
}

// replace returns text with the hits replaced by their stand-ins.
func replace(text string, hits []hit) []byte {
	out := make([]byte, 0, len(text))
	done := 0
	for _, h := range hits {
		out = append(append(out, text[done:h.start]...), h.pattern.shown...)
		done = h.end
	}
	return append(out, text[done:]...)
}

// lower returns text with the letters of ASCII in lower case.
func lower(text string) string {
	small := []byte(text)
	for i, c := range small {
		if 'A' <= c && c <= 'Z' {
			small[i] = c + 'a' - 'A'
		}
	}
	return string(small)
}
