package jsvm

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// hintOf returns the hint of the error that source ends in.
func hintOf(t *testing.T, source string) string {
	t.Helper()
	e, ok := errors.AsType[*hostapi.Error](compileAndRun(t, t.Context(), source))
	if !ok {
		t.Errorf("%s: no error", source)
		return ""
	}
	return e.Hint
}

// Names that script authors are likely to try have a hint.
func TestHints(t *testing.T) {
	t.Parallel()
	tests := []struct{ source, hint string }{
		{"fetch('https://api.example.com')", "httpClient.begin().get(url)"},
		{"async function f() { await fetch('x') } f()", "httpClient.begin()"},
		{"const fs = require('fs')", "without modules"},
		{"setTimeout(() => {}, 1)", "no timers"},
		{"setInterval(() => {}, 1)", "no timers"},
		{"new URL('https://x')", "queryParam"},
		{"new URLSearchParams()", "queryParam"},
		{"Buffer.from('x')", "base64"},
		{"btoa('x')", "base64.encodeToString"},
		{"atob('x')", "base64.decodeFromString"},
		{"process.env.X", "configs.get"},
		{"window.x", "globalThis"},
		{"document.x", "does not run in a browser"},
		{"new XMLHttpRequest()", "httpClient"},
		{"describe('x', () => {})", "test(name, function)"},
		{"it('x', () => {})", "test(name, function)"},
		{"beforeEach(() => {})", "outside of test"},
		{"new Intl.NumberFormat('de')", "dateFormatter"},
		{"new TextEncoder()", "UTF-8"},
		{"structuredClone({})", "JSON.parse"},
		{"crypto.randomUUID()", "digest"},
		{"new XML('<a/>')", "E4X"},
		{"new Packages.java.util.ArrayList()", "java.util.ArrayList"},
		{"new JavaImporter()", "java.util.ArrayList"},
		{"hosst()", "did you mean host?"},
		{"function compute() {} comptue()", "did you mean compute?"},
		{"const e = { toEqual() {} }; e.toBe(1)", "toEqual"},
		{"const e = {}; e.not.toEqual(1)", ""},
		{"const expect = () => ({}); expect(1.5).not.toEqual(2)", "expect(a === b)"},
		{"const expect = () => ({}); expect(x => x).rejects.toThrow()", "await"},
		{"Object.groupBy([], () => 1)", "reduce"},
		{"'abc'.length()", "remove the parentheses"},
		{"'abc'.contains('a')", "includes"},
		{"'abc'.getBytes('UTF-8')", "base64"},
		{"[].isEmpty()", "length === 0"},
		{"var java = { util: {} }; new java.util.HashMap()", "new Map()"},
		{"var java = { lang: {} }; java.lang.System.currentTimeMillis()", "Date.now()"},
		{"var java = {}; java.net.URLEncoder.encode('x', 'UTF-8')", "encodeURIComponent"},
		{"var java = { util: {} }; new java.util.Scanner()", "only the classes in postern.d.ts"},
		{"var java = { lang: { String } }; java.lang.String.format('%d', 1)", "only the classes in postern.d.ts"},
		{"for each (var x in [1]) {}", "for (const value of list)"},
		{"try { f() } catch (e if e == 1) {}", "one catch clause"},
		{"var square = function (x) x * x", "=>"},

		{"import x from 'y'", "without import"},
		{"const x = await import('y')", "without import"},
		{"export const x = 1", "without import"},
		{"const x = await f()", "async function"},
		{"async function* f() {}", "async generators"},
		{"return 1", "function main()"},
		{"const a: string = 'x'", "types are not part"},
		{"function f(a: number): void {}", "types are not part"},
		{"const f = (a: Foo[]) => a", "types are not part"},
		{"interface Foo { a: string }", "types are not part"},
		{"type Foo = string", "types are not part"},
		{"const a = b as string", "types are not part"},
		{"<!-- x", "HTML comments"},
		{"const a = <b>1</b>", "markup"},
		{"const é = 1; f(‘a’)", "write ' for ‘"},
		{"f(“a”)", `write " for “`},
		{"const a = 1 – 2", "write - for –"},
		{"f(…a)", "write ... for …"},
		{"const a = 1；", "write ; for ；"},
		{"if\u200b (true) {}", "remove the invisible character U+200B"},
		{"/a(b)/d.exec('ab')", "flags"},

		// Nothing that is written otherwise.
		{"nobodyKnows()", ""},
		{"typeof fetch; throw new Error('fetch is not defined')", "httpClient"},
		{"throw new ReferenceError('fetch is not defined')", ""},
		{"throw new Error('x')", ""},
		{"const a = { b: 1, c = }", ""},
		{"const a = '‘’'; 1 +;", ""},
	}
	for _, tt := range tests {
		if got := hintOf(t, tt.source); !strings.Contains(got, tt.hint) || tt.hint == "" && got != "" {
			t.Errorf("%s: hint %q, want one with %q", tt.source, got, tt.hint)
		}
	}
	for _, h := range syntaxHints {
		if _, err := regexp.Compile(h.line); err != nil {
			t.Error(err)
		}
	}
	for name := range globalHints {
		if err := compileAndRun(t, t.Context(), "if (typeof "+name+" !== 'undefined') throw 'x'"); err != nil {
			t.Errorf("%s: there is one", name)
		}
	}
}
