package jsapi_test

import (
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

func TestConfigs(t *testing.T) {
	t.Parallel()
	pass(t, ``, []jsTest{
		{"text", `
			expect(configs.put("a", "text") === undefined).toEqual(true);
			expect(configs.get("a")).toEqual("text");
			expect(configs.getObject("a") === null).toEqual(true);
			configs.put("a", "");
			expect(configs.get("a") === "").toEqual(true);
			configs.put("a", "two\nlines");
			expect(configs.get("a").split("\n").length).toEqual(2);`},
		{"never set", `
			expect(configs.get("a") === null).toEqual(true);
			expect(configs.getObject("a") === null).toEqual(true);
			expect(configs.get("__proto__") === null).toEqual(true);
			expect(configs.get("toString") === null).toEqual(true);`},
		{"null and undefined", `
			for (const nothing of [null, undefined]) {
				configs.put("a", "x");
				configs.put("a", nothing);
				expect(configs.get("a") === null).toEqual(true);
				configs.putObject("a", nothing);
				expect(configs.get("a") === null).toEqual(true);
				expect(configs.getObject("a") === null).toEqual(true);
			}
			configs.put("b");
			expect(configs.get("b") === null).toEqual(true);`},
		{"text is made of what is none", `
			configs.put("n", 5);
			configs.put("b", true);
			expect(configs.get("n") === "5").toEqual(true);
			expect(configs.get("b") === "true").toEqual(true);`},
		{"a data item", `
			const def = engine.createDataDefinition("a", 12, "q_a", "STRING");
			expect(configs.putObject("a", def) === undefined).toEqual(true);
			expect(configs.get("a") === "12").toEqual(true);
			expect(configs.getObject("a") === def).toEqual(true);`},
		{"a later call replaces an earlier", `
			const def = engine.createDataDefinition("a", 12, "q_a", "STRING");
			configs.putObject("a", def);
			configs.put("a", "");
			expect(configs.getObject("a") === null).toEqual(true);
			expect(configs.get("a")).toEqual("");
			configs.put("a", "x");
			configs.putObject("a", def);
			expect(configs.get("a")).toEqual("12");
			configs.put("a", "constant");
			expect(configs.getObject("a") === null).toEqual(true);`},
		{"a switch", `
			configs.putObject("on", true);
			configs.putObject("off", false);
			expect(configs.getObject("on") === true).toEqual(true);
			expect(configs.getObject("off") === false).toEqual(true);
			expect(configs.get("on")).toEqual("true");
			expect(configs.get("off")).toEqual("false");`},
		{"an auth setting, a user, a group", `
			const auth = httpClient.createAuthSettingToken("api", "t");
			const user = engine.createQuser(7, "Ada", "ada@example.com");
			const group = engine.createQgroup(9, "Staff", "", null);
			configs.putObject("auth", auth);
			configs.putObject("user", user);
			configs.putObject("group", group);
			expect(configs.getObject("auth") === auth).toEqual(true);
			expect(configs.getObject("user") === user).toEqual(true);
			expect(configs.getObject("group") === group).toEqual(true);
			expect(configs.get("auth")).toEqual("api");
			expect(configs.get("user")).toEqual("7");
			expect(configs.get("group")).toEqual("9");`},
		{"as a parameter of that name", `
			const prepare = (configs, value) => { configs.put("a", value); return configs; };
			expect(prepare(configs, "x").get("a")).toEqual("x");
			const mine = {put: (k, v) => { mine[k] = v; }};
			prepare(mine, "y");
			expect(mine.a).toEqual("y");`},
		{"methods can be taken along", `
			const {put, get} = configs;
			put("a", "x");
			expect(get("a")).toEqual("x");`},
		{"many, of any name", `
			for (let i = 0; i < 1000; i++) configs.put("conf " + i + "日", String(i));
			expect(configs.get("conf 999日")).toEqual("999");`},
	})
}

func TestConfigsOfATask(t *testing.T) {
	t.Parallel()
	on, off := true, false
	task := runtime.Task{
		Items: declared(),
		Settings: map[string]hostapi.Setting{
			"text": {Text: "a text"}, "empty": {}, "on": {On: &on}, "off": {On: &off}, "item": {Item: "q_line"}, "connection": {Connection: "crm"},
			"user": {User: &hostapi.User{ID: 7, Name: "Ada"}}, "group": {Group: &hostapi.Group{ID: 9, Name: "Staff"}},
		},
		Process: &hostapi.Process{Users: []hostapi.User{{ID: 7, Name: "Ada of the directory"}}},
	}
	tests := []struct{ name, text, object string }{
		{"text", "a text", "null"},
		{"empty", "", "null"},
		{"none", "null", "null"},
		{"on", "true", "true"},
		{"off", "false", "false"},
		{"item", "110", "Line"},
		{"connection", "crm", "crm"},
		{"user", "7", "Ada of the directory"},
		{"group", "9", "Staff"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wantLog(t, task, `
				const o = configs.getObject("`+tt.name+`");
				engine.log(configs.get("`+tt.name+`"));
				engine.log(o?.getName ? o.getName() : o);
				engine.log(o === configs.getObject("`+tt.name+`"));`, tt.text, tt.object, "true")
		})
	}
	wantLog(t, task, `engine.log(configs.getObject("on") === true); engine.log(configs.getObject("item") === engine.findDataDefinitionByNumber("110"))`, "true", "true")
	wantFailure(t, task, `configs.put("text", "x")`, hostapi.CodeScript, "has no member 'put'")
}
