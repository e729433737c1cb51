package jsvm

import "github.com/dlclark/regexp2/v2"

// regexp2 matches what Go's own package cannot: lookaround, backreferences, matches
// from the middle of a text, text beyond ASCII. It keeps a stack to backtrack on, and
// gives up when that has 100,000 entries: after some 12,500 rounds of a group. goja
// takes its error for "no match" (regexp.go, findSubmatchIndexUTF16 and its siblings).
// So there must be no such error, and this default is all that reaches the patterns
// goja compiles, in eval and Function too. The stack is then bounded by the text, at
// some 200 bytes for each of its characters.
//
// See docs/RATIONALE.md.
func init() { //nolint:gochecknoinits // patterns are compiled at any time: it has to be set before the first goroutine
	regexp2.DefaultOptimizationOptions.MaxBacktrackingStackSize = -1
}
