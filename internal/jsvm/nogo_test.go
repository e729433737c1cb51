package jsvm

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/hostapi"
)

// Errors that goja makes show neither types nor addresses of Go, however a script catches them.
func TestErrorsShowNothingOfGo(t *testing.T) {
	t.Parallel()
	ofGo := regexp.MustCompile(`0x[0-9a-f]{4}|&\{|\bGo\b|goja|github\.com|\.go\b|\*[a-z]+\.|<nil>|\bmap\[`)
	for _, failing := range []string{
		`"" + Object.create(null)`, `1 * Object.create(null)`, "`${Object.create(null)}`", `Object.create(null) < 1`, `({})[Object.create(null)]`,
		`"" + { toString: null, valueOf: null }`, `"" + { toString() { return {} }, valueOf() { return {} } }`,
		`"" + Object.setPrototypeOf([1], null)`, `"" + Object.setPrototypeOf(function secret() {}, null)`, `"" + Object.setPrototypeOf(new Map(), null)`,
		`new Date(Object.create(null))`, `"a".padEnd(Object.create(null))`, `new Map([Object.create(null)].map(String))`, `[Object.create(null)].join()`,
		`JSON.parse("1e999")`, `JSON.parse("[1e999]", (k, v) => v)`, `JSON.parse("[}")`, `JSON.parse("{1:1}", (k, v) => v)`,
		`new Proxy({}, null)`, `({}) instanceof 1`, `"a" in 1`, `new Uint8Array(-1)`, `BigInt("x")`, `Symbol() + 1`, `null.x`, `(1)()`, `new (1)()`,
		`Date.prototype.getTime.call({})`, `Map.prototype.get.call(1)`, `new RegExp("(")`, `"a".repeat(-1)`, `Reflect.construct(1, [])`, `new Function("(")`,
		`(1).toFixed(1000)`, `structuredClone(1)`, `Object.defineProperty(1, "a", {})`, `const [a] = {}`, `for (const x of 5) {}`,
	} {
		for _, caught := range []string{
			"try {\n" + failing + "\n} catch (e) { throw e.name + e.message + e.stack }",
			"try {\n" + failing + "\n} catch ({ name, message, stack }) { throw name + message + stack }",
			"let said = ''; try {\n" + failing + "\n} catch ({ message, x = said = message }) {} throw said",
			"(async () => {\n" + failing + "\n})().catch(e => { throw e.message + e.stack })",
			"(async () => { try { await (async () => {\n" + failing + "\n})() } catch (e) { throw e.message + e.stack } })()",
			failing,
		} {
			e, ok := errors.AsType[*hostapi.Error](compileAndRun(t, t.Context(), caught))
			if !ok {
				t.Errorf("%s: did not fail", caught)
			} else if found := ofGo.FindString(e.Error() + e.Hint); found != "" {
				t.Errorf("%s: %q shows %q", caught, e.Error(), found)
			}
		}
	}
}

// goja shows the fields of an object in Go when it cannot be converted, and a type of Go for a
// number that is too large: without that, withoutGo can be removed.
func TestGojaShowsGo(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`"" + Object.create(null)`: "&{Object 0x", `JSON.parse("1e999", x => x)`: "into Go value of type float64",
	} {
		if _, err := goja.New().RunString(source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", source, err, want)
		}
	}
}
