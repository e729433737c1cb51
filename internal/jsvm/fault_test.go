package jsvm

import (
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// What makes goja panic is an error of the script, and no fault of Postern.
func TestEngineFault(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]hostapi.Code{
		"'x'.repeat(2 ** 53 - 1)":                                                                hostapi.CodeLimit,
		"'é'.padEnd(2 ** 53 - 1)":                                                                hostapi.CodeLimit,
		"BigInt.asUintN(2 ** 53 - 1, -1n)":                                                       hostapi.CodeLimit,
		"const a = [3, 2, 1]; a.sort(() => (a.length = 0, 1))":                                   hostapi.CodeScript,
		"Object.keys(new Proxy({}, { ownKeys: () => ({ length: 1 }) }))":                         hostapi.CodeScript,
		"const [x] = { [Symbol.iterator]: () => ({ next: 1 }) }":                                 hostapi.CodeScript,
		"try { [1].map(() => 'x'.repeat(2 ** 53 - 1)) } catch (e) { } finally { 1 }":             hostapi.CodeLimit,
		"Promise.resolve().then(() => { const a = [3, 2, 1]; a.sort(() => (a.length = 0, 1)) })": hostapi.CodeScript,
	} {
		if err := compileAndRun(t, t.Context(), source); hostapi.CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", source, err, want)
		}
	}
}
