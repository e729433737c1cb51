package jsvm

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// Code that is made at run time is what it is elsewhere.
func TestCodeMadeAtRunTime(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, source string }{
		{"eval sees what is around it", "const f = (a) => { const b = 2; return eval('a + b') }; if (f(1) !== 3) throw 'x'"},
		{"eval declares", "function f() { eval('var a = 5'); return a } if (f() !== 5) throw 'x'"},
		{"eval has this", "const o = { a: 3, f() { return eval('this.a') } }; if (o.f() !== 3) throw 'x'"},
		{"eval, strict", "'use strict'; function f() { eval('var a = 5'); return typeof a } if (f() !== 'undefined') throw 'x'"},
		{"eval of a value", "const o = {}; if (eval(o) !== o || eval() !== undefined || eval(1) !== 1) throw 'x'"},
		{"indirect eval", "const a = 1; (b => { const a = 2; if ((0, eval)('a') !== 1) throw 'x' })()"},
		{"eval as a value", "const run = eval; if (run('1 + 1') !== 2 || typeof eval !== 'function' || eval.name !== 'eval') throw 'x'"},
		{"eval?.", "if (eval?.('1 + 1') !== 2) throw 'x'"},
		{"eval of a function's arguments", "if (['1', '2'].map(eval).join() !== '1,2') throw 'x'"},
		{"eval is a parameter", "const f = (eval) => eval('1', 2); if (f((a, b) => a + b) !== '12') throw 'x'"},
		{"eval is a function", "{ let n = 0; (function eval(a) { if (n++ < 3) eval(a); else if (a !== 'b') throw a })('b') }"},
		{"eval's argument is evaluated once", "let n = 0; eval((n++, '1')); if (n !== 1) throw n"},
		{"half a character", "if (eval('\"\\ud83d\"') !== '\\ud83d' || Function('return \"\\ud83d\"')() !== '\\ud83d') throw 'x'"},
		{"Function", "const f = new Function('a', 'b = 2', 'return a + b'); if (f(1) !== 3 || f.length !== 1 || f.name !== 'anonymous') throw 'x'"},
		{"Function without new", "if (Function('return 7')() !== 7 || Function()() !== undefined) throw 'x'"},
		{"parameters in one text", "if (Function('a, b', 'c', 'return a + b + c')(1, 2, 3) !== 6) throw 'x'"},
		{"Function is global", "const a = 1; { const a = 2; if (Function('return a')() !== 1) throw 'x' }"},
		{"Function's prototype", "const f = () => 1; if (!(f instanceof Function) || f.constructor !== Function || Function.prototype.constructor !== Function || Function.name !== 'Function' || Function.length !== 1) throw 'x'"},
		{"Function called as a method", "const o = { Function }; if (o.Function('return this')() !== globalThis || Reflect.construct(Function, ['return 2'])() !== 2) throw 'x'"},
		{"Function.call", "if (Function.call(null, 'return 2')() !== 2 || Function.apply({}, ['a', 'return a'])(4) !== 4) throw 'x'"},
		{"a subclass", "class F extends Function { twice(x) { return this(this(x)) } }; const f = new F('a', 'return a * 3'); if (f.twice(1) !== 9 || !(f instanceof F)) throw 'x'"},
		{"toString", "if (Function('a', 'return a').toString() !== 'function anonymous(a\\n) {\\nreturn a\\n}') throw Function('a', 'return a').toString()"},
		{"AsyncFunction", "const AsyncFunction = (async () => {}).constructor; (async () => { if (await new AsyncFunction('a', 'return await a')(Promise.resolve(3)) !== 3) throw 'x' })()"},
		{"GeneratorFunction", "const GeneratorFunction = (function* () {}).constructor; if ([...GeneratorFunction('yield 1; yield 2')()].join() !== '1,2') throw 'x'"},
		{"Function is put right", "if (!Function('return /^\\\\p{Lu}$/u.test(\"Ä\")')() || Function('{ function f() { return 1 } } return f()')() !== 1) throw 'x'"},
		{"Function in Function", "if (Function('return Function(\"return eval(1 + 1)\")')()() !== 2) throw 'x'"},
		{"eval in Function", "if (Function('a', 'return eval(\"a + 1\")')(1) !== 2) throw 'x'"},
		{"a dialect of templates", "const render = new Function('data', 'with (data) { return `${name}!` }'); if (render({ name: 'a' }) !== 'a!') throw 'x'"},
		{"a mistake in eval", "try { eval('a b') } catch (e) { if (!(e instanceof SyntaxError)) throw e.message }"},
		{"a mistake in Function", "try { Function('a b') } catch (e) { if (!(e instanceof SyntaxError) || !e.message.includes(':3:3')) throw e.message }"},
		{"locals are kept", "const f = (a, b) => { let c = 3; const g = new Function('x', 'return x + 1'); return [a, b, c, g(4), (0, eval)('6')] }; if (f(1, 2).join() !== '1,2,3,5,6') throw 'x'"},
		{"long code", "if (eval('1;'.repeat(20000) + '7') !== 7 || Function('1;'.repeat(20000) + 'return 7')() !== 7) throw 'x'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := compileAndRun(t, t.Context(), tt.source); err != nil {
				t.Error(err)
			}
		})
	}
}

// hostileCode is code that would end the process, or keep it busy past all limits.
func hostileCode() map[string]string {
	const (
		deep   = "const code = '['.repeat(1e6);"
		long   = "const code = '1' + '+1'.repeat(3e6);"
		arrows = "const code = '(a='.repeat(40) + '1' + ')=>1'.repeat(40);"
	)
	sources := map[string]string{
		"JSON":          "JSON.parse('['.repeat(3e6))",
		"new RegExp":    "new RegExp('('.repeat(8e6) + ')'.repeat(8e6))",
		"RegExp, m":     "RegExp('('.repeat(8e6) + ')'.repeat(8e6), 'm')",
		"a pattern":     "eval('/' + '('.repeat(8e6) + ')'.repeat(8e6) + '/')",
		"chain in eval": "eval('a' + '+a'.repeat(99000))",
	}
	for kind, code := range map[string]string{"deep": deep, "long": long, "arrows": arrows} {
		for way, run := range map[string]string{
			"eval":              "eval(code)",
			"eval of two":       "eval(code, 1)",
			"eval of a list":    "eval(...[code])",
			"indirect eval":     "(0, eval)(code)",
			"a property":        "globalThis.eval(code)",
			"a name in pieces":  "globalThis['ev' + 'al'](code)",
			"eval in eval":      "eval('eval(code)')",
			"Function":          "new Function(code)",
			"a parameter":       "new Function(code, '')",
			"constructor":       "(() => {}).constructor(code)",
			"async constructor": "(async () => {}).constructor(code)",
			"Function in eval":  "eval('Function(code)')",
			"Reflect":           "Reflect.construct(function () {}.constructor, [code])",
			"another eval": "const real = eval; const own = Object.getOwnPropertyDescriptor(globalThis, 'eval').value;" +
				"globalThis.eval = () => own(code); eval('1')",
			"an argument": "eval('1', globalThis.eval(code))",
		} {
			if kind == "long" && way != "eval" && way != "eval of two" && way != "constructor" {
				continue // each takes long, and reaches the same check
			}
			sources[kind+" in "+way] = code + run
		}
	}
	return sources
}

// Code that would crash the process fails the script. It runs in a separate process, in case
// it does crash.
func TestHostileCode(t *testing.T) {
	t.Parallel()
	if os.Getenv("JSVM_HOSTILE_CODE") == "" {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		command := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestHostileCode$")
		command.Env = append(os.Environ(), "JSVM_HOSTILE_CODE=1")
		if out, err := command.CombinedOutput(); err != nil {
			text, _, _ := strings.Cut(string(out), "\n\ngoroutine ")
			t.Errorf("%v\n%s", err, text)
		}
		return
	}
	for name, source := range hostileCode() {
		err := compileAndRun(t, t.Context(), source)
		if e, ok := errors.AsType[*hostapi.Error](err); !ok || e.Code != hostapi.CodeScript {
			t.Errorf("%s: %v", name, err)
		}
	}
}
