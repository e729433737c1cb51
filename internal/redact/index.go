package redact

import (
	"cmp"
	"math/bits"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
)

// index holds the patterns of a Set.
type index struct {
	patterns []*pattern // in the order of their secrets
	bytes    int        // total length of the secrets
	shortest int        // length of the shortest secret, without what is dropped
	escapes  bool       // a secret may be escaped, or have escapes
	fold     bool       // the patterns and the texts are in lower case
	merged   bool       // it has the patterns of other indexes, which keep their forms

	table   atomic.Pointer[table] // made by the first search
	lower   sync.Once
	lowered *index // see folded
}

func (x *index) add(p *pattern) {
	i, known := slices.BinarySearchFunc(x.patterns, p.secret, func(p *pattern, secret string) int { return cmp.Compare(p.secret, secret) })
	if known {
		return
	}
	if n := len(canonical(p.secret)); len(x.patterns) == 0 || n < x.shortest {
		x.shortest = n
	}
	x.escapes = x.escapes || !plain(p.secret)
	x.patterns = slices.Insert(x.patterns, i, p)
	x.bytes += len(p.secret)
	x.release()
}

// merged returns an index with the patterns of all.
func merged(all []*index) *index {
	m, n := &index{merged: true, shortest: all[0].shortest}, 0
	for _, x := range all {
		n += len(x.patterns)
		m.shortest, m.escapes = min(m.shortest, x.shortest), m.escapes || x.escapes
	}
	m.patterns = make([]*pattern, 0, n)
	for _, x := range all {
		m.patterns = append(m.patterns, x.patterns...)
	}
	slices.SortStableFunc(m.patterns, func(a, b *pattern) int { return cmp.Compare(a.secret, b.secret) })
	m.patterns = slices.CompactFunc(m.patterns, func(a, b *pattern) bool { return a.secret == b.secret })
	for _, p := range m.patterns {
		m.bytes += len(p.secret)
	}
	return m
}

// folded returns an index with the patterns in lower case.
func (x *index) folded() *index {
	x.lower.Do(func() {
		x.lowered = &index{fold: true}
		for _, p := range x.patterns {
			x.lowered.add(&pattern{secret: p.secret, shown: p.shown})
		}
	})
	return x.lowered
}

// window is the number of bytes at the end of a form by which it is found. Those who guess
// them learn from the time of a search whether they are right; 16 bytes of a token cannot be
// guessed.
const window = 16

// windowOf returns the width of the window of a form of n bytes. There are few widths, since
// each costs time at every byte of a text.
func windowOf(n int) int {
	switch {
	case n >= window:
		return window
	case n >= window/2:
		return window / 2
	}
	return n
}

// keys of the digest: random, so that those who choose a text cannot know which windows have
// the same digest, or make such.
var keys = [2]uint64{rand.Uint64(), rand.Uint64()} //nolint:gochecknoglobals,gosec // seeded by the system; never shown

// words are the last 16 bytes of a text.
type words struct{ high, low uint64 }

// next returns the words after one more byte.
func (w words) next(c byte) words { return words{w.high<<8 | w.low>>56, w.low<<8 | uint64(c)} }

// mix returns the digest of a window: two multiplied words, folded. It differs in half of the
// bits if one byte does.
func mix(w words) uint64 {
	h, l := bits.Mul64(w.high^keys[0], w.low^keys[1])
	return h ^ l
}

// digest returns the digest of a window.
func digest(text []byte) uint64 {
	var w words
	for _, c := range text {
		w = w.next(c)
	}
	return mix(w) + uint64(len(text))
}

// width is a width of windows, with the mask that it takes of the last bytes.
type width struct {
	words
	n uint64
}

// hash returns the digest of the window that ends with these bytes.
func (w *width) hash(last words) uint64 {
	return mix(words{last.high & w.high, last.low & w.low}) + w.n
}

func newWidth(n int) width {
	w := width{n: uint64(n)} //nolint:gosec // small
	switch {
	case n > 8:
		w.low, w.high = ^w.low, 1<<(8*(n-8))-1
	default:
		w.low = 1<<(8*n) - 1
	}
	return w
}

// table finds forms by the digests of windows.
type table struct {
	widths []width
	forms  []form   // in the order of their hashes
	filter []uint64 // bits of the hashes that forms have
	shift  uint8    // a hash without its lower bits is its bit in filter
	apart  bool     // see walk
}

// mayHave reports whether a form may have that hash.
func (t *table) mayHave(hash uint64) bool {
	bit := hash >> (t.shift & 63)
	return t.filter[bit>>6]&(1<<(bit&63)) != 0
}

// tables holds released tables: most Sets belong to one task, have one or two secrets and
// search one or two texts.
var tables sync.Pool //nolint:gochecknoglobals // holds memory only

// ready returns the table of x.
func (x *index) ready() *table {
	if t := x.table.Load(); t != nil {
		return t
	}
	t, ok := tables.Get().(*table)
	if !ok {
		t = new(table)
	}
	if x.merged {
		n := 0
		for _, p := range x.patterns {
			n += len(p.kept())
		}
		t.forms = slices.Grow(t.forms, n)
	}
	t.apart = x.escapes
	for _, p := range x.patterns {
		if x.merged {
			t.forms = append(t.forms, p.kept()...)
		} else {
			t.forms = p.appendForms(t.forms, x.fold)
		}
	}
	t.build()
	if !x.table.CompareAndSwap(nil, t) {
		return x.table.Load()
	}
	return t
}

func (t *table) build() {
	slices.SortFunc(t.forms, func(a, b form) int { return cmp.Compare(a.hash, b.hash) })
	// A mistake of the filter costs time. There are few, so that they tell nothing of a text
	// that repeats itself.
	const spread, least = 32, 16 // bits for each form, and logarithm of all
	size := max(bits.Len(uint(len(t.forms)*spread)), least)
	t.shift = uint8(64 - size) //nolint:gosec // at most 52
	t.filter = slices.Grow(t.filter[:0], 1<<(size-6))[:1<<(size-6)]
	clear(t.filter)
	for i := range t.forms {
		f := &t.forms[i]
		bit := f.hash >> t.shift
		t.filter[bit>>6] |= 1 << (bit & 63)
		if w := newWidth(int(f.width)); !slices.Contains(t.widths, w) {
			t.widths = append(t.widths, w)
		}
	}
}

// with returns the forms whose window has that digest.
func (t *table) with(hash uint64) []form {
	i, _ := slices.BinarySearchFunc(t.forms, hash, func(f form, hash uint64) int { return cmp.Compare(f.hash, hash) })
	j := i
	for j < len(t.forms) && t.forms[j].hash == hash {
		j++
	}
	return t.forms[i:j]
}

// release gives the memory of the table to other indexes.
func (x *index) release() {
	t := x.table.Swap(nil)
	if t == nil {
		return
	}
	clear(t.forms)
	t.forms, t.widths = t.forms[:0], t.widths[:0]
	const most = 1 << 10
	if cap(t.forms) <= most {
		tables.Put(t)
	}
}
