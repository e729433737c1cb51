package tree_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages are the README and the pages of docs/.
func pages(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, name := range files(t) {
		if name == "README.md" || path.Ext(name) == ".md" && strings.HasPrefix(name, "docs/") {
			names = append(names, name)
		}
	}
	if len(names) < 10 {
		t.Fatalf("found %d pages", len(names))
	}
	return names
}

// TestTestsInPages holds that every test that a page tells to run exists in the
// package that it names.
func TestTestsInPages(t *testing.T) {
	t.Parallel()
	command := regexp.MustCompile(`go test -run '?([\w|/]+)'? \./([\w/]+)`)
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	found := 0
	for _, page := range pages(t) {
		for _, m := range command.FindAllStringSubmatch(string(read(t, page)), -1) {
			var tests []string
			names, err := filepath.Glob(filepath.Join(root, m[2], "*_test.go"))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				text, err := os.ReadFile(name) //nolint:gosec // a file of the repository
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range function.FindAllStringSubmatch(string(text), -1) {
					tests = append(tests, f[1])
				}
			}
			for test := range strings.SplitSeq(m[1], "|") {
				found++
				if test, _, _ = strings.Cut(test, "/"); !slices.Contains(tests, test) {
					t.Errorf("%s tells to run %s in %s, which has no such test", page, test, m[2])
				}
			}
		}
	}
	if found < 5 {
		t.Errorf("found %d tests in the pages", found)
	}
}
