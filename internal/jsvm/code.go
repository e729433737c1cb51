package jsvm

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/jsvm/rewrite"
)

// Code that a script generates at run time could crash the process, or keep it busy beyond
// all limits, just as a script could: see nesting.go and parsework.go. goja compiles it
// without a hook, but it evaluates its options for each compilation. So an option admits
// only code that was checked before. The constructor Function compiles like [Compile].

// onCompile returns an option like another one, which calls m.admit. goja does not export
// the type of what an option changes.
func onCompile[T any](m *Machine, _ func(*T)) func(*T) {
	return func(*T) { m.admit() }
}

// admit is called before goja compiles code of a script. It panics unless the code was
// checked.
func (m *Machine) admit() {
	if !m.admitted {
		panic(m.vm.NewTypeError("code can be run by eval(code), (0, eval)(code) and new Function(code), written like this, and not by eval inside of such code"))
	}
	m.admitted = false
}

// correctEval saves goja's eval before a script can replace it.
func correctEval(m *Machine) error {
	m.rest().eval = m.vm.Get("eval")
	return nil
}

// codeForEval checks and admits the code of eval(code), if eval is goja's, and returns it.
func (m *Machine) codeForEval(c goja.FunctionCall) goja.Value {
	code := c.Argument(1)
	if text, ok := code.(goja.String); ok && m.rest().eval != nil && c.Argument(0).SameAs(m.rest().eval) {
		m.check(sourceOf(text))
		m.admitted = true
	}
	return code
}

// indirectEval returns the function eval for indirect calls (ECMA-262, 19.2.1).
func (m *Machine) indirectEval() goja.Value {
	eval, ok := goja.AssertFunction(m.rest().eval)
	if !ok {
		return nil
	}
	return native(m.vm, "eval", 1, func(c goja.FunctionCall) goja.Value {
		if text, ok := c.Argument(0).(goja.String); ok {
			m.check(sourceOf(text))
			m.admitted = true
		}
		return thrown(eval(goja.Undefined(), c.Arguments...))
	})
}

// check throws a SyntaxError if goja cannot compile code safely.
func (m *Machine) check(code string) {
	if len(code) > maxSource {
		m.throwSyntaxError(fmt.Sprintf("the code has %d bytes, more than %d", len(code), maxSource))
	}
	if _, found := tooDeep(code); found {
		m.throwSyntaxError("nested too deep")
	}
	if len(code) <= rewrite.MaxNesting && !strings.Contains(code, "n") { // of a BigInt
		return
	}
	tree, err := parser.ParseFile(nil, "", code, 0, parser.WithDisableSourceMaps)
	if tree == nil || err != nil {
		return // goja reports the error
	}
	if e, ok := errors.AsType[*rewrite.SyntaxError](rewrite.Check(tree, nil)); ok {
		m.throwSyntaxError(e.Message)
	}
}

func (m *Machine) throwSyntaxError(message string) {
	if e, err := m.vm.New(m.vm.Get("SyntaxError"), m.vm.ToValue(message)); err == nil {
		panic(e)
	}
	panic(m.vm.NewTypeError(message))
}

// correctFunction replaces Function and the like by constructors that compile like Compile.
func correctFunction(m *Machine) error {
	v, err := m.vm.RunProgram(functionConstructors())
	if err != nil {
		return err
	}
	list := v.ToObject(m.vm)
	for i, kind := range []string{"function", "async function", "function*"} {
		original := list.Get(string(rune('0' + i))).ToObject(m.vm)
		prototype := original.Get("prototype").ToObject(m.vm)
		made := m.vm.ToValue(m.constructor(kind, prototype)).ToObject(m.vm)
		if err := errors.Join(
			made.DefineDataProperty("name", original.Get("name"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE),
			made.DefineDataProperty("length", m.vm.ToValue(1), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE),
			made.DefineDataProperty("prototype", prototype, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE),
			prototype.DefineDataProperty("constructor", made, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE),
		); err != nil {
			return err
		}
		if i == 0 {
			if err := m.vm.GlobalObject().DefineDataProperty("Function", made, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
				return err
			}
		}
	}
	return nil
}

//nolint:gochecknoglobals // compiled once, never changed
var functionConstructors = sync.OnceValue(func() *goja.Program {
	return goja.MustCompile("", "[Function, (async () => {}).constructor, (function* () {}).constructor]", true)
})

// constructor returns the constructor for functions of that kind, which takes parameters
// and a body (ECMA-262, 20.2.1.1.1).
func (m *Machine) constructor(kind string, prototype *goja.Object) func(goja.ConstructorCall) *goja.Object {
	return func(c goja.ConstructorCall) *goja.Object {
		var parameters []string
		body := ""
		for i, argument := range c.Arguments {
			text := sourceOf(argument.ToString())
			if i < len(c.Arguments)-1 {
				parameters = append(parameters, text)
			} else {
				body = text
			}
		}
		p, err := Compile("<eval>", []byte("("+kind+" anonymous("+strings.Join(parameters, ",")+"\n) {\n"+body+"\n})"))
		if e, ok := errors.AsType[*hostapi.Error](err); ok {
			m.throwSyntaxError(fmt.Sprintf("%s at %s:%d:%d", strings.TrimPrefix(e.Message, "syntax error: "), e.File, e.Line, e.Column))
		}
		if err := m.prepare(p); err != nil {
			panic(err)
		}
		made := thrown(m.vm.RunProgram(p.program)).ToObject(m.vm)
		if c.NewTarget != nil {
			if own, ok := c.NewTarget.Get("prototype").(*goja.Object); ok && own != prototype {
				_ = made.SetPrototype(own) // cannot fail for a new function
			}
		}
		return made
	}
}

// sourceOf returns code as UTF-8. A lone surrogate is written as an escape, which is valid
// within a string.
func sourceOf(code goja.Value) string {
	text := code.String()
	units, ok := code.(goja.String)
	if !ok || !strings.ContainsRune(text, utf8.RuneError) {
		return text
	}
	var b strings.Builder
	for i := 0; i < units.Length(); i++ {
		switch c := units.CharAt(i); {
		case c < 0xD800 || c > 0xDFFF:
			b.WriteRune(rune(c))
		case c < 0xDC00 && i+1 < units.Length() && units.CharAt(i+1)>>10 == 0xDC00>>10:
			b.WriteRune(utf16.DecodeRune(rune(c), rune(units.CharAt(i+1))))
			i++
		default:
			fmt.Fprintf(&b, `\u%04X`, c)
		}
	}
	return b.String()
}
