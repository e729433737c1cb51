package repotest_test

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

// TestEmbeddingBlocks checks that the Go code in docs/EMBEDDING.md is code of the examples,
// whose tests run it, and so is each line of it in the section of the README.
func TestEmbeddingBlocks(t *testing.T) {
	t.Parallel()
	var sources []string
	for _, name := range files(t) {
		if path.Ext(name) == ".go" && strings.HasPrefix(name, "examples/") {
			sources = append(sources, withoutIndent(string(read(t, name))))
		}
	}
	blocks := fences(string(read(t, "docs/EMBEDDING.md")), "go")
	if len(blocks) < 10 {
		t.Errorf("found %d blocks", len(blocks))
	}
	short := fences(section(string(read(t, "README.md")), "Embedding"), "go")
	if len(short) != 1 {
		t.Fatalf("found %d blocks in the README", len(short))
	}
	for line := range strings.Lines(short[0]) {
		blocks = append(blocks, line)
	}
	for _, block := range blocks {
		if !containsAny(sources, withoutIndent(block)) {
			t.Errorf("a page shows code that no example has:\n%s", block)
		}
	}
}

func containsAny(sources []string, block string) bool {
	for _, source := range sources {
		if strings.Contains(source, block) {
			return true
		}
	}
	return false
}

// withoutIndent returns code without the indentation of its lines and without directives
// for the linter, beginning and ending with a line break.
func withoutIndent(code string) string {
	code = regexp.MustCompile(` *//nolint:.*`).ReplaceAllString(code, "")
	return "\n" + regexp.MustCompile(`(?m)^\t+`).ReplaceAllString(strings.Trim(code, "\n"), "") + "\n"
}
