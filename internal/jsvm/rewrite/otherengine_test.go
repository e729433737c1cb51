package rewrite

import (
	"testing"

	"github.com/dop251/goja"
)

// What a pattern matches does not depend on which of goja's engines reads it.
func TestOtherEngine(t *testing.T) {
	t.Parallel()
	tests := []struct{ source, want string }{
		// The end of a line, with the flag m.
		{`'a\r\nb'.match(/^.*$/gm).join('|')`, "a||b"},
		{`'a: 1\r\nb: 2\r\n'.match(/^(\w): (\d)$/m).slice(1).join()`, "a,1"},
		{`[...'a: 1\r\nb: 2\rc: 3\u2028d: 4'.matchAll(/^(\w): (\d)$/gm)].map((m) => m[1] + m[2]).join()`, "a1,b2,c3,d4"},
		{`'a\rb'.replace(/^/gm, '> ')`, "> a\r> b"},
		{`'a\r\nb'.split(/$/m).length`, "3"},
		{`/^$/m.test('a\r\rb')`, "true"},
		{`/^b(?=c)/m.test('a\rbc')`, "true"},
		{`/[$^]b/m.test('a\r$b')`, "true"},
		{`/\$b/m.test('a\r$b')`, "true"},
		{`new RegExp('^b$', 'm').test('a\r\nb\r\n')`, "true"},
		{`const p = '^b$', f = 'm'; new RegExp(p, f).test('a\r\nb\r\n')`, "true"},
		{`/a$(?!x)/.test('a\n')`, "false"},
		{`/^a$/m.source + new RegExp('^a$', 'm')`, "^a$/^a$/m"},

		// The boundary of a word is one between ASCII and all else.
		{`'日本ABC語'.replace(/\bABC\b/g, '-')`, "日本-語"},
		{`'日本ABC語'.replace(/\bABC\b(?!x)/, '-')`, "日本-語"},
		{`const r = /\b\w+\b/g; let m, all = []; while ((m = r.exec('日A本B')) !== null) all.push(m[0] + m.index); all.join()`, "A1,B3"},
		{`/é\b(?=t)/.test('été')`, "true"},
		{`/a\Bé(?=)/.test('aé')`, "false"},
		{`/\Bé(?=)/.test('éé')`, "true"},
		{`/[\b](?=)/.test('\b')`, "true"},
		{`/(?<=\b)é/.test('aé')`, "true"},
		{`'foo bar'.replace(/\b(?=b)/, '-')`, "foo -bar"},
		{`new RegExp('\\bABC(?=)').test('日ABC')`, "true"},
		{`const p = '\\bABC(?=)'; new RegExp(p).test('日ABC') + '' + RegExp(p).test('日ABC')`, "truetrue"},
		{`const p = 'a', u = undefined; new RegExp(p, u).flags + new RegExp(p).flags + new RegExp(/b/g, u).flags`, "g"},

		// A dot is no end of a line.
		{`/a.(?=b)/.test('a\u2028b')`, "false"},
		{`/a.(?=b)/s.test('a\u2028b')`, "true"},
		{`/a\.(?=b)/.test('a.b')`, "true"},
		{`/[.](?=b)/.test('\u2028b')`, "false"},

		// A sticky match begins at one place.
		{`const r = /a|b/y; r.lastIndex = 1; [r.test('ab'), r.lastIndex, r.test('ab'), r.lastIndex].join()`, "true,2,false,0"},
		{`'aab'.replace(/a/y, 'x') + 'aab'.replace(/a/gy, 'x') + 'baa'.replace(/a/gy, 'x')`, "xabxxbbaa"},
		{`('aab'.match(/a/gy) + '|' + 'baa'.match(/a/gy) + '|' + 'baa'.match(/a/y))`, "a,a|null|null"},
		{`const r = /(?<n>\d+)|\s*/uy; r.lastIndex = 2; const m = r.exec('é 12'); m.groups.n + m.index`, "122"},
		{`[...'ab1'.matchAll(/[a-z]/gy)].join()`, "a,b"},
		{`'ab1c'.search(/[0-9]/y) + '' + 'a1b'.split(/\d/y).join()`, "-1a,b"},
		{`const r = /\d/y; r.lastIndex = 1; ['a1b2c'.split(r).join(), 'a1b2c'.split(r, 2).join(), r.lastIndex, r.test('a1')].join(' ')`, "a,b,c a,b 1 true"},
		{`const r = new RegExp('(\\d)', 'gy'); 'a1b'.split(r).join() + RegExp.prototype[Symbol.split].call(r, 'c2d')`, "a,1,bc,2,d"},
		{`class Dashed extends RegExp { [Symbol.split](text) { return [text + '-'] } }; 'a'.split(new Dashed('a', 'y')) + 'a1b'.split(/\d/) + 'a1b'.split('1')`, "a-a,ba,b"},
		{`const r = /^b/my; r.lastIndex = 2; r.test('a\nb')`, "true"},
		{`const r = /(a)\1/y; r.lastIndex = 1; r.test('baa')`, "true"},
		{`const r = new RegExp('😀', 'uy'); r.lastIndex = 2; r.test('😀😀') + r.source + r.flags`, "true😀uy"},
		{`/a|b/y.source + /a|b/y + RegExp('a|b', 'y')`, "a|b/a|b/y/a|b/y"},
		{`/\G/y.test('G')`, "true"},

		// Classes that differ in surrogates.
		{`'é<日本😀>'.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g, '-')`, "é<日本->"},
		{`'a😀b'.replace(new RegExp('[\\ud800-\\udbff][\\udc00-\\udfff]', 'g'), '') + /[\uD800-\uDBFF][\uDC00-\uDFFF]/g`, "ab/[\\uD800-\\uDBFF][\\uDC00-\\uDFFF]/g"},
		{`'😀🧀é🀄'.replace(/\uD83E[\uDD10-\uDDFF]|\uD83C[\uDC00-\uDC0F]|\uD83D[\uDE00-\uDE4F]/g, (m) => m.codePointAt(0).toString(16))`, "1f6001f9c0é1f004"},
		{`'a\ud800b\udc00😀'.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?:[^\ud800-\udbff]|^)[\udc00-\udfff]/g, '?')`, "a??😀"},
		{`'😀a'.match(/(?:[\ud800-\udbff][\udc00-\udfff])+|[^\ud800-\udfff]/g).map((m) => m.length).join()`, "2,1"},
		{`'\ud83dꀀꀂ😀'.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '-').length + '' + 'ꀀ\udc00'.search(/[^\ud800-\udbff][^\udc00-\udffe]/g)`, "4-1"},
		{`/[^\ud800-\udbff][^\udc00-\udffe]/g[Symbol.match]('ꀀꀂꀀ')[0] + /[\u3000-\udbff][\u3000-\udfff]/g[Symbol.match]('ꀀꀂ')`, "ꀀꀂꀀꀂ"},

		// Surrogates behind something else, and the same in two characters.
		{`'xa😀a😀'.replace(/[ab]😀/g, '-') + 'a😀b'.split(/.😀/).join('|')`, "x--|b"},
		{`'日 😀é'.replace(/\s\ud83d\ude00/g, '') + '日x😀'.replace(new RegExp('(x|y)😀', 'g'), '$1')`, "日é日x"},
		{`const r = /[ab]😀/y; r.lastIndex = 1; r.test('xa😀') + '' + r.lastIndex + /[ab]😀/.source`, "true4[ab]😀"},
		{`'x😀a'.replace(/😀|a/g, '-') + /[😀a]b/g[Symbol.match]('日ab')`, "x--ab"},

		// Groups with names.
		{`/(?<n>\d)/u.exec('日1').groups.n + '日1'.match(/(?<n>\d)/u).groups.n`, "11"},
		{`[...'日1'.matchAll(/(?<n>\d)/gu)][0].groups.n + new RegExp('(?<n>\\d)', 'u').exec('日2').groups.n`, "12"},
		{`'日1'.replace(/(?<n>\d)/u, '[$<n>]') + /(?<n>a)/u.source`, "日[1](?<n>a)"},
	}
	for _, tt := range tests {
		if got := evaluate(t, tt.source); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.source, got, tt.want)
		}
	}
}

// When this fails, goja does one of it right, and that part of otherengine.go can go.
func TestGojaMatchesOtherwise(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		`/^b/m.test('a\rb') || /a$/m.test('a\r')`,
		`/é\b(?=t)/.test('été')`,
		`!/a.(?=b)/.test('a\u2028b')`,
		`/(?=)[\ud800-\udbff][\udc00-\udfff]/.test('😀')`,
		`/[ab]😀(?=)/.test('a😀')`,
		`/(?<n>a)/u.exec('日a').groups !== undefined`,
	} {
		if v, err := goja.New().RunString(source); err != nil || v.ToBoolean() {
			t.Errorf("%s: %v, %v", source, v, err)
		}
	}
}

// Reading a text by sticky patterns takes a time in proportion to its length.
func TestStickyPatternsLookAtOnePlace(t *testing.T) {
	t.Parallel()
	const source = `
		const text = 'a'.repeat(100000), rules = [/x+/y, /[0-9]+/y, /(?<w>a)/y]
		let at = 0, n = 0
		while (at < text.length) {
			for (const rule of rules) {
				rule.lastIndex = at
				const m = rule.exec(text)
				if (m) { at += m[0].length; n++; break }
			}
			if (at > 2000) break
		}
		n`
	if got := evaluate(t, source); got != "2001" {
		t.Errorf("got %s", got)
	}
}

func BenchmarkSticky(b *testing.B) {
	m := newMachine(b, longText)
	p, err := compile(`const r = /x+/y, text = 'a'.repeat(100000); for (let i = 0; i < 100; i++) { r.lastIndex = 1; r.test(text) }`, true)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := m.run(p); err != nil {
			b.Fatal(err)
		}
		m = newMachine(b, longText)
	}
}

// A pattern that goja takes is one that it takes as it is corrected.
func FuzzCorrected(f *testing.F) {
	for _, s := range []string{`^a$`, `\b[\b]\B`, `(?<n>.)\k<n>`, `[^]`, `[]`, `\p{L}(?=.)`, `a{2}|(?:)`, `\\`, `[\]]$`, `(?<=^)`, `[\ud800-\udbff][^\udc00-\udfff]`, `[^\W_-\S^]\D`} {
		f.Add(s, "gmy")
		f.Add(s, "i")
	}
	f.Fuzz(func(t *testing.T, pattern, flags string) {
		vm := goja.New()
		compiles := func(pattern string) bool {
			_, err := vm.New(vm.Get("RegExp"), vm.ToValue(pattern), vm.ToValue(flags))
			return err == nil
		}
		if changed, err := corrected(pattern, flags, maxExpanded); err == nil && changed != pattern && compiles(pattern) && !compiles(changed) {
			t.Errorf("/%s/%s became %s", pattern, flags, changed)
		}
	})
}
