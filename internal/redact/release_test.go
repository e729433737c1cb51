package redact

import (
	"strings"
	"testing"
)

// The memory of a Set that was released goes to another one, and nothing else does.
func TestRelease(t *testing.T) {
	t.Parallel()
	const first, second = "plain-token-1234567890", "other-token-1234567890"
	text := strings.Repeat(first+" and "+second+"\n", 3)
	for range 100 {
		a, b := &Set{}, &Set{}
		a.Hide(first)
		b.Hide(second)
		b.Hide("another-token")
		b.Hide("token-of-another")
		for _, s := range []*Set{a, b, a, b} {
			hidden := first
			if s == b {
				hidden = second
			}
			if got, want := textOf(t, s, text), strings.ReplaceAll(text, hidden, Hidden); got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
			s.Release()
		}
	}
	new(Set).Release()
}
