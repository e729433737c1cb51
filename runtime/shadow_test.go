package runtime_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoNameInCommonWithStdRuntime holds that this package exports no name of
// the standard package runtime. Then code that means the one never compiles
// against the other, and goimports cannot pick the wrong one.
func TestNoNameInCommonWithStdRuntime(t *testing.T) {
	t.Parallel()
	std, err := importer.Default().Import("runtime")
	if err != nil {
		t.Fatal(err)
	}
	if std.Scope().Lookup("NumCPU") == nil {
		t.Fatal("the standard runtime was not read")
	}

	names := exportedNames(t)
	if len(names) == 0 {
		t.Fatal("found no exported name")
	}
	for _, name := range names {
		if std.Scope().Lookup(name.Name) != nil {
			t.Errorf("runtime.%s is also a name of the standard runtime", name.Name)
		}
	}
}

// exportedNames returns the exported top-level names of the package in the
// working directory, which is this one's.
func exportedNames(t *testing.T) []*ast.Ident {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []*ast.Ident
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			names = append(names, declared(decl)...)
		}
	}
	exported := names[:0]
	for _, name := range names {
		if name.IsExported() {
			exported = append(exported, name)
		}
	}
	return exported
}

// declared returns the names that a top-level declaration adds to its package.
func declared(decl ast.Decl) []*ast.Ident {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Recv == nil {
			return []*ast.Ident{decl.Name}
		}
	case *ast.GenDecl:
		var names []*ast.Ident
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, spec.Name)
			case *ast.ValueSpec:
				names = append(names, spec.Names...)
			}
		}
		return names
	}
	return nil
}
