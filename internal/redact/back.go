package redact

import (
	"slices"
	"sync"
)

// back is what a search needs to see whether there is more of a form than its window: memory
// to decode the text before it, and which windows were examined.
type back struct {
	whole, rest room
	open        []candidate // not found so far
	seen        [1 << 10]struct {
		form *form
		end  int
	}
}

// candidate is a form whose window was found, and its text.
type candidate struct {
	place

	want string
}

var backs = sync.Pool{New: func() any { return new(back) }} //nolint:gochecknoglobals // holds memory only

// release gives the memory to other searches, without what it knows of secrets.
func (b *back) release() {
	clear(b.seen[:])
	clear(b.open[:cap(b.open)])
	backs.Put(b)
}

// again reports whether it was called before with that form and end: a window without escapes
// is found in every layer. It forgets those that are far apart.
func (b *back) again(f *form, end int) bool {
	last := &b.seen[end%len(b.seen)]
	if last.form == f && last.end == end {
		return true
	}
	last.form, last.end = f, end
	return false
}

// behind decodes the text before the end of a window, in each layer, to see whether all of
// a form is there: first as much as a form with a few escapes takes, then more if that was not
// enough. The forms of one secret in base64 share a window, and are looked for together.
func (s *search) behind(end int) {
	b := s.back
	size := before
	for _, c := range b.open {
		size = max(size, len(c.want)+before)
	}
	for _, times := range []int{2, expansion} {
		start := max(0, end-times*size)
		enough := start == 0
		if len(b.open) == 0 {
			return
		}
		short := false
		b.whole.walk(s.text[start:end], start, true, s.table.apart, func(n int) bool {
			s.budget -= end - start
			l := &b.whole.layers[n]
			short = short || len(l.text) < size
			b.open = slices.DeleteFunc(b.open, func(c candidate) bool { return s.ends(c, l, end) })
			return len(b.open) == 0
		})
		if enough || !short {
			break
		}
	}
	b.open = b.open[:0]
}

// ends notes a form if it is at the end of a layer, and reports whether it is.
func (s *search) ends(c candidate, l *layer, end int) bool {
	first := len(l.text) - len(c.want)
	if first >= 0 && c.form.matches(view(l.text[first:]), c.want) {
		s.hit(c.place, l.spans[first].start, end)
		return true
	}
	return s.cut(c, l, end)
}

// escapedAt reports whether a byte of the text, or what was dropped behind it, was escaped.
func (l *layer) escapedAt(i int) bool {
	return l.spans[i].start+1 < l.spans[i+1].start
}

// longest is how many characters the longest escape has after its first one.
const longest = len("#x10FFFF;")

// cut reports whether the form is there but for its first characters, which the text before it
// makes a part of an escape: of %4 and an escaped secret that begins with 1, say. Then the layer
// of the text from the secret on has all of it.
func (s *search) cut(c candidate, l *layer, end int) bool {
	b := s.back
	for lost := 1; lost <= min(longest, len(c.want)-1); lost++ {
		first := len(l.text) - len(c.want) + lost
		if first < 1 || !l.escapedAt(first-1) {
			continue
		}
		s.budget -= len(c.want)
		if !c.form.matches(view(l.text[first:]), c.want[lost:]) {
			continue
		}
		rest := l.spans[first].start
		for at := rest - 1; at >= max(0, rest-before); at-- {
			s.budget -= end - at
			if now := b.rest.follow(s.text[at:end], at, b.whole.path); len(now.text) == len(c.want) && c.form.matches(view(now.text), c.want) {
				s.hit(c.place, at, end)
				return true
			}
		}
	}
	return false
}
