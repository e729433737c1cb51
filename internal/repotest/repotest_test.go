package repotest_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// root is the top of the repository, seen from this package.
const root = "../.."

// TestPackageComments checks that every package has one package comment, so that
// a reader knows where to look and go doc shows one text.
func TestPackageComments(t *testing.T) {
	t.Parallel()
	commented := map[string][]string{} // package folder -> files with a package comment
	for _, name := range files(t) {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || strings.Contains(name, "testdata/") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, read(t, name), parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		dir := path.Dir(name)
		if isComment(file.Doc) {
			commented[dir] = append(commented[dir], path.Base(name))
		} else if commented[dir] == nil {
			commented[dir] = []string{}
		}
	}
	if len(commented) == 0 {
		t.Fatal("found no package")
	}
	for dir, in := range commented {
		if len(in) != 1 {
			t.Errorf("package %s has %d package comments, want 1: %v", dir, len(in), in)
		}
	}
}

// isComment reports whether doc has text besides directives.
func isComment(doc *ast.CommentGroup) bool {
	return doc != nil && strings.TrimSpace(doc.Text()) != ""
}

// TestNoReplace checks that go.mod has no replace or exclude directive, which has no effect in
// a program that requires this module.
func TestNoReplace(t *testing.T) {
	t.Parallel()
	mods := []string{}
	for _, name := range files(t) {
		if path.Base(name) == "go.mod" || path.Ext(name) == ".mod" {
			mods = append(mods, name)
		}
	}
	if len(mods) == 0 {
		t.Fatal("found no go.mod")
	}
	for _, name := range mods {
		mod := parseMod(t, name)
		if n := len(mod.Replace); n > 0 {
			t.Errorf("%s has %d replace directives, want none", name, n)
		}
		if n := len(mod.Exclude); n > 0 {
			t.Errorf("%s has %d exclude directives, want none", name, n)
		}
	}
}

// TestDependenciesHaveReasons checks that docs/RATIONALE.md names every module that go.mod
// requires directly, in a separate sentence or table row.
func TestDependenciesHaveReasons(t *testing.T) {
	t.Parallel()
	direct := 0
	rationale := string(read(t, "docs/RATIONALE.md"))
	for _, req := range parseMod(t, "go.mod").Require {
		if req.Indirect {
			continue
		}
		direct++
		// The path as a whole word: x/oauth2 is not x/oauth2/clientcredentials.
		word := regexp.MustCompile(regexp.QuoteMeta(req.Path) + `([^\w/.-]|\.?(\s|$))`)
		if !word.MatchString(rationale) {
			t.Errorf("docs/RATIONALE.md does not say why go.mod requires %s", req.Path)
		}
	}
	if direct == 0 {
		t.Error("go.mod has no direct requirement; is it tidy?")
	}
}

// TestNoOutsidePaths checks that no file refers to a path outside of the repository: neither to
// a home or work folder nor to a folder beside the checkout.
func TestNoOutsidePaths(t *testing.T) {
	t.Parallel()
	outside := regexp.MustCompile(`(^|[^\w.])/(home|root|Users|work|workspace)/\w+|(^|[^\w./])\.\./(shared|work|workspace)\b`)
	for _, name := range files(t) {
		if strings.HasPrefix(path.Base(name), "LICENSE") {
			continue
		}
		text := read(t, name)
		if !utf8.Valid(text) {
			continue // a .wasm fixture
		}
		for i, line := range strings.Split(string(text), "\n") {
			if found := outside.FindString(line); found != "" {
				t.Errorf("%s:%d: %q is a path outside the repository", name, i+1, found)
			}
		}
	}
}

// modFile is the part of `go mod edit -json` that the tests look at.
type modFile struct {
	Require []struct {
		Path     string
		Indirect bool
	}
	Replace []json.RawMessage
	Exclude []json.RawMessage
}

func parseMod(t *testing.T, name string) modFile {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json", name)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	var mod modFile
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	return mod
}

// files returns the names of the repository's files, relative to root, without
// those that git ignores.
func files(t *testing.T) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch {
		case name == ".git", name == "build", name == "bench/new.txt":
			if entry.IsDir() {
				return fs.SkipDir
			}
		case !entry.IsDir():
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(path.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
