package repotest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const (
	architecturePage = "docs/ARCHITECTURE.md"
	module           = "github.com/postern-dev/postern/"
)

// TestLayers checks that each package is in the layers of the page on the architecture
// and imports packages of lower layers only.
func TestLayers(t *testing.T) {
	t.Parallel()
	// What runs in the sandbox, embeds the engine, or is for the tests of this repository.
	outside := regexp.MustCompile(`^(guest|examples|scripts/.+|internal/(conformance|hostile|load|testservers|repotest|database/databasetest)|.*testdata)/`)
	layers := make(map[string]int) // package -> row, 1 is the top
	for i, row := range rowsOf(section(string(read(t, architecturePage)), "Layers")) {
		for _, name := range spans(row[1]) {
			layers[name] = i + 1
		}
	}
	seen := make(map[string]bool)
	for _, name := range files(t) {
		from := path.Dir(name)
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || outside.MatchString(from+"/") {
			continue
		}
		if layers[from] == 0 && !seen[from] {
			t.Errorf("the layers of %s have no package %s", architecturePage, from)
		}
		seen[from] = true
		file, err := parser.ParseFile(token.NewFileSet(), name, read(t, name), parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			to, ours := strings.CutPrefix(imported, module)
			if ours && layers[to] <= layers[from] {
				t.Errorf("%s imports %s, which is not in a lower layer of %s", name, to, architecturePage)
			}
		}
	}
	for name := range layers {
		if !seen[name] {
			t.Errorf("%s has the package %s, which does not exist", architecturePage, name)
		}
	}
}

// TestStart checks that no package variable compiles a regular expression: each start of the
// command, and of a worker, would do so.
func TestStart(t *testing.T) {
	t.Parallel()
	for _, name := range files(t) {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "examples/") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, read(t, name), parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if _, ok := d.(*ast.GenDecl); !ok {
				continue
			}
			ast.Inspect(d, func(n ast.Node) bool {
				if _, ok := n.(*ast.FuncLit); ok {
					return false
				}
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "MustCompile" {
					t.Errorf("%s: use sync.OnceValue", set.Position(call.Pos()))
				}
				return true
			})
		}
	}
}
