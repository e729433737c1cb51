package ring

import (
	"errors"
	"strings"
	"syscall"
)

// isReset reports whether an error of a Conn says that the other end is closed.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// reasonOf returns why a process that nothing killed has ended, by what Go's runtime wrote.
func reasonOf(stderr string) Reason {
	for _, known := range []struct {
		text   string
		reason Reason
	}{
		{"out of memory", TooLarge},
		{"cannot allocate memory", TooLarge},
		{"failed to allocate", TooLarge}, // of the race detector
		{"SIGSEGV", TooLarge},            // of Go's runtime, some of which does not check that it got memory
		{"stack exceeds", TooDeep},
		{"stack overflow", TooDeep},
	} {
		if strings.Contains(stderr, known.text) {
			return known.reason
		}
	}
	return Exited
}
