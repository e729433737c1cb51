package jsvm

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// fakeGlobals offers one name, host, whose calls throw a host error.
type fakeGlobals struct {
	vm     *goja.Runtime
	asked  []string
	thrown *goja.Object
	zone   *time.Location
}

var errHost = &hostapi.Error{Code: hostapi.CodeDenied, Op: "host", Name: "x", Message: "not for you", Hint: "ask"}

func (g *fakeGlobals) Begin(vm *goja.Runtime) error { g.vm = vm; return nil }

func (g *fakeGlobals) Global(name string) goja.Value {
	g.asked = append(g.asked, name)
	if name != "host" {
		return nil
	}
	return g.vm.ToValue(func(goja.FunctionCall) goja.Value {
		g.thrown = g.vm.NewTypeError("host x: not for you")
		panic(g.thrown)
	})
}

func (g *fakeGlobals) Names() []string { return []string{"host"} }

func (g *fakeGlobals) MembersBeside(string) []string { return nil }

func (g *fakeGlobals) Zone() *time.Location { return cmp.Or(g.zone, time.UTC) }

func (g *fakeGlobals) EndedIn() *hostapi.Error { return nil }

func (g *fakeGlobals) HostError(o *goja.Object) *hostapi.Error {
	if o == g.thrown {
		return errHost
	}
	return nil
}

// run runs p as a plain script.
func run(ctx context.Context, p *Program, watch *Watch, callDepth int, globals Globals) error { //nolint:unparam // as its callers write it
	m := new(Machine)
	return m.Run(ctx, watch, callDepth, globals, func() error {
		value, err := m.Load(p)
		if err != nil {
			return err
		}
		_, err = m.Settle(value)
		return err
	})
}

func compileAndRun(t *testing.T, ctx context.Context, source string) error {
	t.Helper()
	p, err := Compile("task.js", []byte(source))
	if err != nil {
		return err
	}
	return run(ctx, p, new(Watch), 2000, &fakeGlobals{})
}

func TestErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, source string
		code         hostapi.Code
		message      string
		line, column int
	}{
		{"syntax", "let a = 1\nlet b = ;\n", hostapi.CodeScript, "syntax error: unexpected token ;", 2, 9},
		{"redeclared", "let a\nlet a", hostapi.CodeScript, "syntax error: Identifier 'a' has already been declared", 2, 5},
		{"thrown error", "\n  throw new Error('boom')", hostapi.CodeScript, "boom", 2, 9},
		{"thrown in a function", "function f() {\n  throw new RangeError('far')\n}\nf()", hostapi.CodeScript, "RangeError: far", 2, 9},
		{"thrown string", "throw 'no good'", hostapi.CodeScript, "no good", 1, 1},
		{"thrown object", "throw {toString() { return 'odd' }}", hostapi.CodeScript, "odd", 1, 1},
		{"thrown plain object", "throw {code: 7}", hostapi.CodeScript, `{"code":7} was thrown`, 1, 1},
		{"thrown undefined", "throw undefined", hostapi.CodeScript, "undefined", 1, 1},
		{"hostile toString", "throw {toString() { throw 1 }}", hostapi.CodeScript, "an error without a message was thrown", 1, 1},
		{"reference", "  nobody()", hostapi.CodeScript, "ReferenceError: nobody is not defined", 1, 9},
		{"host error", "\n\n   host()", hostapi.CodeDenied, "not for you", 3, 8},
		{"host error rethrown", "try { host() } catch (e) {\n throw e }", hostapi.CodeDenied, "not for you", 1, 11},
		{"host error wrapped", "try { host() } catch (e) {\n throw new Error('w: ' + e.message) }", hostapi.CodeScript, "w: host x: not for you", 2, 8},
		{"recursion", "function f() { f() }\nf()", hostapi.CodeLimit, "call depth limit of 2000 reached", 1, 17},
		{"rejection", "\nPromise.reject(new Error('r'))", hostapi.CodeScript, "r", 2, 16},
		{"async throw", "(async () => {\n  await 1\n  throw new Error('late')\n})()", hostapi.CodeScript, "late", 3, 9},
		{"pending", "new Promise(() => {})", hostapi.CodeScript, "the script awaits a promise that is never settled", 0, 0},
		{"pending await", "const p = (async () => {\n  await new Promise(() => {})\n})()\n0", hostapi.CodeScript, "the script awaits a promise that is never settled", 2, 9},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := compileAndRun(t, t.Context(), tt.source)
			e, ok := errors.AsType[*hostapi.Error](err)
			if !ok {
				t.Fatalf("error = %v, want a *hostapi.Error", err)
			}
			if e.Code != tt.code || !strings.EqualFold(e.Message, tt.message) || e.Line != tt.line || e.Column != tt.column {
				t.Errorf("got %s %q at %d:%d\nwant %s %q at %d:%d", e.Code, e.Message, e.Line, e.Column, tt.code, tt.message, tt.line, tt.column)
			}
			if e.Line > 0 && e.File != "task.js" {
				t.Errorf("file = %q", e.File)
			}
		})
	}
}

func TestRuns(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, source string }{
		{"empty", ""},
		{"modern syntax", "class A { #x = 1; get x() { return this.#x } }; if (((new A)?.x ?? 2) !== 1) throw 'x'; let {a = 1, ...b} = {c: 2}; if (`${a}${b.c}` !== '12') throw 'y'; if (10n ** 2n !== 100n) throw 'z'; if ('2026'.replace(/(?<y>\\d+)/, '$<y>!') !== '2026!') throw 'r'"},
		{"async settles", "let n = 0; (async () => { for (const p of [1, 2]) n += await p; if ((await Promise.all([n, 1])).join() !== '3,1') throw 'sum' })()"},
		{"a race with a promise that never settles", "const never = new Promise(() => {}); (async () => { if (await Promise.race([never, 1]) !== 1) throw 'race' })(); Promise.any([never, 2]); never.then(() => 3); 0"},
		{"rejection handled later", "const p = Promise.reject(new Error('x')); p.catch(() => {})"},
		{"a host's name can be replaced", "host = 1; if (host !== 1) throw host"},
		{"a host's name can be declared", "var host = 2; if (host !== 2) throw host"},
		{"a host's name can be shadowed", "const host = 3; if (host !== 3) throw host"},
		{"typeof", "if (typeof host !== 'function' || typeof other !== 'undefined') throw typeof host"},
		{"in", "if (!('host' in globalThis) || 'other' in globalThis) throw 'in'"},
		{"no way out", "for (const n of ['require', 'process', 'module', 'setTimeout', 'fetch', 'Deno', 'importScripts', 'load', 'print']) if (typeof globalThis[n] !== 'undefined' || typeof Function('return typeof ' + n)() === 'object') throw n"},
		{"frozen global object", "Object.freeze(globalThis); if (typeof host !== 'function') throw 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := compileAndRun(t, t.Context(), tt.source); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLongMessage(t *testing.T) {
	t.Parallel()
	err := compileAndRun(t, t.Context(), "throw new Error('é'.repeat(1e6))")
	e, ok := errors.AsType[*hostapi.Error](err)
	if want := strings.Repeat("é", maxMessage/2) + "…"; !ok || e.Message != want {
		t.Errorf("a message of %d bytes came out of one of 2 MB, want %d", len(e.Message), len(want))
	}
}

func TestLazy(t *testing.T) {
	t.Parallel()
	p, err := Compile("task.js", []byte("if (typeof host === 'function') { host; host }"))
	if err != nil {
		t.Fatal(err)
	}
	g := &fakeGlobals{}
	if err := run(t.Context(), p, new(Watch), 2000, g); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(g.asked, ","); got != "host" {
		t.Errorf("names asked for: %s, want host once", got)
	}
}

func TestDeadlineAndCancel(t *testing.T) {
	t.Parallel()
	sources := map[string]string{
		"loop":                "while (true) {}",
		"caught loop":         "for (;;) { try { for (;;) {} } catch (e) {} finally {} }",
		"loop in a promise":   "Promise.resolve().then(() => { for (;;) {} })",
		"loop in toString":    "throw {toString() { for (;;) {} }}",
		"loop in a message":   "const e = new Error; Object.defineProperty(e, 'message', {get() { for (;;) {} }}); throw e",
		"endless promise job": "(function f() { Promise.resolve().then(f) })()",
	}
	for name, source := range sources {
		t.Run("deadline/"+name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			err := compileAndRun(t, ctx, source)
			if hostapi.CodeOf(err) != hostapi.CodeTimeout || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error = %v (%s)", err, hostapi.CodeOf(err))
			}
		})
		t.Run("cancel/"+name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer time.AfterFunc(50*time.Millisecond, cancel).Stop()
			err := compileAndRun(t, ctx, source)
			if hostapi.CodeOf(err) != hostapi.CodeCanceled || !errors.Is(err, context.Canceled) {
				t.Errorf("error = %v (%s)", err, hostapi.CodeOf(err))
			}
		})
	}
}

// A source map comment must not make the compiler read files.
func TestNoSourceMap(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret.map")
	if err := os.WriteFile(secret, []byte("not a map"), 0o600); err != nil {
		t.Fatal(err)
	}
	comment := "//# sourceMappingURL=file://" + secret
	if err := compileAndRun(t, t.Context(), "1\n"+comment); err != nil {
		t.Errorf("script: %v", err)
	}
	if err := compileAndRun(t, t.Context(), "eval(`1\n"+comment+"`); Function(`1\n"+comment+"`)"); err != nil {
		t.Errorf("eval: %v", err)
	}
}

func TestNothingOutlivesARun(t *testing.T) {
	t.Parallel()
	p, err := Compile("task.js", []byte("if (globalThis.seen || [].seen) throw 'leak'; seen = 1; Array.prototype.seen = 1; host.seen = 1"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := run(t.Context(), p, new(Watch), 2000, &fakeGlobals{}); err != nil {
			t.Error(err)
		}
	}
}

func FuzzCompile(f *testing.F) {
	f.Add("let a = 1")
	f.Add("import x from 'y'")
	f.Add("`${")
	f.Add("const { a: [x = 1, [y = 2] = []] = [] } = {}")
	f.Add("if (a) function f() {} else { function g() {} }")
	f.Add("//# sourceMappingURL=data:application/json,{}")
	f.Fuzz(func(t *testing.T, source string) {
		if _, err := Compile("f.js", []byte(source)); err != nil {
			e, ok := errors.AsType[*hostapi.Error](err)
			if !ok || e.Code != hostapi.CodeScript || e.File != "f.js" {
				t.Errorf("error = %#v", err)
			}
		}
	})
}
