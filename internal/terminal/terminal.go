// Package terminal is what a program shows on a terminal and asks there: text that cannot
// control it, lines of source with a caret, questions, progress, and pages in a browser.
package terminal

import (
	"os"

	"golang.org/x/term"
)

// Is reports whether a stream is a terminal.
func Is(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
