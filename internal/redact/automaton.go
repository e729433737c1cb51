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
	forks    []fork

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

	// A state in the middle of one pattern has one letter that goes on, and most are
	// like that. A state with more has a fork. A zero in next is not known yet.
	next    int32   // the state after the letter; of a fork, its index
	letter  [1]byte // if there is one
	letters uint8   // how many there are: 0, 1, or several for a fork
}

// fork is where a state goes on from which several letters do. With many it has a row,
// which also knows where a fail leads. A zero in next or row is not known yet.
type fork struct {
	letters [4]byte
	next    [4]int32
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

// newAutomaton returns one with the room that it takes to find one secret, twice.
func newAutomaton(patterns []*pattern) *automaton {
	const most = 64
	n := min(len(patterns[0].secret)+1, most)
	a := &automaton{patterns: patterns, states: make([]state, 1, n), live: make([]live, 0, 2*n)}
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
		switch {
		case s.letters > 1:
			if next, ok := a.stepFork(at, s.next, c); ok {
				return next
			}
		case s.letters == 1 && s.letter[0] == c:
			next := s.next
			if next == 0 {
				next = a.child(at, c)
				a.states[at].next = next
			}
			return next
		}
		if at == root {
			return root
		}
		at = a.states[at].other
	}
}

// stepFork is step from a state with a fork. It is not ok if the letter does not go on
// from there.
func (a *automaton) stepFork(at, index int32, c byte) (next int32, ok bool) {
	f := &a.forks[index]
	if row := f.row; row != nil {
		if next = row[c] - 1; next < 0 {
			next = a.stepRow(at, c)
			row[c] = next + 1
		}
		return next, true
	}
	for i, letter := range f.letters[:a.states[at].letters] {
		if letter != c {
			continue
		}
		if next = f.next[i]; next == 0 {
			next = a.child(at, c)
			a.forks[index].next[i] = next
		}
		return next, true
	}
	return root, false
}

// stepRow is step from a state with a row, for a letter that is not in it yet.
func (a *automaton) stepRow(at int32, c byte) int32 {
	next := a.child(at, c)
	if next == root && at != root {
		next = a.step(a.states[at].fail, c)
	}
	return next
}

// child makes the state after a letter that goes on from the state at, and returns
// root if none of its patterns has the letter.
func (a *automaton) child(at int32, c byte) int32 {
	s := a.states[at]
	low, high := s.low+a.shorter(&s), s.high
	if s.letters > 1 {
		after := func(least int) int32 {
			n := int(s.high - low)
			return low + int32(sort.Search(n, func(i int) bool { return int(a.letter(low+int32(i), s.depth)) >= least })) //nolint:gosec // indices
		}
		if low, high = after(int(c)), after(int(c)+1); low == high {
			return root
		}
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
	var f fork
	for i := s.low + a.shorter(s); i < s.high; {
		if int(s.letters) == len(f.letters) {
			f.row = new([256]int32)
			break
		}
		c := a.letter(i, s.depth)
		f.letters[s.letters] = c
		s.letters++
		if a.letter(s.high-1, s.depth) == c {
			break
		}
		rest := s.high - i
		i += int32(sort.Search(int(rest), func(j int) bool { return a.letter(i+int32(j), s.depth) > c })) //nolint:gosec // indices
	}
	s.letter[0] = f.letters[0]
	if s.letters > 1 {
		s.next = int32(len(a.forks)) //nolint:gosec // an index
		a.forks = append(a.forks, f)
	}
}

// otherThan returns where to look for a letter that s lacks. To go through all fails
// of s would take as many steps as s is deep, over and over in a text that can be
// read in several ways.
func (a *automaton) otherThan(s *state) int32 {
	at := s.fail
	for at != root {
		f := &a.states[at]
		if f.letters > 1 && a.forks[f.next].row != nil {
			break
		}
		for _, letter := range a.lettersFrom(f) {
			if !slices.Contains(a.lettersFrom(s), letter) {
				return at
			}
		}
		at = f.other
	}
	return at
}

// lettersFrom returns the letters that go on from a state without a row.
func (a *automaton) lettersFrom(s *state) []byte {
	if s.letters > 1 {
		return a.forks[s.next].letters[:s.letters]
	}
	return s.letter[:s.letters]
}
