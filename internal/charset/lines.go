package charset

import (
	"iter"
	"strings"
)

// Lines yields the lines of text without their line ends, which are "\n", "\r\n" or
// "\r". A line end at the end of text does not begin another line, so empty text has no
// lines.
func Lines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for text != "" {
			line, rest := text, ""
			if i := strings.IndexAny(text, "\r\n"); i >= 0 {
				line, rest = text[:i], text[i+1:]
				if text[i] == '\r' {
					rest = strings.TrimPrefix(rest, "\n")
				}
			}
			if !yield(line) {
				return
			}
			text = rest
		}
	}
}
