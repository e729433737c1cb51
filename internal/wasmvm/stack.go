package wasmvm

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/postern-dev/postern/hostapi"
)

// frameOfTrap matches a line of wazero's stack trace, "module.name(i32,i64) i32".
//
//nolint:gochecknoglobals // compiled once, never changed
var frameOfTrap = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\.?(.+?)\([a-z0-9,]*\)(?: \S+)?$`)
})

// framesOfTrap parses wazero's stack trace, innermost call first. A function of a module
// without a name section is $N, by its index.
func framesOfTrap(trace string) (frames []hostapi.Frame) {
	for line := range strings.SplitSeq(trace, "\n") {
		if found := frameOfTrap().FindStringSubmatch(strings.TrimPrefix(line, "\t")); found != nil && len(frames) < hostapi.MaxStack {
			frames = append(frames, hostapi.Frame{Function: found[1]})
		}
	}
	return frames
}

// goTrace collects the frames of the goroutine that panicked from what the Go runtime of a
// guest prints on standard error:
//
//	panic: …
//
//	goroutine 1 [running]:
//	main.load(0x1, …)
//		/src/main.go:12 +0x5
type goTrace struct {
	panicked bool
	inside   bool // the lines of the goroutine
	frames   []hostapi.Frame
}

// line adds a line of standard error.
func (t *goTrace) line(line string) {
	switch {
	case !t.panicked:
		t.panicked = isGoPanic(line)
	case !t.inside:
		t.inside = len(t.frames) == 0 && strings.HasPrefix(line, "goroutine ")
	case line == "" || len(t.frames) == hostapi.MaxStack:
		t.inside = false
	case strings.HasPrefix(line, "\t"):
		if last := len(t.frames) - 1; last >= 0 {
			position, _, _ := strings.Cut(line[1:], " +0x")
			if at := strings.LastIndexByte(position, ':'); at > 0 {
				t.frames[last].File = position[:at]
				t.frames[last].Line, _ = strconv.Atoi(position[at+1:])
			}
		}
	case strings.HasSuffix(line, ")"):
		t.frames = append(t.frames, hostapi.Frame{Function: line[:strings.LastIndexByte(line, '(')]})
	}
}

// isGoPanic reports whether the Go runtime of a guest printed the line because it panicked.
func isGoPanic(line string) bool {
	return strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ")
}
