package rewrite

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// The buffers of appended text read and make goja's strings by what they are made of,
// which goja does not promise: see buffer. docs/CONTRIBUTING.md says how to upgrade goja.
func TestGojaMakesStringsOfWhatTheBuffersKnow(t *testing.T) {
	t.Parallel()
	vm := goja.New()
	for _, source := range []string{`"abc"`, `"ab" + "c"`, `"xabc".slice(1)`, `"a,b".split(",")[0]`, `String(12)`, `""`} {
		v, err := vm.RunString(source)
		if err != nil {
			t.Fatal(err)
		}
		text := reflect.ValueOf(v)
		if text.Kind() != reflect.String || text.String() != v.String() {
			t.Errorf("%s is a %v %q, want a string of Go's kind", source, text.Type(), text)
		}
	}
	for _, source := range []string{`"aé日"`, `"a" + "é"`, `"é😀"`, `"xé".slice(1)`, `String.fromCharCode(0xD83D)`} {
		v, err := vm.RunString(source)
		if err != nil {
			t.Fatal(err)
		}
		text, isText := v.(goja.String)
		units, isUnits := reflect.ValueOf(v), false
		if units.Kind() == reflect.Slice && units.Type().ConvertibleTo(reflect.TypeFor[[]uint16]()) {
			isUnits = true
		}
		if !isText || !isUnits || units.Len() != text.Length()+1 || units.Index(0).Uint() != unistring.BOM {
			t.Errorf("%s is a %v, want UTF-16 after a byte order mark", source, units.Type())
			continue
		}
		for i := range text.Length() {
			if units.Index(i+1).Uint() != uint64(text.CharAt(i)) {
				t.Errorf("%s has %x at %d, want %x", source, units.Index(i+1).Uint(), i, text.CharAt(i))
			}
		}
	}
	// Text from Go may be of another kind; a part of it is one of the two.
	for _, text := range []string{"abc", "aé日"} {
		v, _ := vm.ToValue(text).(goja.String)
		part := reflect.ValueOf(v.Substring(0, v.Length()))
		if part.Kind() != reflect.String && part.Kind() != reflect.Slice {
			t.Errorf("a part of %q is a %v", text, part.Type())
		}
	}
}

// The walker knows every kind of node that goja's parser makes: what it does not visit
// would neither be rewritten nor be counted as nested.
func TestWalkerKnowsEveryNode(t *testing.T) {
	t.Parallel()
	known := []string{ // they have nothing inside, or are visited with what they are in
		"BadExpression", "BadStatement", "BooleanLiteral", "BranchStatement", "CaseStatement", "CatchStatement", "DebuggerStatement",
		"EmptyStatement", "MetaProperty", "NullLiteral", "NumberLiteral", "StringLiteral", "SuperExpression", "ThisExpression",
	}
	walk, err := os.ReadFile("walk.go")
	if err != nil {
		t.Fatal(err)
	}
	nodes := gojaNodes(t)
	if len(nodes) < 50 {
		t.Errorf("only %d kinds of nodes found: %q", len(nodes), nodes)
	}
	for _, name := range nodes {
		if !slices.Contains(known, name) && !strings.Contains(string(walk), "*ast."+name+":") && !strings.Contains(string(walk), "*ast."+name+",") {
			t.Errorf("the walker does not know *ast.%s", name)
		}
	}
}

// gojaNodes returns the kinds of expressions and statements that goja has.
func gojaNodes(t *testing.T) []string {
	t.Helper()
	file, _ := goruntime.FuncForPC(reflect.ValueOf(goja.New).Pointer()).FileLine(0)
	source, err := parser.ParseFile(token.NewFileSet(), filepath.Join(filepath.Dir(file), "ast", "node.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range source.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv == nil || f.Name.Name != "_expressionNode" && f.Name.Name != "_statementNode" {
			continue
		}
		if pointer, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
			if name, ok := pointer.X.(*ast.Ident); ok {
				names = append(names, name.Name)
			}
		}
	}
	return names
}
