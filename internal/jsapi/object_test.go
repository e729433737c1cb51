package jsapi_test

import (
	"testing"

	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

// every makes one object of every kind that the host has.
const every = `
const table = engine.createDataDefinition("t", 1, "q_t", "LIST");
table.addSubDataDefinition("c", "c", "STRING");
const every = {
	engine, configs, httpClient, base64, digest, hex, hmac, jwt, rsa, markdown, feedService, emailService, fileRepository, dateFormatter,
	processInstance, quserDao, qgroupDao, itemDao, console, java,
	definition: table, column: table.getSubDataDefinitions().get(0), table: table.createListArray(), row: table.createListArray().addRow(),
	item: engine.createItem("v", "d"), file: engine.createQfile("a.txt", "text/plain", "x"), bytes: engine.createByteArray("x"),
	user: engine.createQuser(1, "Ada", "a@example.com"), group: engine.createQgroup(1, "Staff", "", null),
	request: httpClient.begin(), response: httpClient.createHttpResponse(200, "a/b", "x"), auth: httpClient.createAuthSettingToken("n", "t"),
	headers: engine.createHttpHeaders(), post: feedService.begin(), email: emailService.begin(),
	address: emailService.parseAddressHeader("a@example.com").get(0),
	decimal: new java.math.BigDecimal("1"), timestamp: new java.sql.Timestamp(0), format: new java.text.SimpleDateFormat("yyyy"),
	decimalFormat: new java.text.DecimalFormat("0"), locale: new java.util.Locale("ja"), expectation: expect(1),
};
const each = f => { for (const name in every) f(every[name], name); };
`

func TestHostObjects(t *testing.T) {
	t.Parallel()
	pass(t, every, []jsTest{
		{"have no other members", `
			each((o, name) => {
				expect([name, typeof o]).toEqual([name, "object"]);
				expect([name, o.nothing]).toEqual([name, undefined]);
				expect([name, o.nothing?.more.and.more]).toEqual([name, undefined]);
				expect([name, "nothing" in o]).toEqual([name, false]);
				expect([name, o[Symbol("x")]]).toEqual([name, undefined]);
				expect([name, o[0]]).toEqual([name, undefined]);
				const {nothing, other = "default"} = o;
				expect([name, nothing, other]).toEqual([name, undefined, "default"]);
				let error = null;
				try { o.nothing(); } catch (e) { error = e; }
				expect([name, error instanceof TypeError]).toEqual([name, true]);
			});`},
		{"take what a script puts on them", `
			each((o, name) => {
				o.own = name;
				expect(o.own).toEqual(name);
				expect("own" in o).toEqual(true);
				expect(delete o.own).toEqual(true);
				o["own " + name] = 1;
				expect(o["own " + name]).toEqual(1);
			});
			const copy = Object.assign(engine.createItem("v", "d"), {label: "x"});
			expect(copy.label + copy.getValue()).toEqual("xv");`},
		{"have methods that are functions", `
			const {begin, getOAuth2Token: get} = httpClient, encode = base64.encodeToString;
			expect([begin.name, get.name, encode.name]).toEqual(["begin", "getOAuth2Token", "encodeToString"]);
			for (const f of [begin, get, encode]) {
				expect([typeof f, f instanceof Function, String(f).endsWith("() { [native code] }")]).toEqual(["function", true, true]);
				let error = null;
				try { new f(); } catch (e) { error = e; }
				expect(error instanceof TypeError).toEqual(true);
			}
			expect(httpClient.getOAuth2Token === get).toEqual(true);
			expect(new Set([begin, get, encode]).size).toEqual(3);
			expect(typeof begin.call(httpClient).bearer.bind(httpClient.begin())("t").post).toEqual("function");`},
		{"are keys", `
			const map = new Map(), weak = new WeakMap(), set = new Set();
			each((o, name) => { map.set(o, name); weak.set(o, name); set.add(o).add(o); });
			each((o, name) => { expect(map.get(o) + weak.get(o)).toEqual(name + name); });
			expect(set.size).toEqual(Object.keys(every).length);`},
		{"are equal to themselves only", `
			each((o, name) => {
				expect(o == o && o === o && Object.is(o, o)).toEqual(true);
				expect(o).toEqual(o);
				expect([name, o == null, !o, o === undefined]).toEqual([name, false, false, false]);
			});`},
		{"can be written", `
			each((o, name) => {
				expect(typeof String(o)).toEqual("string");
				expect(("" + o).length > 0).toEqual(true);
				expect([name, typeof JSON.stringify(o)]).toEqual([name, "string"]);
				expect(JSON.stringify({o}).length > 0).toEqual(true);
				expect(Array.isArray(Object.keys(o))).toEqual(true);
				expect(typeof {...o}).toEqual("object");
				expect(Object.prototype.toString.call(o)).toEqual("[object Object]");
				engine.log(o);
				console.log(o);
			});`},
		{"are objects of no class of the script's", `
			class A {}
			each(o => {
				expect(o instanceof Object).toEqual(true);
				expect(o instanceof A).toEqual(false);
				expect(o instanceof Array).toEqual(false);
				expect(Array.isArray(o)).toEqual(false);
			});`},
		{"keep their methods, which are functions", `
			expect(engine.findData === engine.findData).toEqual(true);
			expect(every.file.getName === engine.createQfile("b", "a/b", "").getName).toEqual(true);
			expect(typeof every.file.getName).toEqual("function");
			expect(every.file.getName.call(engine.createQfile("b", "a/b", ""))).toEqual("b");
			expect(every.file.getName.bind(every.file)()).toEqual("a.txt");
			expect(every.file["getName"]()).toEqual("a.txt");
			expect(every.file?.getName?.()).toEqual("a.txt");
			expect(Reflect.has(every.file, "getName")).toEqual(true);`},
		{"a getter wants no arguments and takes any", `
			expect(every.file.getName(1, 2, 3)).toEqual("a.txt");
			expect(every.user.getId(null)).toEqual(1);`},
		{"refuse another this", `
			const wrong = [undefined, null, 5, "x", {}, [], engine, every.user];
			for (const self of wrong) {
				for (const [method, ...args] of [[every.file.getName], [every.response.getStatusCode], [every.decimal.longValue], [every.timestamp.getTime], [every.table.size],
						[every.row.get, 0], [every.item.getValue], [every.definition.getName], [every.request.get, "https://h/"], [every.bytes.getLength], [every.auth.getName],
						[every.group.getName], [every.headers.getFirst, "a"], [every.expectation.toEqual, 1], [every.post.post], [every.email.send]]) {
					let error = null;
					try { method.apply(self, args); } catch (e) { error = e; }
					expect(error instanceof Error).toEqual(true);
				}
			}`},
		{"may be frozen or not, but do not break", `
			each(o => {
				for (const f of [Object.freeze, Object.seal, Object.preventExtensions, x => Object.defineProperty(x, "p", {get: () => 1}), x => Object.setPrototypeOf(x, null), x => { x[Symbol.iterator] = 1; }]) {
					try { f(o); } catch (e) { expect(e instanceof TypeError).toEqual(true); }
				}
			});
			expect(engine.getTimeZoneId()).toEqual("GMT+09:00");`},
		{"what inherits from one", `
			const mine = Object.create(engine);
			expect(mine.getTimeZoneId()).toEqual("GMT+09:00");
			mine.getTimeZoneId = () => "mine";
			expect(mine.getTimeZoneId() + engine.getTimeZoneId()).toEqual("mineGMT+09:00");`},
		{"a proxy of one", `
			const calls = [];
			const spy = new Proxy(engine, {get: (target, name) => { calls.push(name); return target[name]; }});
			expect(spy.getTimeZoneId()).toEqual("GMT+09:00");
			expect(calls).toEqual(["getTimeZoneId"]);`},
	})
}

// The globals are there when they are named, and make way for a script's own.
func TestGlobals(t *testing.T) {
	t.Parallel()
	pass(t, ``, []jsTest{
		{"are found everywhere", `
			expect(globalThis.engine === engine).toEqual(true);
			expect("engine" in globalThis).toEqual(true);
			expect("nothing" in globalThis).toEqual(false);
			expect(typeof nothing).toEqual("undefined");
			expect(Object.keys(globalThis).includes("engine")).toEqual(false);
			const f = new Function("return engine");
			expect(f() === engine).toEqual(true);
			expect((0, eval)("engine") === engine).toEqual(true);`},
		{"can be shadowed", `
			const f = (engine, {log = "none"} = {}) => engine + log;
			expect(f("mine")).toEqual("minenone");
			{ const httpClient = 5; expect(httpClient).toEqual(5); }
			var itemDao = 6;
			expect(itemDao).toEqual(6);`},
		{"can be assigned to", `
			markdown = {toHtml: x => "<" + x + ">"};
			expect(markdown.toHtml("a")).toEqual("<a>");
			globalThis.hex = "mine";
			expect(hex).toEqual("mine");
			delete globalThis.hex;
			expect(typeof hex).toEqual("object");`},
	})
	config := runtime.Config{Connector: &hostapitest.Connector{Handler: hostapitest.Text(200, "a/b", "x")}}
	result, err := run(t, runtime.Task{}, config, runtime.Source{Code: []byte(`
		const configs = "mine";
		function quserDao() { return "mine"; }
		var hmac = "mine";
		class jwt {}
		engine.log([configs, quserDao(), hmac, typeof jwt, typeof test, typeof expect, typeof fail, typeof execute, typeof data].join());`)})
	if err != nil {
		t.Fatal(detail(err))
	}
	if got := result.Logs[0].Message; got != "mine,mine,mine,function,undefined,undefined,undefined,undefined,undefined" {
		t.Errorf("logged %s", got)
	}
}
