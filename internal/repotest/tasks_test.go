package repotest_test

import (
	"bytes"
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/cli"
	"github.com/postern-dev/postern/internal/limit"
)

const taskPage = "docs/TASKS.md"

// TestTaskFileKeys checks that the page on task files has the keys that the reader
// knows, no others, and the defaults of the limits.
func TestTaskFileKeys(t *testing.T) {
	t.Parallel()
	documented := make(map[string]bool)
	defaults := make(map[string]string)
	for _, table := range strings.Split(string(read(t, taskPage)), "\n| key |")[1:] {
		table, _, _ := strings.Cut(table, "\n\n")
		for _, row := range rowsOf("|" + table) {
			key := spans(row[0])[0]
			key = key[strings.LastIndexByte(key, '.')+1:]
			documented[key], defaults[key] = true, row[2]
		}
	}
	known := taskKeys(t)
	for _, name := range limit.Names() {
		known[name] = true
		if want := limit.Format(hostapi.DefaultLimits(), name); defaults[name] != want {
			t.Errorf("%s: the default of %s is %q, want %q", taskPage, name, defaults[name], want)
		}
	}
	got, want := slices.Sorted(maps.Keys(documented)), slices.Sorted(maps.Keys(known))
	if !slices.Equal(got, want) {
		t.Errorf("%s has the keys\n%q, the reader\n%q", taskPage, got, want)
	}
	example := fences(string(read(t, taskPage)), "toml")[0]
	for _, key := range want {
		if key == "request" { // instead of script
			continue
		}
		if !strings.Contains(example, key+" = ") && !strings.Contains(example, "["+key) {
			t.Errorf("the file in %s does not show %s", taskPage, key)
		}
	}
}

// TestRequestKeys checks that the page on [request] has the keys that the reader knows,
// and no others, and that its files are tasks.
func TestRequestKeys(t *testing.T) {
	t.Parallel()
	const page = "docs/REQUESTS.md"
	var documented []string
	for _, table := range strings.Split(string(read(t, page)), "\n| key |")[1:] {
		table, _, _ := strings.Cut(table, "\n\n")
		for _, row := range rowsOf("|" + table) {
			key := spans(row[0])[0]
			documented = append(documented, key[strings.LastIndexByte(key, '.')+1:])
		}
	}
	slices.Sort(documented)
	got, want := slices.Compact(documented), slices.Sorted(maps.Keys(keysIn(t, "internal/httpstep/httpstep.go")))
	want = slices.DeleteFunc(want, func(key string) bool { return strings.ToUpper(key) == key }) // methods
	if !slices.Equal(got, want) {
		t.Errorf("%s has the keys\n%q, the reader\n%q", page, got, want)
	}
	for i, file := range fences(string(read(t, page)), "toml") {
		path := filepath.Join(t.TempDir(), "step.toml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		if status := cli.Main(t.Context(), cli.Env{Args: []string{"check", path}, Stdout: &stdout, Stderr: &stderr}); status != 0 {
			t.Errorf("file %d: status %d, %s", i+1, status, &stderr)
		}
	}
}

// taskKeys returns the keys that the reader of task files allows.
func taskKeys(t *testing.T) map[string]bool {
	t.Helper()
	return keysIn(t, "internal/taskfile/parse.go", "internal/taskfile/items.go", "internal/taskfile/settings.go")
}

// keysIn returns the texts in calls of Only and in lists of text.
func keysIn(t *testing.T, files ...string) map[string]bool {
	t.Helper()
	keys := make(map[string]bool)
	add := func(list []ast.Expr) {
		for _, e := range list {
			if text, ok := e.(*ast.BasicLit); ok && text.Kind == token.STRING {
				key, err := strconv.Unquote(text.Value)
				if err != nil {
					t.Fatal(err)
				}
				keys[key] = true
			}
		}
	}
	for _, name := range files {
		ast.Inspect(parseGo(t, name), func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Only" {
					add(n.Args)
				}
			case *ast.CompositeLit:
				add(n.Elts)
			}
			return true
		})
	}
	return keys
}

// TestTaskFileExample checks that the file in the page is one.
func TestTaskFileExample(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{"sync.js": "", "sync.toml": fences(string(read(t, taskPage)), "toml")[0]} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	if status := cli.Main(t.Context(), cli.Env{Args: []string{"check", filepath.Join(dir, "sync.toml")}, Stdout: &stdout, Stderr: &stderr}); status != 0 {
		t.Errorf("status %d, %s", status, &stderr)
	}
}
