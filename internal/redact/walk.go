package redact

import (
	"hash/maphash"
	"sync"
)

// room is the memory of a walk through the texts that a text may be the escaped form of.
type room struct {
	layers [layers + 1]layer
	path   path    // to the layer that is visited
	seen   []sight // the layers of this walk
}

// sight is a text that was visited.
type sight struct {
	sum   uint64
	layer int // the lowest from which the layers above were visited
}

var rooms = sync.Pool{New: func() any { return new(room) }} //nolint:gochecknoglobals // holds memory only

var seed = maphash.MakeSeed() //nolint:gochecknoglobals // random, so that no two texts can be made that seem to be the same

// walk visits a text, and what it is when its escapes are removed: those of all kinds together,
// up to three times, and if apart is set, of one kind after the other, in every order. Only then
// is each secret a part of a visited text: one that has escapes itself, or begins where the text
// before it would go on with one, keeps them if no other kind than that which was put on top is
// removed. A text that was visited before is left out, and most have escapes of one kind only.
// The walk ends when visit, which gets the number of the layer, returns true.
func (r *room) walk(text string, at int, traced, apart bool, visit func(n int) bool) {
	r.path, r.seen = path{}, r.seen[:0]
	r.layers[0].strip(text, at, traced)
	if visit(0) {
		return
	}
	several := false // kinds in one layer
	for n := range layers {
		found := r.layers[n+1].decode(&r.layers[n], escaping)
		if found == 0 {
			break
		}
		r.path[n] = escaping
		several = several || found&(found-1) != 0
		if apart {
			r.sees(n+1, layers+1)
		}
		if visit(n + 1) {
			return
		}
	}
	if apart && several {
		r.path = path{}
		r.above(0, visit)
	}
}

// above visits the layers on top of one, and reports whether the walk has ended.
func (r *room) above(n int, visit func(n int) bool) bool {
	if n == layers {
		return false
	}
	for kind := ofURL; kind <= ofXML; kind <<= 1 {
		if r.layers[n+1].decode(&r.layers[n], kind) == 0 {
			continue
		}
		r.path[n] = kind
		unseen, lower := r.sees(n+1, n+1)
		if unseen && visit(n+1) || lower && r.above(n+1, visit) {
			return true
		}
	}
	r.path[n] = ordinary
	return false
}

// sees notes layer n, the layers above which are visited from there. It reports whether it was
// unseen, and whether those above were visited, if at all, with fewer escapes left to remove.
func (r *room) sees(n, from int) (unseen, lower bool) {
	sum := maphash.Bytes(seed, r.layers[n].text)
	for i := range r.seen {
		if before := &r.seen[i]; before.sum == sum {
			lower = from < before.layer
			before.layer = min(before.layer, from)
			return false, lower
		}
	}
	r.seen = append(r.seen, sight{sum, from})
	return true, true
}

// follow removes from a text, which begins at that position of the whole, the escapes of a
// path, and returns the layer at its end, with spans.
func (r *room) follow(text string, at int, p path) *layer {
	r.layers[0].strip(text, at, true)
	for n, kinds := range p {
		if kinds == 0 {
			return &r.layers[n]
		}
		r.layers[n+1].decode(&r.layers[n], kinds)
	}
	return &r.layers[layers]
}
