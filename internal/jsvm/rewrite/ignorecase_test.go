package rewrite

import (
	"testing"

	"github.com/dop251/goja"
)

// \W, \D and \S match the same with the flag i, alone and in a class.
func TestComplementsIgnoringCase(t *testing.T) {
	t.Parallel()
	tests := []struct{ source, want string }{
		{`'Ask the café: skis?'.replace(/[\W_]+/gi, '-')`, "Ask-the-caf-skis-"},
		{`'é_sk'.replace(/\W/gi, '-') + 'é_sk'.replace(/\w/gi, '-')`, "-_sk" + "é---"},
		{`'é_sk'.replace(/[^\W_]/gi, '-')`, "é_--"},
		{`'é_sk'.replace(/[^\W]/gi, '-')`, "é---"},
		{`'é s\tk\n'.replace(/[^\S\n]/gi, '-')`, "é-s-k\n"},
		{`'é<B>a\nb</b>'.replace(/<b>[\s\S]*<\/b>/gi, '') + 'é'.search(/[^\d\D]/i)`, "é-1"},
		{`'é1sk'.match(/\D+/gi).join('|')`, "é|sk"},
		{`'éS1-^k'.replace(/[\W-s]/gi, '.')`, ".." + "1..k"},
		{`'éS1-^k'.replace(/[\D^]/gi, '.')`, "..1..."},
		{`'é5a-'.replace(/[+-\S5]/gi, '.')`, "...."},
		{`'éA1'.replace(/[\Wa]/gi, '.')`, "..1"},
		{`'é\\W^'.replace(/[\\W^]/gi, '.')`, "é..."},
		{`/\W/iu.test('s') + '' + /[\W\d]/iu.test('K') + /\W/iu.test('ſ')`, "falsefalsefalse"},
		{`'😀s'.replace(/[^\w\S]|\W/giu, '-')`, "-s"},
		{`const p = '\\W', f = 'gi'; 'ésk'.replace(new RegExp(p, f), '-') + RegExp(p, f)`, `-sk/\W/gi`},
		{`/[\s\S]\D/i.source`, `[\s\S]\D`},
	}
	for _, tt := range tests {
		if got := evaluate(t, tt.source); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.source, got, tt.want)
		}
	}
}

// When this fails, goja does it right, and ignorecase.go can go.
func TestGojaMatchesLettersAsOthers(t *testing.T) {
	t.Parallel()
	if v, err := goja.New().RunString(`'ésk'.replace(/\W/gi, '-')`); err != nil || v.String() != "---" {
		t.Errorf("%v, %v", v, err)
	}
}

func BenchmarkComplementIgnoringCase(b *testing.B) {
	p, err := compile(`for (let i = 0; i < 100; i++) 'é sk'.replace(new RegExp('[\\s\\S]\\W', 'gi'), '-')`, true)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := newMachine(b, longText).run(p); err != nil {
			b.Fatal(err)
		}
	}
}
