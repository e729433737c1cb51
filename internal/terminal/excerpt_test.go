package terminal_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/postern-dev/postern/internal/terminal"
)

func TestExcerpt(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100) + "!" + strings.Repeat("y", 100)
	for _, test := range []struct {
		name         string
		source       string
		line, column int
		want         string
	}{
		{"middle", "one\ntwo three\nfour", 2, 5, "    2 | two three\n      |     ^\n"},
		{"end of line", "one", 1, 4, "    1 | one\n      |    ^\n"},
		{"past the end", "one", 1, 40, "    1 | one\n      |    ^\n"},
		{"no column", "one", 1, 0, "    1 | one\n"},
		{"no line", "one", 0, 1, ""},
		{"no such line", "one", 2, 1, ""},
		{"tab", "\tone", 1, 2, "    1 |     one\n      |     ^\n"},
		{"carriage return", "one\r\ntwo\r\n", 1, 1, "    1 | one\n      | ^\n"},
		{"wide", "日本x", 1, 3, "    1 | 日本x\n      |     ^\n"},
		{"accents", "é́x", 1, 3, "    1 | é́x\n      |  ^\n"},
		{"beyond 16 bits", "😀x", 1, 2, "    1 | 😀x\n      |   ^\n"},
		{"byte order mark", "\ufeffone", 1, 1, "    1 | one\n      | ^\n"},
		{"control", "\x1b[31mx", 1, 6, "    1 | \\u001b[31mx\n      |           ^\n"},
		{"not UTF-8", "\xff\xfex", 1, 3, "    1 | \ufffdx\n      |  ^\n"},
		{
			"long", long, 1, 101,
			"    1 | …" + strings.Repeat("x", 72) + "!" + strings.Repeat("y", 39) + "…\n      | " + strings.Repeat(" ", 73) + "^\n",
		},
	} {
		if got := terminal.Excerpt([]byte(test.source), test.line, test.column); got != test.want {
			t.Errorf("%s: got\n%swant\n%s", test.name, got, test.want)
		}
	}
}

func FuzzExcerpt(f *testing.F) {
	f.Add([]byte("let a = 日本;\n\tb"), 1, 9)
	f.Add([]byte("\x1b]0;title\a"), 1, 3)
	f.Fuzz(func(t *testing.T, source []byte, line, column int) {
		for _, r := range terminal.Excerpt(source, line, column) {
			if r != '\n' && !unicode.IsGraphic(r) {
				t.Fatalf("shows %q", r)
			}
		}
	})
}

// TestWidth holds that what is drawn as one character is counted as one.
func TestWidth(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"": 0, "abc": 3, "e\u0301": 1, "日本": 4, "ｶ": 1, "Ａ": 2, "👍🏽": 2, "각": 2, "한": 2, "🇯🇵": 2, "…": 1, "\u00a0": 1,
	} {
		if got := terminal.Width(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
}
