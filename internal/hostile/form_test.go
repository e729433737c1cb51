//go:build linux

package hostile

import (
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// form says how much time attacks get, and which of them run in the first ring.
type form struct {
	limit time.Duration // of an attack that ends by itself
	short time.Duration // of one that only time ends
	brief time.Duration // of one that time may end
	first int           // one of so many runs in the first ring
	next  int           // one of so many runs in the second
	all   bool          // also those that the first ring need not survive
}

// formOf reads the environment. The quick form is for go test, and the full one for CI.
func formOf(t *testing.T) form {
	t.Helper()
	if text := os.Getenv("POSTERN_HOSTILE_TIME"); text != "" {
		limit, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		return form{limit: limit, short: limit, brief: limit, first: 1, next: 1, all: true}
	}
	switch text := os.Getenv("POSTERN_HOSTILE"); text {
	case "full":
		return form{limit: 200 * time.Millisecond, short: 50 * time.Millisecond, brief: 200 * time.Millisecond, first: 1, next: 1}
	case "":
		return form{limit: 2 * time.Second, short: 10 * time.Millisecond, brief: 30 * time.Millisecond, first: 32, next: 8}
	default:
		t.Fatalf("POSTERN_HOSTILE=%s is not full", text)
		return form{}
	}
}

// limitOf returns the time of an attack.
func (f *form) limitOf(e expectation) time.Duration {
	switch {
	case e.outcomes[0] == "timeout" && !e.dies:
		return f.short
	case e.dies || e.late || slices.Contains(e.outcomes, "timeout"):
		return f.brief
	}
	return f.limit
}

// leavesOut reports whether the attack in a file does not run in that ring. Those that the
// first ring need not survive take most of the time, and can show nothing.
func (f *form) leavesOut(ring int, file string, e expectation) bool {
	one, dies := f.next, false
	if ring == 1 {
		one, dies = f.first, e.dies || e.late
	}
	sum := fnv.New32()
	_, _ = sum.Write([]byte(filepath.Base(file))) // never fails
	return int(sum.Sum32())%one != 0 || dies && !f.all
}
