package jsapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

func TestEqual(t *testing.T) {
	t.Parallel()
	const long = `Array.from({length: 10000}, (_, i) => ({n: i, s: "x".repeat(i % 7)}))`
	equal := []string{
		`1, 1`, `0, -0`, `1.0, 1`, `0.1 + 0.2, 0.30000000000000004`, `NaN, NaN`, `"a", "a"`, `"", ""`, `true, true`, `2n, 2n`,
		`null, null`, `undefined, undefined`, `null, undefined`, `undefined, null`,
		`[], []`, `[1, [2, "x"]], [1, [2, "x"]]`, `[undefined], [null]`, `[,1], [null, 1]`, `[NaN], [NaN]`,
		`{}, {}`, `{a: 1, b: {c: [1]}}, {b: {c: [1]}, a: 1}`, `{a: null}, {a: undefined}`,
		`new java.util.ArrayList([1, 2]), [1, 2]`, `[1, 2], new java.util.ArrayList([1, 2])`, `{a: new java.util.ArrayList()}, {a: []}`,
		`new java.util.ArrayList([[1]]), [new java.util.ArrayList([1])]`,
		`new (class A { x = 1 }), {x: 1}`, `Object.create({y: 2}), {}`, `new (class extends Array {})(1, 2), [1, 2]`,
		`new Date(5), new Date(5)`, `new String("a"), new String("a")`, `new Number(1), new Number(1)`, `new Boolean(true), new Boolean(true)`,
		`new java.sql.Timestamp(5), new java.sql.Timestamp(5)`, `new java.sql.Timestamp(5), new com.questetra.bpms.util.AddableTimestamp(5)`,
		`new com.questetra.bpms.util.AddableTimestamp(5), new java.sql.Timestamp(5)`,
		`java.sql.Date.valueOf("2020-01-02"), java.sql.Date.valueOf("2020-01-02")`,
		`[new java.sql.Timestamp(5)], [new java.sql.Timestamp(5)]`, `{t: new java.sql.Timestamp(5)}, {t: new java.sql.Timestamp(5)}`,
		`new java.math.BigDecimal("1.50"), new java.math.BigDecimal("1.50")`,
		`engine, engine`, `[engine], [engine]`, `Math.max, Math.max`, `Symbol.iterator, Symbol.iterator`,
		`engine.createItem("a", "A"), engine.createItem("a", "A")`,
		`new Map([["a", {b: 1}], ["c", null]]), new Map([["c", undefined], ["a", {b: 1}]])`, `new Map(), new Map()`,
		`new Set([{a: 1}, [2], 2]), new Set([2, [2], {a: 1}])`, `new Set(), new Set()`,
		long + `, ` + long,
	}
	different := []string{
		`1, 2`, `1, "1"`, `"1", 1`, `1, true`, `0, ""`, `0, null`, `"", null`, `"", undefined`, `false, null`, `"null", null`, `1, 1n`, `"a", "A"`,
		`[], null`, `[], {}`, `{}, []`, `[1], [1, 2]`, `[1, 2], [2, 1]`, `[1], ["1"]`, `[[1]], [[2]]`, `[], ""`, `[1], 1`,
		`{a: 1}, {a: 2}`, `{a: 1}, {b: 1}`, `{a: 1}, {}`, `{}, {a: 1}`, `{a: undefined}, {b: undefined}`, `{}, null`, `{}, "[object Object]"`,
		`new java.util.ArrayList([1]), [2]`, `new java.util.ArrayList(), {}`,
		`new Date(5), new Date(6)`, `new Date(5), 5`, `new String("a"), "a"`, `new Number(1), new Number(2)`,
		`new java.sql.Timestamp(5), new java.sql.Timestamp(6)`, `new java.sql.Timestamp(5), 5`, `new java.sql.Timestamp(5), new Date(5)`,
		`new java.math.BigDecimal("1"), 1`, `new java.math.BigDecimal("1"), new java.math.BigDecimal("2")`, `new java.math.BigDecimal("1"), "1"`,
		`engine, configs`, `engine, {}`, `engine.createItem("a", "A"), engine.createItem("b", "A")`, `() => 1, () => 1`, `/a/, /b/`,
		`engine.createQfile("a", "a/b", "x"), engine.createQfile("a", "a/b", "x")`,
		`new Map([[1, 2]]), new Map([[1, 3]])`, `new Map([[1, 2]]), new Map([[2, 2]])`, `new Map(), new Map([[1, 2]])`, `new Map(), {}`, `{}, new Map()`, `new Map(), new Set()`,
		`new Set([1]), new Set([2])`, `new Set([1, 2]), new Set([1])`, `new Set([1, [1]]), new Set([1, [2]])`, `new Set(["1"]), new Set([1])`,
		`new Uint8Array([1]).buffer, new Uint8Array([2]).buffer`, `Promise.resolve(1), Promise.resolve(2)`, `new WeakMap(), {}`, `[1].values(), [2].values()`,
	}
	tests := make([]jsTest, 0, len(equal)+len(different))
	for _, pair := range equal {
		tests = append(tests, jsTest{pair, `const [a, b] = [` + pair + `]; expect(a).toEqual(b); expect(expect(a).toEqual(b) === undefined).toEqual(true);`})
	}
	for _, pair := range different {
		tests = append(tests, jsTest{"not " + pair, `
			const [a, b] = [` + pair + `];
			let error = null;
			try { expect(a).toEqual(b); } catch (e) { error = e; }
			expect(error instanceof Error && error.name === "AssertionError").toEqual(true);`})
	}
	pass(t, ``, tests)
}

func TestMatchers(t *testing.T) {
	t.Parallel()
	pass(t, ``, []jsTest{
		{"toThrow", `
			expect(() => { throw "text"; }).toThrow("text");
			expect(() => { throw new Error("text"); }).toThrow("text");
			expect(() => { throw new TypeError("text"); }).toThrow("text");
			expect(() => { throw {message: "text"}; }).toThrow("text");
			expect(() => { throw 5; }).toThrow("5");
			expect(() => { throw ""; }).toThrow("");
			expect(() => { throw new Error("a\nb"); }).toThrow("a\nb");
			expect(() => { null.x; }).toThrow();
			expect(function () { new java.math.BigDecimal("x"); }).toThrow();
			expect(expect(() => { throw "x"; }).toThrow("x") === undefined).toEqual(true);`},
		{"toThrow calls once", `
			let calls = 0;
			expect(() => { calls++; throw "x"; }).toThrow("x");
			expect(calls).toEqual(1);`},
		{"parts of text", `
			expect("abc").startsWith("ab");
			expect("abc").startsWith("");
			expect("abc").endsWith("bc");
			expect("abc").containsString("b");
			expect("日本").startsWith("日");
			expect("a" + String.fromCharCode(66)).endsWith("B");`},
		{"a matcher that was taken along", `
			let error = null;
			const {toEqual} = expect(1);
			try { toEqual(1); } catch (e) { error = e; }
			expect(String(error)).containsString("called on another object than its own");`},
		{"fail", `
			for (const args of [[], ["why"], [5], [null]]) {
				let error = null;
				try { fail(...args); } catch (e) { error = e; }
				expect(error instanceof Error).toEqual(true);
				expect(error.message).startsWith("the test called fail()");
				expect(error.toString()).startsWith("AssertionError: the test called fail()");
			}`},
	})
	pass(t, ``, throwing([]jsError{
		{`expect(() => 1).toThrow("x")`, "expected the function to throw"},
		{`expect(() => { throw "ab"; }).toThrow("a")`, `expected "ab" as the message thrown to equal "a"`},
		{`expect(() => { throw new TypeError("x"); }).toThrow("TypeError: x")`, `expected "x" as the message`},
		{`expect(() => { throw "ab"; }).toThrow(/a/)`, "toThrow: the argument is an object, not text"},
		{`expect(() => { throw "ab"; }).toThrow(undefined)`, "toThrow: the argument is undefined, not text"},
		{`expect("x").toThrow("x")`, "expect was given text, not a function"},
		{`expect("abc").startsWith("b")`, `expected "abc" to start with "b"`},
		{`expect("abc").endsWith("b")`, `expected "abc" to end with "b"`},
		{`expect("abc").containsString("x")`, `expected "abc" to contain "x"`},
		{`expect(null).startsWith("x")`, `expected null to start with "x"`},
		{`expect(12).startsWith("1")`, `expected 12 to start with "1"`},
		{`expect("abc").startsWith(null)`, "the argument is null, not text"},
		{`expect(1).toBe(1)`, "has no member 'toBe'"},
		{`expect(1).not.toEqual(2)`, "undefined"},
		{`expect(new Map([["a", new Set([1])]])).toEqual(new Map())`, `expected Map([["a", Set([1])]]) to equal Map([])`},
		{`httpClient.createHttpResponse(200, "application/json", {a: 1})`, "createHttpResponse: body is an object, not text"},
		{`expect(1n).toEqual(1)`, `expected 1n to equal 1`},
		{`expect(new Date(1)).toEqual(new Date(NaN))`, `expected Date(1970-01-01T00:00:00.001Z) to equal Date(Invalid Date)`},
		{`expect(engine.createItem("a", "A")).toEqual(engine.createItem("a", "B"))`, `expected Item(a) to equal Item(a): these are different objects; compare what they hold`},
		{`test("name", function* () {})`, "a generator function"},
		{`test("name")`, "the second argument is undefined, not a function"},
		{`test(null, () => 1)`, "name is null"},
		{`execute()`, "the script has run already, before the tests"},
		{`expect([1, "a", null, {b: undefined}]).toEqual(engine.createItem("v", "d"))`, `expected [1, "a", null, {"b": undefined}] to equal Item(v)`},
		{`expect("x".repeat(1000)).toEqual("y")`, "x…"},
		{`const a = []; a.push(a); expect(a).toEqual([a, 1])`, "to equal"},
		{`const a = [], b = []; a.push(a); b.push(b); expect(a).toEqual(b)`, "too large or nested too deep"},
		{`let a = 1, b = 1; for (let i = 0; i < 100; i++) { a = [a, a]; b = [b, b]; } expect(a).toEqual(b)`, "too large or nested too deep"},
		{`expect(new Array(2 ** 32 - 1)).toEqual(new Array(2 ** 32 - 1))`, "too large or nested too deep"},
		{`let o = {}; for (let i = 0; i < 300; i++) o = {o}; expect(o).toEqual(1)`, "to equal 1"},
	}))
}

// outcome runs a suite of one test.
func outcome(t *testing.T, script, tests string, execute bool, limits hostapi.Limits) *runtime.TestResult {
	t.Helper()
	engine := runtime.New(runtime.Config{})
	s := suiteOf(t, engine, script, tests, execute)
	s.Limits = limits
	result, err := engine.RunTest(t.Context(), s, 0)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestPlacesOfFailures(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, script, tests, file, text string }{
		{"in the test", ``, "test('t', () => {\n\n  expect(1).toEqual(2);\n});", "task.test.js:3:", "expected 1 to equal 2"},
		{"in the script", "function main() {\n  throw new Error('mine');\n}", "test('t', () => {\n\n\n\n  main();\n});", "task.js:2:", "mine"},
		{"a string", "function main() {\n  throw 'mine';\n}", "test('t', () => {\n\n\n\n  main();\n});", "task.js:2:", "mine"},
		{"of the API", "function main() {\n\n  engine.findData(null);\n}", "test('t', () => { main(); });", "task.js:3:", "findData: needs the definition"},
		{"of Java", "function main() {\n\n  new java.math.BigDecimal('x');\n}", "test('t', () => { main(); });", "task.js:3:", "NumberFormatException"},
		{
			"in a handler", "function main() {\n\n\n\n  httpClient.begin().get('https://h/');\n}",
			"test('t', () => {\n  httpClient.setRequestHandler(({url}) => {\n    expect(url).toEqual('x');\n  });\n  main();\n});", "task.test.js:3:", `expected "https://h/" to equal "x"`,
		},
		{
			"fail in a handler", "function main() {\n\n\n\n  httpClient.begin().get('https://h/');\n}",
			"test('t', () => {\n  httpClient.setRequestHandler(() => fail());\n  main();\n});", "task.test.js:2:", "the test called fail()",
		},
		{
			"in a function that a line is given to", "",
			"const f = engine.createQfile('a', 'text/plain', 'x');\ntest('t', () => {\n  fileRepository.readFile(f, 'UTF-8', line => {\n    expect(line).toEqual('y');\n  });\n});", "task.test.js:4:", `expected "x" to equal "y"`,
		},
		{"thrown on", "function main() { try { null.x; } catch (e) {\n throw e; } }", "test('t', () => { main(); });", "task.js:1:", "TypeError"},
		{"toThrow", "", "test('t', () => {\n  expect(() => {\n  throw 'a'; }).toThrow('b');\n});", "task.test.js:3:", "as the message thrown"},
		{"in an async test", "", "test('t', async () => {\n  await null;\n  expect(1).toEqual(2);\n});", "task.test.js:3:", "expected 1 to equal 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := outcome(t, tt.script, tt.tests, false, hostapi.Limits{})
			if got := detail(orNone(r.Err)); !strings.Contains(got, tt.text) || !strings.Contains(got, tt.file) {
				t.Errorf("failed with %s\nwant %s … %s", got, tt.file, tt.text)
			}
		})
	}
}

func TestPlacesOfFailuresOfExecute(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"\n\nnull.x;": "task.js:3:",
		"main();\nfunction main() {\n  throw 'mine';\n}":                           "task.js:3:",
		"main();\nfunction main() {\n\n  httpClient.begin().get('https://h/');\n}": "task.test.js:2:",
	} {
		r := outcome(t, script, "test('t', () => {\n  httpClient.setRequestHandler(() => fail());\n  execute();\n});", true, hostapi.Limits{})
		if got := detail(orNone(r.Err)); !strings.Contains(got, want) {
			t.Errorf("%q failed with %s, want %s", script, got, want)
		}
	}
}

func orNone(err error) error {
	if err == nil {
		return &hostapi.Error{Message: "no error"}
	}
	return err
}

func TestMismatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		body             string
		expected, actual string
		text             bool
	}{
		{`expect("a\nb").toEqual("c")`, "c", "a\nb", true},
		{`expect(1).toEqual("1")`, `"1"`, "1", false},
		{`expect({a: [1, null]}).toEqual(undefined)`, "undefined", `{"a": [1, null]}`, false},
		{`expect(new java.math.BigDecimal("1.50")).toEqual(new java.util.ArrayList(["x"]))`, `["x"]`, "BigDecimal(1.50)", false},
		{`expect(() => { throw "a"; }).toThrow("b")`, "b", "a", true},
		{`expect("abc").endsWith("x")`, "x", "abc", true},
		{`httpClient.setRequestHandler(() => { expect(1).toEqual(2); }); httpClient.begin().get("https://h/")`, "2", "1", false},
	}
	for _, tt := range tests {
		t.Run(tt.body, func(t *testing.T) {
			t.Parallel()
			r := outcome(t, "", "test('t', () => { "+tt.body+" })", false, hostapi.Limits{})
			if r.Mismatch == nil {
				t.Fatalf("no mismatch: %v", r.Err)
			}
			if m := *r.Mismatch; m.Expected != tt.expected || m.Actual != tt.actual || m.Text != tt.text {
				t.Errorf("compared %+v", m)
			}
		})
	}
	// An assertion that the script swallowed is not why the test failed.
	r := outcome(t, "", `test('t', () => { try { expect(1).toEqual(2); } catch (e) {} throw "later"; })`, false, hostapi.Limits{})
	if r.Mismatch != nil || r.Assertions != 1 || r.Err == nil || r.Err.Error() != "later" {
		t.Errorf("%+v %v", r.Mismatch, r.Err)
	}
}

func TestAssertionsThatAreSwallowed(t *testing.T) {
	t.Parallel()
	r := outcome(t, "", `test('t', () => { try { fail(); } catch (e) { expect(e.message !== "x").toEqual(true); } })`, false, hostapi.Limits{})
	if r.Err != nil || r.Assertions != 2 {
		t.Errorf("error %v, %d assertions", r.Err, r.Assertions)
	}
}

func TestTestsThatEnd(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, tests string
		code        hostapi.Code
	}{
		{"a loop", `test('t', () => { for (;;); })`, hostapi.CodeTimeout},
		{"a loop in a handler", `test('t', () => { httpClient.setRequestHandler(() => { for (;;); }); httpClient.begin().get("https://h/"); })`, hostapi.CodeTimeout},
		{"a loop in a handler, caught", `test('t', () => { httpClient.setRequestHandler(() => { for (;;); }); try { httpClient.begin().get("https://h/"); } catch (e) {} })`, hostapi.CodeTimeout},
		{"a loop that should throw", `test('t', () => { expect(() => { for (;;); }).toThrow(); })`, hostapi.CodeTimeout},
		{"lines", `test('t', () => { const f = engine.createQfile("a", "a/b", "\n"); fileRepository.readFile(f, "UTF-8", () => { for (;;); }); })`, hostapi.CodeTimeout},
		{"packets, for ever", `test('t', () => { const f = engine.createQfile("a", "a/b", "x".repeat(1e7)); for (;;) fileRepository.readFile(f, 1, () => {}); })`, hostapi.CodeTimeout},
		{"a custom toString", `test('t', () => { engine.log({toString() { for (;;); }}); })`, hostapi.CodeTimeout},
		{"a getter", `test('t', () => { expect({get a() { for (;;); }}).toEqual({a: 1}); })`, hostapi.CodeTimeout},
		{"a token", `test('t', () => { httpClient.setRequestHandler(() => 1); httpClient.begin().oauth2JwtBearer(null, () => { for (;;); }).get("https://h/"); })`, hostapi.CodeTimeout},
		{"a post", `test('t', () => { feedService.setPostHandler(() => { for (;;); }); feedService.begin().post(); })`, hostapi.CodeTimeout},
		{"a recursion", `test('t', () => { const f = () => f(); f(); })`, hostapi.CodeLimit},
		{"a recursion that should throw", `test('t', () => { const f = () => f(); expect(f).toThrow(); })`, hostapi.CodeLimit},
		{"a recursion through a handler", `test('t', () => { const f = () => httpClient.begin().get("https://h/"); httpClient.setRequestHandler(f); f(); })`, hostapi.CodeLimit},
		{"a recursion through lines", `test('t', () => { const f = engine.createQfile("a", "a/b", "x"); const r = () => fileRepository.readFile(f, "UTF-8", r); r(); })`, hostapi.CodeLimit},
		{"a promise that nothing settles", `test('t', async () => { await new Promise(() => {}); })`, hostapi.CodeScript},
		{"a rejection", `test('t', () => { Promise.reject(new Error("x")); })`, hostapi.CodeScript},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			limits := hostapi.Limits{}
			if tt.code == hostapi.CodeTimeout {
				limits.Time = 100 * time.Millisecond
			}
			if r := outcome(t, "", tt.tests, false, limits); hostapi.CodeOf(r.Err) != tt.code {
				t.Errorf("error %v (%s), want %s", r.Err, hostapi.CodeOf(r.Err), tt.code)
			}
		})
	}
}

func TestSuites(t *testing.T) {
	t.Parallel()
	t.Run("names", func(t *testing.T) {
		t.Parallel()
		engine := runtime.New(runtime.Config{})
		s := suiteOf(t, engine, "", "test('a', () => {});\ntest('a', () => { throw 'x' });\n\ntest(5, () => {});\nfor (const n of ['日', ''])\n  test(n, () => {});", false)
		found, err := engine.FindTests(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		want := []runtime.Test{{Name: "a", Line: 1}, {Name: "a", Line: 2}, {Name: "5", Line: 4}, {Name: "日", Line: 6}, {Name: "", Line: 6}}
		if len(found) != len(want) {
			t.Fatalf("found %v", found)
		}
		for i := range want {
			if found[i] != want[i] {
				t.Errorf("test %d is %v, want %v", i, found[i], want[i])
			}
		}
		for i, fails := range []bool{false, true, false} {
			if r, err := engine.RunTest(t.Context(), s, i); err != nil || (r.Err != nil) != fails {
				t.Errorf("test %d: %v, %v", i, r.Err, err)
			}
		}
	})
	t.Run("a suite without tests", func(t *testing.T) {
		t.Parallel()
		engine := runtime.New(runtime.Config{})
		if found, err := engine.FindTests(t.Context(), suiteOf(t, engine, "", "", false)); err != nil || len(found) != 0 {
			t.Errorf("found %v, %v", found, err)
		}
	})
	t.Run("host objects while the tests are loaded", func(t *testing.T) {
		t.Parallel()
		passSuite(t, "const main = () => answer;", `
			const limit = httpClient.getRequestingLimit();
			const key = base64.encodeToString("key");
			const when = dateFormatter.parse("yyyy-MM-dd", "2020-01-02");
			const file = engine.createQfile("a", "text/plain", key);
			const answer = 42;
			test("t", () => { expect([limit > 0, key, file.getLength(), main()]).toEqual([true, "a2V5", 4, 42]); expect(when.getTime() > 0).toEqual(true); });`, false)
	})
	t.Run("execute", func(t *testing.T) {
		t.Parallel()
		passSuite(t, `
			main();
			function main() { if (configs.get("fail") !== null) throw mine; engine.setData(configs.getObject("out"), made); }
			const late = 1;
			var old = 2;
			let variable = 3;`, `
			const mine = new Error("mine"), made = {};
			test("runs the script", () => {
				const out = engine.createDataDefinition("out", 1, "q_out", "STRING");
				configs.putObject("out", out);
				expect(typeof main).toEqual("undefined");
				expect(execute() === undefined).toEqual(true);
				expect(engine.findData(out) === made).toEqual(true);
				expect(typeof main).toEqual("function");
				expect([late, old, variable]).toEqual([1, 2, 3]);
				expect(execute).toThrow("execute: the script has run already in this test");
			});
			test("throws what it throws", () => {
				configs.put("fail", "1");
				let error = null;
				try { execute(); } catch (e) { error = e; }
				expect(error === mine).toEqual(true);
			});
			test("as a value", () => { configs.put("fail", "1"); expect(execute).toThrow("mine"); });
			test("as an argument", () => { configs.put("fail", "1"); const run = f => f(); expect(() => run(execute)).toThrow("mine"); });`, true)
	})
	t.Run("names that the tests take for themselves", func(t *testing.T) {
		t.Parallel()
		passSuite(t, "function main() { return post('p') + list(2); }\nconst dateFormatter = {format: () => 'mine'};", `
			const createQfile = (name, text) => engine.createQfile(name, "text/plain", text);
			function post(x) { return "post " + x; }
			function list(limit) { return limit; }
			const prepareConfigs = (configs, fail) => { configs.put("a", fail); };
			var markdown = "mine";
			const data = 1, retVal = 2;
			test("t", () => {
				prepareConfigs(configs, "x");
				const engine2 = engine, test = 5, expected = expect;
				{ const expect = x => x; expect(1); }
				expected(createQfile("a", "b").getName()).toEqual("a");
				expected(main()).toEqual("post p2");
				expected(dateFormatter.format()).toEqual("mine");
				expected([markdown, data, retVal, test]).toEqual(["mine", 1, 2, 5]);
			});
			test("globals can be replaced", () => {
				const {log} = engine;
				engine.log = x => "replaced " + x;
				expect(engine.log(1)).toEqual("replaced 1");
				httpClient = {begin: () => "mine"};
				expect(httpClient.begin()).toEqual("mine");
				expect(globalThis.httpClient.begin()).toEqual("mine");
				log("still here");
			});
			test("and are back in the next test", () => { expect(typeof httpClient.setRequestHandler).toEqual("function"); });`, false)
	})
}

func TestLogOfTests(t *testing.T) {
	t.Parallel()
	r := outcome(t, "", `test('t', () => { engine.log("a"); engine.log(undefined); engine.log(); console.warn([1], {a: 2}); engine.log(new java.math.BigDecimal("1.0")); engine.log(new java.util.ArrayList(["x"])); })`, false, hostapi.Limits{})
	if r.Err != nil {
		t.Fatal(detail(r.Err))
	}
	var got []string
	for _, l := range r.Logs {
		got = append(got, string(l.Level)+" "+l.Message)
	}
	few := outcome(t, "", `test('t', () => { for (let i = 0; i < 20; i++) engine.log(i); console.log("x".repeat(1000)); })`, false, hostapi.Limits{LogLines: 5, LogBytes: 500})
	if few.Err != nil || len(few.Logs) != 5 {
		t.Errorf("more than may be logged: %v, %d lines", few.Err, len(few.Logs))
	}
	want := []string{"info a", "info undefined", "info undefined", `warn [1] {"a":2}`, "info 1.0", "info [x]"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("logged %q", got)
	}
}
