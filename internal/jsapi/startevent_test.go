package jsapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

// pollingScript is a start event that asks an API for what is new.
const pollingScript = `
function list(limit, timestampLowerLimit) {
	const auth = configs.getObject("conf_Auth");
	const format = new java.text.SimpleDateFormat("yyyy-MM-dd'T'HH:mm:ssX");
	const response = httpClient.begin().authSetting(auth)
		.queryParam("since", dateFormatter.format("UTC", "yyyy-MM-dd'T'HH:mm:ss'Z'", timestampLowerLimit))
		.get("https://api.example.com/events");
	if (response.getStatusCode() >= 300) {
		engine.log(response.getResponseAsString());
		throw "Failed to get events. status: " + response.getStatusCode();
	}
	const events = JSON.parse(response.getResponseAsString()).items
		.map(({id, created, title}) => ({id, timestamp: new java.sql.Timestamp(format.parse(created).getTime()), title, url: "https://app.example.com/" + id}))
		.filter(e => !e.timestamp.before(timestampLowerLimit))
		.slice(0, limit);
	engine.log(JSON.stringify(events, (key, value) => value instanceof java.sql.Timestamp ? dateFormatter.format("yyyy-MM-dd HH:mm:ss", value) : value));
	return events;
}
`

func TestPollingStartEvent(t *testing.T) {
	t.Parallel()
	passSuite(t, pollingScript, `
		const prepare = (status, items) => {
			configs.putObject("conf_Auth", httpClient.createAuthSettingOAuth2("api", "https://a/", "https://t/", "read", "id", "secret", "tok"));
			httpClient.setRequestHandler(({url, method, headers}) => {
				expect(method).toEqual("GET");
				expect(url).toEqual("https://api.example.com/events?since=2020-03-14T14%3A45%3A00Z");
				expect(headers.Authorization).toEqual("Bearer tok");
				return httpClient.createHttpResponse(status, "application/json", JSON.stringify({items}));
			});
		};
		const lower = java.sql.Timestamp.valueOf("2020-03-14 23:45:00");
		const event = (id, minutes) => {
			const at = new com.questetra.bpms.util.AddableTimestamp(lower.getTime()).addMinutes(minutes);
			return {id, created: dateFormatter.format("yyyy-MM-dd'T'HH:mm:ssX", at), title: "Title " + id, at};
		};
		const expected = ({id, at, title}) => ({id, timestamp: at, title, url: "https://app.example.com/" + id});
		test("new events", () => {
			const events = [event("1", -1), event("2", 0), event("3", 1), event("4", 2)];
			prepare(200, events);
			const found = list(2, lower);
			expect(found).toEqual([expected(events[1]), expected(events[2])]);
			expect(found.length).toEqual(2);
			expect(found[0].timestamp).toEqual(lower);
		});
		test("nothing", () => {
			prepare(200, []);
			expect(list(10, lower)).toEqual([]);
		});
		test("an error", () => {
			prepare(500, []);
			let message = "";
			try { list(10, lower); fail(); } catch (e) { message = e.toString(); }
			expect(message).toEqual("Failed to get events. status: 500");
		});
		test("what has been started", () => {
			expect(engine.isProcessStarted("1")).toEqual(false);
			expect(engine.addProcessStartedSet("1") === undefined).toEqual(true);
			expect(engine.isProcessStarted("1")).toEqual(true);
			expect(engine.isProcessStarted(1)).toEqual(true);
			expect(engine.isProcessStarted("2")).toEqual(false);
			const group = engine.createQgroup(9, "Staff", "", null), other = engine.createQgroup(8, "Other", "", null);
			engine.addProcessStartedSet(group);
			expect(engine.isProcessStarted(group)).toEqual(true);
			expect(engine.isProcessStarted(other)).toEqual(false);
		});
	`, false)

	engine := runtime.New(runtime.Config{Connector: &hostapitest.Connector{
		Handler: hostapitest.Text(200, "application/json", `{"items":[{"id":"a","created":"2020-03-14T23:50:00+09:00","title":"T"},{"id":"b","created":"2020-03-14T14:51:00Z"}]}`),
		Tokens:  map[string]string{"crm": "t"},
	}})
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js", Code: []byte(pollingScript)})
	if err != nil {
		t.Fatal(err)
	}
	result, err := engine.Run(t.Context(), runtime.Task{
		Script: script, Call: "list", Args: []any{10, time.Date(2020, 3, 14, 14, 45, 0, 0, time.UTC)}, Connections: []string{"crm"},
		Settings: map[string]hostapi.Setting{"conf_Auth": {Connection: "crm"}}, Process: &hostapi.Process{TimeZone: "GMT+09:00"},
	})
	if err != nil {
		t.Fatal(detail(err))
	}
	want := `[{"id":"a","timestamp":"2020-03-14T23:50:00+09:00","title":"T","url":"https://app.example.com/a"},` +
		`{"id":"b","timestamp":"2020-03-14T23:51:00+09:00","title":null,"url":"https://app.example.com/b"}]`
	if got := asJSON(t, result.Value); got != want {
		t.Errorf("list returned\n%s\nwant\n%s", got, want)
	}
	if want := `[{"id":"a","timestamp":"2020-03-14 23:50:00","title":"T","url":"https://app.example.com/a"},{"id":"b","timestamp":"2020-03-14 23:51:00","url":"https://app.example.com/b"}]`; result.Logs[0].Message != want {
		t.Errorf("logged %s", result.Logs[0].Message)
	}
}

// webhookScript is a start event for webhook requests.
const webhookScript = `
const main = 1;
function post({body, headers}) {
	if (headers.getFirst("X-Signature") !== hex.encodeToString(hmac.sha256(configs.get("conf_Secret"), body))) return {status: 400};
	const {challenge, event} = JSON.parse(body);
	if (challenge !== undefined) return {"content-type": "text/plain", body: challenge};
	engine.setData(configs.getObject("conf_Data"), event);
	engine.setStartProcess(true);
	return {};
}
`

func TestWebhookStartEvent(t *testing.T) {
	t.Parallel()
	passSuite(t, webhookScript, `
		const request = (body, secret = "s") => {
			const data = engine.createDataDefinition("event", 1, "q_event", "STRING");
			configs.put("conf_Secret", "s");
			configs.putObject("conf_Data", data);
			const headers = engine.createHttpHeaders();
			expect(headers.set("X-Signature", hex.encodeToString(hmac.sha256(secret, body))) === undefined).toEqual(true);
			return {data, answer: post({body, headers})};
		};
		test("a challenge", () => {
			const {answer} = request('{"challenge":"c"}');
			expect(answer).toEqual({"content-type": "text/plain", body: "c"});
			expect(engine.isStartProcess()).toEqual(false);
		});
		test("an event", () => {
			const {data, answer} = request('{"event":"e"}');
			expect(answer).toEqual({});
			expect(answer.status).toEqual(undefined);
			expect(engine.isStartProcess()).toEqual(true);
			expect(engine.findData(data)).toEqual("e");
			expect(engine.setStartProcess(false) === undefined).toEqual(true);
			expect(engine.isStartProcess()).toEqual(false);
		});
		test("a stranger", () => {
			expect(request("{}", "wrong").answer.status).toEqual(400);
			expect(engine.isStartProcess()).toEqual(false);
		});
		test("headers", () => {
			const headers = engine.createHttpHeaders();
			expect(headers.getFirst("A") === null).toEqual(true);
			headers.set("X-Name", "1");
			headers.set("x-name", "2");
			headers.set("n", 5);
			expect(headers.getFirst("X-NAME")).toEqual("2");
			expect(headers.get("X-Name")).toEqual(["2"]);
			expect(headers.getFirst("N") === "5").toEqual(true);
			expect(headers.get("none").isEmpty()).toEqual(true);
		});
	`, false)

	engine := runtime.New(runtime.Config{})
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js", Code: []byte(webhookScript)})
	if err != nil {
		t.Fatal(err)
	}
	call := func(body string, header http.Header) *runtime.Result {
		t.Helper()
		result, err := engine.Run(t.Context(), runtime.Task{
			Script: script, Call: "post", Args: []any{map[string]any{"body": body, "headers": header}}, Items: declared(),
			Settings: map[string]hostapi.Setting{"conf_Secret": {Text: "s"}, "conf_Data": {Item: "q_text"}},
		})
		if err != nil {
			t.Fatal(detail(err))
		}
		return result
	}
	if r := call(`{}`, http.Header{}); asJSON(t, r.Value) != `{"status":400}` || r.StartProcess {
		t.Errorf("a stranger: %v, %v", r.Value, r.StartProcess)
	}
	signed := http.Header{"X-Signature": {"beab9e7b3d1ce1a39d1e4567c2dfffb7b75fc9cdc82b1d5fb5d04c0e74ec1be8"}}
	body := `{"event":"e"}`
	signed.Set("X-Signature", hmacHex(t, "s", body))
	if r := call(body, signed); asJSON(t, r.Value) != `{}` || !r.StartProcess || r.Data["q_text"] != "e" {
		t.Errorf("an event: %v, %v, %v", r.Value, r.StartProcess, r.Data)
	}
	body = `{"challenge":"c"}`
	signed.Set("X-Signature", hmacHex(t, "s", body))
	if r := call(body, signed); asJSON(t, r.Value) != `{"body":"c","content-type":"text/plain"}` || r.StartProcess {
		t.Errorf("a challenge: %v, %v", r.Value, r.StartProcess)
	}
}

func hmacHex(t *testing.T, secret, body string) string {
	t.Helper()
	return logged(t, runtime.Task{Data: map[string]any{"secret": secret, "body": body}},
		`engine.log(hex.encodeToString(hmac.sha256(engine.findDataByVarName("secret"), engine.findDataByVarName("body"))))`)[0]
}

func TestTimerStartEvent(t *testing.T) {
	t.Parallel()
	engine := runtime.New(runtime.Config{})
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js", Code: []byte(`
		const list = limit => qgroupDao.findDescendantQgroups(configs.getObject("conf_Top")).filter(g => !engine.isProcessStarted(g)).slice(0, limit).map(id => ({id, name: id.getName()}));`)})
	if err != nil {
		t.Fatal(err)
	}
	top := hostapi.Group{ID: 1, Name: "Top"}
	result, err := engine.Run(t.Context(), runtime.Task{
		Script: script, Call: "list", Args: []any{2}, Settings: map[string]hostapi.Setting{"conf_Top": {Group: &top}},
		Process: &hostapi.Process{Started: []string{"3"}, Groups: []hostapi.Group{
			top, {ID: 2, Name: "A", ParentID: 1}, {ID: 3, Name: "B", ParentID: 1}, {ID: 4, Name: "C", ParentID: 2}, {ID: 5, Name: "D", ParentID: 2},
		}},
	})
	if err != nil {
		t.Fatal(detail(err))
	}
	if got := asJSON(t, result.Value); got != `[{"id":{"id":2,"name":"A","parentId":1},"name":"A"},{"id":{"id":4,"name":"C","parentId":2},"name":"C"}]` {
		t.Errorf("list returned %s", got)
	}
}
