package brief_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/postern-dev/postern/internal/brief"
)

func TestText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                "",
		" a\n\tb ":                        "a b",
		strings.Repeat("x", 80):           strings.Repeat("x", 80),
		strings.Repeat("x", 81):           strings.Repeat("x", 80) + "…",
		strings.Repeat("日", 27):           strings.Repeat("日", 26) + "…", // not a part of the 27th
		"a\xff" + strings.Repeat("x", 80): "a" + strings.Repeat("x", 78) + "…",
	} {
		got := brief.Text(text)
		if got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
		if len(text) > 80 && !utf8.ValidString(got) {
			t.Errorf("%q is not UTF-8", got)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	twelve := strings.Split("abcdefghijkl", "")
	for want, names := range map[string][]string{
		"":                                     nil,
		"a":                                    {"a"},
		"a, b or c":                            {"a", "b", "c"},
		"a, b, c, d, e, f, g, h, i, j, k or l": twelve,
		"a, b, c, d, e, f, g, h, i, j, k, l or one of 2 more": append(twelve, "m", "n"),
	} {
		if got := brief.List(names); got != want {
			t.Errorf("%v became %q, want %q", names, got, want)
		}
	}
}
