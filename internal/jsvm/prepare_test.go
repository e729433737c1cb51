package jsvm

import (
	"errors"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// Programs of one machine share what they call where they were rewritten.
func TestRewrittenPrograms(t *testing.T) {
	t.Parallel()
	sources := []string{
		"let text = ''; for (let i = 0; i < 3000; i++) { text += 'a' }",
		"const add = s => { text += s }; for (let i = 0; i < 3000; i++) { add('é') }",
		"if (!new RegExp('^\\\\p{Ll}+$', 'u').test(text)) throw 'RegExp'",
		"if (!/^\\p{Ll}+$/u.test(text) || /\\p{Lu}/u.test(text)) throw 'literal'",
		"Object.freeze(globalThis); for (let i = 0; i < 10; i++) text += 'x'; if (text !== 'a'.repeat(3000) + 'é'.repeat(3000) + 'x'.repeat(10)) throw text.length",
	}
	g := &fakeGlobals{}
	m := new(Machine)
	err := m.Run(t.Context(), new(Watch), 100, g, func() error {
		for _, source := range sources {
			p, err := Compile("task.js", []byte(source))
			if err != nil {
				return err
			}
			if _, err := m.Load(p); err != nil {
				return err
			}
		}
		if len(m.names) > 0 {
			t.Errorf("%d names are still lent", len(m.names))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if len(g.asked) > 0 {
		t.Errorf("the host was asked for %q", g.asked)
	}
}

// Nothing of the rewriting shows, and nothing that a script does to the global object
// takes it away.
func TestRewrittenSeesNothing(t *testing.T) {
	t.Parallel()
	const source = `
		const before = Object.getOwnPropertyNames(globalThis).join()
		let s = '', names = 0
		const o = {p: ''}
		for (let i = 0; i < 2000; i++) { s += 'x'; o.p += s.slice(-1) }
		for (const n in globalThis) names++
		if (names > 0 || Object.getOwnPropertyNames(globalThis).join() !== before) throw 'a name'
		if (Object.keys(o).join() !== 'p' || o.p !== s) throw 'a property'
		for (const n of ['append', 'value', 'key', 'local', 'lent', 'regexp']) {
			if (globalThis['\xff' + n] !== undefined || globalThis[n] !== undefined) throw n
		}
		const f = function () { for (let i = 0; i < 2000; i++) s += i; return arguments.length }
		if (f.toString() !== 'function () { for (let i = 0; i < 2000; i++) s += i; return arguments.length }') throw f.toString()
		Object.setPrototypeOf(globalThis, new Proxy({}, {get(t, k) { throw k }, has(t, k) { throw k }}))
		if (f() !== 0 || s.length !== 2000 + 6890) throw s.length
	`
	if err := compileAndRun(t, t.Context(), source); err != nil {
		t.Error(err)
	}
}

func TestUnknownProperty(t *testing.T) {
	t.Parallel()
	_, err := Compile("task.js", []byte("const a = 1\nconst b = /[a-z]\\p{Smile}/u"))
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok || e.Code != hostapi.CodeScript || e.File != "task.js" || e.Line != 2 || e.Column != 11 || !strings.Contains(e.Message, `"Smile"`) {
		t.Errorf("error = %#v", err)
	}
	err = compileAndRun(t, t.Context(), "\n  new RegExp('\\\\p{Smile}', 'u')")
	e, ok = errors.AsType[*hostapi.Error](err)
	if !ok || e.Line != 2 || !strings.HasPrefix(e.Message, "SyntaxError: ") || !strings.Contains(e.Message, `"Smile"`) {
		t.Errorf("error = %#v", err)
	}
}
