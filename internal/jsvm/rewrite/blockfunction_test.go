package rewrite

import (
	"testing"

	"github.com/dop251/goja"
)

// A function declared in a block is visible after it, in code that is not strict
// (ECMA-262, B.3.2).
func TestFunctionInBlock(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, source, want string }{
		{"block", `{ function f() { return 1 } } f()`, "1"},
		{"before", `const b = typeof f; { function f() {} } b`, "undefined"},
		{"in the block before", `{ var b = f(); function f() { return 1 } } b`, "1"},
		{"if", `if (true) { function f() { return 1 } } f()`, "1"},
		{"if that is not taken", `if (false) { function f() { return 1 } } typeof f`, "undefined"},
		{"else", `if (false) {} else { function f() { return 1 } } f()`, "1"},
		{"if without a block", `if (true) function f() { return 1 } f()`, "1"},
		{"else without a block", `if (false) ; else function f() { return 1 } f()`, "1"},
		{"switch", `switch (1) { case 1: function f() { return 1 } } f()`, "1"},
		{"try", `try { function f() { return 1 } } catch (e) {} f()`, "1"},
		{"catch", `try { throw 1 } catch (e) { function f() { return e } } f()`, "1"},
		{"catch of that name", `try { throw 1 } catch (f) { { function f() { return 2 } } } typeof f`, "function"},
		{"finally", `try {} finally { function f() { return 1 } } f()`, "1"},
		{"for", `for (let i = 0; i < 3; i++) { function f() { return i } } f()`, "2"},
		{"for of", `for (const x of [1, 2]) { function f() { return x } } f()`, "2"},
		{"while", `let n = 2; while (n--) { function f() { return 1 } } f()`, "1"},
		{"label", `l: { function f() { return 1 } break l } f()`, "1"},
		{"nested", `{ { { function f() { return 1 } } } } f()`, "1"},
		{"two", `if (true) { function f() { return 1 } } else { function f() { return 2 } } f()`, "1"},
		{"last one passed", `{ function f() { return 1 } } { function f() { return 2 } } f()`, "2"},
		{"in a function", `(function () { if (true) { function f() { return 1 } } return f() })()`, "1"},
		{"in an arrow", `(() => { { function f() { return 1 } } return f() })()`, "1"},
		{"in a method", `({ m() { { function f() { return 1 } } return f() } }).m()`, "1"},
		{"hides an outer one", `function f() { return 0 } (function () { var b = typeof f; { function f() { return 1 } } return b + f() })()`, "undefined1"},
		{"replaces an outer one", `(function () { function f() { return 0 } { function f() { return 1 } } return f() })()`, "1"},
		{"in a generator", `[...(function* () { { function f() { return 1 } } yield f() })()].join()`, "1"},
		{"the block keeps its own", `(function () { { function f() { return 1 } f = 5; var b = f } return b + typeof f })()`, "5function"},
		{"at the top too", `{ function f() { return 1 } f = 5; var b = f } b + typeof f`, "5function"},
		{"each round has its own", `const all = []; for (const x of [1, 2]) { function f() { return x } all.push(() => f()) } all.map((g) => g()).join()`, "1,2"},
		{"as a property", `{ function f() {} } Object.keys(globalThis).includes('f')`, "true"},
		{"in a closure of the top level", `const g = () => { { function f() { return 3 } } return f() }; g()`, "3"},
		{"two functions of one name", `const r = []; function a() { { function f() { return 1 } } r.push(f()); function b() { { function f() { return 2 } } r.push(f()) } b(); r.push(f()) } a(); r.join()`, "1,2,1"},
		{"with an append that is rewritten", `let s = ''; for (let i = 0; i < 2; i++) { function f() { return 1 } s += i } s + f()`, "011"},
		{"in a loop of a function", `(function () { let s = ''; { function f() { return 1 } for (let i = 0; i < 2; i++) { s += f() } } return s + f() })()`, "111"},
		{"its arguments", `(function () { { function f() { return arguments.length } } return f(1, 2) })(3)`, "2"},
		{"a parameter default does not see it", `const f = 7; (function (x = f) { { function f() {} } return x })()`, "7"},

		// Where a variable of that name would not be allowed, and in strict code, it is not.
		{"let", `let f = 0; { function f() { return 1 } } f`, "0"},
		{"let around", `(function () { { let f = 0; { function f() { return 1 } } } return typeof f })()`, "undefined"},
		{"let in the head of a loop", `for (let f of [1]) { { function f() {} } } typeof f`, "undefined"},
		{"class", `class f {} { function f() { return 1 } } typeof new f()`, "object"},
		{"parameter", `(function (f) { { function f() { return 1 } } return f })(0)`, "0"},
		{"parameter in a pattern", `(({ f }) => { { function f() { return 1 } } return f })({ f: 0 })`, "0"},
		{"catch with a pattern", `try { throw { f: 0 } } catch ({ f }) { { function f() { return 1 } } } typeof f`, "undefined"},
		{"function around", `(function () { { function f() { return 1 } { function f() { return 2 } } } return f() })()`, "1"},
		{"strict", `'use strict'; { function f() { return 1 } } typeof f`, "undefined"},
		{"strict function", `(function () { 'use strict'; { function f() { return 1 } } return typeof f })()`, "undefined"},
		{"class body", `new (class { m() { { function f() { return 1 } } return typeof f } })().m()`, "undefined"},
		{"async", `{ async function f() { return 1 } } typeof f`, "undefined"},
		{"generator", `{ function* f() { yield 1 } } typeof f`, "undefined"},
		{"own block only", `(function () { { function f() { return 1 } { let f = 0 } } return f() })()`, "1"},
	}
	for _, tt := range tests {
		if got := evaluate(t, tt.source); got != tt.want {
			t.Errorf("%s: %s: %s, want %s", tt.name, tt.source, got, tt.want)
		}
	}
}

// When this fails, goja does it, and blockfunction.go can go.
func TestGojaHidesFunctionInBlock(t *testing.T) {
	t.Parallel()
	v, err := goja.New().RunString("{ function f() {} } typeof f")
	if err != nil {
		t.Fatal(err)
	}
	if got := v.String(); got != "undefined" {
		t.Errorf("goja says %s", got)
	}
}
