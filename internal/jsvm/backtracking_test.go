package jsvm

import (
	"testing"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"
)

// A group may repeat as often as the text is long, by every way to match.
func TestRegExpOnLongText(t *testing.T) {
	t.Parallel()
	const source = `
		const wrong = []
		const check = (name, got, want) => { if (got !== want) wrong.push(name + ' ' + got) }
		const long = 'x'.repeat(60000)
		const quoted = '"' + long + '"'
		const field = /"(?:[^"]|"")*"(?=,|$)/
		check('test', field.test(quoted), true)
		check('exec', field.exec(quoted)[0].length, 60002)
		check('match', quoted.match(field)[0].length, 60002)
		check('match all', (quoted + ',' + quoted).match(/"(?:[^"]|"")*"(?=,|$)/g).length, 2)
		check('matchAll', [...(quoted + ',' + quoted).matchAll(/"(?:[^"]|"")*"(?=,|$)/g)].length, 2)
		check('replace', ('a' + quoted + 'b').replace(/"(?:[^"]|"")*"(?=b)/, ''), 'ab')
		check('replace all', ('a' + quoted + ',' + quoted).replace(/"(?:[^"]|"")*"(?=,|$)/g, () => ''), 'a,')
		check('replaceAll', ('a' + quoted + ',' + quoted).replaceAll(/"(?:[^"]|"")*"(?=,|$)/g, ''), 'a,')
		check('search', ('ab' + quoted).search(field), 2)
		check('split', ('a' + quoted + 'b').split(/"(?:[^"]|"")*"(?=b)/).join('|'), 'a|b')
		check('comment', /<!--(?:(?!-->)[\s\S])*-->/.test('<!--' + long + '-->'), true)
		check('backreference', /(["'])(?:\\.|(?!\1)[^\\])*\1/.test(quoted), true)
		check('repeated backreference', /^(x)\1*$/.test(long), true)
		check('lookbehind', /(?<=(?:x|y)*)z/.test(long + 'z'), true)
		check('lazy', /^(?:x|yy)*?z(?=$)/.test(long + 'z'), true)
		check('counted', /^(?:x|yy){60000}(?!x)/.test(long), true)
		check('named', /(?<q>")(?:x|yy)*\k<q>/.exec(quoted).groups.q, '"')
		check('constructor', new RegExp('"(?:[^"]|"")*"(?=,|$)').test(quoted), true)
		check('text', (quoted.match('"(?:[^"]|"")*"(?=,|$)') || [''])[0].length, 60002)
		check('eval', eval('/"(?:[^"]|"")*"(?=,|$)/').test(quoted), true)
		check('Function', Function('s', 'return /"(?:[^"]|"")*"(?=,|$)/.test(s)')(quoted), true)
		class Field extends RegExp { constructor() { super('"(?:[^"]|"")*"(?=,|$)') } }
		check('subclass', new Field().test(quoted), true)

		// Neither lookahead nor backreference, and yet it is matched by backtracking.
		const global = /(?:x|yy)+/g
		global.lastIndex = 1
		check('lastIndex', global.exec(long)[0].length, 59999)
		const sticky = /(?:x|yy)+/y
		sticky.lastIndex = 1
		check('sticky', sticky.test(long), true)
		check('not ASCII', ('é' + long).replace(/(?:x|yy)+/g, ''), 'é')
		check('flag u', ('é' + long).replace(/(?:x|é)+(?!x)/gu, ''), '')

		check('no match', /"(?:[^"]|"")*"(?=;)/.test(quoted), false)
		if (wrong.length > 0) throw wrong.join(', ')
	`
	if err := compileAndRun(t, t.Context(), source); err != nil {
		t.Error(err)
	}
}

// When this fails, goja no longer drops the error: then the limit can be a finite one,
// and what goes beyond it an exception. It is not parallel, as the default is changed.
func TestGojaDropsTheLimit(t *testing.T) {
	defaults := &regexp2.DefaultOptimizationOptions
	before := defaults.MaxBacktrackingStackSize
	defaults.MaxBacktrackingStackSize = 100_000
	defer func() { defaults.MaxBacktrackingStackSize = before }()
	v, err := goja.New().RunString(`/^(?:x|yy)*(?=$)/.test("x".repeat(30000))`)
	if err != nil || v.ToBoolean() {
		t.Errorf("goja says %v, %v", v, err)
	}
}
