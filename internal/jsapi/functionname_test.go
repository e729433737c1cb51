package jsapi_test

import (
	"testing"

	"github.com/postern-dev/postern/runtime"
)

// The functions of the API have the names by which scripts call them, and neither they nor
// the stacks of errors have those of Go.
func TestNamesOfFunctions(t *testing.T) {
	t.Parallel()
	_, err := run(t, runtime.Task{}, runtime.Config{}, runtime.Source{Name: "names.js", Code: []byte(`
		const seen = new Set();
		let functions = 0;
		function check(path, value) {
			if (value === null || typeof value !== "object" && typeof value !== "function" || seen.has(value)) return;
			seen.add(value);
			if (typeof value === "function") {
				functions++;
				const text = Function.prototype.toString.call(value);
				if (/postern|goja|\(\*/.test(value.name + text)) throw path + " is " + value.name + ": " + text;
			}
			for (const name of Reflect.ownKeys(value)) {
				const property = Object.getOwnPropertyDescriptor(value, name);
				for (const part of [property.value, property.get, property.set]) check(path + "." + String(name), part);
			}
			check(path + ".__proto__", Object.getPrototypeOf(value));
		}
		check("engine", engine);
		check("httpClient", httpClient);
		check("request", httpClient.begin());
		check("BigDecimal", java.math.BigDecimal);
		check("decimal", new java.math.BigDecimal("1.5"));
		check("Date", Date);
		check("date", new Date(0));
		check("RegExp", RegExp);
		check("JSON", JSON);
		check("Function", Function);
		check("eval", eval);
		check("hasInstance", java.math.BigDecimal[Symbol.hasInstance]);
		check("methods", ["log", "findDataByVarName"].map(name => engine[name]));
		check("begin", httpClient.begin);
		check("get", httpClient.begin().get);
		check("equals", "a".equals);
		if (engine.log.name !== "log" || String(engine.log) !== "function () { [native code] }") throw engine.log.name + String(engine.log);
		if (java.math.BigDecimal.valueOf.name !== "valueOf") throw java.math.BigDecimal.valueOf.name;
		try {
			httpClient.begin().header({}, 1);
		} catch (e) {
			if (!/\tat proxy \(native\)/.test(e.stack) || /github/.test(e.stack)) throw e.stack;
		}
		if (functions < 80) throw functions + " functions";`)})
	if err != nil {
		t.Error(err)
	}
}
