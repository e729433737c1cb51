package repotest_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/cli"
	"github.com/postern-dev/postern/runtime"
)

const guide = "docs/SCRIPT-TESTS.md"

// fences are the blocks of code of a language in a page of Markdown.
func fences(page, language string) []string {
	var blocks []string
	for _, m := range regexp.MustCompile("(?m)^```"+language+"\n((?s:.*?))^```$").FindAllStringSubmatch(page, -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

// TestGuideSamples checks that the guide to tests shows the sample and its tests
// verbatim.
func TestGuideSamples(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile("\\(\\.\\./(scripts/[^)]+)\\)[^\n]*:\n\n```js\n((?s:.*?))```\n")
	shown := link.FindAllStringSubmatch(string(read(t, guide)), -1)
	if len(shown) != 2 {
		t.Fatalf("found %d samples, want the script and its tests", len(shown))
	}
	for _, m := range shown {
		if file := string(read(t, m[1])); file != m[2] {
			t.Errorf("%s shows another %s than there is", guide, m[1])
		}
	}
}

// TestGuideSnippets runs the other pieces of code in the guide, each as a test.
func TestGuideSnippets(t *testing.T) {
	t.Parallel()
	engine := runtime.New(runtime.Config{})
	snippets := 0
	for _, code := range fences(string(read(t, guide)), "js") {
		if strings.HasPrefix(code, "//") {
			continue // a file
		}
		snippets++
		result, err := runSnippet(t.Context(), engine, "test('a snippet', () => {\n"+code+"});")
		if err == nil {
			err = result.Err
		}
		if err != nil {
			t.Errorf("%v in\n%s", err, code)
		}
	}
	if snippets == 0 {
		t.Error("the guide has no snippets")
	}
}

func runSnippet(ctx context.Context, engine *runtime.Engine, code string) (*runtime.TestResult, error) {
	script, err := engine.Compile(ctx, runtime.Source{Name: "script"})
	if err != nil {
		return nil, err
	}
	tests, err := engine.Compile(ctx, runtime.Source{Name: "snippet", Code: []byte(code)})
	if err != nil {
		return nil, err
	}
	return engine.RunTest(ctx, runtime.Suite{Script: script, Tests: tests}, 0)
}

// TestGuideFailure checks that a failure looks like the one in the guide.
func TestGuideFailure(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tests := strings.Replace(string(read(t, "scripts/list-items.test.js")), `2 hinge\n");`, `3 hinge\n");`, 1)
	for name, content := range map[string][]byte{"list-items.js": read(t, "scripts/list-items.js"), "list-items.test.js": []byte(tests)} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	cli.Main(t.Context(), cli.Env{Args: []string{"test", dir}, Stdout: &stdout, Stderr: &stderr})
	times := regexp.MustCompile(`\([0-9.]+[mµ]?s\)`)
	got := times.ReplaceAllString(strings.ReplaceAll(stdout.String(), dir+string(filepath.Separator), ""), "(1ms)")
	for _, shown := range fences(string(read(t, guide)), "console") {
		if times.ReplaceAllString(shown, "(1ms)") == got {
			return
		}
	}
	t.Errorf("%s does not show this failure:\n%s%s", guide, got, &stderr)
}
