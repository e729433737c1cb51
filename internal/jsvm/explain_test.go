package jsvm

import (
	"errors"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// An error of goja's names the expression that it is about, also where a script
// catches it.
func TestExplained(t *testing.T) {
	t.Parallel()
	tests := []struct{ source, message string }{
		{`"".match(/x/)[0]`, "Cannot read property '0' of null or undefined: \"\".match(/x/) has no value"},
		{`const a = {}; a.b.c`, "Cannot read property 'c' of null or undefined: a.b has no value"},
		{`const a = {}; a.b.c()`, "Cannot read property 'c' of null or undefined: a.b has no value"},
		{`const a = {}; a.b['c']`, "Cannot read property 'c' of null or undefined: a.b has no value"},
		{`const a = {}, k = 'c'; a.b[k]`, "Cannot read property 'c' of null or undefined: a.b has no value"},
		{`const n = null; n.x()`, "Cannot read property 'x' of null or undefined: n has no value"},
		{`null.x`, "Cannot read property 'x' of null"},
		{`const a = {}; (a.b).c`, "Cannot read property 'c' of null or undefined: a.b has no value"},
		{`Object.groupBy([], () => 1)`, "Object has no member 'groupBy'"},
		{`"a".isWellFormed()`, "\"a\" has no member 'isWellFormed'"},
		{"const o = { p: {} };\n  o.p\n .foo(1)", "o.p has no member 'foo'"},
		{`const f = () => ({}); f("a long text that is not worth repeating in a message").foo()`, "f(…) has no member 'foo'"},
		{`"abc".length()`, "\"abc\".length is not a function: it is 3"},
		{`const java = { util: {} }; new java.util.HashMap()`, "java.util.HashMap is not a constructor: it is undefined"},
		{`const java = { util: {} }; new java.util.HashMap().put(1, 2)`, "java.util.HashMap is not a constructor: it is undefined"},
		{`const java = { util: {} }; new java.util.HashMap()['put'](1).x`, "java.util.HashMap is not a constructor: it is undefined"},
		{`const o = {}; new o.Missing(1)`, "o.Missing is not a constructor: it is undefined"},
		{`const o = {}; new o.Missing`, "o.Missing is not a constructor: it is undefined"},
		{`const o = {}; new (o.q)()`, "o.q is not a constructor: it is undefined"},
		{`new Math()`, "Math is not a constructor"},
		{`const f = () => 1; new f(new Date(0))`, "f is not a constructor"},
		{`[1].map(5)`, "Value is not an object: 5"},
		{`new Map([1])`, "Value is not an object: 1"},
		{`Reflect.construct(1)`, "Value is not an object: 1"},
		{`const a = 1; a()`, "a is not a function: it is 1"},
		{`const é = {}; é.ü.x`, "Cannot read property 'x' of null or undefined: é.ü has no value"},

		// What is not goja's is left alone.
		{`throw new TypeError("Object has no member 'x'")`, "Object has no member 'x'"},
		{`throw new TypeError("Cannot read property 'x' of undefined")`, "Cannot read property 'x' of undefined"},
		{`const make = (m) => new TypeError(m); throw make("Object has no member 'foo'")`, "Object has no member 'foo'"},
		{`const a = {}; const e = new Error("x"); a.b = e; throw a.b`, "x"},
	}
	for _, tt := range tests {
		e, ok := errors.AsType[*hostapi.Error](compileAndRun(t, t.Context(), tt.source))
		if want := "TypeError: " + tt.message; !ok || e.Message != want && e.Message != tt.message {
			t.Errorf("%s: %v, want %s", tt.source, e, want)
		}
		caught := "let said; try {\n" + tt.source + "\n} catch (e) { said = e.message }; throw said"
		if e, ok := errors.AsType[*hostapi.Error](compileAndRun(t, t.Context(), caught)); !ok || e.Message != tt.message {
			t.Errorf("%s: caught %v, want %s", tt.source, e, tt.message)
		}
	}
}

// A catch does what it did, whatever is caught.
func TestCatchIsUnchanged(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"try { throw 1 } catch (e) { if (e !== 1) throw e }",
		"try { throw undefined } catch (e) { if (e !== undefined) throw e }",
		"try { throw new Proxy({}, { get() { throw 2 }, getPrototypeOf() { throw 3 } }) } catch (e) { let e2 = e }",
		"const o = { get message() { throw 1 }, name: 'TypeError' }; try { throw o } catch (e) { if (e !== o) throw 'x' }",
		"try { throw [7] } catch ([e]) { if (e !== 7) throw e }",
		"try { throw { a: 1, b: { c: [2] } } } catch ({ a, b: { c: [d = 3, f = a] }, ...rest }) { a++; if (a + d + f !== 5 || rest.a) throw a }",
		"let n; try { throw {} } catch ({ x = n = 5 }) {} if (n !== 5) throw n",
		"let all = []; for (const x of [1, 2]) { try { throw { x } } catch ({ x: y }) { all.push(() => y) } } if (all[0]() + all[1]() !== 3) throw all",
		"try { throw { a: 1 } } catch ({ a }) { try { throw { b: 2 } } catch ({ b }) { if (a + b !== 3) throw a } }",
		"let n = 0; try { throw 1 } catch { n = 1 } if (n !== 1) throw n",
		"for (const x of [1]) { try { null.x } catch (e) { let s = ''; for (let i = 0; i < 3; i++) { s += i } if (s !== '012') throw s } }",
		"try { null.x } catch (e) { Object.freeze(e); if (!(e instanceof TypeError)) throw 'x' }",
		"Object.setPrototypeOf(globalThis, null); let n; try { null.x } catch (e) { n = e.message } if (typeof n !== 'string') throw 'x'",
	} {
		if err := compileAndRun(t, t.Context(), source); err != nil {
			t.Errorf("%s: %v", source, err)
		}
	}
}
