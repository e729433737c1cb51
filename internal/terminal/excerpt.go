package terminal

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// An excerpt shows so many characters of a long line around the caret.
const (
	excerptBefore = 72
	excerptAfter  = 40
)

// Excerpt returns a line of source with a caret under a column, counted from 1
// in characters. It is empty if there is no such line; column 0 gives no caret.
func Excerpt(source []byte, line, column int) string {
	lines := bytes.Split(bytes.TrimPrefix(source, []byte("\ufeff")), []byte("\n"))
	if line < 1 || line > len(lines) {
		return ""
	}
	text := strings.TrimRight(string(lines[line-1]), "\r")
	if column < 1 {
		return fmt.Sprintf("%5d | %s\n", line, visible(Head(text, excerptBefore+excerptAfter)))
	}
	at := byteOf(text, column)
	before := visible(tail(text[:at], excerptBefore))
	after := visible(Head(text[at:], excerptAfter))
	return fmt.Sprintf("%5d | %s%s\n      | %s^\n", line, before, after, strings.Repeat(" ", Width(before)))
}

// byteOf returns the offset of a column, at most that of the end.
func byteOf(text string, column int) int {
	for i := range text {
		if column--; column == 0 {
			return i
		}
	}
	return len(text)
}

// visible returns text as it takes known room on a terminal.
func visible(text string) string {
	return Escape(strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\t", "    "))
}

func tail(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	runes := []rune(text)
	return "…" + string(runes[len(runes)-n:])
}
