package rewrite

import (
	"testing"

	"github.com/dop251/goja"
)

// A variable may have the name of a caught exception (ECMA-262, B.3.4).
func TestVariableNamedLikeCaughtException(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, source, want string }{
		{"assigned", `(() => { try { throw 1 } catch (e) { var e = e + 1; var inside = e } return inside + typeof e })()`, "2undefined"},
		{"declared", `(() => { try { throw 1 } catch (e) { var e; var inside = e } return inside + typeof e })()`, "1undefined"},
		{"at the top level", `try { throw 1 } catch (e) { var e = 2 } typeof e`, "undefined"},
		{"with others", `(() => { try { throw 1 } catch (e) { var a = 1, e = a + 1, b = e + 1, c } return [a, b, c].join() })()`, "1,3,"},
		{"in a block", `(() => { try { throw 1 } catch (e) { if (true) { var e = 5 } return e } })()`, "5"},
		{"in a loop", `(() => { try { throw 1 } catch (e) { for (var e = 0, n = 0; e < 3; e++) n += e; return n } })()`, "3"},
		{"without a value in a loop", `(() => { try { throw 1 } catch (e) { for (var e; e < 3;) e++; return e } })()`, "3"},
		{"for in", `(() => { try { throw 1 } catch (e) { for (var e in { a: 1, b: 2 }) ; return e } })()`, "b"},
		{"function", `(() => { try { throw 1 } catch (e) { var e = function () {}; return e.name } })()`, "e"},
		{"in an inner function", `(() => { try { throw 1 } catch (e) { return (() => { var e = 2; return e })() + e } })()`, "3"},
		{"caught twice", `(() => { try { throw 1 } catch (e) { try { throw 2 } catch (e) { var e = 3 } return e } })()`, "1"},
		{"text that grows", `(() => { try { throw "" } catch (e) { var e = "a"; for (var i = 0; i < 3; i++) e += i; return e } })()`, "a012"},
		{"strict", `(() => { 'use strict'; try { throw 1 } catch (e) { var e = 2; return e } })()`, "2"},
		{"two clauses", `(() => { try { throw 1 } catch (e) { var e = 4 } try { throw 2 } catch (e) { return e } })()`, "2"},
	}
	for _, tt := range tests {
		if got := evaluate(t, tt.source); got != tt.want {
			t.Errorf("%s: %s: %s, want %s", tt.name, tt.source, got, tt.want)
		}
	}
}

// When this fails, goja does it, and caughtvariable.go can go.
func TestGojaRefusesVariableNamedLikeCaughtException(t *testing.T) {
	t.Parallel()
	if _, err := goja.New().RunString("try { throw 1 } catch (e) { var e = 2 }"); err == nil {
		t.Error("goja accepts it")
	}
}
