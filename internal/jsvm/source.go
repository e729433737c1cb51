package jsvm

import (
	"strings"
	"unicode/utf8"
)

// readable returns source in a form that goja's parser accepts, with unchanged positions:
// without a byte order mark, and with a first line #!… as a comment (ECMA-262, 12.5).
func readable(source []byte) string {
	text := strings.TrimPrefix(string(source), "\ufeff")
	if strings.HasPrefix(text, "#!") {
		text = "//" + text[2:]
	}
	return text
}

// inCharacters converts a position from goja's coordinates to those of editors.
func inCharacters(text string, line, column int) (int, int) {
	offset, ok := offsetOf(text, line, column)
	if !ok {
		return line, column
	}
	before := text[:offset]
	begin := strings.LastIndexByte(before, '\n') + 1
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[begin:])
}

// offsetOf returns the offset in text of a position in goja's coordinates. goja counts columns
// in bytes, and also treats U+2028, U+2029 and a lone carriage return as line ends (ECMA-262,
// 12.3).
func offsetOf(text string, line, column int) (offset int, ok bool) {
	if line < 1 || column < 1 {
		return 0, false
	}
	start := 0
	for range line - 1 {
		n := lineLength(text[start:])
		if n == 0 {
			return 0, false
		}
		start += n
	}
	return min(start+column-1, len(text)), true
}

// lineLength returns the length of the first line of a text including its line end; 0 if
// there is no line end.
func lineLength(text string) int {
	for i, c := range text {
		switch c {
		case '\r':
			if strings.HasPrefix(text[i+1:], "\n") {
				return i + 2
			}
			return i + 1
		case '\n', '\u2028', '\u2029':
			return i + utf8.RuneLen(c)
		}
	}
	return 0
}
