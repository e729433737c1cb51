package jsapi_test

import (
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// tables makes a definition of a table with a column of each kind.
const tables = `
const define = () => {
	const def = engine.createDataDefinition("table", 1, "q_table", "LIST");
	def.addSubDataDefinition("Name", "name", "STRING");
	def.addDecimalSubDataDefinition("Sum", "sum", 3, true, false);
	def.addSubDataDefinition("Count", "count", "DECIMAL");
	def.addSubDataDefinition("Day", "day", "DATE_YMD");
	def.addSelectSubDataDefinition("Kind", "kind", "a", "b");
	return def;
};
const row = () => define().createListArray().addRow();
`

func TestTable(t *testing.T) {
	t.Parallel()
	pass(t, tables, []jsTest{
		{"rows", `
			const table = define().createListArray();
			expect(table.size()).toEqual(0);
			expect(table.isEmpty()).toEqual(true);
			const first = table.addRow();
			const second = table.addRow();
			first.setCol(0, "a");
			second.setCol(0, "b");
			expect(table.size()).toEqual(2);
			expect(table.getRow(0).get(0)).toEqual("a");
			expect(table.getRow(1).get("name")).toEqual("b");
			expect(table.get(1, 0)).toEqual("b");
			expect(table.get(1, "name")).toEqual("b");
			expect(table.getRow(1) === second).toEqual(true);
			expect(table.getRow(1) === table.getRow(1)).toEqual(true);`},
		{"cells", `
			const r = row();
			expect(r.size()).toEqual(5);
			expect(r.setCol(0, "text") === undefined).toEqual(true);
			expect(r.put("day", "2020-03-14") === undefined).toEqual(true);
			r.put("kind", "a");
			expect(r.get(0)).toEqual("text");
			expect(r.get("name")).toEqual("text");
			expect(r.get(3)).toEqual("2020-03-14");
			expect(r.get("kind")).toEqual("a");`},
		{"an empty cell is empty text", `
			const r = row();
			for (let i = 0; i < r.size(); i++) expect(r.get(i) === "").toEqual(true);
			for (const name of ["name", "sum", "count", "day", "kind"]) expect(r.get(name) === "").toEqual(true);
			r.setCol(0, "x");
			r.setCol(0, "");
			expect(r.get(0) === "").toEqual(true);
			r.setCol(1, "");
			r.setCol(1, null);
			r.put("sum", undefined);
			expect(r.get(1) === "").toEqual(true);`},
		{"a number has as many digits as its column", `
			const r = row();
			const cell = text => { r.setCol(1, text); return r.get("sum"); };
			expect(cell("123.45")).toEqual("123.450");
			expect(cell("5")).toEqual("5.000");
			expect(cell("-0.5")).toEqual("-0.500");
			expect(cell("1E+3")).toEqual("1000.000");
			expect(cell(2.5)).toEqual("2.500");
			expect(cell(new java.math.BigDecimal("7.1"))).toEqual("7.100");
			expect(cell("1.2345")).toEqual("1.235");
			expect(cell("-1.2345")).toEqual("-1.235");`},
		{"without a scale a number stays as it is", `
			const r = row();
			for (const text of ["123.45", "5", "1.000", "0"]) {
				r.put("count", text);
				expect(r.get("count")).toEqual(text);
			}`},
		{"getObject", `
			const r = row();
			for (let i = 0; i < r.size(); i++) expect(r.getObject(i) === null).toEqual(true);
			r.setCol(0, "text");
			r.setCol(1, "1.5");
			r.setCol(2, "7");
			r.setCol(3, "2020-03-14");
			r.setCol(4, "b");
			expect(r.getObject(0)).toEqual("text");
			expect(r.getObject(1) instanceof java.math.BigDecimal).toEqual(true);
			expect(r.getObject(1).toString()).toEqual("1.500");
			expect(r.getObject(2).longValue()).toEqual(7);
			expect(r.getObject(3)).toEqual(java.sql.Date.valueOf("2020-03-14"));
			expect(r.getObject(4)).toEqual("b");
			expect(r.getObject("sum").toString()).toEqual("1.500");`},
		{"numbers as text, text as numbers", `
			const r = row();
			r.setCol("0", "x");
			expect(r.get("0")).toEqual("x");
			expect(r.get(0)).toEqual("x");`},
		{"columns", `
			const columns = define().getSubDataDefinitions();
			expect(columns.size()).toEqual(5);
			expect(columns.get(1).getVarName()).toEqual("sum");
			expect(columns[1].getName()).toEqual("Sum");
			expect(columns.get(1).matchDataType("DECIMAL")).toEqual(true);
			expect(columns.get(0).matchDataType("STRING")).toEqual(true);
			expect(columns.get(0).matchDataType("DECIMAL")).toEqual(false);
			expect(columns.get(3).matchDataType("DATE_YMD")).toEqual(true);
			expect(columns.get(3).matchDataType("DATE")).toEqual(true);
			expect(columns.get(4).matchDataType("SELECT_SINGLE")).toEqual(true);
			expect(columns.get(4).matchDataType("SELECT")).toEqual(true);
			const names = [];
			columns.forEach(c => names.push(c.getVarName()));
			expect(names).toEqual(["name", "sum", "count", "day", "kind"]);
			expect(columns.find(c => c.getVarName() === "day") !== undefined).toEqual(true);
			expect(engine.createDataDefinition("x", 1, "x", "STRING").getSubDataDefinitions().size()).toEqual(0);`},
		{"adding columns returns nothing", `
			const def = define();
			expect(def.addSubDataDefinition("a", "b", "STRING") === undefined).toEqual(true);
			expect(def.addDecimalSubDataDefinition("a", "c", 2, false, false) === undefined).toEqual(true);
			expect(def.addSelectSubDataDefinition("a", "d", "x") === undefined).toEqual(true);
			expect(def.addSelectSubDataDefinition("a", "e", "x", "y") === undefined).toEqual(true);
			expect(def.getSubDataDefinitions().size()).toEqual(9);`},
		{"columns that were added later", `
			const def = engine.createDataDefinition("table", 1, "q_table", "LIST");
			const table = def.createListArray();
			def.addSubDataDefinition("a", "a", "STRING");
			const r = table.addRow();
			def.addSubDataDefinition("b", "b", "STRING");
			r.put("b", "x");
			expect(r.get(1)).toEqual("x");
			expect(r.size()).toEqual(2);
			expect(table.get(0, "b")).toEqual("x");`},
	})
}

func TestTableErrors(t *testing.T) {
	t.Parallel()
	const out = "java.lang.IndexOutOfBoundsException: Index "
	pass(t, tables, throwing([]jsError{
		{"define().createListArray().getRow(0)", out + "0 out of bounds for length 0"},
		{"define().createListArray().get(0, 0)", out + "0 out of bounds for length 0"},
		{"row().get(5)", out + "5 out of bounds for length 5"},
		{"row().get(-1)", out + "-1 out of bounds"},
		{"row().setCol(5, 'x')", out + "5 out of bounds"},
		{"row().getObject(5)", out + "5 out of bounds"},
		{"row().get('none')", `the table has no column "none"`},
		{"row().put('none', 'x')", `the table has no column "none"`},
		{"row().get()", "row.get: index is undefined, not a whole number"},
		{"row().setCol(undefined, 'x')", "row.setCol: index is undefined, not a whole number"},
		{"row().setCol(1, 'abc')", "java.lang.NumberFormatException: column \"sum\": \"abc\" is not a number"},
		{"row().setCol(1, '1,000')", "java.lang.NumberFormatException"},
		{"row().setCol(1, '1e999999999')", "java.lang.ArithmeticException"},
		{"engine.createDataDefinition('x', 1, 'x', 'STRING').createListArray()", "is not a table"},
		{"const {size} = row(); size()", "called on another object than its own"},
		{"define().addSubDataDefinition('a', 'b')", "type is undefined"},
		{"define().addDecimalSubDataDefinition('a', 'b', -1)", "scale is not a whole number"},
	}))
}

// The tables of the older dialect declare no columns: the cells go by
// their place.
func TestTableOfTheOlderDialect(t *testing.T) {
	t.Parallel()
	pass(t, tables, []jsTest{{"by place", `
		const table = new com.questetra.bpms.core.model.formdata.ListArray();
		const r = new com.questetra.bpms.core.model.formdata.ListArray.ListRow();
		expect(r.addCol("a") === undefined).toEqual(true);
		r.addCol(5);
		r.addCol(null);
		table.addRow(r);
		expect(table.size()).toEqual(1);
		expect(r.size()).toEqual(3);
		expect(table.get(0, 1)).toEqual("5");
		expect(table.getRow(0).get(2)).toEqual("");
		expect(table instanceof com.questetra.bpms.core.model.formdata.ListArray).toEqual(true);`}})

	source := `
		const {ListArray} = com.questetra.bpms.core.model.formdata;
		const table = new ListArray();
		for (const cells of [["x", "1.5"], ["y"]]) {
			const row = new ListArray.ListRow();
			cells.forEach(c => row.addCol(c));
			table.addRow(row);
		}
		retVal.put("11", table);`
	result, err := run(t, runtime.Task{Items: declared()}, runtime.Config{}, runtime.Source{Code: []byte(source), Legacy: true})
	if err != nil {
		t.Fatal(detail(err))
	}
	if got := asJSON(t, result.Data["q_table"]); got != `[{"name":"x","sum":"1.50"},{"name":"y"}]` {
		t.Errorf("q_table = %s", got)
	}
	_, err = run(t, runtime.Task{Items: declared()}, runtime.Config{}, runtime.Source{Legacy: true, Code: []byte(`
		const row = new com.questetra.bpms.core.model.formdata.ListArray.ListRow();
		for (let i = 0; i < 5; i++) row.addCol("");
		const table = new com.questetra.bpms.core.model.formdata.ListArray();
		table.addRow(row);
		retVal.put("11", table);`)})
	if hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
		t.Errorf("a row with too many cells: %v", err)
	}
}

// A table that was read can be added to and written back.
func TestTableOfATask(t *testing.T) {
	t.Parallel()
	task := runtime.Task{
		Items: declared(),
		Data:  map[string]any{"q_table": []any{map[string]any{"name": "x", "sum": "1"}}},
	}
	result, err := run(t, task, runtime.Config{}, runtime.Source{Code: []byte(def + `
		const table = read("q_table");
		table.addRow().put("name", "y");
		table.getRow(0).put("sum", "2");
		if (read("q_table").size() !== 1) throw "changed before it was written";
		write("q_table", table);
		if (read("q_table").get(1, "name") !== "y") throw "not written";`)})
	if err != nil {
		t.Fatal(detail(err))
	}
	want := `[{"kind":"","name":"x","on":"","sum":"2.00"},{"kind":"","name":"y","on":"","sum":""}]`
	if got := asJSON(t, result.Data["q_table"]); got != want {
		t.Errorf("q_table = %s, want %s", got, want)
	}
	wantFailure(t, task, def+`const t = read("q_table"); t.getRow(0).put("on", "tomorrow"); write("q_table", t)`, hostapi.CodeInvalidArgument, `row 1, column "on": not a date`)
}
