package jsvm

import "testing"

// A script whose declarations do something is one that works, unless it has a main.
func TestOnlyDeclares(t *testing.T) {
	t.Parallel()
	tests := []struct {
		source string
		want   bool
	}{
		{"", true},
		{"function main() { httpClient.begin() }", true},
		{"const a = 1, b = 'x', c = [a, { d: -a }], f = () => g(), h = function () { g() }", true},
		{"'use strict'; class A { m() { f() } a = f(); static b = 1 }", true},
		{"const a = new Map([[1, Number('2')]]), b = Object.freeze({ c: 'a b'.split(' ') }), d = `${a}`", true},
		{"const a = [1, 2].map((n) => n * 2).join(), zero = new java.math.BigDecimal('0')", true},
		{"const { a = 1, b: [c] = [] } = { a: 2 }", true},
		{"const a = JSON.parse('[1]'), b = JSON.parse('{}').c", true},
		{"const a = JSON.parse(JSON.stringify([1]))", true},
		{"const a = JSON.parse(f())", false},
		{"let a; var b; const sum = 1 + 2 + 3", true},

		{"const r = httpClient.begin().get('https://api.example.com')", false},
		{"const r = httpClient.begin().get(u); const t = r.getResponseAsString()", false},
		{"var status = httpClient.begin().get(u).getStatusCode() + 1", false},
		{"let x = engine.findDataByVarName('x') ?? 'y'", false},
		{"const { a = f() } = {}", false},
		{"const { [f()]: a } = {}", false},
		{"const [a] = f()", false},
		{"const o = { a: { b: [f()] } }", false},
		{"const a = 1 + f() + 2 + 3", false},
		{"const a = ok ? f() : 1", false},
		{"const a = f`x`", false},
		{"const a = `${f()}`", false},
		{"const a = new Job()", false},
		{"const a = b = 1", true},
		{"const a = [1].map((n) => send(n))", false},
		{"const a = [1].map((n) => { send(n) })", false},
		{"const a = (() => engine.log('x'))()", false},
		{"class A { static a = f() }", false},
		{"class A { static { f() } }", false},
		{"class A extends f() {}", false},
		{"const a = o?.f()", false},
		{"main()", false},
		{"if (true) { var a = 1 }", false},

		{"const url = configs.get('url'); function main() {}", true},
		{"const url = configs.get('url'), main = () => {}", true},
		{"const url = configs.get('url'); const { main } = { main() {} }", true},
		{"const url = configs.get('url'); function other() {}", false},
	}
	for _, tt := range tests {
		p, err := Compile("task.js", []byte(tt.source))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Declarations().OnlyDeclares("main"); got != tt.want {
			t.Errorf("%s: %v", tt.source, got)
		}
	}
}
