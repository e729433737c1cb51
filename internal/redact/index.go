package redact

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// pattern is a secret to look for, in one form.
type pattern struct {
	secret string
	shown  string
}

// minEncoded is the minimum length in bytes of a secret to look for in base64: a shorter
// one occurs there by chance.
const minEncoded = 6

// ending is the bit in index.kinds of the last byte of a secret.
const ending = 0x80

// index holds the patterns of a Set in a form that is fast to search.
type index struct {
	patterns []*pattern // in the order of compareEnds
	bytes    int        // total length of the secrets

	// Filters: only a position that passes them is examined further.
	kinds   [256]byte // as sextets, with the bit ending for last bytes of secrets
	encoded pairs     // the same bytes, encoded in base64
	fold    bool      // ignore the case of letters

	spare   atomic.Pointer[automaton] // left by the last search for the next one
	lower   sync.Once
	lowered *index // see folded
}

func newIndex() *index { return &index{kinds: sextets} }

func (x *index) add(p *pattern) {
	i, known := slices.BinarySearchFunc(x.patterns, p.secret, func(p *pattern, secret string) int { return compareEnds(p.secret, secret) })
	if known {
		return
	}
	x.patterns = slices.Insert(x.patterns, i, p)
	x.bytes += len(p.secret)
	x.release()
	last := p.secret[len(p.secret)-1]
	ends := []byte{last}
	switch {
	case last == ' ':
		ends = append(ends, '+')
	case x.fold && 'a' <= last && last <= 'z':
		ends = append(ends, last+'A'-'a')
	}
	for _, c := range ends {
		x.kinds[c] |= ending
	}
	if x.fold {
		return
	}
	if len(p.secret) < minEncoded {
		return
	}
	if !isAlphanumeric(rune(last)) { // else hardly anything escapes it
		for i, bits := range encodedLeads {
			x.encoded[i] |= bits
		}
	}
	for _, c := range ends {
		x.encoded.add(c)
	}
}

// merged returns an index with the patterns of all.
func merged(all []*index) *index {
	m := newIndex()
	for _, x := range all {
		m.patterns = append(m.patterns, x.patterns...)
		for c, kind := range x.kinds {
			m.kinds[c] |= kind
		}
		for i, bits := range x.encoded {
			m.encoded[i] |= bits
		}
	}
	slices.SortStableFunc(m.patterns, func(a, b *pattern) int { return compareEnds(a.secret, b.secret) })
	m.patterns = slices.CompactFunc(m.patterns, func(a, b *pattern) bool { return a.secret == b.secret })
	for _, p := range m.patterns {
		m.bytes += len(p.secret)
	}
	return m
}

// folded returns an index with the patterns in lower case, which ignores case.
func (x *index) folded() *index {
	x.lower.Do(func() {
		x.lowered = newIndex()
		x.lowered.fold = true
		for _, p := range x.patterns {
			x.lowered.add(&pattern{secret: strings.Map(lower, p.secret)})
		}
	})
	return x.lowered
}

// lower returns c in lower case, for ASCII.
func lower(c rune) rune {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// find returns the positions of patterns in text, the last one first: all of them, or
// only one.
func find[T string | []byte](ctx context.Context, x *index, text T, one bool) ([]hit, error) {
	w := sweep[T]{ctx: ctx, text: text, x: x, one: one}
	err := w.run()
	if w.a != nil {
		x.giveBack(w.a, w.live)
	}
	if err != nil {
		return nil, err
	}
	return w.hits, nil
}

// in reports whether one of the patterns is in text.
func (x *index) in(text string) bool {
	hits, _ := find(context.Background(), x, text, true) // the context never ends
	return len(hits) > 0
}

// borrow returns an automaton of x for exclusive use.
func (x *index) borrow() *automaton {
	if a := x.spare.Swap(nil); a != nil {
		a.work = 0
		return a
	}
	return newAutomaton(x.patterns)
}

// giveBack keeps a for the next search, unless it has grown large.
func (x *index) giveBack(a *automaton, live []live) {
	const most = 1 << 14 // some MB
	if len(a.states) <= most && cap(live) <= most {
		a.live = live[:0]
		x.spare.Store(a)
	}
}

// release gives the memory of the last search to other indexes.
func (x *index) release() {
	if a := x.spare.Swap(nil); a != nil {
		a.release()
	}
}
