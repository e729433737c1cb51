package cli

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

func TestSafeName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"report.csv":                      "report.csv",
		"見積書 (1).pdf":                     "見積書 (1).pdf",
		"":                                "file",
		"..":                              "file",
		". .":                             "file",
		"../../etc/passwd":                "_.._etc_passwd",
		`C:\temp\x.txt`:                   "C__temp_x.txt",
		".profile":                        "profile",
		"a\x00b\nc\u202e.txt":             "a_b_c_.txt",
		strings.Repeat("a", 300):          strings.Repeat("a", 200),
		strings.Repeat("日", 300) + ".txt": strings.Repeat("日", 65) + ".txt",
	} {
		if got := safeName(name); got != want {
			t.Errorf("safeName(%q) = %q, want %q", name, got, want)
		}
	}
}

// FuzzSafeName holds that whatever a script calls a file, the name is that of a
// file in the folder, and visible.
func FuzzSafeName(f *testing.F) {
	f.Add("../a.txt")
	f.Add("\xff" + strings.Repeat("日", 100) + "." + strings.Repeat("x", 100))
	f.Fuzz(func(t *testing.T, name string) {
		got := safeName(name)
		if got == "" || len(got) > 255 || got != filepath.Base(got) || !filepath.IsLocal(got) || got[0] == '.' || strings.ContainsAny(got, `/\:`) {
			t.Errorf("safeName(%q) = %q", name, got)
		}
		for _, r := range got {
			if !unicode.IsGraphic(r) {
				t.Errorf("safeName(%q) = %q", name, got)
			}
		}
	})
}
