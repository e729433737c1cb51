package jsapi_test

import "testing"

// A console writes values readably, and formats as in other implementations.
func TestConsole(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ args, want string }{
		{`"%s is %d", "x", 5`, "x is 5"},
		{`"%s", {a: 1}, "rest", 2`, `{"a":1} rest 2`},
		{`"%i %f %d %d", 5.9, "1.5", {}, "x"`, "5 1.5 NaN NaN"},
		{`"%o and %O and %j", [1], {b: 2}, "t"`, `[1] and {"b":2} and t`},
		{`"100% %% %x %s", 1`, "100% % %x 1"},
		{`"%s %s", 1`, "1 %s"},
		{`"%s"`, "%s"},
		{`"%c red", "color: red"`, " red"},
		{`"%d", 10n`, "10"},
		{`5, "%s", 1`, "5 %s 1"},
		{`new Map([["a", 1], [{k: 1}, [2]]])`, `Map(2) {"a" => 1,{"k":1} => [2]}`},
		{`{m: new Map([[1, 2]]), s: new Set(["x"])}`, `{"m":Map(1) {1 => 2},"s":Set(1) {"x"}}`},
		{`(() => { const o = {n: 1}; o.self = o; return o })()`, `{"n":1,"self":[Circular]}`},
		{`new (class Point { constructor() { this.x = 1 } })()`, `Point {"x":1}`},
		{
			`{f() {}, g: undefined, d: new Date(0), e: new RangeError("r"), n: NaN}`,
			`{"f":[Function: f],"g":undefined,"d":"1970-01-01T00:00:00.000Z","e":RangeError: r,"n":NaN}`,
		},
		{`["<é>", 1n, null, undefined]`, `["<é>",1,null,undefined]`},
		{`{toJSON() { return {j: 1} }}`, `{"j":1}`},
		{`Object.create(null)`, `{}`},
		{`{get x() { throw 1 }}`, `[object Object]`},
		{`new Proxy({a: 1}, {})`, `{"a":1}`},
		{`/x/g, Symbol("s")`, `/x/g s`},
	} {
		result, _, err := task(t, nil, "console.log("+tt.args+")")
		if err != nil {
			t.Errorf("%s: %v", tt.args, err)
		} else if got := result.Logs[0].Message; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.args, got, tt.want)
		}
	}
}
