package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

func run(t *testing.T, cfg runtime.Config, source string, task runtime.Task) (*runtime.Result, error) {
	t.Helper()
	engine := runtime.New(cfg)
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js", Code: []byte(source)})
	if err != nil {
		t.Fatal(err)
	}
	task.Script = script
	return engine.Run(t.Context(), task)
}

func wantCode(t *testing.T, err error, code hostapi.Code, text string) {
	t.Helper()
	if hostapi.CodeOf(err) != code || !strings.Contains(fmt.Sprint(err), text) {
		t.Errorf("error = %s %v, want %s … %s", hostapi.CodeOf(err), err, code, text)
	}
}

func TestWritesApplyOnlyOnSuccess(t *testing.T) {
	t.Parallel()
	given := map[string]any{"q_a": "old", "q_n": 1}
	const source = `engine.setDataByVarName("q_a", "new"); engine.setDataByVarName("q_b", [1]);`

	result, err := run(t, runtime.Config{}, source, runtime.Task{Data: given})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"q_a": "new", "q_b": []any{1.0}, "q_n": 1.0}
	if !reflect.DeepEqual(result.Data, want) || strings.Join(result.Changed, ",") != "q_a,q_b" {
		t.Errorf("after success: data %v changed %v", result.Data, result.Changed)
	}

	result, err = run(t, runtime.Config{}, source+`throw "stop"`, runtime.Task{Data: given})
	wantCode(t, err, hostapi.CodeScript, "stop")
	want = map[string]any{"q_a": "old", "q_n": 1.0}
	if !reflect.DeepEqual(result.Data, want) || len(result.Changed) != 0 {
		t.Errorf("after failure: data %v changed %v", result.Data, result.Changed)
	}
	if given["q_a"] != "old" {
		t.Error("the caller's map was changed")
	}
}

func TestZeroConfig(t *testing.T) {
	t.Parallel()
	for _, source := range []string{`httpClient.begin().get("https://example.com/")`, `httpClient.getOAuth2Token("crm")`, `httpClient.getOAuth2TokenInfo("crm")`} {
		_, err := run(t, runtime.Config{}, source, runtime.Task{Connections: []string{"crm"}})
		wantCode(t, err, hostapi.CodeDenied, "this engine has no network")
	}
	_, err := runtime.New(runtime.Config{}).Run(t.Context(), runtime.Task{})
	wantCode(t, err, hostapi.CodeInvalidArgument, "no script")
}

func TestDeclaredItems(t *testing.T) {
	t.Parallel()
	items := []hostapi.Item{
		{VarName: "q_text", Type: hostapi.TypeTextfield},
		{VarName: "q_num", Type: hostapi.TypeDecimal},
		{VarName: "q_day", Type: hostapi.TypeDateYMD},
		{VarName: "q_sel", Type: hostapi.TypeSelectSingle},
	}
	tests := []struct{ source, message string }{
		{`engine.setDataByVarName("q_text", "a")`, ""},
		{`engine.setDataByVarName("q_text", null)`, ""},
		{`engine.setDataByVarName("q_num", "12.50")`, ""},
		{`engine.setDataByVarName("q_num", 3)`, ""},
		{`engine.setDataByVarName("q_day", "2026-02-28")`, ""},
		{`engine.setDataByVarName("q_sel", ["a"])`, ""},
		{`engine.setDataByVarName("q_text", "a\nb")`, "setDataByVarName q_text: STRING_TEXTFIELD needs one line of text, got text of several lines"},
		{`engine.setDataByVarName("q_text", 1)`, "setDataByVarName q_text: STRING_TEXTFIELD needs text, got a number"},
		{`engine.setDataByVarName("q_num", "x")`, "setDataByVarName q_num: DECIMAL needs a number, got text"},
		{`engine.setDataByVarName("q_day", "2026-02-30")`, "setDataByVarName q_day: DATE_YMD needs a date, got text"},
		{`engine.setDataByVarName("q_sel", ["a", "b"])`, "setDataByVarName q_sel: SELECT_SINGLE needs at most one option, got a list of 2"},
		{`engine.setDataByVarName("q_txt", "a")`, "setDataByVarName q_txt: the task declares no such data item"},
		{`engine.findDataByVarName("q_txt")`, "findDataByVarName q_txt: the task declares no such data item"},
	}
	for _, tt := range tests {
		_, err := run(t, runtime.Config{}, tt.source, runtime.Task{Items: items})
		switch {
		case tt.message == "" && err != nil:
			t.Errorf("%s: %v", tt.source, err)
		case tt.message != "":
			wantCode(t, err, hostapi.CodeInvalidArgument, tt.message)
		}
	}
	_, err := run(t, runtime.Config{}, "", runtime.Task{Items: items, Data: map[string]any{"q_num": "many"}})
	wantCode(t, err, hostapi.CodeInvalidArgument, "task data q_num: DECIMAL needs a number")

	// A decimal keeps its digits on the way through.
	result, err := run(t, runtime.Config{}, `engine.setDataByVarName("q_num", "12.50")`, runtime.Task{Items: items})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := json.Marshal(result.Data); string(got) != `{"q_num":12.50}` {
		t.Errorf("data = %s", got)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	network := &hostapitest.Connector{Handler: hostapitest.Text(200, "text/plain", "ok")}
	tests := []struct {
		name, source string
		engine, task hostapi.Limits
		code         hostapi.Code
		message      string
	}{
		{"time", `for (;;) {}`, hostapi.Limits{Time: 20 * time.Millisecond}, hostapi.Limits{}, hostapi.CodeTimeout, "time limit of 20ms reached"},
		{"a task lowers time", `for (;;) {}`, hostapi.Limits{}, hostapi.Limits{Time: 20 * time.Millisecond}, hostapi.CodeTimeout, "time limit of 20ms reached"},
		{"a task cannot raise time", `for (;;) {}`, hostapi.Limits{Time: 20 * time.Millisecond}, hostapi.Limits{Time: time.Hour}, hostapi.CodeTimeout, "time limit of 20ms reached"},
		{"call depth", `(function f(n) { n && f(n - 1) })(20)`, hostapi.Limits{CallDepth: 10}, hostapi.Limits{}, hostapi.CodeLimit, "call depth limit of 10 reached"},
		{"requests", `for (;;) httpClient.begin().get("http://h/")`, hostapi.Limits{Requests: 3}, hostapi.Limits{}, hostapi.CodeLimit, "get: request limit of 3 reached"},
		{"no requests at all", `httpClient.begin().get("http://h/")`, hostapi.Limits{}, hostapi.Limits{Requests: -1}, hostapi.CodeLimit, "get: request limit of 0 reached"},
		{"request body", `httpClient.begin().body("12345", "text/plain").post("http://h/")`, hostapi.Limits{RequestBytes: 4}, hostapi.Limits{}, hostapi.CodeLimit, "post: request size limit of 4 bytes reached"},
		{"form body", `httpClient.begin().formParam("ab", "345").post("http://h/")`, hostapi.Limits{RequestBytes: 4}, hostapi.Limits{}, hostapi.CodeLimit, "post: request size limit of 4 bytes reached"},
		{"log lines", `for (;;) engine.log("x")`, hostapi.Limits{LogLines: 2}, hostapi.Limits{}, hostapi.CodeLimit, "log: log line limit of 2 reached"},
		{"log bytes", `engine.log("12345")`, hostapi.Limits{LogBytes: 4}, hostapi.Limits{}, hostapi.CodeLimit, "log: log size limit of 4 bytes reached"},
		{"data", `for (;;) engine.setDataByVarName("q_a", "x".repeat(600))`, hostapi.Limits{DataBytes: 1024}, hostapi.Limits{}, hostapi.CodeLimit, "setDataByVarName q_a: data size limit of 1 KiB reached"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := run(t, runtime.Config{Connector: network, Limits: tt.engine}, tt.source, runtime.Task{Limits: tt.task})
			wantCode(t, err, tt.code, tt.message)
		})
	}
	result, err := run(t, runtime.Config{Connector: network}, `engine.setDataByVarName("q_n", httpClient.getRequestingLimit())`, runtime.Task{Limits: hostapi.Limits{Requests: 12}})
	if err != nil || result.Data["q_n"] != 12.0 {
		t.Errorf("getRequestingLimit = %v, %v", result.Data["q_n"], err)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	started := make(chan struct{})
	network := &hostapitest.Connector{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(started)
		<-r.Context().Done()
	})}
	engine := runtime.New(runtime.Config{Connector: network})
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js", Code: []byte(`
		engine.log("before");
		for (;;) try { httpClient.begin().get("http://h/") } catch (e) { engine.setDataByVarName("q_x", e.code) }`)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-started; cancel() }()
	result, err := engine.Run(ctx, runtime.Task{Script: script})
	if hostapi.CodeOf(err) != hostapi.CodeCanceled || !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	if len(result.Logs) != 1 || len(result.Data) != 0 || result.Usage.Requests != 1 {
		t.Errorf("result = %+v", result)
	}
}

func TestRequestTimesOutWithTheTask(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := &hostapitest.Connector{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })}
		start := time.Now()
		result, err := run(t, runtime.Config{Connector: network}, `httpClient.begin().get("http://h/")`, runtime.Task{Limits: hostapi.Limits{Time: 7 * time.Second}})
		wantCode(t, err, hostapi.CodeTimeout, "time limit of 7s reached")
		if got := time.Since(start); got != 7*time.Second {
			t.Errorf("ended after %s", got)
		}
		if result.Usage.Wall != 7*time.Second || result.Usage.CPU != 0 {
			t.Errorf("usage = %+v", result.Usage)
		}
	})
}

func TestRetry(t *testing.T) {
	t.Parallel()
	type answer struct {
		status int
		after  string
	}
	tests := []struct {
		name    string
		answers []answer
		retry   int
		status  float64
		took    time.Duration
	}{
		{"no retry asked for", []answer{{503, ""}}, 0, 503, 0},
		{"seconds", []answer{{429, "3"}, {200, ""}}, 1, 200, 3 * time.Second},
		{"a date", []answer{{503, "Sat, 01 Jan 2000 00:00:09 GMT"}, {200, ""}}, 1, 200, 9 * time.Second},
		{"doubling", []answer{{503, ""}, {503, "soon"}, {503, ""}, {503, ""}}, 3, 503, 7 * time.Second},
		{"a 500 may have been carried out", []answer{{500, "1"}}, 5, 500, 0},
		{"longer than the task has", []answer{{429, "31"}}, 1, 429, 0},
		{"counted", []answer{{503, "0"}, {503, "0"}, {503, "0"}, {503, "0"}}, 5, 503, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := 0
				network := &hostapitest.Connector{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					a := tt.answers[n]
					n++
					if a.after != "" {
						w.Header().Set("Retry-After", a.after)
					}
					w.WriteHeader(a.status)
				})}
				limits := hostapi.Limits{Requests: 4}
				start := time.Now()
				source := fmt.Sprintf(`engine.setDataByVarName("q_s", httpClient.begin().retry(%d).post("http://h/").getStatusCode())`, tt.retry)
				result, err := run(t, runtime.Config{Connector: network}, source, runtime.Task{Limits: limits})
				if err != nil {
					t.Fatal(err)
				}
				if result.Data["q_s"] != tt.status {
					t.Errorf("status = %v, want %v", result.Data["q_s"], tt.status)
				}
				if got := time.Since(start); got != tt.took {
					t.Errorf("took %s, want %s", got, tt.took)
				}
				if n != len(tt.answers) || result.Usage.Requests != n {
					t.Errorf("%d requests sent, %d counted, want %d", n, result.Usage.Requests, len(tt.answers))
				}
			})
		})
	}
}

func TestS04CredentialsStayInside(t *testing.T) {
	t.Parallel()
	const token, password = "tok/EN+with=signs", "correct horse"
	network := &hostapitest.Connector{
		Handler: hostapitest.Text(200, "text/plain", "ok"),
		Tokens:  map[string]string{"unsealed": token, "sealed": hostapi.SealedPrefix + "AAAAAAAAAAAAAAAAAAAAAA"},
	}
	var events []string
	source := `
		const token = httpClient.getOAuth2Token("unsealed"), sealed = httpClient.getOAuth2Token("sealed");
		httpClient.begin().bearer("own-bearer-1").get("http://h/");
		httpClient.begin().basic("user", "` + password + `").get("http://h/");
		httpClient.begin().bearer("short").get("http://h/");
		const all = [token, encodeURIComponent(token), "own-bearer-1", "` + password + `", sealed, "short"].join("|");
		console.log(all);
		engine.setDataByVarName("q_all", {list: [all], [token]: 1});
		if (engine.findDataByVarName("q_fail")) throw new Error("with " + token);`
	wantText := "[redacted]|[redacted]|[redacted]|[redacted]|" + hostapi.SealedPrefix + "AAAAAAAAAAAAAAAAAAAAAA|short"
	task := runtime.Task{
		Connections: []string{"unsealed", "sealed"},
		OnEvent: func(e runtime.Event) {
			if e.Log != nil {
				events = append(events, e.Log.Message)
			}
		},
	}
	result, err := run(t, runtime.Config{Connector: network}, source, task)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Logs) != 1 || result.Logs[0].Message != wantText || len(events) != 1 || events[0] != wantText {
		t.Errorf("logs %q events %q\nwant %q", result.Logs, events, wantText)
	}
	if want := map[string]any{"q_all": map[string]any{"list": []any{wantText}, "[redacted]": 1.0}}; !reflect.DeepEqual(result.Data, want) {
		t.Errorf("data = %v", result.Data)
	}

	task.Data = map[string]any{"q_fail": true}
	_, err = run(t, runtime.Config{Connector: network}, source, task)
	wantCode(t, err, hostapi.CodeScript, "with [redacted]")
	if strings.Contains(fmt.Sprintf("%+v", err), token) {
		t.Errorf("the token is in %+v", err)
	}
}

func TestTokensAreNotLoggedBeforeTheirUse(t *testing.T) {
	t.Parallel()
	network := &hostapitest.Connector{Handler: hostapitest.Text(200, "application/json",
		`{"access_token": "first-access", "refresh_token": "first-refresh", "id_token": "first-id-token", "scope": "read"}`)}
	result, err := run(t, runtime.Config{Connector: network}, `
		const text = httpClient.begin().post("http://h/token").getResponseAsString();
		engine.log(text);
		engine.setDataByVarName("q_refresh", JSON.parse(text).refresh_token)`, runtime.Task{})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"access_token": "[redacted]", "refresh_token": "[redacted]", "id_token": "[redacted]", "scope": "read"}`
	if got := result.Logs[0].Message; got != want {
		t.Errorf("logged %s", got)
	}
	if got := result.Data["q_refresh"]; got != "first-refresh" {
		t.Errorf("a token that was not used as a credential came out as %v", got)
	}
}

// failing is a connector whose errors and panics are not Postern's.
type failing struct {
	hostapi.BaseConnector
	panics bool
}

func (f failing) Do(context.Context, *hostapi.Grant, *hostapi.Request) (*hostapi.Response, error) {
	if f.panics {
		panic("boom")
	}
	return nil, errors.New("dial tcp with secret-in-it")
}

func TestForeignErrors(t *testing.T) {
	t.Parallel()
	const source = `httpClient.begin().get("http://h/")`
	_, err := run(t, runtime.Config{Connector: failing{}}, source, runtime.Task{})
	wantCode(t, err, hostapi.CodeInternal, "get: the connector failed")
	if strings.Contains(err.Error(), "secret-in-it") {
		t.Errorf("a foreign error's text came through: %v", err)
	}
	_, err = run(t, runtime.Config{Connector: failing{panics: true}}, source, runtime.Task{})
	wantCode(t, err, hostapi.CodeInternal, "get: the connector panicked")
}

// A callback that panics fails its task, says so, and harms no other.
func TestPanicInOnEvent(t *testing.T) {
	t.Parallel()
	told := 0
	result, err := run(t, runtime.Config{}, `
		try { engine.log("a") } catch (e) {}
		engine.log("b");
		engine.setDataByVarName("q_a", 1)`,
		runtime.Task{OnEvent: func(runtime.Event) { told++; panic("boom") }})
	wantCode(t, err, hostapi.CodeInternal, "event: the callback OnEvent panicked")
	if p, ok := errors.AsType[*hostapi.PanicError](err); !ok || p.Value != "boom" || told != 1 || len(result.Data) != 0 || len(result.Logs) != 2 {
		t.Errorf("told %d times, data %v, logs %v, panic %v", told, result.Data, result.Logs, p)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	network := &hostapitest.Connector{Handler: hostapitest.Text(201, "text/plain", "12345")}
	result, err := run(t, runtime.Config{Connector: network}, `httpClient.begin().formParam("k", "v").post("http://h:81/")`, runtime.Task{})
	if err != nil {
		t.Fatal(err)
	}
	u := result.Usage
	if u.Requests != 1 || u.RequestBytes != 3 || u.ResponseBytes != 5 || u.Wall <= 0 || u.CPU > u.Wall {
		t.Errorf("usage = %+v", u)
	}
}

func TestEndedBeforeItBegan(t *testing.T) {
	t.Parallel()
	const source = `engine.setDataByVarName("q_a", 1)`
	_, err := run(t, runtime.Config{}, source, runtime.Task{Limits: hostapi.Limits{Time: -1}})
	wantCode(t, err, hostapi.CodeTimeout, "run: time limit of 0s reached")

	engine := runtime.New(runtime.Config{})
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js", Code: []byte(source)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	result, err := engine.Run(ctx, runtime.Task{Script: script})
	wantCode(t, err, hostapi.CodeCanceled, "run: the task was cancelled")
	if len(result.Changed) != 0 {
		t.Errorf("a task that did not run changed %v", result.Changed)
	}
	_, err = engine.Compile(ctx, runtime.Source{Name: "other.js"})
	wantCode(t, err, hostapi.CodeCanceled, "compile other.js")
}

func TestPanicsKeepTheirStack(t *testing.T) {
	t.Parallel()
	_, err := run(t, runtime.Config{Connector: failing{panics: true}}, `httpClient.begin().get("http://h/")`, runtime.Task{})
	p, ok := errors.AsType[*hostapi.PanicError](err)
	if !ok || p.Value != "boom" || !strings.Contains(string(p.Stack), "failing.Do") {
		t.Errorf("error = %v, panic = %+v", err, p)
	}
}

func TestTimeoutInAHostCallIsNotALoop(t *testing.T) {
	t.Parallel()
	network := &hostapitest.Connector{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })}
	_, err := run(t, runtime.Config{Connector: network}, `for (;;) try { httpClient.begin().get("http://h/") } catch (e) {}`,
		runtime.Task{Limits: hostapi.Limits{Time: 50 * time.Millisecond}})
	wantCode(t, err, hostapi.CodeTimeout, "get h: there was no response: time limit of 50ms reached")
	if e, ok := errors.AsType[*hostapi.Error](err); !ok || strings.Contains(e.Hint, "loop") {
		t.Errorf("error = %+v, want no talk of loops", e)
	}
}

// A request that timed out by itself is not what a later loop is blamed on.
func TestLoopAfterARequestTimeout(t *testing.T) {
	t.Parallel()
	_, err := run(t, runtime.Config{Connector: impatient{}}, `try { httpClient.begin().get("http://h/") } catch (e) {} for (;;) {}`,
		runtime.Task{Limits: hostapi.Limits{Time: 50 * time.Millisecond}})
	wantCode(t, err, hostapi.CodeTimeout, "time limit of 50ms reached")
	if e, ok := errors.AsType[*hostapi.Error](err); !ok || e.Op != "" || !strings.Contains(e.Hint, "loop") {
		t.Errorf("error = %+v, want one about the loop", e)
	}
}

// impatient is a connector whose requests time out at once.
type impatient struct{ hostapi.BaseConnector }

func (impatient) Do(context.Context, *hostapi.Grant, *hostapi.Request) (*hostapi.Response, error) {
	return nil, &hostapi.Error{Code: hostapi.CodeTimeout, Op: "get", Name: "h", Message: "no answer within 1s"}
}

func TestMisuse(t *testing.T) {
	t.Parallel()
	_, err := run(t, runtime.Config{}, "", runtime.Task{Items: []hostapi.Item{{VarName: "q_a", Type: "FOO"}}})
	wantCode(t, err, hostapi.CodeConfig, "item type FOO: no such type")
	_, err = run(t, runtime.Config{}, "", runtime.Task{Items: []hostapi.Item{{VarName: "q_a", Type: "JSON"}, {VarName: "q_a", Type: "JSON"}}})
	wantCode(t, err, hostapi.CodeConfig, "data item q_a: the data item is declared twice")
	_, err = run(t, runtime.Config{}, "", runtime.Task{Settings: map[string]hostapi.Setting{"conf_a": {Item: "q_a"}}})
	wantCode(t, err, hostapi.CodeConfig, `setting conf_a: it names the data item "q_a", which the task does not declare`)
	_, err = run(t, runtime.Config{}, "", runtime.Task{Process: &hostapi.Process{TimeZone: "Mars"}})
	wantCode(t, err, hostapi.CodeConfig, `process: unknown time zone "Mars"`)
	_, err = run(t, runtime.Config{Connector: silent{}}, `httpClient.begin().get("http://h/")`, runtime.Task{})
	wantCode(t, err, hostapi.CodeInternal, "get: the connector returned neither response nor error")

	engine := runtime.New(runtime.Config{})
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "a.js"})
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = engine.Run(t.Context(), runtime.Task{Script: script})
	wantCode(t, err, hostapi.CodeClosed, "run: the engine is closed")
	_, err = engine.Compile(t.Context(), runtime.Source{Name: "a.js"})
	wantCode(t, err, hostapi.CodeClosed, "compile: the engine is closed")
}

// silent is a connector that forgets to answer.
type silent struct{ hostapi.BaseConnector }

func (silent) Do(context.Context, *hostapi.Grant, *hostapi.Request) (*hostapi.Response, error) {
	return nil, nil //nolint:nilnil // that is the mistake
}

// A task that is refused keeps what an earlier run of its step saved.
func TestRefusedTaskKeepsTemporaryData(t *testing.T) {
	t.Parallel()
	engine := runtime.New(runtime.Config{})
	saved := "page 3"
	result, err := engine.Run(t.Context(), runtime.Task{Data: map[string]any{"q_x": make(chan int)}, TemporaryData: &saved})
	if err == nil || result.TemporaryData == nil || *result.TemporaryData != saved {
		t.Errorf("temporary data %v after %v", result.TemporaryData, err)
	}
}
