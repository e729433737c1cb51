package repotest_test

import (
	"os"
	"path"
	"regexp"
	"testing"
)

// TestReadme checks that the tasks shown in the README are the samples verbatim, so that the
// code in the README works.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme := string(read(t, "README.md"))
	link := regexp.MustCompile("\\((scripts/[^)]+)\\)[^\n]*:\n\n```(?:js|go)\n((?s:.*?))```\n")
	shown := link.FindAllStringSubmatch(readme, -1)
	if len(shown) != 2 {
		t.Fatalf("found %d samples, want the JavaScript and the Go one", len(shown))
	}
	for _, m := range shown {
		if file := string(read(t, m[1])); file != m[2] {
			t.Errorf("README.md shows another %s than there is:\n%s", m[1], m[2])
		}
	}
}

// TestLinks checks that the targets of relative links in Markdown exist.
func TestLinks(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	code := regexp.MustCompile("(?m)^```(?s:.*?)^```$")
	for _, name := range files(t) {
		if path.Ext(name) != ".md" {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(string(read(t, name)), ""), -1) {
			if _, err := os.Stat(path.Join(root, path.Dir(name), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
	}
}
