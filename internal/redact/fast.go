package redact

// The common case of a sweep: text without escapes that does not resemble base64 of a
// secret. skip passes over characters that no pattern ends with, and follow reads those of
// one pattern. Both are shortcuts only: they find what the general way in sweep.run finds,
// in a fraction of the time, and stop at the first position where the two might differ. sweep.run
// reads that position in the general way, and then calls them again. Without the calls all
// tests pass, and BenchmarkText shows what they are worth.

// often is the number of positions between two checks of the context, minus one.
const often = 1<<14 - 1

// skip returns the next position from at on that may have the end of a secret or an
// escape, and the value of the character after it. There must be no state at at+1.
func (w *sweep[T]) skip(at int, second byte) (next int, after byte) {
	text, kinds, encoded := w.text, &w.x.kinds, &w.x.encoded
	var leads uint64
	if w.lowEncoded <= at+reach { // an escape in base64 may lead there
		leads = ^leads
	}
	for ; at&often != 0; at-- {
		kind := kinds[text[at]]
		if kind < 64 {
			if (encoded[kind]|encodedLeads[kind]&leads)>>second&1 != 0 {
				break
			}
		} else if kind != foreign {
			break
		}
		second = kind
	}
	return at, second
}

// follow reads the characters of a pattern from at on, as long as each position has at
// most one state. It returns the next position and the value of the character after it.
func (w *sweep[T]) follow(at int, second byte) (next int, after byte) {
	text, encoded := w.text, &w.x.encoded
	state := int32(root)
	switch n := len(w.live); {
	case w.x.fold:
		return at, second
	case w.low == at+1:
		if n == 0 || w.live[n-1].at != at+1 || w.live[n-1].stream != plain || n > 1 && w.live[n-2].at == at+1 {
			return at, second
		}
		state = w.live[n-1].state
	case w.x.kinds[text[at]] < ending:
		return at, second
	}
	w.begin(at)
	for a := w.a; at&often != 0; at-- {
		c := text[at]
		first := sextets[c]
		if first == skipped || c == '+' || first < 64 && (encoded[first]|encodedLeads[first])>>second&1 != 0 {
			break
		}
		second = first
		if s := &a.states[state]; s.letters == 1 && s.letter[0] == c && s.next != root {
			a.work++
			state = s.next
		} else if state = a.step(state, c); state == root {
			return at - 1, second
		}
		w.low = at
		w.live = append(w.live, live{at, state, plain})
		if found := a.states[state].found; found > 0 {
			w.hit(w.live[len(w.live)-1], a.patterns[found-1])
			return at - 1, second
		}
	}
	return at, second
}
