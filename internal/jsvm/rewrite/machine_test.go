package rewrite

import (
	"testing"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
)

// machine is a VM that runs rewritten programs.
type machine struct {
	vm    *goja.Runtime
	hooks Hooks
	lent  map[string]goja.Value
}

// newMachine returns one that appends in a buffer to text of at least long units.
func newMachine(tb testing.TB, long int) *machine {
	tb.Helper()
	m := &machine{vm: goja.New(), hooks: Hooks{long: long}, lent: make(map[string]goja.Value)}
	m.vm.SetMaxCallStackSize(200)
	if err := m.vm.GlobalObject().SetPrototype(m.vm.NewDynamicObject(m)); err != nil {
		tb.Fatal(err)
	}
	return m
}

func (m *machine) Get(name string) goja.Value {
	switch name {
	case CodeFunction:
		return m.vm.ToValue(func(c goja.FunctionCall) goja.Value { return c.Argument(1) })
	case EvalFunction:
		return m.vm.Get("eval")
	case ParseFunction:
		return m.vm.Get("JSON").ToObject(m.vm).Get("parse")
	}
	return m.lent[name]
}

func (m *machine) Has(name string) bool        { return m.Get(name) != nil }
func (m *machine) Set(string, goja.Value) bool { return false }
func (m *machine) Delete(string) bool          { return true }
func (m *machine) Keys() []string              { return nil }

func (m *machine) lend(name string, value goja.Value, use func() error) error {
	m.lent[name] = value
	defer delete(m.lent, name)
	return use()
}

type program struct {
	goja    *goja.Program
	changes Changes
}

func compile(source string, rewritten bool) (*program, error) {
	tree, err := parser.ParseFile(nil, "s.js", source, 0, parser.WithDisableSourceMaps)
	if err != nil && !rewritten {
		return nil, err
	}
	p := &program{}
	if rewritten {
		if p.changes, err = Program(tree, err); err != nil {
			return nil, err
		}
	}
	p.goja, err = goja.CompileAST(tree, false)
	return p, err
}

func (m *machine) run(p *program) (goja.Value, error) {
	if err := m.hooks.Bind(m.vm, &p.changes, m.lend); err != nil {
		return nil, err
	}
	return m.vm.RunProgram(p.goja)
}
