package redact

import (
	"context"
	"sort"
	"unicode/utf8"
)

// sweep searches a text for patterns from its end to its start, so that the states
// after every position are known when the position is read. It finds the positions where
// patterns begin.
type sweep[T string | []byte] struct {
	ctx  context.Context
	text T
	x    *index
	a    *automaton // made when a part of the text resembles the end of a pattern

	live       []live // positions with a state other than root, the lowest last
	low        int    // the lowest in the verbatim text
	lowEncoded int    // the lowest in base64
	own        int    // index in live of the current position's first state
	kept       int    // length of live when unreachable states were last dropped
	odd        int    // the last position so far where a character may begin an escape or be skipped

	one  bool // stop at the first hit
	hits []hit
	last struct { // the pattern found last
		pattern *pattern
		stream
	}
	look int // value of work at which to check the context again
}

// stream is a way to read a text: verbatim, or as base64 in which 0, 2 or 4 bits of the
// first character belong to the byte before. There are four at each position.
type stream uint8

const plain stream = 0

// streamOf returns the base64 stream of p.
func streamOf(p place) stream { return stream(1 + p.used/2) } //nolint:gosec // 0, 2 or 4

// live is a state at a position in a stream.
type live struct {
	at    int
	state int32
	stream
}

// hit is the range of a pattern in a text, or of several that overlap; it has the first
// of them.
type hit struct {
	start, end int
	pattern    *pattern
}

// most bounds the states at one position of a stream. There are several where the text
// can be read in several ways, as %2525 can.
const most = 16

// reach is the maximum length of an escape in bytes. It is many times the length of
// \ud834\udd1e in three layers, UTF-16 and base64.
const reach = 1 << 14

// run sweeps the text.
func (w *sweep[T]) run() error {
	w.odd = len(w.text)
	w.low, w.lowEncoded = len(w.text)+1, len(w.text)+1+reach
	text, encoded := w.text, &w.x.encoded
	second := byte(foreign) // value of the character after the current one
	for at := len(text) - 1; at >= 0; at-- {
		for from := -1; at != from && w.lowEncoded > at+2 && second != skipped; {
			if w.low != at+1 {
				at, second = w.skip(at, second)
			}
			from = at
			at, second = w.follow(at, second)
		}
		if at&often == 0 {
			if err := w.ctx.Err(); err != nil {
				return err
			}
		}
		c := text[at]
		first := sextets[c]
		if first == skipped {
			w.odd = at
			w.readAll(at)
		} else if w.x.kinds[c] >= ending || w.low == at+1 {
			w.begin(at)
			w.extend(at, plain, reading{byteChar(c), place{at: at + 1}})
		}
		if first == skipped || first < 64 && second == skipped {
			w.decodeEscaped(at)
		} else if first < 64 && second < 64 && (encoded.has(first, second) || w.lowEncoded <= at+reach) {
			w.decode(at, first, second, at+1, at+2)
		}
		second = first
		if w.a == nil {
			continue
		}
		if w.one && len(w.hits) > 0 {
			return nil
		}
		if w.a.work > w.look {
			w.look = w.a.work + 1<<16
			if err := w.ctx.Err(); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin prepares for the states at a position in one of the streams.
func (w *sweep[T]) begin(at int) {
	if w.a == nil {
		w.a = w.x.borrow()
		w.live = w.a.live[:0]
	}
	w.forget(at)
	w.a.work += 8
	w.own = len(w.live)
}

// readAll computes the states at a position of the verbatim text where an escape may begin.
func (w *sweep[T]) readAll(at int) {
	r := reader[T]{text: w.text}
	all, n := r.readings(place{at: at})
	if n == 1 && w.x.kinds[w.text[at]] < ending && w.low != at+1 {
		return
	}
	w.begin(at)
	w.extendAll(all[:n], at, plain)
}

// decodeEscaped is decode at a position where one of the two characters may be escaped or
// follow a line break.
func (w *sweep[T]) decodeEscaped(at int) {
	r := reader[T]{text: w.text}
	first, middle, ok := r.sextet(at)
	if !ok {
		return
	}
	if second, end, ok := r.sextet(middle); ok {
		w.decode(at, first, second, middle, end)
	}
}

// decode computes the states at a position in base64 where two characters have the values
// first and second. The second one begins at middle and ends at end.
func (w *sweep[T]) decode(at int, first, second byte, middle, end int) {
	switch {
	case w.x.encoded.has(first, second), w.lowEncoded <= end:
	case w.lowEncoded <= at+reach && encodedLeads.has(first, second):
	default:
		return
	}
	for used := 0; used <= 4; used += 2 {
		p := place{at, used}
		w.begin(at)
		c := byteChar(first<<(2+used) | second>>(4-used))
		if !isLead(c) {
			w.extend(at, streamOf(p), reading{c, after(p, middle, end)})
			continue
		}
		r := reader[T]{text: w.text, base64: true}
		all, n := r.readings(p)
		w.extendAll(all[:n], at, streamOf(p))
	}
}

// extendAll is extend for all characters that the layers have at a position.
func (w *sweep[T]) extendAll(all []reading, at int, s stream) {
	for _, c := range all {
		if c.char != none {
			w.extend(at, s, c)
		}
	}
	w.a.work += 64
}

// extend adds the states reached by the character c at a position.
func (w *sweep[T]) extend(at int, s stream, c reading) {
	from := s
	if s != plain {
		from = streamOf(c.next)
	}
	states := w.statesAt(c.next.at, from)
	if len(states) == 0 {
		w.extendFrom(root, at, s, c.char)
	}
	for _, l := range states {
		w.extendFrom(l.state, at, s, c.char)
	}
}

func (w *sweep[T]) extendFrom(state int32, at int, s stream, c rune) {
	if w.x.fold {
		c = lower(c)
	}
	switch {
	case c == 0: // it may be the other half of an ASCII character in UTF-16
		w.put(live{at, state, s})
	case c == '+':
		w.enter(live{at, w.a.step(state, ' '), s})
	case c >= utf8.RuneSelf:
		var buffer [utf8.UTFMax]byte
		for i := utf8.EncodeRune(buffer[:], c) - 1; i > 0; i-- {
			state = w.a.step(state, buffer[i])
		}
		w.enter(live{at, w.a.step(state, buffer[0]), s})
		return
	}
	if c < 0 {
		c = ^c
	}
	w.enter(live{at, w.a.step(state, byte(c&0xff)), s})
}

// enter adds a state that a character has led to, and the hit if a pattern begins here.
func (w *sweep[T]) enter(l live) {
	w.put(l)
	if found := w.a.states[l.state].found; found > 0 {
		w.hit(l, w.a.patterns[found-1])
	}
}

// put adds a state to those of the current position.
func (w *sweep[T]) put(l live) {
	if l.state == root {
		return
	}
	own := w.live[w.own:]
	shallowest := 0
	for i := range own {
		if own[i].state == l.state {
			return
		}
		if w.depth(own[i]) < w.depth(own[shallowest]) {
			shallowest = i
		}
	}
	if l.stream == plain {
		w.low = l.at
	} else {
		w.lowEncoded = l.at
	}
	if len(own) < most {
		w.live = append(w.live, l)
	} else if w.depth(own[shallowest]) < w.depth(l) {
		own[shallowest] = l
	}
}

func (w *sweep[T]) depth(l live) int32 { return w.a.states[l.state].depth }

// statesAt returns the states at a position of a stream; none if there is only the root.
func (w *sweep[T]) statesAt(at int, s stream) []live {
	const near = 16
	end := w.own
	if end > near && w.live[end-near].at < at { // far away, behind a long escape
		end = sort.Search(end, func(i int) bool { return w.live[i].at < at })
	}
	for end > 0 && (w.live[end-1].at < at || w.live[end-1].at == at && w.live[end-1].stream > s) {
		end--
	}
	start := end
	for start > 0 && w.live[start-1].at == at && w.live[start-1].stream == s {
		start--
	}
	return w.live[start:end]
}

// forget drops the states that are out of reach of any escape.
func (w *sweep[T]) forget(at int) {
	if len(w.live) < 2*w.kept+1<<12 {
		return
	}
	gone := sort.Search(len(w.live), func(i int) bool { return w.live[i].at <= at+reach })
	w.kept = copy(w.live, w.live[gone:])
	w.live = w.live[:w.kept]
}

// hit records that a pattern begins at a position. It is merged with a hit after it that
// it overlaps.
func (w *sweep[T]) hit(l live, p *pattern) {
	start := place{at: l.at}
	if l.stream != plain {
		if len(p.secret) < minEncoded {
			return
		}
		start.used = 2 * (int(l.stream) - 1)
	}
	h := hit{start.at, w.end(start, l.stream, p), p}
	if start.used > 0 { // another byte shares the first character
		r := reader[T]{text: w.text}
		_, h.start, _ = r.sextet(start.at)
	}
	w.last.pattern, w.last.stream = p, l.stream
	n := len(w.hits)
	for ; n > 0 && w.hits[n-1].start < h.end; n-- {
		behind := w.hits[n-1]
		if behind.start < h.start || behind.start == h.start && behind.end > h.end {
			h.pattern = behind.pattern
		}
		h.start, h.end = min(h.start, behind.start), max(h.end, behind.end)
	}
	w.hits = append(w.hits[:n], h)
}

// end returns the end of the pattern that begins at p. It takes as many steps as the
// pattern is long, unless there is no escape.
func (w *sweep[T]) end(p place, s stream, want *pattern) int {
	n := len(want.secret)
	if s == plain && p.at+n <= w.odd { // there is no escape
		return p.at + n
	}
	least := p.at + n
	if s != plain {
		least = p.at + (p.used+8*n)/6
	}
	// A repetitive pattern can begin again before it ends.
	if w.last.pattern == want && w.last.stream == s && len(w.hits) > 0 && w.hits[len(w.hits)-1].start < least {
		return max(least, w.hits[len(w.hits)-1].end)
	}
	m := matcher[T]{reader: reader[T]{text: w.text, base64: s != plain}, want: want.secret, budget: 64*n + 256}
	end := m.match(p, 0)
	w.a.work += 64*n + 256 - m.budget
	return max(end, min(least, len(w.text)))
}
