package jsvm

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// A text that is nested without end would end the process, not the script.
func TestDeepJSON(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`JSON.parse('['.repeat(10001) + ']'.repeat(10001))`:      "TypeError: the JSON text is nested more than 10000 levels deep",
		`JSON.parse('{"a":'.repeat(10001) + '"é"')`:              "TypeError: the JSON text is nested more than 10000 levels deep",
		`JSON.parse({toString: () => '["\\\\",'.repeat(10001)})`: "TypeError: the JSON text is nested more than 10000 levels deep",
		`JSON.parse('['.repeat(10000) + ']'.repeat(10000))`:      "",
		`JSON.parse('"' + '['.repeat(20000) + '"')`:              "",
		`JSON.parse({})`: "SyntaxError: JSON.parse takes text, and was given an object",
		`let u; try { JSON.parse(u) } catch (e) { throw e.name + ' ' + e.message }`:           "SyntaxError JSON.parse takes text, and was given undefined",
		`if (JSON.parse({toString: () => '[1]'})[0] + JSON.parse([2]) !== 3) throw 'x'`:       "",
		`JSON.parse('["\\\\\\"' + '['.repeat(20000) + '"]')`:                                  "",
		`JSON.parse('[' + '[],'.repeat(20000) + '[]]')`:                                       "",
		`if (JSON.parse('[1, 2]', (k, v) => k === '0' ? 5 : v)[0] !== 5) throw 'x'`:           "",
		`if (JSON.parse.name !== 'parse' || JSON.parse.length !== 2) throw 'x'`:               "",
		`if (JSON.parse('null') !== null || Object.keys(JSON).length > 0) throw 'x'`:          "",
		`if (!Object.is(JSON.parse('-0'), -0)) throw 'x'`:                                     "",
		`if (JSON.parse('{"__proto__": 1}').__proto__ !== 1) throw 'x'`:                       "",
		`if (JSON.parse(' [1 , {"a" : 1e2}] ')[1].a !== 100) throw 'x'`:                       "",
		`if (JSON.parse('{"b":1,"a":2,"b":3}').b !== 3) throw 'x'`:                            "",
		`try { JSON.parse(Symbol()) } catch (e) { if (!(e instanceof TypeError)) throw 'x' }`: "",
		`try { JSON.parse() } catch (e) { if (!(e instanceof SyntaxError)) throw 'x' }`:       "",
	} {
		got := ""
		if e, ok := errors.AsType[*hostapi.Error](compileAndRun(t, t.Context(), source)); ok {
			got = e.Message
		}
		if got != want {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
}

// A program that uses nothing else of JSON than parse behaves like others.
func TestOnlyJSONParse(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"\n  JSON.parse('{')",
		"function f(x) {\n return JSON.parse(x, g) }\nfunction g(k, v) { if (k === 'a') throw new Error(v); return v }\nf('{\"a\":\"b\"}')",
		"JSON.parse()",
		"JSON.parse('{}').a.b",
		"JSON.parse('{}').f()",
		"JSON.parse('{}').a.b.f(1)",
		"JSON.parse('null').a",
		"JSON.parse('1')()",
		"JSON.parse(x)",
		"const [a] = JSON.parse('null')",
		"JSON.parse('{}')[JSON.parse('1')].b = 1",
		"JSON.parse(Symbol('s'))",
		"JSON.parse({ toString() { throw new TypeError('own') } })",
		"JSON.parse('['.repeat(10001))",
		"throw JSON.parse(' {\"__proto__\": [1, 2], \"b\": \"\\u00e9\"} ')",
		"throw JSON.parse('[1,2]', (k, v) => k === '0' ? 5 : v)",
	} {
		var got [2]*hostapi.Error
		for i, rest := range []string{"", "\n// JSON"} {
			got[i], _ = errors.AsType[*hostapi.Error](compileAndRun(t, t.Context(), source+rest))
		}
		if !reflect.DeepEqual(got[0], got[1]) || got[0] == nil { //nolint:govet // their causes too
			t.Errorf("%s:\n%#v, want\n%#v", source, got[0], got[1])
		}
	}
}

// FuzzJSON compares JSON.parse with goja's, which it replaces.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{
		``, ` `, `null`, `true `, `falsey`, `[]`, `[1,]`, `[,1]`, `{}`, `{"a":1,}`, `{"a" : [true, false, null], "b":{"c":"d"}}`, `{"a":1 "b":2}`, `{a:1}`,
		`0`, `-0`, `01`, `-`, `1.`, `.5`, `1.50`, `1e5`, `1E+5`, `1e`, `123456789012345`, `1234567890123456789`, `-12345678901234567890`, `1e308`, `1e999`, `0.1e-7`,
		`"é😀"`, `"\u00e9\ud83d\ude00\n\/\"\\"`, `"\ud800"`, `"\x"`, `"a`, "\"\t\"", "\"\x7f\"", "\"\xff\"", `"" ""`, "\ufeff1", "\u00a01",
		`{"__proto__":{"x":1},"1":2,"0":3,"a":4,"1":5}`, `{"é":1}`, `[[[[1]]]]`, `{"":""}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Count(text, "[")+strings.Count(text, "{") > maxJSONDepth {
			return
		}
		want, wantErr := parseAndWrite(t, text, false)
		got, err := parseAndWrite(t, text, true)
		if got != want || err != wantErr {
			t.Errorf("%q: %s %s, want %s %s", text, got, err, want, wantErr)
		}
	})
}

// parseAndWrite returns what JSON.parse makes of text, with the types of all values and in
// their order, or the error's text. With corrected false the function is goja's.
func parseAndWrite(t *testing.T, text string, corrected bool) (written, failed string) {
	t.Helper()
	vm := goja.New()
	if corrected {
		if err := correctJSON(vm); err != nil {
			t.Fatal(err)
		}
	}
	if err := vm.Set("text", text); err != nil {
		t.Fatal(err)
	}
	v, err := vm.RunString(`
		const write = v => v === null || typeof v !== "object" ? typeof v + (Object.is(v, -0) ? "-" : "") + JSON.stringify(v)
			: (Array.isArray(v) ? "array" : "object") + Object.entries(v).map(([name, v]) => JSON.stringify(name) + write(v))
				+ JSON.stringify(Object.getOwnPropertyDescriptors(v)) + (Object.getPrototypeOf(v) === Object.prototype);
		write(JSON.parse(text))`)
	if e, ok := errors.AsType[*goja.Exception](err); ok {
		return "", e.Value().String()
	}
	if err != nil {
		t.Fatal(err)
	}
	return v.String(), ""
}

// BenchmarkJSON parses a text of an API.
func BenchmarkJSON(b *testing.B) {
	text := `[` + strings.Repeat(`{"id":4711,"name":"Ada Lovelace","email":"ada@example.com","active":true,"balance":12.5,"tags":["a","b"],"note":"line\\nline"},`, 50) + `null]`
	for _, corrected := range []bool{false, true} {
		b.Run(map[bool]string{false: "goja", true: "postern"}[corrected], func(b *testing.B) {
			vm := goja.New()
			if corrected {
				if err := correctJSON(vm); err != nil {
					b.Fatal(err)
				}
			}
			parse, _ := goja.AssertFunction(vm.Get("JSON").ToObject(vm).Get("parse"))
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := parse(nil, vm.ToValue(text)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A proxy that was thrown has code of the script's own behind everything.
func TestProxyThrown(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		`throw new Proxy({}, { getPrototypeOf() { throw 1 } })`,
		`const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy`,
	} {
		if err := compileAndRun(t, t.Context(), source); hostapi.CodeOf(err) != hostapi.CodeScript {
			t.Errorf("%s: %v, want an error of the script", source, err)
		}
	}
}
