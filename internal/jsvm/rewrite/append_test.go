package rewrite

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

// observe runs source and returns all that can be seen of it, as one string: what it
// passes to log, its value or its exception, with places.
func observe(tb testing.TB, source string, rewritten bool, long int) string {
	tb.Helper()
	p, err := compile(source, rewritten)
	if err != nil {
		return "not compiled: " + err.Error()
	}
	m := newMachine(tb, long)
	var seen strings.Builder
	show := func(v goja.Value) {
		fmt.Fprintf(&seen, "%v ", v.ExportType())
		if s, ok := v.(goja.String); ok {
			for i := range s.Length() {
				fmt.Fprintf(&seen, "%x ", s.CharAt(i))
			}
		} else {
			seen.WriteString(v.String())
		}
		seen.WriteByte('\n')
	}
	log := func(c goja.FunctionCall) goja.Value {
		for _, v := range c.Arguments {
			if _, isSymbol := v.(*goja.Symbol); isSymbol {
				v = m.vm.ToValue("a symbol")
			}
			show(v)
		}
		return goja.Undefined()
	}
	if err := m.vm.Set("log", log); err != nil {
		tb.Fatal(err)
	}
	// The number in brackets is that of an instruction; goja shows some objects with
	// their addresses.
	where := regexp.MustCompile(`\(\d+\)|0x[0-9a-f]+`)
	if err := m.vm.Set("stack", func(text string) string { return where.ReplaceAllString(text, "") }); err != nil {
		tb.Fatal(err)
	}
	v, err := m.run(p)
	if err != nil {
		if e, ok := errors.AsType[*goja.Exception](err); ok {
			seen.WriteString(where.ReplaceAllString(e.String(), ""))
		} else {
			seen.WriteString(where.ReplaceAllString(err.Error(), ""))
		}
	} else {
		log(goja.FunctionCall{Arguments: []goja.Value{v}})
	}
	return seen.String()
}

// Each of these appends, in a way that the rewriting must not change.
func TestAppendsMeanTheSame(t *testing.T) {
	t.Parallel()
	sources := []string{
		// Where the target is.
		"let s = ''; for (let i = 0; i < 3; i++) s += 'a'; s",
		"var s = ''; for (let i = 0; i < 3; i++) s += 'あ'; s",
		"s = ''; for (let i = 0; i < 3; i++) s += 'a'; s",
		"(() => { let s = ''; for (let i = 0; i < 3; i++) s += 'a'; return s })()",
		"(() => { 'use strict'; var s = ''; for (let i = 0; i < 3; i++) s += 'a'; return s })()",
		"(() => { let s = ''; [1, 2, 3].forEach(x => { s += x + ',' }); return s })()",
		"let s = ''; [1, 2, 3].forEach(x => s += x + ','); s",
		"function f(s) { for (const x of [1, 2]) s += x + ','; return s } f('a')",
		"function f(s = 'd') { for (const x of [1, 2]) s += x + ','; return s + arguments.length } f() + f('b')",
		"function f(s) { for (const x of [1, 2]) s += 'x'; return arguments[0] } f('a')",
		"const o = {s: ''}; for (let i = 0; i < 3; i++) o.s += 'a'; o.s",
		"const o = {s: ''}; for (let i = 0; i < 3; i++) o['s'] += 'a'; o.s",
		"const o = {}; for (const k of ['a', 'b', 'a']) { o[k] += 'x' } JSON.stringify(o)",
		"const a = ['', '']; for (let i = 0; i < 6; i++) a[i % 2] += 'x' + i; a.join()",
		"class W { s = ''; add(x) { this.s += x; return this } } new W().add('a').add('b').s",
		"class W { #s = ''; add(x) { this.#s += x; return this } get s() { return this.#s } } new W().add('a').add('b').s",
		"class W { static s = ''; static add(x) { W.s += x; return this } } W.add('a').add('b').s",
		"class A { set s(v) { log('set', v) } get s() { log('get'); return 'g' } } class B extends A { add(x) { super.s += x } } const b = new B; b.add('a'); b.add('b')",
		"class A { s = ''; b = (() => { for (const x of 'ab') this.s += x; return this.s })() } new A().b",
		"class A { static { let s = ''; for (const x of 'ab') s += x; log(s) } }",
		"const o = {a: {b: {s: ''}}}; for (const x of 'abc') o.a.b.s += x; o.a.b.s",
		"const o = {s: ''}; const f = () => { log('f'); return o }; for (const x of 'abc') f().s += x; o.s",
		"const o = {s: ''}; const k = () => { log('k'); return 's' }; for (const x of 'abc') o[k()] += x; o.s",
		"const o = {s: ''}; const k = {toString() { log('k'); return 's' }}; for (const x of 'abc') o[k] += x; o.s",
		"const o = {p: 'k', k: 'v'}; for (const x of 'ab') o[o.p += ''] += x; JSON.stringify(o)",
		"const o = {p: 'k'}; for (const x of 'ab') o[o.p += x] += x; JSON.stringify(o)",
		"let s = ''; for (const x of 'ab') { const t = s; s += x; log(t, s) }",
		"let s = ''; l: for (const x of 'ab') { for (const y of 'cd') { if (y == 'd') continue l; s += x + y } } s",
		"let s = ''; l: m: while (true) { s += 'x'; if (s.length > 3) break l } s",
		"let s = ''; do s += 'x'; while (s.length < 3)",
		"let s = ''; for (let i = 0; i < 3; s += 'x', i++); s",
		"let s = '', i = 0; while ((s += 'x').length < 4) i++; s + i",
		"let s = ''; for (var k in {a: 1, b: 2}) s += k; s",
		"let i = 0; if (true) for (; i < 3; i++) x = (typeof x == 'string' ? x : '') + 'a'; else i = 'b'; x",
		"switch (1) { case 1: var s = ''; for (const x of 'ab') s += x } s",
		"var x; const f = () => x += 'a'; x = 'b'; f(); f()",
		"let s = ''; const g = function* () { for (;;) s += yield s }; const i = g(); i.next(); i.next('a'); i.next('b').value",
		"let s = ''; const o = {s: ''}; const f = async () => { for (const x of 'abc') { s += await x; o.s += await s } }; f().then(() => log(s, o.s)); s",
		"function f() { return eval('var s = \"\"; for (const x of \"ab\") s += x; s') } f()",
		"function f() { var s = ''; for (const x of 'abc') { eval('0'); s += x } return s } f()",
		"function f() { for (const x of 'abc') { s += eval('var s = \"v\"; x') } return s } var s = 'g'; f() + s",
		"with ({s: ''}) { for (const x of 'ab') s += x; log(s) }",
		"const s = {get v() { log('get'); return 'x' }, set v(v) { log('set', v) }}; for (let i = 0; i < 3; i++) s.v += 'a'",
		"Object.defineProperty(globalThis, 's', {get() { log('get'); return 'x' }, set(v) { log('set', v) }}); for (let i = 0; i < 3; i++) s += 'a'; s",
		"const p = new Proxy({s: ''}, {get(t, k) { log('get', k); return t[k] }, set(t, k, v) { log('set', k, v); t[k] = v; return true }}); for (const x of 'ab') p.s += x",

		// What is appended, and to what.
		"let s = ''; for (const x of [1, 1.5, -0, NaN, true, null, undefined, 10n, 'é', [1, 2], {}, new Date(NaN), () => 1]) { s += x; log(s) }",
		"for (const a of [1, true, null, undefined, 10n, 'a', 'é', [1], {}]) for (const b of [2, false, null, undefined, 'b', 'あ', [2]]) { let s = a; for (let i = 0; i < 2; i++) { try { s += b; log(s) } catch (e) { log(stack(e.stack)) } } }",
		"let s = 'x'; for (let i = 0; i < 2; i++) { s += {valueOf() { log('v'); return 1 }, toString() { log('t'); return 'T' }}; s += {[Symbol.toPrimitive](h) { log(h); return 2 }} } s",
		"let s = {valueOf() { log('v'); return 1 }}; for (let i = 0; i < 2; i++) s += 'a'; s",
		"let s = 'x'; for (let i = 0; i < 2; i++) { s += i ? Symbol('q') : 'a' }",
		"let s = Symbol('q'); for (let i = 0; i < 2; i++) { s += 'a' }",
		"let s = 1n; for (const x of [2n, 'x', 3]) s += x; s",
		"let s = 1n; for (const x of [2n, 3]) { s += x }",
		"let s = ''; for (let i = 0; i < 2; i++) { s += 1n + 1 }",
		"let s = ''; for (let i = 0; i < 2; i++) { s += 'a' + 'b' + 1 } s",
		"let s = ''; for (const x of ['\\ud83d', '\\ude00', '\\ud83d', 'x', '\\ude00']) { s += x; log(s) } s.codePointAt(0)",
		"let s = 'a'; for (const x of ['', 'é', '', 'b']) { s += x; log(s) }",
		"let s = 'é'; for (const x of ['', 'é', '', 'b']) { s += x; log(s) }",
		"let s = 'a'; for (const x of ['b', 'é', 'c', 'é']) { const t = s; s += x; log(t, s, t < s, s.indexOf(t)) } s",
		"let s = ''; for (let i = 0; i < 3; i++) s += s || 'ab'; s",
		"let s = 'é'; for (let i = 0; i < 3; i++) s += s; s",
		"let s = String(new Date(0).getTime()).padStart(40, 'x'); for (const x of 'aé') s += x; s",
		"let s = ''; for (let i = 0; i < 3; i++) s += `${s}<${i}>`; s",

		// The order of things.
		"let s = 'a'; const f = () => { s += 'f'; return 'r' }; for (let i = 0; i < 3; i++) s += f(); s",
		"let s = 'a'; const f = () => { s = 'new'; return 'r' }; for (let i = 0; i < 3; i++) s += f(); s",
		"const o = {s: 'a'}; let p = o; const f = () => { p = {s: 'z'}; return 'r' }; for (let i = 0; i < 2; i++) { p.s += f() } log(o.s, p.s)",
		"let s = 'a', t = 'b'; for (let i = 0; i < 3; i++) s += t += s; s + '-' + t",
		"let s = 'a'; for (let i = 0; i < 3; i++) s += (s += 'x') + (s += 'y'); s",
		"let s = 'a'; for (let i = 0; i < 3; i++) s = s + (s += 'x') + (s = s + 'y'); s",
		"let s = 'a'; for (let i = 0; i < 3; i++) s = s + 'b' + i + 'c'; s",
		"let s = 'a'; const v = n => ({toString() { log(n); s += n; return n }}); for (let i = 0; i < 2; i++) s = s + v('p') + v('q'); s",
		"const o = {s: 'a'}; for (let i = 0; i < 3; i++) o.s = o.s + 'b' + i; o.s",
		"const a = ['x']; for (let i = 0; i < 3; i++) { a[0] = a[0] + 'b' + i } a[0]",
		"var s; for (const x of 'ab') s = s + x; s",
		"let s = ''; for (const x of ['a', 'é', 1]) { s = `${s}${x},`; log(s) }",
		"let s = ''; for (const x of ['a', 'é', 1]) { s = `${s}`; s = `${s}x` } s",
		"for (let s of [1, null, {toString() { log('t'); return 't' }}, 'é']) { for (const x of 'ab') { s = `${s}${x}${(s = 'new')}`; log(s) } }",
		"let s = {toString() { log('s'); return 's' }}; const v = {toString() { log('v'); return 'v' }}; for (let i = 0; i < 2; i++) s = `${s}${v}`; s",
		"const o = {get s() { log('get'); return 'x' }, set s(v) { log('set', v) }}; for (let i = 0; i < 2; i++) o.s = `${o.s}a`",
		"let s = Symbol('q'); for (;;) {\n  s = `${s}${nobody}` }",
		"let s = 'a'; for (;;) {\n  s = `${s}${\nSymbol()}` }",
		"for (let i = 0; i < 2; i++) { function g() { return i }; s = (typeof s === 'string' ? s : '') + 'a' + g(); s += g() } s",
		"let s = ''; const all = []; for (let i = 0; i < 3; i++) { s += i; all.push(() => s + i) } all.map(f => f()).join()",
		"let s = ''; const all = []; for (const x of 'abc') { all.push(() => { for (const y of 'de') s += x + y; return s }) } all.map(f => f()).join()",
		"let s = '', i = 0; for (;;) { try { s += 'a'; if (i++ > 2) break; continue } finally { s += 'f' } } s",
		"(() => { 'use strict'; for (const x of 'ab') { this.s += x } return typeof this.s })()",
		"let s = ''; const f = n => { if (n) { s += n; f(n - 1); s += '-'; f(n - 1) } }; f(3); s",
		"let a = '', b = '', c = ''; for (let i = 0; i < 5; i++) { a += i; b += a; c = a; c += 'c'; log(a, b, c) }",
		"const all = []; for (let i = 0; i < 20; i++) { all[i] = 'x' } for (let j = 0; j < 3; j++) for (let i = 0; i < 20; i++) { all[i] += i } all.join()",
		"let s = 'ab', t = s; for (let i = 0; i < 3; i++) { s += 'S'; t += 'T'; log(s, t) } let u = s; u += 'u'; s += 's'; log(u, s)",

		// Errors, with their places.
		"const s = ''; for (let i = 0; i < 3; i++) {\n  s += 'a' }",
		"const s = ''; const f = () => {\n  s += 'a' }; try { f() } catch (e) { log(stack(e.stack)) }",
		"const f = () => {\n  s += 'a' }; try { f() } catch (e) { log(stack(e.stack)) } let s = ''; f(); s",
		"for (;;) {\n  nobody += 'a' }",
		"'use strict'; for (;;) {\n  nobody = 1; nobody += 'a' }",
		"let o; for (;;) {\n  o.s += 'a' }",
		"let o = {}; for (;;) {\n  o.p.s += 'a' }",
		"let o = {}; for (;;) {\n  o.p[\n o.q] += 'a' }",
		"let o = null; for (;;) {\n  o['s'] += 'a' }",
		"'use strict'; const o = Object.freeze({s: ''}); for (;;) {\n  o.s += 'a' }",
		"'use strict'; const o = {get s() { return '' }}; for (;;) {\n  o.s += 'a' }",
		"const o = {get s() {\n throw new Error('g') }}; for (;;) {\n  o.s += 'a' }",
		"const o = {get s() { return 'x' }, set s(v) {\n throw new Error(v) }}; for (;;) {\n  o.s += 'a' }",
		"const o = {s: 'x'}; for (;;) {\n  o.s += {toString() {\n throw new Error('t') }} }",
		"let s = 'a'; for (;;) {\n  s = s +\n 'x' + {toString() {\n throw new Error('t') }} }",
		"let s = 'a'; for (;;) {\n  s +=\n f() } function f() { throw new Error('f') }",
		"let s = 'a'; for (;;) {\n  s +=\n  Symbol() }",
		"let s = 'a'; for (;;) {\n  s = s +\n Symbol() }",
		"let s = 'a'; for (;;) {\n s += nobody.x }",
		"class A { #s = ''; f(o) { for (;;) {\n o.#s += 'a' } } } new A().f({})",
		"class A { f() { for (;;) {\n this.x.y += 'a' } } } new A().f()",
		"class A extends Object { constructor() { for (;;) {\n this.x += 'a' } } } new A()",
		"let n = 0, s = ''; try { (function f() { n++; s += 'a'; f() })() } catch (e) { log(e.constructor.name) } s",
	}
	for _, source := range sources {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			want := observe(t, source, false, 1)
			for _, long := range []int{1, 2, 4, 0} {
				if got := observe(t, source, true, long); got != want {
					t.Errorf("text is long from %d: got\n%s\nwant\n%s", long, got, want)
				}
			}
		})
	}
}

// generator makes small programs that append, out of random numbers.
type generator struct {
	*rand.Rand
	out   strings.Builder
	depth int
}

func (g *generator) pick(items ...string) string { return items[g.IntN(len(items))] }

func (g *generator) target() string {
	return g.pick("s", "t", "u", "v", "o.p", "o.q", "o[k]", "o['p']", "this.r", "o.o.p", "get().p", g.pick("c", "tdz", "v"), "a[i % 3]", "g", "w.x", "s", "s", "o.p", "a[1]", "t")
}

func (g *generator) value() string {
	switch g.IntN(14) {
	case 0:
		return "cut(" + g.target() + ")" // so that text cannot double in every round
	case 1:
		return "cut(" + g.target() + ") + " + g.value()
	case 2:
		return "cut(" + g.append() + ")"
	case 3:
		return g.pick("obj('A', 1)", "obj('B', 'é')", "obj('C', {})", "boom()", "f(1)", "Symbol.iterator", "null", "undefined", "1n")
	case 4:
		return "`<${" + g.value() + "}>`"
	case 5:
		return g.pick("s.length", "cut(t).slice(1)", "cut(s).slice(0, -1)", "[cut(s), cut(t)].join()", "s == t", "s < t", "i")
	case 6:
		return g.value() + " + " + g.value()
	case 7:
		return "cut(s = " + g.pick("''", "t", "u", "'long'.repeat(9)", "1") + ")"
	}
	return g.pick("'a'", "'bc'", "'é'", "'\\ud83d'", "'\\ude00'", "''", "1", "1.5", "true", "'日本'", "'x'")
}

func (g *generator) append() string {
	t := g.target()
	switch g.IntN(5) {
	case 0:
		return t + " = " + t + " + " + g.value()
	case 1:
		return t + " = " + t + " + " + g.value() + " + " + g.value()
	case 2:
		return t + " = `${" + t + "}" + g.pick("", "x", "é") + "${" + g.value() + "}`"
	}
	return t + " += " + g.value()
}

func (g *generator) statement() {
	if g.depth++; g.depth > 3 {
		g.out.WriteString(g.append() + "\n")
		g.depth--
		return
	}
	switch g.IntN(10) {
	case 0:
		g.body("for (let i = 0; i < 3; i++)")
	case 1:
		g.body("[1, 'y'].forEach((x, i) =>")
	case 2:
		g.out.WriteString("try {\n")
		g.statement()
		g.out.WriteString("} catch (e) { log(stack(String(e && e.stack))) }\n")
	case 3:
		g.out.WriteString("log(" + g.value() + ")\n")
	case 4:
		g.body("(function (s, i = 0) ")
	case 5:
		g.out.WriteString(g.pick("t = s", "u = o.p", "o.p = s", "a[0] = t", "s = s.toUpperCase()", "v = ''", "o = {p: s, o: o}") + "\n")
	case 6:
		g.body("if (i < 2)")
	default:
		g.out.WriteString(g.append() + "\n")
	}
	g.depth--
}

func (g *generator) body(head string) {
	g.out.WriteString(head + " {\n")
	for range 1 + g.IntN(3) {
		g.statement()
	}
	switch {
	case strings.HasPrefix(head, "["):
		g.out.WriteString("})\n")
	case strings.HasPrefix(head, "("):
		g.out.WriteString("}).call(o, t)\n")
	default:
		g.out.WriteString("}\n")
	}
}

const preamble = `let s = 'a', t = 'é', u = 1, v, k = 'p', i = 0, a = ['', 'x', 1], n = 0
var g = ''
const c = 'const'
let o = {p: '', q: 'q', r: '', o: {p: 'inner'}}
const w = {get x() { log('get'); return s }, set x(v) { log('set', v) }}
const get = () => { log('get o'); return o }
const obj = (name, v) => ({toString() { log(name, s); s += name; return v }})
const boom = () => { throw new Error('boom') }
const cut = x => typeof x == 'string' && x.length > 50 ? x.slice(-10) : x
const f = x => { if (++n > 9) return n; s += 'f'; t = t + x + s.length; o.p += x; return x }
`

func FuzzAppends(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed, uint8(seed%5))
	}
	f.Fuzz(func(t *testing.T, seed uint64, long uint8) {
		g := &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
		g.out.WriteString(preamble)
		for range 1 + g.IntN(8) {
			g.statement()
		}
		g.out.WriteString("let tdz = ''\nlog(s, t, u, v, g, JSON.stringify(o), a.join())")
		source := g.out.String()
		want := observe(t, source, false, 1)
		if got := observe(t, source, true, int(long)); got != want {
			t.Errorf("%s\n\ngot\n%s\nwant\n%s", source, got, want)
		}
	})
}
