package repotest_test

import (
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
