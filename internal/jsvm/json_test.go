package jsvm

import (
	"errors"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// A text that is nested without end would end the process, not the script.
func TestDeepJSON(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`JSON.parse('['.repeat(10001) + ']'.repeat(10001))`:                             "TypeError: the JSON text is nested more than 10000 levels deep",
		`JSON.parse('{"a":'.repeat(10001) + '"é"')`:                                     "TypeError: the JSON text is nested more than 10000 levels deep",
		`JSON.parse({toString: () => '["\\\\",'.repeat(10001)})`:                        "TypeError: the JSON text is nested more than 10000 levels deep",
		`JSON.parse('['.repeat(10000) + ']'.repeat(10000))`:                             "",
		`JSON.parse('"' + '['.repeat(20000) + '"')`:                                     "",
		`JSON.parse('["\\\\\\"' + '['.repeat(20000) + '"]')`:                            "",
		`JSON.parse('[' + '[],'.repeat(20000) + '[]]')`:                                 "",
		`if (JSON.parse('[1, 2]', (k, v) => k === '0' ? 5 : v)[0] !== 5) throw 'x'`:     "",
		`if (JSON.parse.name !== 'parse' || JSON.parse.length !== 2) throw 'x'`:         "",
		`if (JSON.parse('null') !== null || Object.keys(JSON).length > 0) throw 'x'`:    "",
		`try { JSON.parse() } catch (e) { if (!(e instanceof SyntaxError)) throw 'x' }`: "",
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
