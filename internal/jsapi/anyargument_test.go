package jsapi_test

import (
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

// callAll calls every method of the objects with whatever there is, and on whatever
// there is: it may throw an Error, and that is all that may happen.
const callAll = `
const callAll = objects => {
	const values = [undefined, null, true, "", "x", "0", "UTF-8", "yyyy", 0, -1, 1.5, 1e308, NaN, 5n, Symbol("s"), () => 1, {}, [], ["x"], new Array(5), new Date(0), new Uint8Array(2),
		new java.util.ArrayList(["x"]), {toString() { throw new TypeError("no text"); }}, ...objects];
	let calls = 0;
	const call = (f, self, ...args) => {
		calls++;
		try {
			if (f.apply(self, args) === undefined) return;
		} catch (e) {
			if (!(e instanceof Error)) throw "not an Error: " + String(e);
		}
	};
	const functions = [];
	for (const o of objects) {
		for (const name of Object.keys(o)) {
			if (typeof o[name] === "function") functions.push([o[name], o]);
		}
	}
	for (const path of ["java.util.ArrayList", "java.util.Locale", "java.util.Date", "java.math.BigDecimal", "java.math.BigDecimal.valueOf", "java.sql.Timestamp", "java.sql.Timestamp.valueOf",
			"java.sql.Date", "java.sql.Date.valueOf", "java.text.SimpleDateFormat", "java.text.DecimalFormat", "com.questetra.bpms.util.AddableDate", "com.questetra.bpms.util.AddableTimestamp",
			"com.questetra.bpms.core.event.scripttask.NewQfile", "com.questetra.bpms.core.model.formdata.ListArray", "com.questetra.bpms.core.model.formdata.ListArray.ListRow"]) {
		functions.push([path.split(".").reduce((o, name) => o[name], globalThis), undefined]);
	}
	for (const [f, self] of functions) {
		call(f, self);
		for (const a of values) {
			call(f, a);
			call(f, self, a);
			call(f, self, "name", a);
			call(f, self, a, "a/b");
			call(f, self, a, a, a);
			call(f, self, "name", "a/b", a, "text", 1, 1, 1, 1);
			call(f, self, a, "yyyy", a, a);
			try { new f(a, a, a); } catch (e) { if (!(e instanceof Error)) throw e; }
		}
	}
	return calls;
};
`

// unhurried are limits for tens of thousands of calls on a machine that is busy.
func unhurried() hostapi.Limits {
	return hostapi.Limits{Time: time.Hour, Requests: 1e6, LogLines: 1e6, LogBytes: 1 << 30, DataBytes: 1 << 30}
}

func TestAnyArgumentInATest(t *testing.T) {
	t.Parallel()
	engine := runtime.New(runtime.Config{Limits: unhurried()})
	s := suiteOf(t, engine, "", every+callAll+`test("t", () => { expect(callAll(Object.values(every)) > 20000).toEqual(true); });`, false)
	result, err := engine.RunTest(t.Context(), s, 0)
	if err != nil {
		t.Fatal(err)
	}
	if result.Err != nil {
		t.Error(detail(result.Err))
	}
}

func TestAnyArgumentInATask(t *testing.T) {
	t.Parallel()
	task := runtime.Task{
		Items: declared(), Connections: []string{"crm"},
		Settings: map[string]hostapi.Setting{"auth": {Connection: "crm"}},
		Process:  &hostapi.Process{Users: []hostapi.User{{ID: 1}}, Groups: []hostapi.Group{{ID: 1}}},
		Data:     map[string]any{"q_files": []any{&hostapi.File{Name: "a", ContentType: "text/plain"}}, "q_table": []any{map[string]any{}}, "q_one": []any{"a"}},
	}
	config := runtime.Config{
		Connector: &hostapitest.Connector{Handler: hostapitest.Text(200, "text/plain", "x"), Tokens: map[string]string{"crm": "t"}},
		Limits:    unhurried(),
	}
	result, err := run(t, task, config, runtime.Source{Legacy: true, Code: []byte(def + callAll + `
		engine.log(callAll([
			engine, configs, httpClient, base64, digest, hex, hmac, jwt, rsa, markdown, feedService, emailService, fileRepository, dateFormatter, processInstance, quserDao, qgroupDao,
			itemDao, console, data, retVal, def("q_table"), def("q_table").getSubDataDefinitions()[0], def("q_table").createListArray(), read("q_table").getRow(0), read("q_one")[0],
			read("q_files")[0], quserDao.findById(1), qgroupDao.findById(1), httpClient.begin(), httpClient.begin().get("http://h/"), configs.getObject("auth"),
		]) > 20000);`)})
	if err != nil {
		t.Fatal(detail(err))
	}
	if got := result.Logs[len(result.Logs)-1].Message; got != "true" {
		t.Errorf("logged %s", got)
	}
}
