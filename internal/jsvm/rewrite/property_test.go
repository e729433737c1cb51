package rewrite

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/language"
)

func TestProperties(t *testing.T) {
	t.Parallel()
	tests := []struct{ pattern, flags, matches, others string }{
		{`\p{L}`, "u", "aZéßñжあア漢ー𠮷", "1 _-、😀"},
		{`\P{L}`, "u", "1 _-、😀", "aZéあ𠮷"},
		{`\p{Letter}`, "u", "aé", "1"},
		{`\p{Lu}`, "u", "AÉЖ", "aéж1"},
		{`\p{gc=Lu}`, "u", "AÉ", "aé"},
		{`\p{General_Category=Uppercase_Letter}`, "u", "AÉ", "aé"},
		{`\p{N}`, "u", "1٣½Ⅷ①", "a"},
		{`\p{Nd}`, "u", "1٣０", "½Ⅷ①"},
		{`\p{P}`, "u", "!-_、。「", "a+$"},
		{`\p{S}`, "u", "+$¥€°", "a!"},
		{`\p{Zs}`, "u", " \u00a0\u3000", "\na"},
		{`\p{Cc}`, "u", "\x00\n\u0085", "a"},
		{`\p{Script=Han}`, "u", "漢字々𠮷", "あアa、"},
		{`\p{sc=Hani}`, "u", "漢々", "あ"},
		{`\p{Script=Hiragana}`, "u", "あんゝ", "ア漢ー"},
		{`\p{scx=Kana}`, "u", "アーｱﾞ・、", "あ漢a"},
		{`\p{Script_Extensions=Greek}`, "u", "αΩ", "aж"},
		{`\p{sc=Latin}`, "u", "aéŁ", "жα1"},
		{`\p{Alphabetic}`, "u", "aéあⅧⓐ", "1-"},
		{`\p{White_Space}`, "u", " \t\n\u3000\u2028", "a_"},
		{`\p{Uppercase}`, "u", "AⒶⅧ", "aⓐ"},
		{`\p{Lower}`, "u", "aªⓐ", "AⒶ"},
		{`\p{ID_Start}`, "u", "aあⅧ℮", "1_- "},
		{`\p{IDC}`, "u", "a1_あ\u0300", "- ⸯ"},
		{`\p{Default_Ignorable_Code_Point}`, "u", "\u00ad\u200b\ufe0f", "a\ufff9"},
		{`\p{Hex_Digit}`, "u", "09afAFａ", "gG"},
		{`\p{Any}`, "u", "a😀\n", ""},
		{`\p{ASCII}`, "u", "a\x00\x7f", "\u0080é"},
		{`\P{Assigned}`, "u", "\u0378\U0010FFFF", "a"},
		{`\p{Emoji}`, "u", "😀©1#👍", "aあ"},
		{`\p{Emoji_Presentation}`, "u", "😀👍🏽", "©1☀a"},
		{`\p{Extended_Pictographic}`, "u", "😀©☀", "1#🏽"},
		{`\p{RI}`, "u", "🇯🇵", "a😀"},

		{`[\p{L}\p{N}_]`, "u", "aあ1_", "- 😀"},
		{`[^\p{L}\p{N}]`, "u", "- _😀", "aあ1"},
		{`[\P{L}]`, "u", "1😀", "aあ"},
		{`[^\P{L}]`, "u", "aあ", "1😀"},
		{`[\P{L}\p{Lu}]`, "u", "1A", "aあ"},
		{`[^\P{L}\p{Lu}]`, "u", "aあ", "1A"},
		{`[a-c\p{Nd}-]`, "u", "ab1-", "d"},
		{`[-\p{Nd}]`, "u", "1-", "a"},
		{`[\]\p{Nd}[]`, "u", "[]1", "a"},
		{`[\u{1F600}-\u{1F64F}\p{sc=Han}]`, "u", "😀漢", "a"},
		{`[\\\p{Nd}]`, "u", `\1`, "p"},
		{`\\p{1}`, "u", "", "1p"},
		{`(?=\p{L})[^a]`, "u", "bé", "a1"},
		{`(?<!\p{Lu})\p{Nd}`, "u", "1", "a"},
		{`(\p{L})|\1x`, "u", "a", "1"},

		{`\p{Lu}`, "iu", "aAéÉ", "1あ"},
		{`\P{Lu}`, "iu", "aA1あ", ""},
		{`[^\p{Lu}]`, "iu", "1あ", "aA"},
		{`\p{Ll}`, "giu", "aA", "1"},

		{`\p{L}`, "", "", "aé"},
		{`\p`, "", "p", "a"},
		{`[\p{L}]`, "", "p{L}", "aé"},
	}
	const source = `
		const wrong = []
		const check = (re, text, want) => {
			for (const c of text) {
				re.lastIndex = 0
				if (re.test(c) !== want) wrong.push((want ? 'not ' : '') + JSON.stringify(c))
			}
		}
		for (const re of [/%[1]s/%[2]s, new RegExp(pattern, flags), RegExp(pattern, flags), new RegExp(...[pattern, flags]), new RegExp(/%[1]s/%[2]s)]) {
			check(re, matches, true)
			check(re, others, false)
			if (re.source !== pattern || String(re) !== '/' + pattern + '/' + flags) wrong.push(String(re))
		}
		wrong.join()`
	for _, tt := range tests {
		t.Run(tt.pattern+"/"+tt.flags, func(t *testing.T) {
			t.Parallel()
			p, err := compile(fmt.Sprintf(source, tt.pattern, tt.flags), true)
			if err != nil {
				t.Fatal(err)
			}
			m := newMachine(t, 0)
			for name, value := range map[string]string{"pattern": tt.pattern, "flags": tt.flags, "matches": tt.matches, "others": tt.others} {
				if err := m.vm.Set(name, value); err != nil {
					t.Fatal(err)
				}
			}
			v, err := m.run(p)
			if err != nil || v.String() != "" {
				t.Errorf("matches %v, %v", v, err)
			}
		})
	}
}

// What a script sees of RegExp is goja's own.
func TestRegExpStaysItself(t *testing.T) {
	t.Parallel()
	p, err := compile(`
		const pattern = '\\p{L}+', flags = 'gu', re = new RegExp(pattern, flags)
		const is = (got, want) => { if (got !== want) throw new Error(got + ', want ' + want) }
		is(re instanceof RegExp, true)
		is(re.constructor, RegExp)
		is(Object.getPrototypeOf(re), RegExp.prototype)
		is(RegExp.prototype.constructor, RegExp)
		is(RegExp[Symbol.species], RegExp)
		is(RegExp.name + RegExp.length, 'RegExp2')
		is(Object.getPrototypeOf(RegExp), Function.prototype)
		is(re.flags, 'gu')
		is(re.lastIndex, 0)
		is('añ1ж'.match(re).join(), 'añ,ж')
		is('añ1ж'.replace(re, '<$&>'), '<añ>1<ж>')
		is('1a2é3'.split(re).join(), '1,2,3')
		is([...'a1é'.matchAll(re)].length, 2)
		is(re.exec('1é').index, 1)
		re.lastIndex = 1
		is(new RegExp(pattern, flags).lastIndex, 0)
		is(RegExp(re), re)
		is(RegExp(re, undefined), re)
		is(new RegExp(re, 'u') === re, false)
		is(new RegExp(re, 'u').test('é'), true)
		is(new RegExp(re, 'u').global, false)
		is(Object.getOwnPropertyNames(re).join(), 'lastIndex')
		is(Object.getOwnPropertyDescriptor(RegExp.prototype, 'source').get.name, 'get source')
		is(RegExp.prototype.toString.name, 'toString')
		is(RegExp.prototype.source, '(?:)')
		is(Object.keys(RegExp.prototype).length, 0)
		class Sub extends RegExp { constructor(p, f) { super(p, f) } both() { return this.source + this.flags } }
		const sub = new Sub('a', 'u')
		is(sub instanceof Sub && sub instanceof RegExp, true)
		is(sub.both(), 'au')
		is('bab'.split(sub).join(), 'b,b')
		let seen = ''
		try { new RegExp({toString() { seen += 'p'; return '\\p{L}' }}, {toString() { seen += 'f'; return 'u' }}) } finally { is(seen, 'pf') }
		for (const f of [() => new RegExp('\\p{L}(', 'u'), () => RegExp('\\p{Nope}', 'u'), () => new RegExp('\\pL', 'u')]) {
			try { f(); is(f, 'a SyntaxError') } catch (e) { is(e instanceof SyntaxError, true) }
		}
		is(new RegExp('\\p{L}', 'u').test('\ud83d'), false)
		is(new RegExp('\ud83d\\P{L}', 'u').source.length, 6)
		;(RegExp => { is(new RegExp('\\p{L}', 'u').x, '\\p{L}u'); is(RegExp('\\p{L}', 'u'), undefined) })(function (p, f) { if (new.target) this.x = p + f })
		for (let i = 0; i < 200; i++) is(new RegExp('\\p{Lu}' + i, 'u').test('É' + i), true)
	`, true)
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(t, 0)
	if _, err := m.run(p); err != nil {
		t.Error(err)
	}
	if n := len(m.hooks.regExps.made); n > maxMade {
		t.Errorf("%d patterns are kept", n)
	}
}

func TestPropertyErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ pattern, message string }{
		{`\p{Nope}`, `unknown Unicode property "Nope"`},
		{`\p{letter}`, `unknown Unicode property "letter"`},
		{`\p{Script=Nope}`, `unknown Unicode property "Script=Nope"`},
		{`\p{Han}`, `unknown Unicode property "Han"`},
		{`\p{Other_Alphabetic}`, `unknown Unicode property "Other_Alphabetic"`},
		{`\p{L=Lu}`, `unknown Unicode property "L=Lu"`},
		{`\p{}`, `unknown Unicode property ""`},
		{`\pL`, `a property is written \p{…}`},
		{`a\p`, `a property is written \p{…}`},
		{`\p{L`, `a property is written \p{…}`},
		{`[\p{L}-z]`, "a property cannot be the end of a range"},
		{`[a-\p{L}]`, "a property cannot be the end of a range"},
		{strings.Repeat(`\p{L}`, 500), "too many Unicode properties"},
	}
	for _, tt := range tests {
		_, err := compile("let a = 1\n  let b = /"+tt.pattern+"/u", true)
		e, ok := errors.AsType[*SyntaxError](err)
		if !ok || !strings.HasSuffix(e.Message, ": "+tt.message) || e.Position.Line != 2 || e.Position.Column != 11 {
			t.Errorf("%.50s: %.200v", tt.pattern, err)
		}
		if _, err := expand(tt.pattern, maxExpanded); err == nil || err.Error() != tt.message {
			t.Errorf("%.50s: %v, want %s", tt.pattern, err, tt.message)
		}
	}
	many := strings.Repeat("/\\p{L}/u;\n", 1000)
	if _, err := compile(many, true); err == nil || !strings.HasSuffix(err.Error(), "too many Unicode properties") {
		t.Errorf("a thousand of them: %.200v", err)
	}
}

// RegExp is asked for only where there may be something to correct.
func TestRegExpUntouched(t *testing.T) {
	t.Parallel()
	tests := []struct {
		source    string
		untouched bool
	}{
		{`/a/u; /\p{L}/; /\\p/.test('a')`, true},
		{`new RegExp('a', 'u'); RegExp('a', 'g')`, true},
		{`RegExp()`, true},
		{`const p = 'a'; new RegExp(p)`, false},
		{`const p = 'a'; RegExp(p, 'i')`, false},
		{`RegExp.prototype; const R = RegExp; new R('a', 'u')`, true},
		{`with ({}) { new RegExp('\\p{L}', 'u') }`, true},
		{`const p = 'a'; new RegExp(p, 'u')`, false},
		{`const f = 'g'; new RegExp('\\P{L}', f)`, false},
		{`/\p{L}/u`, false},
		{`/a+|b/g; /a\b/; /^a$/; /a*/; /(?!a)/g; new RegExp('a+', 'g'); new RegExp('a*', 'i')`, true},
		{`const p = 'a'; RegExp(p, 'gi')`, false},
		{`const f = 'g'; RegExp('a?', f)`, false},
		{`/a*/g`, false},
		{`/\ba/g`, false},
		{`/a$/m`, false},
		{`/a/y`, false},
	}
	for _, tt := range tests {
		p, err := compile(tt.source, true)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.changes.None(); got != tt.untouched {
			t.Errorf("%s: untouched: %v", tt.source, got)
		}
	}
}

func TestScripts(t *testing.T) {
	t.Parallel()
	known := make(map[*unicode.RangeTable]bool)
	for _, pair := range strings.Fields(scriptCodes) {
		code, name, ok := strings.Cut(pair, "=")
		if _, err := language.ParseScript(code); err != nil && code != "Qaac" && code != "Qaai" {
			t.Errorf("%s: %v", code, err)
		}
		table := unicode.Scripts[name]
		if !ok || table == nil || scriptTable(code) != table || scriptTable(name) != table {
			t.Errorf("%s: a script that Go does not have", pair)
		}
		known[table] = true
	}
	for name, table := range unicode.Scripts {
		if !known[table] && len(name) != 4 {
			t.Errorf("%s has no code", name)
		}
	}
}

func FuzzExpand(f *testing.F) {
	for _, s := range []string{`\p{L}`, `[^\P{Lu}a-z]`, `\\p{L}`, `[\]\p{Nd}-]`, `(?<n>\p{sc=Han})\k<n>`, `[[\p{L}]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		expanded, err := expand(pattern, maxExpanded)
		if err != nil {
			return
		}
		if !hasProperty(pattern) && expanded != pattern {
			t.Errorf("%q became %q", pattern, expanded)
		}
		if again, err := expand(expanded, 2*maxExpanded); err != nil || again != expanded {
			t.Errorf("%q: expanded twice it changes: %v", pattern, err)
		}
	})
}

// Two groups of one name are a syntax error, also where goja would take them and panic later.
func TestGroupsOfOneName(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`try { new RegExp('(?<n>a)(?<n>b)', 'g').exec('ab') } catch (e) { e.name + ': ' + e.message }`: "SyntaxError: Invalid regular expression: /(?<n>a)(?<n>b)/g: two of its groups have the same name",
		`/(?<a>x)(?<b>y)(?<=xy)(?<=xy)(?<!z)(?<!z)/.exec('xy')[2]`:                                     "y",
		`/(?<a>x)[(?<a>]\(?<a>/.source`:                                                                `(?<a>x)[(?<a>]\(?<a>`,
	} {
		if got := evaluate(t, source); got != want {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
	if _, err := compile(`/(?<n>a)|(?<n>b)/g`, true); err == nil || !strings.Contains(err.Error(), "two of its groups have the same name") {
		t.Errorf("a literal: %v", err)
	}
}
