package rewrite

import (
	"testing"

	"github.com/dop251/goja"
)

// Relational operators group from the left, if there are no parentheses.
func TestRelationalOperatorsGroupFromTheLeft(t *testing.T) {
	t.Parallel()
	tests := []struct{ source, want string }{
		{`1 < 2 < 3`, "true"},
		{`3 > 2 > 1`, "false"},
		{`3 > 2 >= 1`, "true"},
		{`3 > 2 > 1 > 0 < 5`, "true"},
		{`3 > (2 > 1)`, "true"},
		{`3 > ( (2) > 1 )`, "true"},
		{`3 > (2) > 1`, "false"},
		{`3 > ((2)) > (1)`, "false"},
		{`3 > ("(".length + 1) > 1`, "false"},
		{`3 > (((2) > 1) > 0)`, "true"},
		{`const f = (x) => x; 3 > (f(2) > 1)`, "true"},
		{`const f = (x) => x; 3 > f(2) > f(1)`, "false"},
		{`({}) instanceof Object instanceof Object`, "false"},
		{`'a' in { a: 1 } in { true: 1 }`, "true"},
		{`1 < 2 < 3 == 3 > 2 > 1`, "false"},
		{`const log = []; const v = (x) => (log.push(x), x); v(1) < v(2) < v(3); log.join()`, "1,2,3"},
		{`let n = 0; for (let i = 0; 0 <= i < 2; i++) if (++n > 5) break; n`, "6"},
		{`class A { #x; static has(o) { return #x in o } } A.has(new A()) + '' + A.has({})`, "truefalse"},
	}
	for _, tt := range tests {
		if got := evaluate(t, tt.source); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.source, got, tt.want)
		}
	}
}

// When this fails, goja groups them itself, and relational.go can go.
func TestGojaGroupsFromTheRight(t *testing.T) {
	t.Parallel()
	if v, err := goja.New().RunString("1 < 2 < 3"); err != nil || v.ToBoolean() {
		t.Errorf("goja says %v, %v", v, err)
	}
}
