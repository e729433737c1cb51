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
			if (e.stack.split("\n")[1] !== "\tat header (native)" || /github|proxy/.test(e.stack)) throw e.stack;
		}
		try {
			java.math.BigDecimal.valueOf({});
		} catch (e) {
			if (!/^\S*(Error|Exception): .*\n\tat valueOf \(native\)\n/.test(e.stack)) throw e.stack;
		}
		if (functions < 80) throw functions + " functions";`)})
	if err != nil {
		t.Error(err)
	}
}

// What a script does to one function of the API affects no other one.
func TestFunctionsOfTheAPIAreApart(t *testing.T) {
	t.Parallel()
	_, err := run(t, runtime.Task{}, runtime.Config{}, runtime.Source{Name: "apart.js", Code: []byte(`
		const key = Symbol();
		engine.log.mine = engine.log[0] = engine.log[key] = engine.log.length = 7;
		delete engine.log.length;
		Reflect.defineProperty(engine.log, "defined", { value: 1 });
		Reflect.defineProperty(engine.log, key, { value: 1 });
		Reflect.defineProperty(engine.log, 1, { value: 1 });
		if (Reflect.setPrototypeOf(engine.log, null)) throw "it has another prototype";
		for (const f of [engine.log, engine.findData, httpClient.begin]) {
			const keys = Reflect.ownKeys(f).join();
			if (keys !== "length,name" || f.length !== 0 || f.mine !== undefined || !(f instanceof Function) ||
				Object.getOwnPropertyDescriptor(f, "name").value !== f.name || Object.getOwnPropertyDescriptor(f, "mine")) throw f.name + ": " + keys;
		}
		(function () {
			"use strict";
			try {
				engine.log.mine = 1;
			} catch (e) {
				if (e instanceof TypeError) return;
				throw e;
			}
			throw "strict code was not told";
		})();
		const begin = httpClient.begin;
		if (httpClient.begin !== begin || begin.call(undefined).get === undefined) throw "not the same function";`)})
	if err != nil {
		t.Error(err)
	}
}
