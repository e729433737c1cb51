package rewrite

import (
	"cmp"
	"maps"
	"sync"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/parser"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// Hooks has the functions that the rewritten programs of one VM call. The zero Hooks is
// ready to use.
type Hooks struct {
	appender *appender
	regExps  *regExps
	long     int // the length of long text; default longText
}

// Lend defines a global name with that value while use runs.
type Lend func(name string, value goja.Value, use func() error) error

// Bind defines in vm what a program with the given changes needs. It must be called before
// the program runs.
//
// A hook becomes a constant in the scope of all programs. Unlike a property of the global
// object it is fast to access and cannot be listed, shadowed or replaced.
func (h *Hooks) Bind(vm *goja.Runtime, c *Changes, lend Lend) error {
	if c.appends && h.appender == nil {
		appender := newAppender(cmp.Or(h.long, longText))
		if err := bind(vm, appendConstant(), appender, lend); err != nil {
			return err
		}
		h.appender = appender
	}
	if (c.regExps || c.sources != nil) && h.regExps == nil {
		regExps, err := newRegExps(vm)
		if err != nil {
			return err
		}
		if err := bind(vm, regExpConstant(), vm.ToValue(regExps.constructor), lend); err != nil {
			return err
		}
		h.regExps = regExps
	}
	if c.sources != nil {
		maps.Copy(h.regExps.written, c.sources)
	}
	return nil
}

func bind(vm *goja.Runtime, constant *goja.Program, value goja.Value, lend Lend) error {
	return lend(string(lentName), value, func() error {
		_, err := vm.RunProgram(constant)
		return err
	})
}

//nolint:gochecknoglobals // compiled once, never changed
var (
	appendConstant = sync.OnceValue(func() *goja.Program { return constant(appendName) })
	regExpConstant = sync.OnceValue(func() *goja.Program { return constant(regExpName) })
)

// constant returns the program const name = lentName.
func constant(name unistring.String) *goja.Program {
	tree, err := parser.ParseFile(nil, "", ";", 0)
	if err != nil {
		panic(err)
	}
	tree.Body = []ast.Statement{&ast.LexicalDeclaration{
		Token: token.CONST,
		List:  []*ast.Binding{{Target: &ast.Identifier{Name: name}, Initializer: &ast.Identifier{Name: lentName}}},
	}}
	program, err := goja.CompileAST(tree, true)
	if err != nil {
		panic(err)
	}
	return program
}
