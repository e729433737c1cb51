package redact

import (
	"cmp"
	"slices"
	"sort"
	"sync"
)

// automaton finds which patterns begin at a position of a text that is read backwards. It
// is the automaton of Aho and Corasick, "Efficient string matching", CACM 18 (1975), for
// the reversed patterns. States are created lazily, when a text first reaches them, so
// that many long patterns cost nothing as long as no text resembles them.
type automaton struct {
	patterns []*pattern // in the order of compareEnds
	states   []state    // the first one is the root
	forks    []fork

	work int    // steps of the sweep: its cost, independent of the machine
	live []live // scratch space of a sweep
}

// root is the state in which the text read so far is not the end of any pattern.
const root = 0

// state is the longest end of a pattern that was read last: depth bytes, which all of
// patterns[low:high] end with.
type state struct {
	low, high, depth int32

	fail  int32 // failure link: the state of the longest end that is a start of this one
	other int32 // the first along the failure links with a letter that this one lacks
	found int32 // 1 + the index of the longest pattern that was read, 0 if none was

	// Most states are in the middle of one pattern and have one outgoing letter. A
	// state with more has a fork. A zero in next is not computed yet.
	next    int32   // the state after the letter; of a fork, its index
	letter  [1]byte // the outgoing letter, if there is one
	letters uint8   // number of outgoing letters: 0, 1, or several for a fork
}

// fork has the transitions of a state with several outgoing letters. One with many has a
// row, which also includes the transitions of the failure links. A zero in next or row is
// not computed yet.
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

// automata holds released automata: most Sets belong to one task, have one or two secrets
// and search one or two texts.
var automata sync.Pool //nolint:gochecknoglobals // holds memory only

// newAutomaton returns an automaton, if it is a new one with room for finding one secret
// twice.
func newAutomaton(patterns []*pattern) *automaton {
	a, ok := automata.Get().(*automaton)
	if !ok {
		const most = 64
		n := min(len(patterns[0].secret)+1, most)
		a = &automaton{states: make([]state, 0, n), live: make([]live, 0, 2*n)}
	}
	a.patterns, a.work = patterns, 0
	a.states = append(a.states, state{high: int32(len(patterns))}) //nolint:gosec // a length
	a.lettersOf(&a.states[root])
	return a
}

// release keeps the memory of a for another automaton. It drops the secrets.
func (a *automaton) release() {
	clear(a.forks)
	a.patterns, a.states, a.forks = nil, a.states[:0], a.forks[:0]
	automata.Put(a)
}

// letter returns the letter of a pattern at that depth, counted from its end.
func (a *automaton) letter(pattern, depth int32) byte {
	secret := a.patterns[pattern].secret
	return secret[len(secret)-1-int(depth)]
}

// step returns the state after reading one more letter.
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

// stepFork is step for a state with a fork. ok is false if the state has no transition
// for the letter.
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

// stepRow is step for a state with a row, for a letter that is not in it yet.
func (a *automaton) stepRow(at int32, c byte) int32 {
	next := a.child(at, c)
	if next == root && at != root {
		next = a.step(a.states[at].fail, c)
	}
	return next
}

// child creates the state after reading a letter in the state at. It returns root if none
// of the state's patterns has the letter.
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

// lettersOf computes the outgoing letters of s.
func (a *automaton) lettersOf(s *state) {
	if s.high-s.low == 1 { // the common case
		if a.shorter(s) == 0 {
			s.letter[0], s.letters = a.letter(s.low, s.depth), 1
		}
		return
	}
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

// otherThan returns the state to look for a letter that s lacks. Following all failure
// links of s would take as many steps as s is deep, over and over in a text that can be
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

// lettersFrom returns the outgoing letters of a state without a row.
func (a *automaton) lettersFrom(s *state) []byte {
	if s.letters > 1 {
		return a.forks[s.next].letters[:s.letters]
	}
	return s.letter[:s.letters]
}
