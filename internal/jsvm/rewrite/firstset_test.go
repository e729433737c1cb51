package rewrite

import (
	"testing"

	"github.com/dop251/goja"
)

// A match may begin with an optional item that all characters but one follow.
func TestFirstCharacters(t *testing.T) {
	t.Parallel()
	tests := []struct{ source, want string }{
		{`[...'-1,-2'.matchAll(/-?[^,]+/g)].join('|')`, "-1|-2"},
		{`'日, 本'.match(/\s*[^,]+/g).join('|')`, "日| 本"},
		{`'日 -本'.replace(/(?:-|\+)?[^ ]/g, '<$&>')`, "<日> <-本>"},
		{`'日本語'.match(/日*?[^a]/g).join('|')`, "日|本|語"},
		{`'aab'.match(/(?:a|[^x])(?=)/g).join('|') + /(?:a|[^x]+)b(?=)/.exec('aab')`, "a|a|baab"},
		{`/(?=a)(?<n>a)?([^\n])(?=)/.exec('aab').slice(0, 3).join('|')`, "aa|a|a"},
		{`/^-?[^\x2c]+(?=)/.exec('-a')[0] + /-{0,2}[^\u3000](?=)/i.exec('--a')[0]`, "-a--a"},
		{`/(?:(-)|\+)*[^\]](?=)/u.exec('-+a')[0]`, "-+a"},
		{`const p = '-?[^,]+'; const r = new RegExp(p, 'g'); r.lastIndex = 1; r.exec(',-1')[0] + r.source`, "-1-?[^,]+"},
		{`/a-?[^,]/.source + /a?[^,]/.exec('日')[0]`, "a-?[^,]日"},
	}
	for _, tt := range tests {
		if got := evaluate(t, tt.source); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.source, got, tt.want)
		}
	}
}

func TestMendFirstSet(t *testing.T) {
	t.Parallel()
	const as = "as it is"
	tests := []struct{ pattern, want string }{
		{`-?[^,]`, `-?[^,\uffff]`},
		{`a|[^,]`, `a|[^,\uffff]`},
		{`(?<n>a)?(?:b*(?!c)[^,])[^;]`, `(?<n>a)?(?:b*(?!c)[^,\uffff])[^;]`},
		{`(?:a|b?)[^,]`, `(?:a|b?)[^,\uffff]`},
		{`[^,]`, as},
		{`"([^"]*)"`, as},
		{`^([^:]+):`, as},
		{`(?:a|b)[^,]`, as},
		{`-?[^,;]`, as},
		{`,(?=a?[^"])`, as},
		{`(?<name>)[^,]`, as},
		{`(?<n>a)\s*[^,]`, as},
		{`\b[^,]`, as},
		{`a?`, as},
		{`[[^]`, as},
		{`(?`, as},
		{`(?[^,]`, as},
		{`(?:a(?:b?(?:c?[^,])))`, as},
	}
	for _, tt := range tests {
		want := tt.want
		if want == as {
			want = tt.pattern
		}
		if got := mendFirstSet(tt.pattern); got != want {
			t.Errorf("%s: %s, want %s", tt.pattern, got, want)
		}
	}
}

// When this fails, goja's engine has been mended, and firstset.go can go.
func TestGojaLosesFirstCharacters(t *testing.T) {
	t.Parallel()
	if v, err := goja.New().RunString(`/-?[^,]+(?=)/.exec('-a')[0]`); err != nil || v.String() != "a" {
		t.Errorf("%v, %v", v, err)
	}
}
