package jsvm

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// around repeats what is before and after something.
func around(n int, before, inside, after string) string {
	return strings.Repeat(before, n) + inside + strings.Repeat(after, n)
}

// What is nested without end would end the process, not the script.
func TestDeepSource(t *testing.T) {
	t.Parallel()
	labels := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "l%d: ", i)
		}
		return b.String() + ";"
	}
	nested := map[string]func(n int) string{
		"arrays":         func(n int) string { return around(n, "[", "", "]") },
		"parentheses":    func(n int) string { return around(n, "(", "1", ")") },
		"blocks":         func(n int) string { return around(n, "{", "", "}") },
		"objects":        func(n int) string { return "x = " + around(n, "{ a: ", "1", "}") },
		"templates":      func(n int) string { return around(n, "`${", "1", "}`") },
		"calls":          func(n int) string { return around(n, "f(", "", ")") },
		"unary":          func(n int) string { return around(n, "!", "a", "") },
		"minus":          func(n int) string { return around(n, "- ", "a", "") },
		"typeof":         func(n int) string { return around(n, "typeof ", "a", "") },
		"new":            func(n int) string { return around(n, "new ", "a", "") },
		"members":        func(n int) string { return around(n, "", "a", ".b") },
		"optional":       func(n int) string { return around(n, "", "a", "?.b") },
		"elements":       func(n int) string { return around(n, "", "a", "[0]") },
		"call chain":     func(n int) string { return around(n, "", "a", "()") },
		"tagged":         func(n int) string { return around(n, "", "a", "``") },
		"assignments":    func(n int) string { return around(n, "a = ", "1", "") },
		"conditional":    func(n int) string { return around(n, "a ? b : ", "c", "") },
		"power":          func(n int) string { return around(n, "a ** ", "1", "") },
		"arrows":         func(n int) string { return around(n, "a => ", "1", "") },
		"functions":      func(n int) string { return around(n, "function f() {", "", "}") },
		"expressions":    func(n int) string { return "x = " + around(n, "function () { return ", "1", "}") },
		"classes":        func(n int) string { return "x = " + around(n, "class { a = ", "1", "}") },
		"if":             func(n int) string { return around(n, "if (a) ", ";", "") },
		"else if":        func(n int) string { return around(n, "if (a) b; else ", ";", "") },
		"else if blocks": func(n int) string { return around(n, "if (a) {} else ", "{}", "") },
		"while":          func(n int) string { return around(n, "while (a) ", ";", "") },
		"for":            func(n int) string { return around(n, "for (;;) ", ";", "") },
		"try":            func(n int) string { return around(n, "try {", "", "} finally {}") },
		"patterns":       func(n int) string { return "const " + around(n, "[", "a", "]") + " = 1" },
		"labels":         labels,
	}
	for name, source := range nested {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Compile("task.js", []byte(source(500))); err != nil {
				t.Errorf("500 levels: %v", err)
			}
			for _, n := range []int{60_000, 300_000} {
				_, err := Compile("task.js", []byte(source(n)))
				if e, ok := errors.AsType[*hostapi.Error](err); !ok || e.Code != hostapi.CodeScript || e.Line != 1 || e.Column == 0 {
					t.Errorf("%d levels: %v", n, err)
				}
			}
		})
	}
	for name, source := range map[string]string{
		"operators": around(1_000_000, "", "a", " + a"),
		"logical":   around(1_000_000, "", "a", " && a"),
	} {
		if _, err := Compile("task.js", []byte(source)); hostapi.CodeOf(err) != hostapi.CodeScript {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A long source that is not nested is no matter.
func TestLongSource(t *testing.T) {
	t.Parallel()
	const n = 60_000
	for name, source := range map[string]string{
		"lines":            strings.Repeat("x = a ? b : -c\n", n),
		"ifs":              strings.Repeat("if (a) b = 1\n", n),
		"blocks":           strings.Repeat("if (a) { b() } else { c() }\n", n),
		"calls":            strings.Repeat("f(!a, typeof b)\n", n),
		"functions":        strings.Repeat("function f() { return a => b }\n", n),
		"an array":         "x = [" + strings.Repeat("{ a: 1, b: -2 },\n", n) + "]",
		"a text":           "x = '" + strings.Repeat("[({", n) + "'",
		"a comment":        "/*" + strings.Repeat("[({", n) + "*/",
		"line comments":    strings.Repeat("// [({ `\n", n),
		"a template":       "x = `" + strings.Repeat("[({ ' ", n) + "`",
		"templates":        strings.Repeat("x = `${a ? `[` : '('}{`\n", n),
		"patterns":         strings.Repeat("x = /[(/]`\\(/\n", n),
		"cases":            "switch (a) {" + strings.Repeat("case 1: f(); break\n", n) + "}",
		"object of arrows": "x = {" + strings.Repeat("a: () => !b,\n", n) + "}",
	} {
		if offset, found := tooDeep(source); found {
			t.Errorf("%s: too deep at %d: %.40s", name, offset, source[offset:])
		}
	}
}

// A chain of operators takes a time in proportion to its length, and its value is right.
func TestLongChains(t *testing.T) {
	t.Parallel()
	const n = 20_000
	for name, source := range map[string]string{
		"sum":             "const a = 1; if (" + around(n, "", "a", " + a") + " !== 20001) throw 'x'",
		"text and names":  "const a = 'a'; if ((" + around(n/2, "", "a", " + 'b' + a") + ").length !== 20001) throw 'x'",
		"texts":           "if ((" + around(n, "", "'a'", " + 'é'") + ").length !== 20001) throw 'x'",
		"texts to a name": "const a = 1; if ((" + around(n, "", "a + a", " + 'é'") + ") !== '2' + 'é'.repeat(20000)) throw 'x'",
		"numbers":         "if (" + around(n, "", "1", " + 1") + " !== 20001) throw 'x'",
		"mixed":           "const a = 1; if (" + around(n/2, "", "a", " + '1' - 1") + " !== 11 - 1 + 0 && false) throw 'x'",
		"and":             "const a = 1; if (!(" + around(n, "", "a", " && a") + ")) throw 'x'",
		"or":              "const a = 0; if (" + around(n, "", "a", " || a") + ") throw 'x'",
		"coalesce":        "const a = null; if ((" + around(n, "", "a", " ?? a") + ") !== null) throw 'x'",
		"appended":        "let s = ''; for (let i = 0; i < 2; i++) { s = " + around(n/2, "", "s", " + i") + " } if (s.length !== 20000) throw s.length",
	} {
		start := time.Now()
		if err := compileAndRun(t, t.Context(), source); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// Measured: 0.2 s, and a minute or more if it were quadratic.
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
	// A place in a chain stays what it was.
	e, ok := errors.AsType[*hostapi.Error](compileAndRun(t, t.Context(), "const a = 1\n"+around(200, "", "a", " + a")+" + absent"))
	if !ok || e.Line != 2 || e.Column != 805 {
		t.Errorf("%+v", e)
	}
}

func FuzzTooDeep(f *testing.F) {
	for _, s := range []string{"`${`", "a / b / c", "'\\", "/[/]/", "}", "`\\", "/*", "a => ({})"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if offset, found := tooDeep(strings.Repeat(" ", maxParsed) + source); found && len(source) < maxParsed {
			t.Errorf("%q: too deep at %d", source, offset)
		}
	})
}
