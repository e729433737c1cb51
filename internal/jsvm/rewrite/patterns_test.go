package rewrite

import (
	"testing"

	"github.com/dop251/goja/parser"
)

// evaluate returns what a script gives as text, or its error.
func evaluate(t *testing.T, source string) string {
	t.Helper()
	p, err := compile(source, true)
	if err != nil {
		return "not compiled: " + err.Error()
	}
	v, err := newMachine(t, longText).run(p)
	if err != nil {
		return err.Error()
	}
	return v.String()
}

// A default in an array pattern that has one itself, wherever it is declared.
func TestNestedArrayDefaults(t *testing.T) {
	t.Parallel()
	tests := []struct{ source, want string }{
		{`const { a: [x = 1] = [] } = {}; x`, "1"},
		{`const { a: [x = 1] = [] } = { a: [2] }; x`, "2"},
		{`let { a: [x = 1, y = x + 1, [z = 3] = []] = [] } = {}; [x, y, z].join()`, "1,2,3"},
		{`var { a: [x = (1)] = [] } = {}; x`, "1"},
		{`var { a: [x = "]", y] = [] } = {}; x + y`, "]undefined"},
		{`const [[x = 1] = []] = []; x`, "1"},
		{`const [[[x = 1] = []] = []] = []; x`, "1"},
		{`const { a: { b: [{ c: [x = 5] = [] } = {}] = [] } = {} } = {}; x`, "5"},
		{`const { a: [{ b = 7 } = {}, ...rest] = [] } = { a: [{}, 2, 3] }; b + rest.join()`, "72,3"},
		{`const { a: [, x = 1] = [] } = {}, { b: [y = 2] = [] } = {}; x + y`, "3"},
		{`(({ a: [x = 1] = [] } = {}) => x)()`, "1"},
		{`(function ([[x = 1] = []] = []) { return x })()`, "1"},
		{`class A { m({ a: [x = 1] = [] }) { return x } } new A().m({})`, "1"},
		{`let n = 0; for (const { a: [x = 1] = [] } of [{}, { a: [5] }]) n += x; n`, "6"},
		{`let n = ''; for (const [[x = 'd'] = []] of [[], [['e']]]) n += x; n`, "de"},
		{`try { throw {} } catch ({ a: [x = 1] = [] }) { x }`, "1"},
		{`let x; ({ a: [x = 1] = [] } = {}); x`, "1"},
		{`let x; [[x = 1] = []] = []; x`, "1"},
		{`const f = ({ a: [g = () => 7] = [] } = {}) => g(); f()`, "7"},
		{`const { a: [f = function () {}] = [] } = {}; f.name`, "f"},
		{`async function f() { const { a: [x = await 1] = [] } = {}; return x } typeof f`, "function"},
		{`function* g() { const { a: [x = yield 1] = [] } = {}; yield x } [...g()].join()`, "1,"},
		{"const { a: [\n x = 1 // one ]\n] = [] } = {}; x", "1"},
		{`const { a: [x = ({ b: [y = 1] = [] } = {}) => y] = [] } = {}; x()`, "1"},
	}
	for _, tt := range tests {
		if got := evaluate(t, tt.source); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.source, got, tt.want)
		}
	}
}

// What is wrong stays so, at its place.
func TestWrongPatterns(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		`const { a: [x.y = 1] = [] } = {}`,
		`const { a: [x += 1] = [] } = {}`,
		`const { a: [f() = 1] = [] } = {}`,
		`const [(x = 1)] = []; const { a: [5 = 1] = [] } = {}`,
		`const { a: [[o.p] = 1] = [] } = {}`,
	} {
		_, err := compile(source, true)
		_, original := parser.ParseFile(nil, "s.js", source, 0)
		if err == nil || original == nil || err.Error() != original.Error() {
			t.Errorf("%s: %v, want %v", source, err, original)
		}
	}
	// What was restored is not among the errors.
	if _, err := compile(`const { a: [x = 1] = [] } = {}; let = ;`, true); err == nil || err.Error() != "s.js: Line 1:39 Unexpected token ;" {
		t.Errorf("error %v", err)
	}
	// A place inside of what was restored.
	if got, want := evaluate(t, "const { a: [\n  x = nobody] = [] } = {}"), "ReferenceError: nobody is not defined at s.js:2:7(12)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// When this fails, goja's parser takes it, and patterns.go can go.
func TestGojaRefusesNestedArrayDefaults(t *testing.T) {
	t.Parallel()
	if _, err := parser.ParseFile(nil, "", "const { a: [x = 1] = [] } = {}", 0); err == nil {
		t.Error("goja parses it")
	}
}
