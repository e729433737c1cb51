package jsapi_test

import (
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

func TestDirectoryOfTests(t *testing.T) {
	t.Parallel()
	pass(t, ``, []jsTest{
		{"users", `
			const ada = engine.createQuser(7, "Ada", "Ada@example.com");
			const bob = engine.createQuser(8, "Bob", "bob@example.com");
			expect([ada.getId(), ada.getName(), ada.getEmail()]).toEqual([7, "Ada", "Ada@example.com"]);
			expect(quserDao.findByEmail("Ada@example.com") === ada).toEqual(true);
			expect(quserDao.findByEmail("ada@EXAMPLE.com") === ada).toEqual(true);
			expect(quserDao.findByEmail("none@example.com") === null).toEqual(true);
			expect(quserDao.findByEmail(null) === null).toEqual(true);
			expect(quserDao.findByEmail("") === null).toEqual(true);
			expect(quserDao.findById(8) === bob).toEqual(true);
			expect(quserDao.findById("8") === bob).toEqual(true);
			expect(quserDao.findById(9) === null).toEqual(true);
			expect(quserDao.findById() === null).toEqual(true);
			expect(ada.getId().toString() + ada.getId()).toEqual("77");
			expect(ada.equals(quserDao.findById(7))).toEqual(true);
			expect(ada.equals(bob)).toEqual(false);
			expect(ada.equals(null)).toEqual(false);
			expect(new Map([[ada, "a"]]).get(quserDao.findById(7))).toEqual("a");`},
		{"a user in a data item", `
			const def = engine.createDataDefinition("user", 1, "q_user", "QUSER");
			const ada = engine.createQuser(7, "Ada", "ada@example.com");
			engine.setData(def, ada);
			expect(engine.findData(def) === ada).toEqual(true);
			expect(engine.findData(def)).toEqual(ada);
			expect(engine.findData(def)).toEqual(engine.createQuser(7, "Ada", "ada@example.com"));`},
		{"groups", `
			const top = engine.createQgroup(1, "Top", "", null);
			const a = engine.createQgroup(2, "A", "a@example.com", top);
			const b = engine.createQgroup(3, "B", "", top);
			const a1 = engine.createQgroup(4, "A1", "", a);
			const a11 = engine.createQgroup(5, "A11", "", a1);
			const names = list => [...list].map(g => g.getName());
			expect(names(qgroupDao.findChildQgroups(top))).toEqual(["A", "B"]);
			expect(names(qgroupDao.findDescendantQgroups(top))).toEqual(["A", "B", "A1", "A11"]);
			expect(names(qgroupDao.findDescendantQgroups(a))).toEqual(["A1", "A11"]);
			expect(qgroupDao.findChildQgroups(b).size()).toEqual(0);
			expect([top, ...qgroupDao.findDescendantQgroups(top)].length).toEqual(5);
			expect(qgroupDao.findById(4) === a1).toEqual(true);
			expect(qgroupDao.findById("5") === a11).toEqual(true);
			expect(qgroupDao.findById(9) === null).toEqual(true);
			expect(a.getId() + a.getName() + a.getEmail()).toEqual("2Aa@example.com");
			expect(a.equals(qgroupDao.findById(2))).toEqual(true);
			expect(a.equals(b)).toEqual(false);
			expect(quserDao.findByQgroupAndPosition(top, true).size()).toEqual(0);`},
		{"options", `
			const def = engine.createDataDefinition("s", 1, "q_s", "SELECT_SINGLE");
			expect(itemDao.findAll(def).size()).toEqual(0);
			const item = engine.createItem("a", "Apple");
			expect(itemDao.addItem(def, item) === undefined).toEqual(true);
			itemDao.addItem(def, engine.createItem("b", "B"));
			expect(itemDao.findAll(def).size()).toEqual(2);
			expect(itemDao.findAll(def).get(0).getDisplay()).toEqual("Apple");
			expect(itemDao.findAll(def).get(0)).toEqual(item);
			expect(itemDao.findAll(def).contains(item)).toEqual(true);
			expect(itemDao.findAll("q_s", true).size()).toEqual(2);
			const values = [];
			itemDao.findAll(def).forEach(i => values.push(i.getValue()));
			expect(values).toEqual(["a", "b"]);
			expect(itemDao.findAll(engine.createDataDefinition("s", 1, "q_s", "SELECT_SINGLE")).size()).toEqual(0);
			expect(String(item)).toEqual("a");
			itemDao.addItem(def, engine.createItem("c", ""));
			expect(itemDao.findAll(def).get(2).getDisplay()).toEqual("");`},
		{"definitions", `
			const def = (type, varName) => engine.createDataDefinition("name", 3, varName, type);
			expect(def("STRING", "q_a").getVarName()).toEqual("q_a");
			expect(def("STRING", null).getVarName() === null).toEqual(true);
			expect(def("STRING", "q_a").getName()).toEqual("name");
			expect(def("STRING", "q_a").getNumber()).toEqual(3);
			expect(engine.createDataDefinition("n", "5", "q", "STRING").getNumber() === 5).toEqual(true);
			const matches = {
				STRING: ["STRING", "STRING_TEXTFIELD", "STRING_TEXTAREA", "STRING_MARKDOWN"], STRING_TEXTFIELD: ["STRING_TEXTFIELD"],
				STRING_MULTILINE: ["STRING_TEXTAREA", "STRING_MARKDOWN"], DECIMAL: ["DECIMAL"], DATE: ["DATE", "DATE_YMD"], DATE_YMD: ["DATE_YMD"],
				DATETIME: ["DATETIME"], SELECT: ["SELECT", "SELECT_SINGLE", "SELECT_CHECKBOX"], SELECT_SINGLE: ["SELECT_SINGLE"], FILE: ["FILE"],
				LIST: ["LIST"], QUSER: ["QUSER"], QGROUP: ["QGROUP"], "STRING|SELECT_SINGLE": ["STRING", "STRING_TEXTFIELD", "STRING_TEXTAREA", "STRING_MARKDOWN", "SELECT_SINGLE"],
				NONE: [], "": [],
			};
			const all = ["STRING", "STRING_TEXTFIELD", "STRING_TEXTAREA", "STRING_MARKDOWN", "DECIMAL", "DATE", "DATE_YMD", "DATETIME", "SELECT", "SELECT_SINGLE",
				"SELECT_CHECKBOX", "FILE", "LIST", "QUSER", "QGROUP"];
			for (const query in matches) expect([query, ...all.filter(type => def(type, "q").matchDataType(query))]).toEqual([query, ...matches[query]]);`},
	})
	pass(t, ``, throwing([]jsError{
		{`engine.createQuser(1, "a")`, "needs (id, name, email)"},
		{`engine.createQgroup(1)`, "needs (id, name, email, parent)"},
		{`engine.createQgroup(1, "a", "", {})`, "the parent is an object, not a group"},
		{`engine.createItem("a")`, "needs (value, display)"},
		{`qgroupDao.findChildQgroups(null)`, "needs a group, got null"},
		{`qgroupDao.findDescendantQgroups(engine.createQuser(1, "a", "b"))`, "needs a group, got a Quser"},
		{`quserDao.findByQgroupAndPosition(null, true)`, "the first argument is null, not a group"},
		{`itemDao.findAll()`, "needs the definition of a data item, got undefined"},
		{`itemDao.addItem(null, engine.createItem("a", "b"))`, "the first argument is null, not a data definition"},
		{`itemDao.addItem(engine.createDataDefinition("s", 1, "q_s", "SELECT"), "a")`, "the second argument is text, not an item"},
	}))
}

func TestDirectoryOfTasks(t *testing.T) {
	t.Parallel()
	task := runtime.Task{Process: &hostapi.Process{
		Users: []hostapi.User{{ID: 1, Name: "Ada", Email: "ada@example.com"}, {ID: 2, Name: "Bob"}, {ID: 3, Name: "Cid"}},
		Groups: []hostapi.Group{
			{ID: 12, Name: "Below", ParentID: 11},
			{ID: 11, Name: "Staff", ParentID: 10, Members: []hostapi.Member{{UserID: 1, Leader: true}, {UserID: 3}, {UserID: 2}, {UserID: 99}}},
			{ID: 10, Name: "All", ParentID: 12}, // a circle
		},
	}}
	wantLog(t, task, `
		const names = list => list.map(x => x.getName()).join();
		const staff = qgroupDao.findById("11");
		engine.log(names(qgroupDao.findChildQgroups(staff)));
		engine.log(names(qgroupDao.findDescendantQgroups(staff)));
		engine.log(names(quserDao.findByQgroupAndPosition(staff, true)));
		engine.log(names(quserDao.findByQgroupAndPosition(staff, false)));
		engine.log(quserDao.findByEmail("ADA@example.com").getId());
		engine.log(quserDao.findByEmail("") === null);
		engine.log(staff.getEmail() === null);
		engine.log([typeof engine.createQuser, typeof itemDao.addItem].join());`,
		"Below", "Below,All", "Ada", "Cid,Bob", "1", "true", "true", "undefined,undefined")
}

func TestProcessInstance(t *testing.T) {
	t.Parallel()
	pass(t, ``, []jsTest{{"of a test", `
		const id = processInstance.getProcessInstanceId();
		expect(typeof id).toEqual("number");
		expect(id.toString()).toEqual(id + "");
		expect(processInstance.getProcessInstanceId()).toEqual(id);
		expect(typeof processInstance.getProcessModelInfoId()).toEqual("number");
		expect(processInstance.getProcessInstanceDebug() === false).toEqual(true);`}})
	wantLog(t, runtime.Task{Process: &hostapi.Process{InstanceID: 5, ModelInfoID: 6, Debug: true}},
		"engine.log([processInstance.getProcessInstanceId() + 1, processInstance.getProcessModelInfoId(), processInstance.getProcessInstanceDebug()].join())", "6,6,true")
}
