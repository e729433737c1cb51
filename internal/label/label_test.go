package label_test

import (
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/label"
)

// Names may be in any script, with what belongs to its words, and may not have what cannot be seen.
func TestFault(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Müller": "", "Mu\u0308ller": "", "שלום עולם": "", "日本語": "", "नमस्ते": "", "می\u200cخواهم": "", "👩\u200d👧 team": "", "<b>": "", "a\u00a0b": "",
		"":                      "is missing",
		strings.Repeat("語", 11): "is longer than 10 characters",
		"a\u202edcb":            "has a character that is not visible",
		"a\u2066b":              "has a character that is not visible",
		"a\u200bb":              "has a character that is not visible",
		"\ufeffa":               "has a character that is not visible",
		"a\u0085b":              "has a character that is not visible",
		"a\u2028b":              "has a character that is not visible",
		"a\nb":                  "has a character that is not visible",
		"a\x00b":                "has a character that is not visible",
		"a\x1b[1m":              "has a character that is not visible",
		"a\xff":                 "has a character that is not visible",
		"\u200d":                "has a character that is not visible",
		" \u00a0":               "has a character that is not visible",
		"\u0301":                "has a character that is not visible",
	} {
		if got := label.Fault(name, 10); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
