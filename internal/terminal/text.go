package terminal

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/clipperhouse/displaywidth"
)

// Escape returns text with everything that is not a visible character or a
// space written as in JSON.
func Escape(text string) string { return EscapeBut(text, "") }

// EscapeBut is [Escape] but for the characters in keep.
func EscapeBut(text, keep string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case unicode.IsGraphic(r) || strings.ContainsRune(keep, r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// Width returns how many columns text takes: an East Asian wide character takes
// two, a combining mark none.
func Width(text string) int { return displaywidth.String(text) }

// Head returns the first n characters of text, and "…" if there are more.
func Head(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i] + "…"
		}
		n--
	}
	return text
}
