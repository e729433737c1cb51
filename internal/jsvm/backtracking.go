package jsvm

import "github.com/dlclark/regexp2/v2"

// goja uses regexp2 for what Go's package regexp does not support: lookaround,
// backreferences, matches from the middle of a text, text beyond ASCII. It has a backtracking
// stack and fails when that has 100,000 entries, after some 12,500 iterations of a group. goja
// treats this error as "no match" (regexp.go, findSubmatchIndexUTF16 and its siblings). So the
// error must not occur. This default is the only setting that applies to all patterns that
// goja compiles, also in eval and Function. The stack is then bounded by the text, at some 200
// bytes for each of its characters.
//
// See docs/RATIONALE.md.
func init() { //nolint:gochecknoinits // patterns are compiled at any time: it has to be set before the first goroutine
	regexp2.DefaultOptimizationOptions.MaxBacktrackingStackSize = -1
}
