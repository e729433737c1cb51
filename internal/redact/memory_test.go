//go:build !race

// Under the race detector, a sync.Pool drops at random what it is given.

package redact

import (
	"strings"
	"testing"
)

func TestNothingFoundCostsNoMemory(t *testing.T) {
	for _, secret := range []string{"plain-token-1234567890", "pass%41word&more+1234567890="} {
		s := &Set{}
		s.Hide(secret)
		text := strings.Repeat(`{"name": "Ada \u00e9 &amp; co", "url": "https://example.com/?q=a%2520b"}`, 20)
		if n := testing.AllocsPerRun(100, func() { _ = textOf(t, s, text) }); n != 0 {
			t.Errorf("%s: %v allocations", secret, n)
		}
	}
}
