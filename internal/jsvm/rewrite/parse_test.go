package rewrite

import "testing"

// JSON.parse is replaced only where nothing can tell.
func TestParses(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]bool{
		`JSON.parse(text).a`: true,
		`function f(x) { return JSON . parse(x, g) } f(JSON.parse(f))`: true,
		`JSON.parse`:                                          false,
		`JSON.parse(x); JSON.stringify(x)`:                    false,
		`JSON["parse"](x)`:                                    false,
		`JSON?.parse(x)`:                                      false,
		`JSON.parse.call(null, x)`:                            false,
		`const { parse } = JSON; JSON.parse(x)`:               false,
		`new JSON.parse(x)`:                                   false,
		`JSON.parse(x); "JSON"`:                               false,
		`JSON.parse(x); // JSON`:                              false,
		`let \u004aSON = { parse() {} }; JSON.parse(x)`:       false,
		`function f(\u004aSON) { return JSON.parse(x) }`:      false,
		`var \u004aSON; JSON.parse(x)`:                        false,
		`function \u004aSON() {} JSON.parse(x)`:               false,
		`try {} catch (\u004aSON) { JSON.parse(x) }`:          false,
		`class \u004aSON { static parse() {} } JSON.parse(x)`: false,
		`\u004aSON = y; JSON.parse(x)`:                        false,
		`[\u004aSON] = y; JSON.parse(x)`:                      false,
		`({ a: \u004aSON } = y); JSON.parse(x)`:               false,
		`for (\u004aSON of y) JSON.parse(x)`:                  false,
		`\u004aSON++; JSON.parse(x)`:                          false,
		`with (y) JSON.parse(x)`:                              false,
		`eval(y); JSON.parse(x)`:                              false,
		`Function(y)(); JSON.parse(x)`:                        false,
	} {
		p, err := compile(source, true)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got := p.changes.Parses(); got != want {
			t.Errorf("%s: replaced is %t, want %t", source, got, want)
		}
	}
}
