package jsapi_test

import (
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// item makes the definition of a data item of a type.
const item = `
let count = 0;
const item = type => engine.createDataDefinition("item", ++count, "q_" + count, type);
const stored = (type, value) => { const def = item(type); engine.setData(def, value); return engine.findData(def); };
`

func TestDataOfTests(t *testing.T) {
	t.Parallel()
	pass(t, item, []jsTest{
		{"an item begins with null, of every type", `
			for (const type of ["STRING", "STRING_TEXTFIELD", "STRING_TEXTAREA", "STRING_MARKDOWN", "DECIMAL", "DATE", "DATE_YMD",
					"DATETIME", "SELECT", "SELECT_SINGLE", "SELECT_CHECKBOX", "FILE", "LIST", "QUSER", "QGROUP"]) {
				expect(engine.findData(item(type)) === null).toEqual(true);
			}`},
		{"what was set comes back, whatever the type", `
			const when = java.sql.Timestamp.valueOf("2020-01-02 03:04:05");
			const file = engine.createQfile("a.txt", "text/plain", "a");
			const user = engine.createQuser(1, "Ada", "ada@example.com");
			for (const type of ["STRING_TEXTFIELD", "DECIMAL", "DATE_YMD", "SELECT_SINGLE", "FILE", "QUSER"]) {
				for (const value of ["text", "two\nlines", "", 5, 1.5, true, when, file, user, new java.math.BigDecimal("1.50")]) {
					expect(stored(type, value) === value).toEqual(true);
				}
			}`},
		{"undefined becomes null", `
			expect(stored("STRING", undefined) === null).toEqual(true);
			expect(stored("STRING", null) === null).toEqual(true);
			const def = item("STRING");
			engine.setData(def, "x");
			engine.setData(def, null);
			expect(engine.findData(def) === null).toEqual(true);`},
		{"text is a JavaScript string", `
			const text = stored("STRING", "a,b");
			expect(typeof text).toEqual("string");
			expect(text.split(",").length).toEqual(2);
			expect(text === "a,b").toEqual(true);
			expect(text.length).toEqual(3);
			expect(stored("STRING", "") === "").toEqual(true);`},
		{"setData returns nothing", `
			expect(engine.setData(item("STRING"), "x") === undefined).toEqual(true);`},
		{"an array becomes a list", `
			const items = [engine.createItem("a", "A"), engine.createItem("b", "B")];
			const list = stored("SELECT_CHECKBOX", items);
			expect(list instanceof java.util.ArrayList).toEqual(true);
			expect(list.size()).toEqual(2);
			expect(list.get(1) === items[1]).toEqual(true);
			expect(list.get(0).getValue()).toEqual("a");
			list.add(engine.createItem("c", "C"));
			expect(list.size()).toEqual(3);
			expect(stored("FILE", []).size()).toEqual(0);
			expect(stored("SELECT", ["x", "y"]).get(1)).toEqual("y");`},
		{"a list stays one, and so do its elements", `
			const list = new java.util.ArrayList();
			expect(stored("FILE", list) instanceof java.util.ArrayList).toEqual(true);
			expect(stored("FILE", list).isEmpty()).toEqual(true);
			const file = engine.createQfile("a.txt", "text/plain", "a");
			list.add(file);
			expect(stored("FILE", list).get(0) === file).toEqual(true);
			list.add("text");
			expect(stored("FILE", list).get(1)).toEqual("text");`},
		{"the spread of a list, and of several", `
			const first = stored("FILE", [1, 2]);
			const both = stored("FILE", [...first, ...stored("FILE", [3])]);
			expect(both.size()).toEqual(3);
			expect(first.size()).toEqual(2);`},
		{"items of one number do not share a value", `
			const a = engine.createDataDefinition("a", 1, "q_x", "STRING");
			const b = engine.createDataDefinition("a", 1, "q_x", "STRING");
			engine.setData(a, "for a");
			expect(engine.findData(a)).toEqual("for a");
			expect(engine.findData(b)).toEqual(null);`},
		{"by number: the item made last", `
			const a = engine.createDataDefinition("a", 7, "q_a", "STRING");
			const b = engine.createDataDefinition("b", 7, "q_b", "STRING");
			const c = engine.createDataDefinition("c", 8, "q_c", "STRING");
			engine.setDataByNumber("7", "x");
			expect(engine.findData(b)).toEqual("x");
			expect(engine.findData(a)).toEqual(null);
			expect(engine.findDataByNumber(7)).toEqual("x");
			expect(engine.findDataByNumber("7")).toEqual("x");
			engine.setDataByNumber(8, null);
			engine.setDataByNumber("8", 5);
			expect(engine.findData(c)).toEqual(5);
			expect(engine.findDataDefinitionByNumber("8") === c).toEqual(true);
			expect(engine.findDataDefinitionByNumber(8).getName()).toEqual("c");
			expect(engine.findDataDefinitionByNumber("9") === null).toEqual(true);
			expect(engine.findDataDefinitionByNumber(null) === null).toEqual(true);`},
		{"by variable name", `
			const a = engine.createDataDefinition("a", 1, "q_a", "STRING");
			engine.setDataByVarName("q_a", [1]);
			expect(engine.findDataByVarName("q_a").get(0)).toEqual(1);
			expect(engine.findData(a)).toEqual([1]);
			expect(engine.findDataDefinitionByVarName("q_a") === a).toEqual(true);
			expect(engine.findDataDefinitionByVarName("q_b") === null).toEqual(true);`},
		{"a table, and a row alone", `
			const def = item("LIST");
			def.addSubDataDefinition("name", "q_name", "STRING");
			const table = def.createListArray();
			const row = table.addRow();
			row.setCol(0, "x");
			engine.setData(def, table);
			expect(engine.findData(def) === table).toEqual(true);
			engine.findData(def).addRow().setCol(0, "y");
			expect(engine.findData(def).size()).toEqual(2);
			engine.setData(def, row);
			expect(engine.findData(def) === row).toEqual(true);`},
		{"methods can be taken along", `
			const {findData, setData} = engine;
			const def = item("STRING");
			setData(def, "x");
			expect(findData(def)).toEqual("x");
			expect([def].map(engine.findData)).toEqual(["x"]);
			["a", "b"].forEach(engine.log);`},
		{"definitions as keys", `
			const a = item("STRING"), b = item("STRING");
			const names = new Map([[a, "a"], [b, "b"]]);
			expect(names.get(a) + names.get(b)).toEqual("ab");
			expect(a == a).toEqual(true);
			expect(a === b).toEqual(false);`},
	})
}

func TestDataErrorsOfTests(t *testing.T) {
	t.Parallel()
	pass(t, item, throwing([]jsError{
		{"engine.findData()", "findData: needs the definition of a data item, got undefined"},
		{"engine.findData(null)", "needs the definition of a data item, got null"},
		{"engine.findData({})", "needs the definition of a data item, got an object"},
		{"engine.findData(engine)", "got an engine"},
		{"engine.setData(null, 'x')", "needs the definition of a data item, got null"},
		{"engine.setData(item('STRING'))", "setData: needs (definition, value)"},
		{"engine.findDataByNumber('99')", `no data item with the number "99"`},
		{"engine.findDataByNumber('')", `no data item with the number ""`},
		{"engine.findDataByNumber(null)", "no data item with the number"},
		{"engine.setDataByNumber('99', 'x')", `no data item with the number "99"`},
		{"engine.findDataByVarName('q_none')", `no data item "q_none"`},
		{"engine.createDataDefinition('a', 1, 'q_a')", "needs (name, number, varName, type)"},
		{"engine.createDataDefinition('a', 1, 'q_a', 'STRING_TEXTFEILD')", `createDataDefinition: "STRING_TEXTFEILD": no such type`},
		{"engine.createDataDefinition('a', 1, 'q_a', '')", "createDataDefinition: no such type"},
		{"engine.createDataDefinition('a', 1, 'q_a', 'LIST').addSubDataDefinition('b', 'b', 'NUMBER')", `no column has the type "NUMBER"`},
	}))
}

func number(n int) *int { return &n }

// declared are one item of every type.
func declared() []hostapi.Item {
	options := []hostapi.Option{{Value: "a", Display: "Apple"}, {Value: "b"}}
	return []hostapi.Item{
		{VarName: "q_text", Type: hostapi.TypeString},
		{VarName: "q_line", Type: hostapi.TypeTextfield, Name: "Line", Number: 110},
		{VarName: "q_area", Type: hostapi.TypeTextarea},
		{VarName: "q_n", Type: hostapi.TypeDecimal, Number: 120},
		{VarName: "q_day", Type: hostapi.TypeDateYMD},
		{VarName: "q_at", Type: hostapi.TypeDatetime},
		{VarName: "q_one", Type: hostapi.TypeSelectSingle, Options: options},
		{VarName: "q_some", Type: hostapi.TypeSelectCheckbox, Options: options},
		{VarName: "q_any", Type: hostapi.TypeSelect},
		{VarName: "q_files", Type: hostapi.TypeFile},
		{VarName: "q_table", Type: hostapi.TypeList, Columns: []hostapi.Column{
			{VarName: "name", Type: hostapi.TypeString, Name: "Name"},
			{VarName: "sum", Type: hostapi.TypeDecimal, Scale: number(2)},
			{VarName: "on", Type: hostapi.TypeDateYMD},
			{VarName: "kind", Type: hostapi.TypeSelectSingle, Options: options},
		}},
		{VarName: "q_user", Type: hostapi.TypeUser},
		{VarName: "q_group", Type: hostapi.TypeGroup},
	}
}

// def is how a task names a declared item.
const def = `const def = name => engine.findDataDefinitionByVarName(name);
const read = name => engine.findData(def(name)), write = (name, value) => engine.setData(def(name), value);
`

func TestDataOfTasks(t *testing.T) {
	t.Parallel()
	ada, staff := hostapi.User{ID: 7, Name: "Ada", Email: "ada@example.com"}, hostapi.Group{ID: 9, Name: "Staff"}
	task := runtime.Task{
		Items:   declared(),
		Process: &hostapi.Process{TimeZone: "GMT+09:00", Users: []hostapi.User{ada}, Groups: []hostapi.Group{staff}},
		Data: map[string]any{
			"q_text": "héllo", "q_n": hostapi.Decimal("1.50"), "q_day": "2020-03-14", "q_at": "2020-03-14T14:45:00Z", "q_one": []any{"a"},
			"q_some": []any{"b", "a"}, "q_files": []any{&hostapi.File{Name: "a.txt", ContentType: "text/plain", Content: []byte("abc")}},
			"q_table": []any{map[string]any{"name": "x", "sum": "1.5", "on": "2020-01-02", "kind": "a"}, map[string]any{}},
			"q_user":  ada, "q_group": staff,
		},
	}
	tests := []struct{ name, expression, want string }{
		{"text", `read("q_text") + typeof read("q_text")`, "héllostring"},
		{"a decimal", `read("q_n") + " " + (read("q_n") instanceof java.math.BigDecimal) + " " + read("q_n").scale()`, "1.50 true 2"},
		{"a day", `read("q_day") + " " + (read("q_day") instanceof java.sql.Date) + " " + read("q_day").addDays(1)`, "2020-03-14 true 2020-03-15"},
		{"a moment", `read("q_at") + " " + (read("q_at") instanceof java.sql.Timestamp) + " " + read("q_at").addHours(1)`, "2020-03-14 23:45:00.0 true 2020-03-15 00:45:00.0"},
		{"an option", `read("q_one").get(0).getValue() + read("q_one").get(0).getDisplay() + read("q_one").size()`, "aApple1"},
		{"options", `read("q_some").map(i => i.getDisplay()).join()`, "b,Apple"},
		{"files", `read("q_files").get(0).getName() + read("q_files")[0].getLength() + (read("q_files") instanceof java.util.ArrayList)`, "a.txt3true"},
		{"a table", `read("q_table").size() + read("q_table").get(0, "name") + read("q_table").get(0, 1) + "|" + read("q_table").get(1, 3) + "|"`, "2x1.50||"},
		{"a user", `read("q_user").getName() + (read("q_user") === quserDao.findById(7))`, "Adatrue"},
		{"a group", `read("q_group").getName() + (read("q_group") === qgroupDao.findById("9"))`, "Stafftrue"},
		{"unset", `[read("q_line"), read("q_any"), read("q_area")].map(String).join()`, "null,null,null"},
		{"by number", `engine.findDataByNumber("120") + " " + engine.findDataByNumber(120)`, "1.50 1.50"},
		{"by place", `engine.findDataByNumber("1")`, "héllo"},
		{"by name, as the value is stored", `[engine.findDataByVarName("q_n"), engine.findDataByVarName("q_at"), engine.findDataByVarName("q_one")].map(String).join()`, "1.5,2020-03-14T14:45:00Z,a"},
		{"the same definition each time", `def("q_line") === engine.findDataDefinitionByNumber(110)`, "true"},
		{"a definition", `[def("q_line").getName(), def("q_line").getNumber(), def("q_line").getVarName(), def("q_text").getName()].join()`, "Line,110,q_line,q_text"},
		{"columns", `def("q_table").getSubDataDefinitions().map(c => c.getName() + c.getVarName() + c.matchDataType("STRING")).join()`, "Namenametrue,sumsumfalse,ononfalse,kindkindfalse"},
		{"no test-only members", `[typeof engine.createItem, typeof def("q_table").addSubDataDefinition, typeof test, typeof expect, typeof configs.put].join()`, "undefined,undefined,undefined,undefined,undefined"},
		{"a write is seen", `(write("q_line", "x"), read("q_line"))`, "x"},
		{"the write of a list", `(write("q_some", ["a"]), read("q_some").get(0).getDisplay())`, "Apple"},
		{"an item of the list", `(write("q_some", read("q_one")), read("q_some").get(0).getValue())`, "a"},
		{"cleared", `(write("q_text", null), read("q_text"))`, "null"},
		{"itemDao", `itemDao.findAll(def("q_one")).map(i => i.getValue() + i.getDisplay()).join()`, "aApple,bb"},
		{"itemDao by name", `itemDao.findAll("q_one", true).size()`, "2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wantLog(t, task, def+"engine.log("+tt.expression+")", tt.want)
		})
	}
}

func TestWritesOfTasks(t *testing.T) {
	t.Parallel()
	process := &hostapi.Process{TimeZone: "GMT+09:00", Users: []hostapi.User{{ID: 7, Name: "Ada"}}, Groups: []hostapi.Group{{ID: 9, Name: "Staff"}}}
	tests := []struct{ source, name, want string }{
		{`write("q_text", "x")`, "q_text", `"x"`},
		{`write("q_text", undefined)`, "q_text", `null`},
		{`write("q_area", "a\nb")`, "q_area", `"a\nb"`},
		{`write("q_n", new java.math.BigDecimal("1.50"))`, "q_n", `1.50`},
		{`write("q_n", new java.math.BigDecimal("1E+3"))`, "q_n", `1E+3`},
		{`write("q_n", 2.5)`, "q_n", `2.5`},
		{`write("q_n", "7")`, "q_n", `7`},
		{`write("q_day", java.sql.Date.valueOf("2020-03-14"))`, "q_day", `"2020-03-14"`},
		{`write("q_day", new com.questetra.bpms.util.AddableDate(1584111600000).addDays(1))`, "q_day", `"2020-03-15"`},
		{`write("q_at", java.sql.Timestamp.valueOf("2020-03-14 23:45:00"))`, "q_at", `"2020-03-14T23:45:00+09:00"`},
		{`write("q_at", dateFormatter.parse("yyyy-MM-dd HH:mm", "2020-03-14 23:45").addMinutes(1))`, "q_at", `"2020-03-14T23:46:00+09:00"`},
		{`write("q_at", java.sql.Timestamp.valueOf("2020-03-14 23:45:00.123456789"))`, "q_at", `"2020-03-14T23:45:00.123456789+09:00"`},
		{`write("q_at", java.sql.Timestamp.valueOf("9999-12-31 23:59:59.999"))`, "q_at", `"9999-12-31T23:59:59.999+09:00"`},
		{`write("q_day", java.sql.Date.valueOf("0001-01-01"))`, "q_day", `"0001-01-01"`},
		{`write("q_one", ["b"])`, "q_one", `["b"]`},
		{`write("q_one", [])`, "q_one", `[]`},
		{`write("q_some", new java.util.ArrayList(["a", "b"]))`, "q_some", `["a","b"]`},
		{`write("q_some", itemDao.findAll(def("q_some")))`, "q_some", `["a","b"]`},
		{`write("q_any", ["whatever"])`, "q_any", `["whatever"]`},
		{`write("q_files", [new com.questetra.bpms.core.event.scripttask.NewQfile("a.txt", "text/plain", "abc")])`, "q_files", `[{"name":"a.txt","contentType":"text/plain; charset=UTF-8","content":"YWJj"}]`},
		{`write("q_user", quserDao.findById(7))`, "q_user", `{"id":7,"name":"Ada","email":""}`},
		{`write("q_group", qgroupDao.findById(9))`, "q_group", `{"id":9,"name":"Staff"}`},
		{`const t = def("q_table").createListArray(); const r = t.addRow(); r.put("name", "x"); r.setCol(1, "2.345"); write("q_table", t)`, "q_table", `[{"kind":"","name":"x","on":"","sum":"2.35"}]`},
		{`engine.setDataByNumber("120", 5)`, "q_n", `5`},
		{`engine.setDataByVarName("q_some", ["a"])`, "q_some", `["a"]`},
	}
	for _, tt := range tests {
		t.Run(tt.source, func(t *testing.T) {
			t.Parallel()
			result, err := run(t, runtime.Task{Items: declared(), Process: process}, runtime.Config{}, runtime.Source{Code: []byte(def + tt.source)})
			if err != nil {
				t.Fatal(detail(err))
			}
			if got := asJSON(t, result.Data[tt.name]); got != tt.want {
				t.Errorf("%s = %s, want %s", tt.name, got, tt.want)
			}
		})
	}
}

func TestWritesThatFail(t *testing.T) {
	t.Parallel()
	tests := []struct{ source, text string }{
		{`write("q_line", "a\nb")`, "setData q_line: STRING_TEXTFIELD needs one line of text"},
		{`engine.setDataByVarName("q_line", "a\nb")`, "setDataByVarName q_line: STRING_TEXTFIELD needs one line of text"},
		{`write("q_text", 5)`, "STRING needs text, got a number"},
		{`write("q_text", new java.math.BigDecimal("5"))`, "STRING needs text, got a number"},
		{`write("q_n", "abc")`, "DECIMAL needs a number"},
		{`write("q_n", "")`, "DECIMAL needs a number"},
		{`write("q_n", true)`, "DECIMAL needs a number"},
		{`write("q_day", java.sql.Timestamp.valueOf("2020-03-14 23:45:00"))`, "DATE_YMD needs a date"},
		{`write("q_day", "14.3.2020")`, "DATE_YMD needs a date"},
		{`write("q_at", java.sql.Date.valueOf("2020-03-14"))`, "DATETIME needs a date and time"},
		{`write("q_day", new com.questetra.bpms.util.AddableDate(0).addYears(8030))`, "the year of the date is not one of 1 to 9999"},
		{`write("q_at", new java.sql.Timestamp(-62200000000000))`, "the year of the date is not one of 1 to 9999"},
		{`engine.setDataByVarName("q_at", new java.sql.Timestamp(1e17))`, "the year of the date is not one of 1 to 9999"},
		{`write("q_one", ["c"])`, "no such option"},
		{`write("q_one", ["a", "b"])`, "at most one option"},
		{`write("q_one", "a")`, "a list of option values"},
		{`write("q_files", "a")`, "a list of files"},
		{`write("q_files", ["a"])`, "a list of files"},
		{`write("q_table", "a")`, "a list of rows"},
		{`write("q_table", def("q_table").createListArray().addRow())`, "a row cannot be stored"},
		{`write("q_user", "Ada")`, "a user"},
		{`write("q_text", engine)`, "an engine cannot be stored"},
		{`engine.setDataByVarName("q_none", 1)`, "no such data item"},
		{`engine.setDataByNumber("99", 1)`, "no data item with the number"},
		{`engine.findData(null)`, "needs the definition of a data item, got null"},
		{`engine.findDataByVarName("q_none")`, "no such data item"},
	}
	for _, tt := range tests {
		t.Run(tt.source, func(t *testing.T) {
			t.Parallel()
			wantFailure(t, runtime.Task{Items: declared()}, def+tt.source, hostapi.CodeInvalidArgument, tt.text)
		})
	}
}

// An offset that RFC 3339 cannot say is not cut short.
func TestOldMoment(t *testing.T) {
	t.Parallel()
	task := runtime.Task{Items: declared(), Process: &hostapi.Process{TimeZone: "Asia/Tokyo"}, Data: map[string]any{"q_at": "1833-11-24T17:31:44Z"}}
	result, err := run(t, task, runtime.Config{}, runtime.Source{Code: []byte(def + `write("q_at", read("q_at").addHours(1))`)})
	if err != nil || result.Data["q_at"] != "1833-11-24T18:31:44Z" {
		t.Errorf("q_at = %v, %v", result.Data["q_at"], err)
	}
}

// An error leaves no write of the run behind, and a script may catch it.
func TestWritesAreAtomic(t *testing.T) {
	t.Parallel()
	task := runtime.Task{Items: declared(), Data: map[string]any{"q_text": "before"}}
	result, err := run(t, task, runtime.Config{}, runtime.Source{Code: []byte(def + `write("q_text", "after"); throw "stop";`)})
	if err == nil || err.Error() != "stop" || result.Data["q_text"] != "before" || len(result.Changed) != 0 {
		t.Errorf("error %v, data %v, changed %v", err, result.Data, result.Changed)
	}
	task.Data["q_n"] = 2.5 // a number, as well as a decimal
	wantLog(t, task, def+`engine.log(read("q_n").add(1) + " " + engine.findDataByVarName("q_n"))`, "3.5 2.5")
	result, err = run(t, task, runtime.Config{}, runtime.Source{Code: []byte(def + `try { write("q_n", "x"); } catch (e) { write("q_text", e.code); }`)})
	if err != nil || result.Data["q_text"] != "invalid_argument" {
		t.Errorf("error %v, data %v", err, result.Data)
	}
}
