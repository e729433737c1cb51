package repotest_test

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

// TestPathsInPages checks that the files and folders of the repository that the pages
// name exist.
func TestPathsInPages(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, e := range entries {
		if e.IsDir() && e.Name() != "build" && !strings.HasPrefix(e.Name(), ".") {
			folders = append(folders, regexp.QuoteMeta(e.Name()))
		}
	}
	name := regexp.MustCompile("`((?:" + strings.Join(folders, "|") + `)/[\w./*-]*)` + "`")
	found := 0
	for _, page := range pages(t) {
		for _, m := range name.FindAllStringSubmatch(string(read(t, page)), -1) {
			if m[1] == "bench/new.txt" { // make bench writes it
				continue
			}
			found++
			if matches, err := filepath.Glob(path.Join(root, m[1])); err != nil || len(matches) == 0 {
				t.Errorf("%s names %s, which does not exist", page, m[1])
			}
		}
	}
	if found < 40 {
		t.Errorf("found %d paths in the pages", found)
	}
}

// TestTestsInPages checks that every test that a page tells to run, or names in a table
// behind its package, exists in that package.
func TestTestsInPages(t *testing.T) {
	t.Parallel()
	command := regexp.MustCompile(`go test -run '?([\w|/]+)'? \./([\w/]+)`)
	cell := regexp.MustCompile("`([\\w/]+)` ((?:(?:Test|Fuzz)\\w+(?:, )?)+)")
	found := 0
	for _, page := range pages(t) {
		text := string(read(t, page))
		check := func(dir string, names []string) {
			tests := testsIn(t, dir)
			for _, name := range names {
				found++
				if name, _, _ = strings.Cut(name, "/"); name != "" && !slices.Contains(tests, name) {
					t.Errorf("%s names %s in %s, which has no such test", page, name, dir)
				}
			}
		}
		for _, m := range command.FindAllStringSubmatch(text, -1) {
			check(m[2], strings.Split(m[1], "|"))
		}
		for _, m := range cell.FindAllStringSubmatch(text, -1) {
			check(m[1], strings.Split(m[2], ", "))
		}
	}
	if found < 70 {
		t.Errorf("found %d tests in the pages", found)
	}
}

// testsIn returns the names of the tests in a folder.
func testsIn(t *testing.T, dir string) (tests []string) {
	t.Helper()
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	names, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range function.FindAllStringSubmatch(string(text), -1) {
			tests = append(tests, f[1])
		}
	}
	return tests
}
