package jsvm

import (
	"errors"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// Numbers such as 08 are decimal, with positions of errors unchanged.
func TestLeadingZero(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"if (08 !== 8 || 09.5 !== 9.5 || 0089 !== 89 || -018 !== -18 || 010 !== 8) throw 1",
		"var m = { 08: 'a', '09': 'b' }; if (m[8] !== 'a' || m['09'] !== 'b') throw 1",
		"// é 08\nvar s = '08' + /09/.source + `08`;\r\nif (s + 08 !== '0809088') throw 1",
	} {
		if err := compileAndRun(t, t.Context(), source); err != nil {
			t.Errorf("%s: %v", source, err)
		}
	}
	for _, source := range []string{"var x = 08, y = ;", "var x = 08; null.z", "var x = { 08: ; }", "var x = '08', y = 0_8"} {
		got, _ := errors.AsType[*hostapi.Error](compileAndRun(t, t.Context(), source))
		want, _ := errors.AsType[*hostapi.Error](compileAndRun(t, t.Context(), strings.ReplaceAll(source, "08", "18")))
		if got == nil || want == nil || got.Message != want.Message || got.Line != want.Line || got.Column != want.Column {
			t.Errorf("%s: %+v, want %+v", source, got, want)
		}
	}
	many := "var x = 0" + strings.Repeat(" + 09", 500) + "; if (x !== 4500) throw x"
	if err := compileAndRun(t, t.Context(), many); err != nil {
		t.Error(err)
	}
}
