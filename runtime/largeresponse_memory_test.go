//go:build !race

// The race detector allocates as well, and a sync.Pool drops at random what it is given.

package runtime_test

import (
	goruntime "runtime"
	"testing"
)

// TestLargeResponse checks what a task allocates for a response: the body and its text,
// and for a body of unknown length the pieces in which it arrived.
func TestLargeResponse(t *testing.T) { //nolint:paralleltest // it counts what the process allocates
	for withLength, most := range map[bool]float64{true: 1.5, false: 2.5} {
		run := readsLargeResponse(t, withLength)
		run() // opens the connection
		var before, after goruntime.MemStats
		goruntime.ReadMemStats(&before)
		run()
		goruntime.ReadMemStats(&after)
		if times := float64(after.TotalAlloc-before.TotalAlloc) / largeResponse; times > most {
			t.Errorf("with Content-Length %t: allocated %.1f times the size of the response, want at most %.1f", withLength, times, most)
		}
	}
}
