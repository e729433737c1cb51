package rewrite

import (
	"testing"

	"github.com/dop251/goja"
)

// Methods find matches one after the other, whichever of goja's engines is used.
func TestMethodsMatchOneByOne(t *testing.T) {
	t.Parallel()
	tests := []struct{ source, want string }{
		// Text is split by empty matches, but not at the end of the match before.
		{`'日本 語'.split(/\s*/).join('|')`, "日|本|語"},
		{`'日本 語'.split(RegExp('\\s*')).join('|')`, "日|本|語"},
		{`const p = '\\s*'; '日本 語'.split(new RegExp(p)).join('|')`, "日|本|語"},
		{`'aab\nbb'.split(/\w?\B/g).join('|')`, "||b\n|b"},
		{`'日ab'.split(/(?=b)|a/).join('|')`, "日|b"},
		{`'日本'.split(/(?:)/).join('|') + '日本'.split(/本*$/).join('|')`, "日|本日|"},
		{`JSON.stringify('日1本'.split(/(\d)|(x)?/))`, `["日","1",null,"本"]`},
		{`JSON.stringify('日1本'.split(/(?<n>\d)|y*/))`, `["日","1","本"]`},
		{`'日本 語'.split(/\s*/, 2).join('|') + '日本'.split(/x*/, -1).length + '日本'.split(/x*/, 0).length`, "日|本20"},
		{`'😀a'.split(/x*/u).length + '' + '😀a'.split(/x*/).length`, "23"},
		{`'日本ABC語'.split(/\b/).join('|') + '日A'.split(/\B/).join('|') + 'ab cd'.split(/\b/).join('|')`, "日本|ABC|語日Aab| |cd"},
		{`''.split(/x*/).length + '' + ''.split(/(?=x)/).length`, "01"},
		{`const r = /,(?=b)/g; r.lastIndex = 1; ['a,b,c'.split(r).join('|'), r.lastIndex, r[Symbol.split](1.5).join()].join()`, "a|b,c,1,1.5"},

		// Sticky patterns, and patterns from variables, of which there may be many.
		{`for (let i = 0; i < 200; i++) { const r = new RegExp('x' + i + '|,', 'y'); if ('a,b'.split(r).join('') !== 'ab' || r.source !== 'x' + i + '|,') throw i }`, "undefined"},
		{`'a\r\nb'.replace(/\w?/gy, '<$&>')`, "<a><>\r<>\n<b><>"},
		{`'日a'.match(/a?/gy).join('|') + '日a'.match(/日/y).index + /b/gy[Symbol.match]('ab')`, "|a|0null"},
		{`'aab'.replace(/a|(?<n>b)/gy, (...all) => all.length + all[2] + '.')`, "5.6.7."},
		{`const r = /a?/y; r.lastIndex = 1; ['baab'.replace(r, '-'), r.lastIndex, 'b'.replace(r, '-'), r.lastIndex].join()`, "b-ab,2,b,0"},

		// Without g, only the first match is replaced.
		{`'日本語'.replace(/(?!x)./u, '-')`, "-本語"},
		{`'日本語'.replace(/(?<=日)(?<n>.)/u, '[$<n>$&$1]')`, "日[本本本]語"},
		{`'日本語'.replace(new RegExp('(?!x).', 'u'), (m, at) => m + at)`, "日0本語"},
		{`const p = '(?!x).'; '日本語'.replace(new RegExp(p, 'u'), '-')`, "-本語"},
		{`'日本語'.replace(/(?!x)./gu, '-')`, "---"},

		// What scripts themselves put there remains.
		{`const r = /a/y; r.exec = () => null; 'a'.replace(r, 'b') + r[Symbol.match]('a')`, "anull"},
		{`const r = /a/y; RegExp.prototype[Symbol.split].name + RegExp.prototype[Symbol.replace].name`, "[Symbol.split][Symbol.replace]"},
		{`try { /a/y[Symbol.replace].call(1, 'a') } catch (e) { e.name }`, "TypeError"},
	}
	for _, tt := range tests {
		if got := evaluate(t, tt.source); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.source, got, tt.want)
		}
	}
}

// When this fails, goja does one of it right, and that part of methods.go can go.
func TestGojaMatchesAllAtOnce(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		`'日本 語'.split(/\s*/).length === 3`,
		`'ab'.replace(/x?/gy, '-') === '-a-b-'`,
		`'日本語'.replace(/(?!x)./u, '-') === '-本語'`,
	} {
		if v, err := goja.New().RunString(source); err != nil || v.ToBoolean() {
			t.Errorf("%s: %v, %v", source, v, err)
		}
	}
}

// Splitting a text by a pattern that goja splits by as it should costs no more.
func BenchmarkSplit(b *testing.B) {
	for name, source := range map[string]string{
		"plain": `const t = 'ab, cd, ef, '.repeat(1000); for (let i = 0; i < 20; i++) t.split(/, /)`,
		"words": `const t = 'ab, cd, ef, '.repeat(1000); for (let i = 0; i < 20; i++) t.split(/\b/)`,
		"empty": `const t = 'ab, cd, ef, '.repeat(1000); for (let i = 0; i < 20; i++) t.split(/,? */)`,
		"kanji": `const t = '日本, 語, '.repeat(1000); for (let i = 0; i < 20; i++) t.split(/,? */)`,
		"lines": `for (let i = 0; i < 2000; i++) 'ab, cd'.split(/, */)`,
	} {
		b.Run(name, func(b *testing.B) {
			p, err := compile(source, true)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := newMachine(b, longText).run(p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
