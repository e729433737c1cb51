package rewrite

import (
	"testing"

	"github.com/dop251/goja"
)

// Text equals a number that it is written as, in any form and on either side.
func TestTextEqualsNumber(t *testing.T) {
	t.Parallel()
	tests := []struct{ source, want string }{
		{`["9.0" == 9, "1e3" == 1000, " 9. " == 9, ".0" == 0, "-9.00" == -9, "9.5" == 9.5].join()`, "true,true,true,true,true,true"},
		{`["9.0" != 9, "9.1" == 9, "x" == 0, "x" != 0, "9.0" === 9].join()`, "false,false,false,true,false"},
		{`[["9.0"] == 9, new String("9.0") == 9, ({ valueOf: () => "9.0" }) != 9].join()`, "true,true,false"},
		{`const a = null; let b; [a == b, a == undefined, b == null, a != 0, a == 0].join()`, "true,true,true,true,false"},
		{`let n = 0; const o = { valueOf() { n++; return "8.0"; } }; [o == 8, o != 8, o == 9, n].join()`, "true,false,false,3"},
		{`[1n == 1, 2n != 1, true == 1, new Date(5) == 5, -0 == 0, null == 0, undefined != 0].join()`, "true,true,true,false,true,false,true"},
		{`const log = []; const f = (x) => (log.push(x), x); f("1") == f(1) == f(true); log.join()`, "1,1,true"},
		{`let s = "1.0"; if (s == 1 && s != 2) s = "yes"; s`, "yes"},
	}
	for _, tt := range tests {
		if got := evaluate(t, tt.source); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.source, got, tt.want)
		}
	}
}

// When this fails, goja compares them itself, and equality.go can go.
func TestGojaComparesWholeNumbersOnly(t *testing.T) {
	t.Parallel()
	if v, err := goja.New().RunString(`"9.0" == 9`); err != nil || v.ToBoolean() {
		t.Errorf("%v, %v", v, err)
	}
}
