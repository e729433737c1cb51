package rewrite

import (
	"strings"
	"sync"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
)

// regExpCall makes RegExp(pattern, flags), with or without new, call a hook that returns its
// constructor, if the pattern may need correcting. The global RegExp remains goja's: a pattern
// that is passed in another way, such as super(…) in a subclass, is not corrected.
func (w *walker) regExpCall(callee *ast.Expression, args []ast.Expression, isNew bool) {
	name, ok := (*callee).(*ast.Identifier)
	if !ok || name.Name != "RegExp" || w.with > 0 || !w.mayNeedCorrection(args) {
		return
	}
	*callee = &ast.CallExpression{
		Callee:       &ast.Identifier{Name: regExpName},
		ArgumentList: []ast.Expression{name, &ast.BooleanLiteral{Value: isNew}},
	}
	w.changes.regExps = true
}

// mayNeedCorrection reports whether the pattern in the arguments of RegExp may need correcting. One
// that is not a literal always may.
func (w *walker) mayNeedCorrection(args []ast.Expression) bool {
	if len(args) == 0 {
		return false
	}
	flags := ""
	if len(args) > 1 {
		literal, ok := args[1].(*ast.StringLiteral)
		if !ok {
			return true
		}
		flags = literal.Value.String()
	}
	pattern, ok := args[0].(*ast.StringLiteral)
	if !ok {
		return true
	}
	written := pattern.Value.String()
	corrected, err := corrected(written, flags, maxExpanded)
	if err != nil || corrected != written {
		return true
	}
	w.plain = append(w.plain, plainPattern{written, flags})
	return false
}

// regExps creates the RegExp objects of a run whose patterns need correcting.
type regExps struct {
	vm          *goja.Runtime
	original    goja.Value // RegExp
	make        goja.Constructor
	call        goja.Callable
	syntaxError goja.Value // SyntaxError

	expanding [2]goja.Value // RegExp for rewritten code: called, and called with new

	methods    methods
	separators map[[2]string]separator // by pattern and flags

	made    map[[2]string]*goja.Object // by pattern and flags; nil if it needed no correcting
	written map[string]string          // original patterns by rewritten pattern
	length  int                        // of the patterns in written that were created at run time
}

// maxMade is the maximum number of compiled patterns that a run caches.
const maxMade = 64

func newRegExps(vm *goja.Runtime) (*regExps, error) {
	r := &regExps{
		vm: vm, original: vm.Get("RegExp"), syntaxError: vm.Get("SyntaxError"),
		separators: make(map[[2]string]separator), made: make(map[[2]string]*goja.Object), written: make(map[string]string),
	}
	var isFunction bool
	r.make, _ = goja.AssertConstructor(r.original)
	if r.call, isFunction = goja.AssertFunction(r.original); !isFunction || r.make == nil || r.syntaxError == nil {
		return r, nil // an earlier program has put something else there
	}
	r.expanding[0] = r.native("RegExp", func(c goja.FunctionCall) goja.Value {
		return thrown(r.call(c.This, r.arguments(c.Arguments)...))
	})
	r.expanding[1] = r.named("RegExp", func(c goja.ConstructorCall) *goja.Object {
		return thrown(r.make(nil, r.arguments(c.Arguments)...))
	})
	if err := r.showAsWritten(); err != nil {
		return nil, err
	}
	return r, r.correctMethods()
}

// constructor is called with the value that a script calls as RegExp, and whether it uses
// new, and returns the function to call.
func (r *regExps) constructor(c goja.FunctionCall) goja.Value {
	callee := c.Argument(0)
	switch {
	case r.expanding[0] == nil || !callee.SameAs(r.original):
		return callee
	case c.Argument(1).ToBoolean():
		return r.expanding[1]
	}
	return r.expanding[0]
}

// thrown returns v, or rethrows an exception.
func thrown[T goja.Value](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// arguments returns the arguments for a RegExp. A corrected pattern is compiled once: a RegExp
// created from another one shares its program.
func (r *regExps) arguments(args []goja.Value) []goja.Value {
	if len(args) == 0 {
		return args
	}
	pattern, isText := args[0].(goja.String)
	flags := r.vm.ToValue("")
	if len(args) > 1 && !goja.IsUndefined(args[1]) {
		flags = args[1]
	}
	if _, ok := flags.(goja.String); !ok || !isText {
		return args
	}
	key := [2]string{pattern.String(), flags.String()}
	if !r.vm.ToValue(key[0]).SameAs(pattern) {
		return args // a lone surrogate, which UTF-8 cannot represent
	}
	if made, ok := r.made[key]; ok {
		if made == nil {
			return args
		}
		return []goja.Value{made}
	}
	corrected, err := corrected(key[0], key[1], maxExpanded)
	if err != nil {
		panic(thrown(r.vm.New(r.syntaxError, r.vm.ToValue(invalid(key[0], key[1], err)))))
	}
	if corrected == key[0] {
		if len(r.made) < maxMade {
			r.made[key] = nil
		}
		return args
	}
	made := thrown(r.make(nil, r.vm.ToValue(corrected), flags))
	if len(r.made) < maxMade {
		r.made[key] = made
	}
	r.remember(corrected, key[0])
	return []goja.Value{made}
}

// remember notes the original of a corrected pattern, if there is room for it.
func (r *regExps) remember(corrected, written string) {
	if _, known := r.written[corrected]; known {
		return
	}
	if r.length += len(corrected) + len(written); r.length <= maxExpanded {
		r.written[corrected] = written
	}
}

// showAsWritten makes the property source and the method toString of regular expressions
// return the original pattern.
func (r *regExps) showAsWritten() error {
	getter, err := r.vm.RunProgram(sourceGetter())
	if err != nil {
		return err
	}
	prototype := r.original.ToObject(r.vm).Get("prototype").ToObject(r.vm)
	source, _ := goja.AssertFunction(getter)
	toString, _ := goja.AssertFunction(prototype.Get("toString"))
	getSource := r.native("get source", func(c goja.FunctionCall) goja.Value {
		v := thrown(source(c.This))
		if written, ok := r.written[v.String()]; ok {
			return r.vm.ToValue(written)
		}
		return v
	})
	if err := prototype.DefineAccessorProperty("source", getSource, nil, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
		return err
	}
	return prototype.DefineDataProperty("toString", r.native("toString", func(c goja.FunctionCall) goja.Value {
		v := thrown(toString(c.This))
		if end := strings.LastIndexByte(v.String(), '/'); end > 0 {
			if written, ok := r.written[v.String()[1:end]]; ok {
				return r.vm.ToValue("/" + written + v.String()[end:])
			}
		}
		return v
	}), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// native returns f with the name of goja's function.
func (r *regExps) native(name string, f func(goja.FunctionCall) goja.Value) goja.Value {
	return r.named(name, f)
}

func (r *regExps) named(name string, f any) goja.Value {
	v := r.vm.ToValue(f).ToObject(r.vm)
	_ = v.DefineDataProperty("name", r.vm.ToValue(name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return v
}

//nolint:gochecknoglobals // compiled once, never changed
var sourceGetter = sync.OnceValue(func() *goja.Program {
	return goja.MustCompile("", `Object.getOwnPropertyDescriptor(RegExp.prototype, "source").get`, true)
})
