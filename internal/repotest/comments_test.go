package repotest_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"strings"
	"testing"
)

// TestExportedComments checks that the comments of what the public packages export say what
// a caller has to know: which errors a function returns, whether a type may be shared by
// goroutines, and the default or the unit of a field that a caller sets. It compares words:
// whether what they say is right, only a reader can tell.
func TestExportedComments(t *testing.T) {
	t.Parallel()
	packages := map[string][]*ast.File{}
	set := token.NewFileSet()
	for _, name := range files(t) {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || !isPublic(name) {
			continue
		}
		file, err := parser.ParseFile(set, name, read(t, name), parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		packages[path.Dir(name)] = append(packages[path.Dir(name)], file)
	}
	if len(packages) < 8 {
		t.Fatalf("found %d public packages, want at least 8", len(packages))
	}
	for dir, parsed := range packages {
		c := commentCheck{pkg: packageComment(parsed), types: typeComments(parsed), sets: dir != "addon"}
		for _, file := range parsed {
			for _, decl := range file.Decls {
				for _, wrong := range c.decl(decl) {
					t.Errorf("%s: %s", dir, wrong)
				}
			}
		}
	}
}

// isPublic reports whether the file belongs to a package that a program can import.
func isPublic(name string) bool {
	return !regexp.MustCompile(`^(cmd|examples|scripts|tools)/|(^|/)(internal|testdata)/`).MatchString(name) && strings.Contains(name, "/")
}

var (
	saysErrors = regexp.MustCompile(`(?i)\berrors?\b|\bfails?\b|\bCode[A-Z]|\bErr[A-Z]|\brefuse[sd]?\b|\bimplements\b`)
	saysShared = regexp.MustCompile(`(?i)\bconcurrent|\bgoroutines?\b|\bimmutable\b|\bat once\b`)
	saysValue  = regexp.MustCompile(`(?i)\bdefault|\brequired\b|\bzero\b|\bnil\b|\bempty\b|\bmay be\b|\b0\b|\boptional\b|"":`)
)

// commentCheck holds the comments of one package.
type commentCheck struct {
	pkg   string            // of the package
	types map[string]string // of each type, by name
	sets  bool              // a caller sets the fields of its types named as isConfig matches
}

func (c commentCheck) decl(decl ast.Decl) []string {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		return c.function(d)
	case *ast.GenDecl:
		var wrong []string
		for _, spec := range d.Specs {
			if s, ok := spec.(*ast.TypeSpec); ok && s.Name.IsExported() {
				wrong = append(wrong, c.structure(s)...)
			}
		}
		return wrong
	}
	return nil
}

// function requires that a comment says which errors a function returns: its own, that of its
// type, or that of the package.
func (c commentCheck) function(d *ast.FuncDecl) []string {
	name, on := d.Name.Name, ""
	if d.Recv != nil {
		on = receiver(d)
		name = on + "." + name
	}
	if !d.Name.IsExported() || on != "" && !token.IsExported(on) {
		return nil
	}
	if d.Doc.Text() == "" {
		return []string{name + " has no comment"}
	}
	if returnsError(d.Type) && !saysErrors.MatchString(d.Doc.Text()+c.types[on]+c.pkg) {
		return []string{name + " returns an error, and no comment says which"}
	}
	return nil
}

// structure requires of a type with unexported fields that a comment says whether goroutines may
// share it, and of a type that configures something that each field has its default.
func (c commentCheck) structure(s *ast.TypeSpec) []string {
	name := s.Name.Name
	if c.types[name] == "" {
		return []string{name + " has no comment"}
	}
	fields, ok := s.Type.(*ast.StructType)
	if !ok {
		return nil
	}
	var wrong []string
	hidden := false
	for _, f := range fields.Fields.List {
		text := f.Doc.Text() + f.Comment.Text()
		for _, ident := range f.Names {
			hidden = hidden || !ident.IsExported()
			if ident.IsExported() && c.sets && isConfig.MatchString(name) && !saysValue.MatchString(text+c.types[name]) {
				wrong = append(wrong, fmt.Sprintf("%s.%s has no default in its comment, nor that it is required", name, ident.Name))
			}
		}
	}
	if hidden && !saysShared.MatchString(c.types[name]+c.pkg) {
		wrong = append(wrong, name+" has state, and no comment says whether goroutines may share it")
	}
	return wrong
}

// isConfig matches the names of types whose fields a caller sets.
var isConfig = regexp.MustCompile(`^(Config|.*Options|Task|Limits|Source|Environment|Provider|Module|Definition)$`)

func returnsError(f *ast.FuncType) bool {
	if f.Results == nil {
		return false
	}
	for _, r := range f.Results.List {
		if ident, ok := r.Type.(*ast.Ident); ok && ident.Name == "error" {
			return true
		}
	}
	return false
}

// receiver returns the name of the type that a method belongs to.
func receiver(d *ast.FuncDecl) string {
	e := d.Recv.List[0].Type
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if index, ok := e.(*ast.IndexExpr); ok {
		e = index.X
	}
	if ident, ok := e.(*ast.Ident); ok {
		return ident.Name
	}
	return ""
}

func packageComment(files []*ast.File) string {
	for _, f := range files {
		if isComment(f.Doc) {
			return f.Doc.Text()
		}
	}
	return ""
}

func typeComments(files []*ast.File) map[string]string {
	comments := map[string]string{}
	for _, file := range files {
		for _, decl := range file.Decls {
			d, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range d.Specs {
				if s, ok := spec.(*ast.TypeSpec); ok {
					comments[s.Name.Name] = d.Doc.Text() + s.Doc.Text() + s.Comment.Text()
				}
			}
		}
	}
	return comments
}
