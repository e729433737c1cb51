package jsapi_test

import (
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

// legacyTask runs source in the older dialect.
func legacyTask(t *testing.T, task runtime.Task, source string) (*runtime.Result, error) {
	t.Helper()
	connector := &hostapitest.Connector{Handler: hostapitest.Text(200, "application/json", `{"name":"Ada"}`), Tokens: map[string]string{"crm": "crm-token"}}
	task.Connections = []string{"crm"}
	return run(t, task, runtime.Config{Connector: connector}, runtime.Source{Code: []byte(source), Legacy: true})
}

func TestLegacy(t *testing.T) {
	t.Parallel()
	on := true
	task := runtime.Task{
		Items: declared(),
		Settings: map[string]hostapi.Setting{
			"conf_In": {Item: "q_text"}, "conf_Out": {Item: "q_area"}, "conf_N": {Item: "q_n"}, "conf_Day": {Item: "q_day"}, "conf_Select": {Item: "q_one"},
			"conf_Text": {Text: "const"}, "conf_On": {On: &on}, "conf_User": {Item: "q_user"}, "conf_Auth": {Connection: "crm"},
		},
		Process: &hostapi.Process{TimeZone: "GMT+09:00", InstanceID: 5, Users: []hostapi.User{{ID: 7, Name: "Ada", Email: "ada@example.com"}, {ID: 8, Name: "Bob"}}},
		Data: map[string]any{
			"q_text": "a\nb", "q_n": hostapi.Decimal("1.50"), "q_day": "2020-03-14", "q_one": []any{"a"}, "q_user": hostapi.User{ID: 7, Name: "Ada", Email: "ada@example.com"},
		},
	}
	tests := []struct{ name, source, want string }{
		{"data and retVal by number", `
			var idIn = configs.get("conf_In"), idOut = configs.get("conf_Out");
			var text = data.get(idIn) + "";
			retVal.put(idOut, text.toUpperCase());`, "A\nB"},
		{"by variable name", `retVal.put("q_area", data.get("q_text"));`, "a\nb"},
		{"by number itself", `retVal.put(3, data.get(1));`, "a\nb"},
		{"null", `retVal.put("q_area", "x"); retVal.put("q_area", null);`, "null"},
		{"unset", `retVal.put("q_area", String(data.get("q_line")));`, "null"},
		{"an unset setting", `retVal.put("q_area", String(data.get(configs.get("conf_None"))) + data.get("") + data.get());`, "nullnullnull"},
		{"a number", `var n = data.get(configs.get("conf_N")); retVal.put("q_area", (n - 0) + " " + n.toString() + " " + (n + ""));`, "1.5 1.50 1.50"},
		{"a BigDecimal without new", `retVal.put(configs.get("conf_N"), java.math.BigDecimal("2.25")); retVal.put("q_area", data.get("q_n") + "");`, "2.25"},
		{"a date", `retVal.put("q_area", data.get(configs.get("conf_Day")).toString() + data.get("q_day").getTime());`, "2020-03-141584111600000"},
		{"instanceof", `
			var text = data.get("q_text"), list = data.get("q_one");
			retVal.put("q_area", [text instanceof java.lang.String, list instanceof java.util.ArrayList, text instanceof java.util.ArrayList, list instanceof java.lang.String].join());`, "true,true,false,false"},
		{"a selection", `
			var list = data.get(configs.get("conf_Select"));
			retVal.put("q_area", list.get(0).getValue() + list.get(0).getDisplay() + list.size());`, "aApple1"},
		{"selecting", `
			var list = java.util.ArrayList();
			list.add("b");
			retVal.put(configs.get("conf_Select"), list);
			retVal.put("q_area", data.get("q_one").get(0).getDisplay());`, "b"},
		{
			"equals of text and of numbers", `
			var text = data.get("q_text");
			var user = data.get("q_user"), other = quserDao.findByEmail("ada@example.com"), bob = quserDao.findById(8);
			retVal.put("q_area", [text.equals("a\nb"), text.equals("x"), text.equals(null), user.getId().equals(other.getId()), user.getId().equals(bob.getId()), (5).equals("5")].join());`,
			"true,false,false,true,false,false",
		},
		{"configs", `retVal.put("q_area", configs.get("conf_Text") + "," + configs.get("conf_On") + "," + configs.get("conf_In"));`, "const,true,1"},
		{"engine by number", `
			engine.setDataByNumber(configs.get("conf_Out"), engine.findDataByNumber(configs.get("conf_In")));
			var def = engine.findDataDefinitionByNumber(configs.get("conf_In"));
			if (!def.matchDataType("STRING")) throw "type";`, "a\nb"},
		{"a token", `
			var token = httpClient.getOAuth2Token(configs.get("conf_Auth"));
			var response = httpClient.begin().bearer(token).get("https://h/");
			retVal.put("q_area", response.getStatusCode() + JSON.parse(response.getResponseAsString()).name);`, "200Ada"},
		{"the zone", `retVal.put("q_area", engine.getTimeZoneOffsetInMinutes() + "");`, "540"},
		{"a call before the declaration", `main(); function main() { retVal.put("q_area", "called"); }`, "called"},
		{"variables named like globals", `var test = 1, expect = 2, fail = 3; retVal.put("q_area", String(test + expect + fail));`, "6"},
		{"undeclared variables", `result = "sloppy"; retVal.put("q_area", result);`, "sloppy"},
		{"methods of Java's lists in a loop", `
			var list = data.get("q_one"), text = "";
			for (var i = 0; i < list.size(); i++) { text += list.get(i).getValue() + ";"; }
			for (var j in list) { text += j; }
			retVal.put("q_area", text);`, "a;0"},
		{"what is put is seen", `retVal.put("q_area", "x"); retVal.put("q_area", data.get("q_area") + "y");`, "xy"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			result, err := legacyTask(t, task, tt.source)
			if err != nil {
				t.Fatal(detail(err))
			}
			got, ok := result.Data["q_area"].(string)
			if !ok {
				got = asJSON(t, result.Data["q_area"])
			}
			if got != tt.want {
				t.Errorf("q_area = %q, want %q", got, tt.want)
			}
		})
	}
}

// A script of the older dialect is tested like any other.
func TestLegacyTests(t *testing.T) {
	t.Parallel()
	engine := runtime.New(runtime.Config{})
	s := suiteOf(t, engine, "", `
		test("t", () => {
			const a = engine.createDataDefinition("a", 4, "q_a", "STRING"), b = engine.createDataDefinition("b", 5, "q_b", "SELECT");
			configs.putObject("conf_a", a);
			engine.setData(a, "x");
			execute();
			expect(engine.findData(b)).toEqual(["x", "x"]);
			expect(data.get("5").size()).toEqual(2);
		});`, true)
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js", Legacy: true, Code: []byte(`
		var list = java.util.ArrayList();
		list.add(data.get(configs.get("conf_a")));
		list.add(data.get("q_a"));
		retVal.put("5", list);`)})
	if err != nil {
		t.Fatal(err)
	}
	s.Script = script
	result, err := engine.RunTest(t.Context(), s, 0)
	if err != nil {
		t.Fatal(err)
	}
	if result.Err != nil {
		t.Error(detail(result.Err))
	}
}

func TestLegacyErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		source string
		code   hostapi.Code
		text   string
	}{
		{`data.get("99")`, hostapi.CodeInvalidArgument, `there is no data item "99"`},
		{`retVal.put("99", "x")`, hostapi.CodeInvalidArgument, `there is no data item "99"`},
		{`retVal.put(null, "x")`, hostapi.CodeInvalidArgument, "needs the definition of a data item, got null"},
		{`retVal.put("q_text")`, hostapi.CodeInvalidArgument, "needs"},
		{`httpClient.getOAuth2Token("none")`, hostapi.CodeUnknownConnection, "no such connection"},
		{`java.math.BigDecimal("x")`, hostapi.CodeScript, "java.lang.NumberFormatException"},
		{`new java.lang.String("x")`, hostapi.CodeInvalidArgument, "java.lang.String has no constructor here"},
		{`java.lang.System.exit(0)`, hostapi.CodeScript, "TypeError"},
		{`throw "its own words"`, hostapi.CodeScript, "its own words"},
	}
	for _, tt := range tests {
		t.Run(tt.source, func(t *testing.T) {
			t.Parallel()
			_, err := legacyTask(t, runtime.Task{Items: declared()}, tt.source)
			if hostapi.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("error %v (%s), want %s %q", err, hostapi.CodeOf(err), tt.code, tt.text)
			}
		})
	}
	wantLog(t, runtime.Task{}, `engine.log([typeof data, typeof retVal, typeof ""["equals"]].join())`, "undefined,undefined,undefined")
}

// The parts of the Java world that scripts may name, and what is not there.
func TestJavaNames(t *testing.T) {
	t.Parallel()
	pass(t, ``, []jsTest{
		{"packages", `
			expect(typeof java).toEqual("object");
			expect(typeof java.util.ArrayList).toEqual("function");
			expect(java.util.ArrayList === java.util.ArrayList).toEqual(true);
			expect(java.util.ArrayList.name).toEqual("ArrayList");
			expect(java.nothing).toEqual(undefined);
			expect(java.util.Nothing).toEqual(undefined);
			expect(java.util?.Nothing?.more).toEqual(undefined);
			expect("util" in java).toEqual(true);
			expect("nothing" in java).toEqual(false);
			expect(typeof Packages).toEqual("undefined");
			expect(typeof java.type).toEqual("undefined");
			expect(Object.keys(java)).toEqual([]);
			expect(com.questetra.bpms.util.AddableTimestamp !== undefined).toEqual(true);`},
		{"instanceof java.lang.String", `
			expect("x" instanceof java.lang.String).toEqual(true);
			expect(String(5) instanceof java.lang.String).toEqual(true);
			expect([5, null, undefined, {}, []].some(x => x instanceof java.lang.String)).toEqual(false);`},
		{"a Java exception", `
			let error = null;
			try { new java.math.BigDecimal("x"); } catch (e) { error = e; }
			expect(error instanceof Error).toEqual(true);
			expect(error.toString()).startsWith("java.lang.NumberFormatException: ");
			expect(error + "").startsWith("java.lang.NumberFormatException");
			expect(error.message.length > 0).toEqual(true);
			expect(error.stack.length > 0).toEqual(true);`},
		{"equals", `
			expect("a".equals("a")).toEqual(true);
			expect("a".equals("b")).toEqual(false);
			expect((5).equals(5)).toEqual(true);
			expect(new String("a").equals("a")).toEqual(true);
			expect(Object.keys(new String("")).length).toEqual(0);
			const names = [];
			for (const k in "a") names.push(k);
			expect(names).toEqual(["0"]);`},
	})
}
