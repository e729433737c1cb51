package jsvm

import (
	"os"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

// What the language does is what it does elsewhere: testdata/language.txt has scripts, and
// below each the value that Node.js gives it.
func TestLanguage(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/language.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		source, want := lines[i], strings.TrimPrefix(lines[i+1], "\t")
		if got := shown(t, source); got != want {
			t.Errorf("%s\n\tgives %s\n\twant  %s", source, got, want)
		}
	}
	if len(lines) < 400 {
		t.Errorf("only %d lines", len(lines))
	}
}

// shown returns what a script gives, as showSource writes it.
func shown(t *testing.T, source string) (text string) {
	t.Helper()
	m := new(Machine)
	err := m.Run(t.Context(), new(Watch), 2000, &fakeGlobals{}, func() error {
		for _, s := range []string{showSource, source} {
			p, err := Compile("task.js", []byte(s))
			if err != nil {
				return err
			}
			v, err := m.Load(p)
			if err != nil {
				return err
			}
			if s == source { // what waits for a promise has run by now
				v, err = m.Function("$show")(goja.Undefined(), v)
				text = v.String()
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err.Error()
	}
	return text
}

const showSource = `function $show(v) {
	if (typeof v === 'string') return JSON.stringify(v)
	if (typeof v === 'bigint') return v + 'n'
	if (typeof v === 'function') return 'fn'
	if (typeof v === 'symbol') return 'sym'
	if (Object.is(v, -0)) return '-0'
	if (v === null || typeof v !== 'object') return String(v)
	if (!Array.isArray(v)) return '{' + Object.keys(v).map((k) => k + ':' + $show(v[k])).join(',') + '}'
	const items = []
	for (let i = 0; i < v.length; i++) items.push(i in v ? $show(v[i]) : '<hole>')
	return '[' + items.join(',') + ']'
}`
