package jsapi_test

import (
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// twoPhase is a task that begins a job and asks for its result later.
const twoPhase = `
const main = () => {
	const job = JSON.parse(httpClient.begin().body("{}", "application/json").post("https://h/jobs").getResponseAsString());
	engine.saveTemporaryData(JSON.stringify({id: job.id, tries: 0}));
	return false;
};
const proceed = () => {
	const job = JSON.parse(engine.restoreTemporaryData());
	const response = httpClient.begin().get("https://h/jobs/" + job.id);
	if (response.getStatusCode() === 202) {
		job.tries++;
		engine.saveTemporaryData(JSON.stringify(job));
		return false;
	}
	engine.setData(configs.getObject("conf_Result"), response.getResponseAsString() + " after " + job.tries);
};
`

func TestTwoPhases(t *testing.T) {
	t.Parallel()
	passSuite(t, twoPhase, `
		test("both phases", () => {
			const result = engine.createDataDefinition("result", 1, "q_result", "STRING");
			configs.putObject("conf_Result", result);
			expect(engine.restoreTemporaryData() === null).toEqual(true);
			httpClient.setRequestHandler(({method, body}) => {
				expect(method).toEqual("POST");
				expect(body).toEqual("{}");
				return httpClient.createHttpResponse(200, "application/json", '{"id":"j1"}');
			});
			expect(main()).toEqual(false);
			expect(engine.restoreTemporaryData()).toEqual('{"id":"j1","tries":0}');
			let status = 202;
			httpClient.setRequestHandler(({url}) => {
				expect(url).toEqual("https://h/jobs/j1");
				return httpClient.createHttpResponse(status, "text/plain", "done");
			});
			expect(proceed()).toEqual(false);
			status = 200;
			expect(proceed()).toEqual(undefined);
			expect(engine.findData(result)).toEqual("done after 1");
			expect(engine.restoreTemporaryData()).toEqual('{"id":"j1","tries":1}');
		});
		test("the second phase alone", () => {
			configs.putObject("conf_Result", engine.createDataDefinition("result", 1, "q_result", "STRING"));
			engine.saveTemporaryData('{"id":"j2","tries":3}');
			httpClient.setRequestHandler(() => httpClient.createHttpResponse(200, "text/plain", "x"));
			proceed();
			expect(engine.findData(configs.getObject("conf_Result"))).toEqual("x after 3");
		});
		test("nothing is kept from one test to the next", () => {
			expect(engine.restoreTemporaryData() === null).toEqual(true);
			expect(engine.saveTemporaryData("") === undefined).toEqual(true);
			expect(engine.restoreTemporaryData() === "").toEqual(true);
			engine.saveTemporaryData(5);
			expect(engine.restoreTemporaryData() === "5").toEqual(true);
		});
	`, false)
	pass(t, ``, throwing([]jsError{
		{"engine.saveTemporaryData(null)", "text is null"},
		{"engine.saveTemporaryData({})", "text is an object, not text"},
	}))
}

func TestTemporaryDataOfTasks(t *testing.T) {
	t.Parallel()
	source := runtime.Source{Code: []byte(`
		const main = () => { engine.log(engine.restoreTemporaryData()); engine.saveTemporaryData("a"); engine.saveTemporaryData("b"); return false; };
		const proceed = () => { engine.log(engine.restoreTemporaryData()); engine.log(engine.restoreTemporaryData()); };
		const broken = () => { engine.saveTemporaryData("c"); throw "x"; };`)}
	result, err := run(t, runtime.Task{Call: "main"}, runtime.Config{}, source)
	if err != nil || result.Value != false || result.TemporaryData == nil || *result.TemporaryData != "b" || result.Logs[0].Message != "null" {
		t.Fatalf("main: %+v, %v", result, err)
	}
	result, err = run(t, runtime.Task{Call: "proceed", TemporaryData: result.TemporaryData}, runtime.Config{}, source)
	if err != nil || result.Value != nil || *result.TemporaryData != "b" || result.Logs[0].Message != "b" || result.Logs[1].Message != "b" {
		t.Errorf("proceed: %+v, %v", result, err)
	}
	result, err = run(t, runtime.Task{Call: "broken", TemporaryData: text("given")}, runtime.Config{}, source)
	if err == nil || *result.TemporaryData != "given" {
		t.Errorf("after a failure: %v, %v", *result.TemporaryData, err)
	}
	wantFailure(t, runtime.Task{Limits: hostapi.Limits{DataBytes: 1000}}, `engine.saveTemporaryData("x".repeat(2000))`, hostapi.CodeLimit, "data size limit of 1000 bytes reached")
	wantFailure(t, runtime.Task{Call: "none"}, `const main = 1`, hostapi.CodeScript, "the script has no function none")
}

// What a function returns is its result, whatever the kind.
func TestValuesOfCalls(t *testing.T) {
	t.Parallel()
	tests := []struct{ value, want string }{
		{"(() => 1)", "null"},
		{"undefined", "null"},
		{"null", "null"},
		{"false", "false"},
		{"0", "0"},
		{`""`, `""`},
		{"[1, [2]]", "[1,[2]]"},
		{"({a: undefined, b: new java.sql.Timestamp(0)})", `{"a":null,"b":"1970-01-01T00:00:00Z"}`},
		{`new java.util.ArrayList(["x"])`, `["x"]`},
		{`java.sql.Date.valueOf("2020-01-02")`, `"2020-01-02"`},
		{`new java.math.BigDecimal("1.50")`, "1.50"},
		{"Promise.resolve(5)", "5"},
		{"(async () => ({a: await 1}))()", `{"a":1}`},
	}
	for _, tt := range tests {
		t.Run(tt.value, func(t *testing.T) {
			t.Parallel()
			result, err := run(t, runtime.Task{Call: "f"}, runtime.Config{}, runtime.Source{Code: []byte("const f = () => " + tt.value)})
			if err != nil {
				t.Fatal(detail(err))
			}
			if got := asJSON(t, result.Value); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestCallsThatEnd(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"for (;;);", "return {get a() { for (;;); }}", "return {toJSON() { for (;;); }}"} {
		task := runtime.Task{Call: "f", Limits: hostapi.Limits{Time: 100 * time.Millisecond}}
		if _, err := run(t, task, runtime.Config{}, runtime.Source{Code: []byte("function f() { " + value + " }")}); hostapi.CodeOf(err) != hostapi.CodeTimeout {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestArgumentsOfCalls(t *testing.T) {
	t.Parallel()
	task := runtime.Task{Call: "f", Args: []any{map[string]any{"z": 1, "a": "x", "m": map[string]any{"b": nil, "a": []any{true}}}, []string{"s"}, nil}}
	result, err := run(t, task, runtime.Config{}, runtime.Source{Code: []byte("const f = (o, list, nothing) => JSON.stringify([o, list, nothing, this === undefined])")})
	if err != nil {
		t.Fatal(detail(err))
	}
	if want := `[{"a":"x","m":{"a":[true],"b":null},"z":1},["s"],null,false]`; result.Value != want {
		t.Errorf("%v, want %s", result.Value, want)
	}
	task.Args = []any{make(chan int)}
	if _, err := run(t, task, runtime.Config{}, runtime.Source{Code: []byte("const f = () => 1")}); hostapi.CodeOf(err) != hostapi.CodeInvalidArgument {
		t.Errorf("an argument that is no value: %v", err)
	}
}
