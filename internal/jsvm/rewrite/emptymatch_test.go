package rewrite

import (
	"testing"

	"github.com/dop251/goja"
)

// An empty match that begins where another ends is a match (ECMA-262, 22.2.6.11).
func TestEmptyMatchAfterAMatch(t *testing.T) {
	t.Parallel()
	const source = `
		const wrong = []
		const is = (got, want) => { if (got !== want) wrong.push(got + ', want ' + want) }
		const make = (pattern, flags) => new RegExp(pattern, flags)
		is('aab'.replace(/a*/g, '-'), '--b-')
		is('aab'.replace(/a*/g, () => '-'), '--b-')
		is('aab'.replaceAll(/a*/g, '-'), '--b-')
		is('aab'.replace(make('a*', 'g'), '-'), '--b-')
		is('aab'.replace(make('a*', 'gu'), '-'), '--b-')
		is('aab'.replace(RegExp('a*', 'g'), '-'), '--b-')
		is('aéb'.replace(/\p{L}?/gu, '-'), '----')
		is('ab c'.replace(/\w+|\b/g, '-'), '-- --')
		is('aab'.match(/a*/g).join('|'), 'aa||')
		is([...'aab'.matchAll(/a*/g)].join('|'), 'aa||')
		is('aab'.split(/a*/).join('|'), '|b')
		is('a\nb'.replace(/$/gm, ';'), 'a;\nb;')
		is('  a  '.replace(/^\s*|\s*$/g, ''), 'a')
		is('aab'.replace(/(a)*/g, '[$1]'), '[a][]b[]')
		is('aab'.replace(/(?<x>a)?/g, '$<x>.'), 'a.a..b.')
		is(/a*/g.source + /a*/g + make('a*', 'g').source, 'a*/a*/ga*')
		is('aab'.replace(/a*/, '-'), '-b')
		wrong.join('\n')
	`
	p, err := compile(source, true)
	if err != nil {
		t.Fatal(err)
	}
	v, err := newMachine(t, longText).run(p)
	if err != nil {
		t.Fatal(err)
	}
	if got := v.String(); got != "" {
		t.Error(got)
	}
}

// When this fails, goja finds them itself, and emptymatch.go can go.
func TestGojaLosesEmptyMatches(t *testing.T) {
	t.Parallel()
	v, err := goja.New().RunString("'aab'.replace(/a*/g, '-')")
	if err != nil {
		t.Fatal(err)
	}
	if got := v.String(); got != "-b-" {
		t.Errorf("goja says %q", got)
	}
}
