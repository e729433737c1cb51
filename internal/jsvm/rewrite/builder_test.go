package rewrite

import (
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

// Text that is built in small pieces must not be copied for each of them: all that is
// allocated is a few times the result, where goja alone allocates thousands of times
// as much.
func TestBigTextIsNotCopied(t *testing.T) {
	targets := map[string]string{
		"let":        "let s = ''; for (let i = 0; i < 5000; i++) { s += piece } s",
		"var":        "var s = ''; for (var i = 0; i < 5000; i++) { s += piece } s",
		"undeclared": "s = ''; for (i = 0; i < 5000; i++) { s += piece } s",
		"sum":        "let s = ''; for (let i = 0; i < 5000; i++) { s = s + piece + '\\n' } s",
		"template":   "let s = ''; for (let i = 0; i < 5000; i++) { s = `${s}${piece}` } s",
		"measured":   "let s = ''; for (let i = 0; i < 5000; i++) { s += piece; if (s.length < 0) break } s",
		"while":      "let s = ''; while (s.length < 5000 * piece.length) s += piece; s",
		"local":      "(() => { let s = ''; for (let i = 0; i < 5000; i++) { s += piece } return s })()",
		"parameter":  "(s => { for (let i = 0; i < 5000; i++) { s += piece } return s })('')",
		"unseen":     "let s; s = [''].pop(); const f = x => { s += x }; for (let i = 0; i < 5000; i++) f(piece); s",
		"callback":   "let s = ''; Array(5000).fill(piece).forEach(x => s += x); s",
		"nested":     "(() => { let s = ''; const f = () => { const g = x => { s += x }; for (let i = 0; i < 10; i++) g(piece) }; for (let i = 0; i < 500; i++) f(); return s })()",
		"object":     "const o = {body: ''}; for (let i = 0; i < 5000; i++) { o.body += piece } o.body",
		"element":    "const o = {}, k = 'a b'; o[k] = ''; for (let i = 0; i < 5000; i++) { o[k] += piece } o[k]",
		"path":       "const o = {a: {b: {s: ''}}}; for (let i = 0; i < 5000; i++) { o.a.b.s += piece } o.a.b.s",
		"this":       "class W { s = ''; add(x) { this.s += x } } const w = new W; for (let i = 0; i < 5000; i++) { w.add(piece) } w.s",
		"private":    "class W { #s = ''; add(x) { this.#s += x } get s() { return this.#s } } const w = new W; for (let i = 0; i < 5000; i++) { w.add(piece) } w.s",
		"static":     "class W { static s = ''; static { for (let i = 0; i < 5000; i++) W.s += piece } } W.s",
		"generator":  "const g = (function* () { let s = ''; for (;;) s += yield s })(); let v = g.next().value; for (let i = 0; i < 5000; i++) { v = g.next(piece).value } v",
		"turns":      "let a = '', b = '', c = ''; for (let i = 0; i < 2500; i++) { a += piece; b += i; c += 'c'; b += piece } a + b.slice(-1)",
		"alias":      "let s = '', t; for (let i = 0; i < 5000; i++) { t = s; s += piece } t + piece",
	}
	pieces := map[string]string{
		"ASCII": strings.Repeat("0123456789", 50),
		"UTF16": strings.Repeat("日本語の文章です。！", 50),
	}
	for name, source := range targets {
		for kind, piece := range pieces {
			t.Run(name+"/"+kind, func(t *testing.T) {
				p, err := compile(source, true)
				if err != nil {
					t.Fatal(err)
				}
				m := newMachine(t, 0)
				if err := m.vm.Set("piece", piece); err != nil {
					t.Fatal(err)
				}
				var before, after goruntime.MemStats
				goruntime.ReadMemStats(&before)
				v, err := m.run(p)
				goruntime.ReadMemStats(&after)
				if err != nil {
					t.Fatal(err)
				}
				s, ok := v.(goja.String)
				if !ok || s.Length() < 1_250_000 {
					t.Fatalf("the result has %d characters", s.Length())
				}
				bytes := uint64(s.Length())
				if kind == "UTF16" {
					bytes *= 2
				}
				if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 15*bytes {
					t.Errorf("allocated %d MB for a text of %d MB", allocated>>20, bytes>>20)
				}
			})
		}
	}
}

// ASCII becomes UTF-16 once, at the first character that is not ASCII.
func TestBigTextChangesOnce(t *testing.T) {
	p, err := compile("let s = ''; for (let i = 0; i < 5000; i++) { s += i == 2500 ? 'é' : ascii } s", true)
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(t, 0)
	ascii := strings.Repeat("x", 499) + "."
	if err := m.vm.Set("ascii", ascii); err != nil {
		t.Fatal(err)
	}
	var before, after goruntime.MemStats
	goruntime.ReadMemStats(&before)
	v, err := m.run(p)
	goruntime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := v.String(), strings.Repeat(ascii, 2500)+"é"+strings.Repeat(ascii, 2499); got != want {
		t.Errorf("got %d bytes, want %d", len(got), len(want))
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 60<<20 {
		t.Errorf("allocated %d MB for 5 MB", allocated>>20)
	}
}

func TestFewBuffers(t *testing.T) {
	t.Parallel()
	p, err := compile("const all = Array(50).fill('x'.repeat(2000)); for (let n = 0; n < 3; n++) for (let i = 0; i < 50; i++) { all[i] += i } all.every((s, i) => s === 'x'.repeat(2000) + i + i + i)", true)
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(t, 0)
	v, err := m.run(p)
	if err != nil || !v.ToBoolean() {
		t.Error(v, err)
	}
	if n := len(m.hooks.appender.buffers); n != maxBuffers {
		t.Errorf("%d buffers are left", n)
	}
}

// Text that the host passes to the script has another representation.
func TestAppendToTextFromGo(t *testing.T) {
	t.Parallel()
	p, err := compile("const all = []; for (let s of [ascii, wide]) { for (const x of ['a', wide, ascii, 'é']) s += x; all.push(s) } all.join('|')", true)
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(t, 0)
	ascii, wide := strings.Repeat("a", 3000), strings.Repeat("日本語😀", 1000)
	if err := m.vm.Set("ascii", ascii); err != nil {
		t.Fatal(err)
	}
	if err := m.vm.Set("wide", wide); err != nil {
		t.Fatal(err)
	}
	v, err := m.run(p)
	if err != nil {
		t.Fatal(err)
	}
	if want := ascii + "a" + wide + ascii + "é|" + wide + "a" + wide + ascii + "é"; v.String() != want {
		t.Errorf("got %d bytes, want %d", len(v.String()), len(want))
	}
}

// A script whose text stays short has no buffers, and one that does not append in a
// way that can grow is not rewritten.
func TestNothingForNothing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		source    string
		rewritten bool
	}{
		{"let s = ''; s += 'a'; s += 'b'; s = s + 'c'", false},
		{"function f(x) { let s = ''; s += x; s += 'b'; return s } f(1); f(2)", false},
		{"for (const x of 'ab') { let s = ''; s += x; s += 'b' }", false},
		{"for (const x of 'ab') { var s = ''; s += x; s += 'b' }", false},
		{"for (let i = 0; i < 3; i += 1) {}", false},
		{"let n = 0; for (const x of [1, 2]) n += x", false},
		{"let n = 0; const f = x => { n += x }; f(1)", false},
		{"const o = {n: 0}; for (const x of [1, 2]) o.n += x", false},
		{"const n = [0, 0]; for (const x of [1, 2]) n[0] += x", false},
		{"const n = new Uint8Array(2); for (const x of [1, 2]) n[0] += x", false},
		{"const n = {}; for (const x of 'ab') { n[x] = (n[x] || 0) + 1 }", false},
		{"class C { n = 0; add(x) { this.n += x } }", false},
		{"let t; for (const x of [1, 2]) { t = 0; t += x * 2 }", false},
		{"with ({s: ''}) { for (const x of 'ab') s += x }", false},
		{"let s; for (const x of 'ab') s += x", true},
		{"for (const x of 'ab') { var s; s += x }", true},
		{"let n = 0; for (const x of 'ab') n += 'x' + x", true},
		{"let n = 0; n = ''; for (const x of 'ab') n += x", true},
		{"function f(s) { return () => { s += 'x' } }", true},
		{"class W { add(x) { this.s += x } }", true},
	}
	for _, tt := range tests {
		p, err := compile(tt.source, true)
		if err != nil {
			t.Fatal(err)
		}
		if p.changes.appends != tt.rewritten {
			t.Errorf("%s: rewritten: %v", tt.source, p.changes.appends)
		}
		m := newMachine(t, 0)
		if _, err := m.run(p); err != nil {
			t.Errorf("%s: %v", tt.source, err)
		}
		if (m.hooks.appender != nil) != tt.rewritten || tt.rewritten && m.hooks.appender.buffers != nil {
			t.Errorf("%s: has buffers", tt.source)
		}
	}
}
