package redact

import (
	"cmp"
	"slices"
	"sort"
)

// automaton tells which patterns begin at a place of a text that is read from its end
// to its beginning. It is that of Aho and Corasick, "Efficient string matching", CACM
// 18 (1975), for the patterns read backwards. A state is made when a text first leads
// to it, so that many long patterns cost nothing as long as nothing is like them.
type automaton struct {
	patterns []*pattern // in the order of compareEnds
	states   []state    // the first one is the root: nothing was read

	work int    // steps of the sweep, of which it is a measure on any machine
	live []live // scratch space of a sweep
}

// root is the state in which nothing was read that a pattern ends with.
const root = 0

// state is the longest end of patterns that was read last: depth bytes, which
// patterns[low:high] have.
type state struct {
	low, high, depth int32

	fail  int32 // the state of the longest end that is a start of this one
	other int32 // the first on the way of fails that has a letter which this one lacks
	found int32 // 1 + the index of the longest pattern that was read, 0 if there is none

	// Few letters go on from most states. Those with many have a row, which also knows
	// where a fail leads. A zero in next or row is not known yet.
	letters [4]byte
	next    [4]int32
	n       uint8
	row     *[256]int32 // 1 + the state
}

// compareEnds orders texts by their last byte, then the one before, and so on.
func compareEnds(a, b string) int {
	for i := 1; i <= len(a) && i <= len(b); i++ {
		if c := cmp.Compare(a[len(a)-i], b[len(b)-i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func newAutomaton(patterns []*pattern) *automaton {
	const some = 32 // as much as one secret needs
	a := &automaton{patterns: patterns, states: make([]state, 1, some), live: make([]live, 0, some)}
	a.states[root].high = int32(len(patterns)) //nolint:gosec // a length
	a.lettersOf(&a.states[root])
	return a
}

// letter returns the letter of a pattern after depth of them.
func (a *automaton) letter(pattern, depth int32) byte {
	secret := a.patterns[pattern].secret
	return secret[len(secret)-1-int(depth)]
}

// step returns the state after another letter.
func (a *automaton) step(at int32, c byte) int32 {
	for {
		a.work++
		s := &a.states[at]
		if s.row != nil {
			next := s.row[c] - 1
			if next < 0 {
				next = a.stepRow(at, c)
			}
			return next
		}
		for i, letter := range s.letters[:s.n] {
			if letter != c {
				continue
			}
			next := s.next[i]
			if next == 0 {
				next = a.child(at, c)
				a.states[at].next[i] = next
			}
			return next
		}
		if at == root {
			return root
		}
		at = s.other
	}
}

// stepRow is step from a state with a row, for a letter that is not in it yet.
func (a *automaton) stepRow(at int32, c byte) int32 {
	next := a.child(at, c)
	if next == root && at != root {
		next = a.step(a.states[at].fail, c)
	}
	a.states[at].row[c] = next + 1
	return next
}

// child makes the state after a letter that goes on from the state at, and returns
// root if none of its patterns has the letter.
func (a *automaton) child(at int32, c byte) int32 {
	s := a.states[at]
	low := s.low + a.shorter(&s)
	n := s.high - low
	after := func(least int) int32 {
		return low + int32(sort.Search(int(n), func(i int) bool { return int(a.letter(low+int32(i), s.depth)) >= least })) //nolint:gosec // indices
	}
	low, high := after(int(c)), after(int(c)+1)
	if low == high {
		return root
	}
	child := state{low: low, high: high, depth: s.depth + 1}
	if at != root {
		child.fail = a.step(s.fail, c)
	}
	if child.found = a.states[child.fail].found; a.shorter(&child) > 0 {
		child.found = low + 1
	}
	a.lettersOf(&child)
	child.other = a.otherThan(&child)
	a.states = append(a.states, child)
	return int32(len(a.states) - 1) //nolint:gosec // an index
}

// shorter returns how many of the patterns of s end with it: one or none.
func (a *automaton) shorter(s *state) int32 {
	if s.depth > 0 && len(a.patterns[s.low].secret) == int(s.depth) {
		return 1
	}
	return 0
}

// lettersOf finds the letters that go on from s.
func (a *automaton) lettersOf(s *state) {
	for i := s.low + a.shorter(s); i < s.high; {
		if int(s.n) == len(s.letters) {
			s.row = new([256]int32)
			return
		}
		c := a.letter(i, s.depth)
		s.letters[s.n] = c
		s.n++
		if a.letter(s.high-1, s.depth) == c {
			return
		}
		rest := s.high - i
		i += int32(sort.Search(int(rest), func(j int) bool { return a.letter(i+int32(j), s.depth) > c })) //nolint:gosec // indices
	}
}

// otherThan returns where to look for a letter that s lacks. To go through all fails
// of s would take as many steps as s is deep, over and over in a text that can be
// read in several ways.
func (a *automaton) otherThan(s *state) int32 {
	at := s.fail
	for {
		f := &a.states[at]
		if f.row != nil || at == root {
			return at
		}
		for _, letter := range f.letters[:f.n] {
			if !slices.Contains(s.letters[:s.n], letter) {
				return at
			}
		}
		at = f.other
	}
}
