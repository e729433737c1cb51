package jsvm

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja/parser"

	"github.com/postern-dev/postern/hostapi"
)

// Code that the parser reads again for each level of nesting is refused before parsing, but
// not with the few levels of usual code.
func TestNestedArrowsTakeNoTime(t *testing.T) {
	t.Parallel()
	nested := map[string]func(n int) string{
		"default":         func(n int) string { return around(n, "(a = ", "1", ") => 1") },
		"last default":    func(n int) string { return around(n, "(b, a = ", "1", ") => 1") },
		"block body":      func(n int) string { return around(n, "(a = ", "1", ") => {}") },
		"assigned":        func(n int) string { return around(n, "(a = b = ", "1", ") => 1") },
		"async":           func(n int) string { return around(n, "async (a = ", "1", ") => 1") },
		"async, two":      func(n int) string { return around(n, "async (b, a = ", "1", ") => 1") },
		"object pattern":  func(n int) string { return around(n, "({ a = ", "1", "}) => 1") },
		"array pattern":   func(n int) string { return around(n, "([a = ", "1", "]) => 1") },
		"rest":            func(n int) string { return around(n, "(...[a = ", "1", "]) => 1") },
		"computed":        func(n int) string { return around(n, "({ [", "1", "]: b }) => 1") },
		"function":        func(n int) string { return around(n, "(a = function () { return ", "1", "}) => 1") },
		"class":           func(n int) string { return around(n, "(a = class { [", "1", "]() {} }) => 1") },
		"template":        func(n int) string { return around(n, "(a = `${", "1", "}`) => 1") },
		"call":            func(n int) string { return around(n, "(a = f(", "1", ")) => 1") },
		"conditional":     func(n int) string { return around(n, "a ? (b = ", "1", ") => 1 : 2") },
		"sum":             func(n int) string { return around(n, "(a = 1 + (", "1", ")) => 1") },
		"comments":        func(n int) string { return around(n, "(a = // (\n", "1", "/* ) */)\n/* x */=>1") },
		"fraction":        func(n int) string { return around(n, "(a = ", ".5", ")=>.5") },
		"pattern":         func(n int) string { return around(n, "(b = /[/)(]/, a = ", "1", ") => 1") },
		"text":            func(n int) string { return around(n, "(b = ')', a = ", "1", ") => '('") },
		"after increment": func(n int) string { return "b++ / (" + around(n, "(a = ", "1", ") => 1") + ") / 1" },
		"after a pattern": func(n int) string { return "if (b) /`/.test(c)\n" + around(n, "(a = ", "1", ") => 1") + " /`/" },
		"after a block":   func(n int) string { return "{ b }\n/`/.test(c); " + around(n, "(a = ", "1", ") => 1") + "; '`'" },
		"after a function": func(n int) string {
			return "function f() {}\n/`/.test(c); " + around(n, "(a = ", "1", ") => 1") + "; '`'"
		},
		"call, no function": func(n int) string { return around(n, "(a)(", "1", ") => 1") },
		"called":            func(n int) string { return around(n, "(a = ", "1", ")(b) => 1") },
		"compared":          func(n int) string { return around(n, "(a = ", "1", ") == b => 1") },
		"ellipsis":          func(n int) string { return around(n, "(...", "b", ") => 1") },
		"yield of a call":   func(n int) string { return "function* g() {" + around(n, "yield f(", ")", ") => 1") + "}" },
		"yield of an array": func(n int) string { return "function* g() {" + around(n, "yield [yield ", ")", "] => 1") + "}" },
		"yield ++":          func(n int) string { return "function* g() {" + around(n, "yield f(", "a", ")++") + "}" },
		"yield *":           func(n int) string { return "function* g() { yield* " + around(n, "(a = ", "1", ") => 1") + "}" },
		"for of":            func(n int) string { return "for (b of " + around(n, "(a = ", "1", ") => 1") + ");" },
		"in an array":       func(n int) string { return "x = [" + around(n, "(a = ", "1", ") => 1") + "]" },
		"in a class":        func(n int) string { return "class A { f = " + around(n, "(a = ", "1", ") => 1") + "}" },
		"in parentheses":    func(n int) string { return "x = ((((" + around(n, "(a = ", "1", ") => 1") + "))))" },
		"not closed":        func(n int) string { return "((({" + around(n, "(a = ", "1", ") => 1") },
		"parameters":        func(n int) string { return "function f(a = " + around(n, "(a = ", "1", ") => 1") + ") {}" },
	}
	for name, source := range nested {
		t.Run(name, func(t *testing.T) {
			if offset, found := tooDeep(source(4)); found {
				t.Errorf("4 levels: too deep at %d", offset)
			}
			for _, n := range []int{30, 200} {
				if _, found := tooDeep(source(n)); !found { // else the test would take hours
					t.Fatalf("%d levels are not too deep", n)
				}
				start := time.Now()
				_, err := Compile("task.js", []byte(source(n)))
				if took := time.Since(start); took > 2*time.Second { // where it is read again, 30 levels take hours
					t.Errorf("%d levels took %v", n, took)
				}
				if e, ok := errors.AsType[*hostapi.Error](err); !ok || e.Code != hostapi.CodeScript || e.Column == 0 || e.Hint == "" {
					t.Errorf("%d levels: %v", n, err)
				}
			}
		})
	}
}

// Functions in functions, as scripts have them, are not what costs the parser time.
func TestManyArrows(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"bodies":         around(60, "(a) => { return ", "1", "}"),
		"async bodies":   around(60, "async (a, b) => { await ", "1", "}"),
		"expressions":    around(60, "(a) => (", "1", ")"),
		"curried":        strings.Repeat("(a) => ", 60) + "1",
		"callbacks":      around(60, "f((a) => {\n g()\n", "", "})\n"),
		"calls":          around(60, "(a) => f(", "1", ")"),
		"called":         around(60, "((a) => { ", "", "})()"),
		"async called":   around(60, "(async () => { ", "", "})()"),
		"promises":       "f()" + strings.Repeat("\n .then((a) => a.b)", 500),
		"a list":         "x = [" + strings.Repeat("(a = 1, { b } = {}) => a + b,\n", 5000) + "]",
		"no semicolons":  strings.Repeat("f(() => { g() })\nconst x = a => b\n", 5000),
		"generator":      "function* g() {" + strings.Repeat("yield f(a)\nconst x = yield* g()\n", 5000) + "}",
		"nested yields":  "function* g() {" + around(8, "yield f(", "1", ")") + "}",
		"conditions":     strings.Repeat("x = a ? (b) => c : (d) => e\n", 5000),
		"object of them": "x = {" + around(60, "a: (b) => ({", "", "}),") + "}",
	} {
		if offset, found := tooDeep(source); found {
			t.Errorf("%s: too deep at %d: %.40s", name, offset, source[offset:])
		}
	}
}

// When this fails, goja's parser reads parameters once, and parsework.go can go.
func TestGojaReadsParametersAgain(t *testing.T) { // AllocsPerRun: not parallel
	allocations := func(n int) float64 {
		source := around(n, "(a = ", "1", ") => 1")
		return testing.AllocsPerRun(1, func() {
			_, _ = parser.ParseFile(nil, "", source, 0) // it is the work that counts
		})
	}
	if few, more := allocations(6), allocations(10); more < 8*few {
		t.Errorf("6 levels take %v allocations, 10 take %v", few, more)
	}
}

// Code for which the compiler would emit far more than it is long is refused.
func TestCodeThatIsRepeated(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"returns":   "function f(){" + strings.Repeat("try{", 2000) + strings.Repeat("return;", 2000) + strings.Repeat("}finally{}", 2000) + "}",
		"breaks":    "a:{" + strings.Repeat("{let x=1;(()=>x);", 2000) + strings.Repeat("break a;", 2000) + strings.Repeat("}", 2001),
		"continues": "a:for(;;){" + strings.Repeat("{let x=1;(()=>x);", 2000) + strings.Repeat("continue a;", 2000) + strings.Repeat("}", 2001),
		"patterns":  strings.Repeat("/(?:a{0,30}b){1,30}/;", 300),
		"labels":    "a0:" + strings.Repeat("a:", 20_000) + ";",
		"arrows":    strings.Repeat("a=>", 20_000) + "1",
		"power":     "if (false) 7n**9000000000n",
		"powers":    "9n**9n**9n",
		"shift":     "() => 1n<<9000000000n",
		"shifts":    "1n" + strings.Repeat("<<1n", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Compile("a.js", []byte(source))
			if code := hostapi.CodeOf(err); code != hostapi.CodeScript {
				t.Errorf("%v, want a syntax error", err)
			}
		})
	}
	if err := compileAndRun(t, t.Context(), "eval('() => 7n**9000000000n')"); err == nil || !strings.Contains(err.Error(), "too many digits") {
		t.Errorf("%v, want a SyntaxError", err)
	}
	for name, source := range map[string]string{
		"returns":  "function f(a){" + strings.Repeat("{if(a)return 1}", 5000) + "}",
		"patterns": strings.Repeat(`/^\d{1,3}-[a-z]{2,20}$/;`, 1000),
		"powers":   "2n**(8n*8n); -1n<<64n; 10n**1000n",
		"ternary":  strings.Repeat("a?b:", 3000) + "c",
		"switch":   "switch(a){" + strings.Repeat("case 1: break;", 10_000) + "}",
	} {
		if _, err := Compile("a.js", []byte(source)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Compile("a.js", make([]byte, maxSource+1)); hostapi.CodeOf(err) != hostapi.CodeLimit {
		t.Errorf("%v, want a limit", err)
	}
}
