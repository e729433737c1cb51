package jsapi_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

// task runs source as a task with the connection crm, and with handler as the
// whole network.
func task(t *testing.T, handler http.Handler, source string) (*runtime.Result, []string, error) {
	t.Helper()
	connector := &hostapitest.Connector{Handler: handler, Tokens: map[string]string{"crm": "crm-token"}}
	engine := runtime.New(runtime.Config{Connector: connector})
	script, err := engine.Compile(t.Context(), runtime.Source{Name: "task.js", Code: []byte(source)})
	if err != nil {
		t.Fatal(err)
	}
	result, err := engine.Run(t.Context(), runtime.Task{
		Script:      script,
		Data:        map[string]any{"q_in": "héllo", "q_list": []any{1, "b", nil, map[string]any{"b": 1, "a": true}}, "q_big": int64(1) << 60},
		Connections: []string{"crm"},
	})
	return result, connector.Requests(), err
}

// wantOut runs source and compares the item q_out, as JSON.
func wantOut(t *testing.T, handler http.Handler, source, want string) {
	t.Helper()
	result, _, err := task(t, handler, source)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(result.Data["q_out"])
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("q_out = %s, want %s", got, want)
	}
}

func TestData(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, value, want string }{
		{"text", `"a\u{1F600}b"`, `"a😀b"`},
		{"number", `1.5`, `1.5`},
		{"negative zero", `-0`, `0`},
		{"boolean", `true`, `true`},
		{"null", `null`, `null`},
		{"undefined", `undefined`, `null`},
		{"bigint", `2n ** 64n`, `18446744073709551616`},
		{"array", `[1, [undefined, "x"], {}]`, `[1,[null,"x"],{}]`},
		{"empty array", `[]`, `[]`},
		{"object", `({b: 1, a: {c: null}})`, `{"a":{"c":null},"b":1}`},
		{"class instance", `new (class A { x = 1; #y = 2 })`, `{"x":1}`},
		{"date", `new Date(0)`, `"1970-01-01T00:00:00.000Z"`},
		{"toJSON", `({toJSON() { return [1] }})`, `[1]`},
		{"boxed", `[new String("s"), new Number(2), new Boolean(true)]`, `["s",2,true]`},
		{"input text", `engine.findDataByVarName("q_in")`, `"héllo"`},
		{"input list", `engine.findDataByVarName("q_list")`, `[1,"b",null,{"a":true,"b":1}]`},
		{"input big", `String(engine.findDataByVarName("q_big"))`, `"1152921504606846976"`},
		{"absent", `engine.findDataByVarName("q_none")`, `null`},
		{"own write", `(engine.setDataByVarName("q_x", [1]), engine.findDataByVarName("q_x"))`, `[1]`},
		{"an input is a copy", `(engine.findDataByVarName("q_list").push(9), engine.findDataByVarName("q_list").length)`, `4`},
		{"__proto__ is a key like any other", `JSON.parse('{"__proto__": {"a": 1}}')`, `{"__proto__":{"a":1}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wantOut(t, nil, `engine.setDataByVarName("q_out", `+tt.value+`)`, tt.want)
		})
	}
}

func TestArgumentErrors(t *testing.T) {
	t.Parallel()
	const begin = "httpClient.begin()"
	tests := []struct {
		source string
		code   hostapi.Code
		text   string
		column int
	}{
		{begin + ".formParam()", hostapi.CodeInvalidArgument, "formParam: needs (name, value)", 29},
		{begin + ".formParam('a')", hostapi.CodeInvalidArgument, "formParam: needs (name, value)", 29},
		{begin + ".formParam('a', undefined)", hostapi.CodeInvalidArgument, "formParam: value is undefined", 29},
		{begin + ".queryParam(null, 'b')", hostapi.CodeInvalidArgument, "queryParam: name is null", 30},
		{begin + ".header('a b', 'c').get('http://h/')", hostapi.CodeInvalidArgument, `header "a b": not a header name`, 42},
		{begin + ".header('Host', 'c').get('http://h/')", hostapi.CodeInvalidArgument, "header Host: this header is set by the host", 43},
		{begin + ".bearer('')", hostapi.CodeInvalidArgument, "bearer: token is empty", 26},
		{begin + ".bearer(undefined)", hostapi.CodeInvalidArgument, "bearer: token is undefined", 26},
		{begin + ".basic('u')", hostapi.CodeInvalidArgument, "basic: needs (user, password)", 25},
		{begin + ".body('x')", hostapi.CodeInvalidArgument, "body: needs (content, contentType)", 24},
		{begin + ".body({a: 1}, 'application/json')", hostapi.CodeInvalidArgument, "body: content is an object, not text", 24},
		{begin + ".get({})", hostapi.CodeInvalidArgument, "get: url is an object, not text", 23},
		{begin + ".retry(-1)", hostapi.CodeInvalidArgument, "retry: times is not a whole number", 25},
		{begin + ".get()", hostapi.CodeInvalidArgument, "get: needs (url)", 23},
		{begin + ".get('/path')", hostapi.CodeInvalidArgument, "get: the URL is not absolute", 23},
		{begin + ".get('ftp://h/')", hostapi.CodeInvalidArgument, "only http and https", 23},
		{begin + ".get('http://u:p@h/')", hostapi.CodeInvalidArgument, "user name or password", 23},
		{begin + ".formParam('a','b').body('c','d').post('http://h/')", hostapi.CodeInvalidArgument, "more than one of formParam, multipart and body", 57},
		{begin + ".nothing()", hostapi.CodeScript, "TypeError: httpClient.begin() has no member 'nothing'", 27},
		{"httpClient.getOAuth2Token()", hostapi.CodeInvalidArgument, "getOAuth2Token: needs (name)", 26},
		{"httpClient.getOAuth2Token('cmr')", hostapi.CodeUnknownConnection, "getOAuth2Token cmr: no such connection", 26},
		{"httpClient.getOAuth2TokenInfo()", hostapi.CodeInvalidArgument, "getOAuth2TokenInfo: needs (name)", 30},
		{"httpClient.getOAuth2TokenInfo('cmr')", hostapi.CodeUnknownConnection, "getOAuth2TokenInfo cmr: no such connection", 30},
		{"const {post} = " + begin + "; post('http://h/')", hostapi.CodeInvalidArgument, "post: called on another object than its own", 40},
		{"engine.setDataByVarName('a')", hostapi.CodeInvalidArgument, "setDataByVarName: needs (varName, value)", 24},
		{"engine.setDataByVarName('', 1)", hostapi.CodeInvalidArgument, "the name of the data item is empty", 24},
		{"engine.setDataByVarName('a', () => 1)", hostapi.CodeInvalidArgument, "a Function cannot be stored", 24},
		{"engine.setDataByVarName('a', Symbol('x'))", hostapi.CodeInvalidArgument, "a symbol cannot be stored", 24},
		{"engine.setDataByVarName('a', new Map)", hostapi.CodeInvalidArgument, "a Map cannot be stored", 24},
		{"engine.setDataByVarName('a', " + begin + ")", hostapi.CodeInvalidArgument, "a request cannot be stored", 24},
		{"engine.setDataByVarName('a', Promise.resolve(1))", hostapi.CodeInvalidArgument, "a promise cannot be stored", 24},
		{"engine.setDataByVarName('a', NaN)", hostapi.CodeInvalidArgument, "NaN cannot be stored", 24},
		{"const a = []; a[0] = a; engine.setDataByVarName('a', a)", hostapi.CodeInvalidArgument, "nested more than 100 levels", 48},
		{"engine.setDataByVarName('a', Array(2**32 - 1))", hostapi.CodeLimit, "data size limit of ", 24},
		{"engine.setDataByVarName('a', {get x() { throw new Error('mine') }})", hostapi.CodeScript, "mine", 0},
	}
	for _, tt := range tests {
		t.Run(tt.source, func(t *testing.T) {
			t.Parallel()
			result, requests, err := task(t, nil, tt.source)
			e, ok := errors.AsType[*hostapi.Error](err)
			if !ok {
				t.Fatalf("error = %v", err)
			}
			if e.Code != tt.code || !strings.Contains(e.Error(), tt.text) {
				t.Errorf("error = %s %q, want %s %q", e.Code, e.Error(), tt.code, tt.text)
			}
			if tt.column != 0 && (e.File != "task.js" || e.Line != 1 || e.Column != tt.column) {
				t.Errorf("at %s:%d:%d, want column %d", e.File, e.Line, e.Column, tt.column)
			}
			if len(requests) > 0 || len(result.Changed) > 0 {
				t.Errorf("requests %q, changed %q: want none", requests, result.Changed)
			}
		})
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, source, want string }{
		{
			"form", `begin().formParam("a", "x y+é*~").formParam("n", 1).formParam("a", true).post("http://h/p?q=1#frag")`,
			"POST /p?q=1 HTTP/1.1\r\nHost: h\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 29\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\na=x+y%2B%C3%A9*%7E&n=1&a=true",
		},
		{
			"bearer and query", `begin().bearer("tok").queryParam("k", "a&b").queryParam("k", "").get("https://h:8443/p")`,
			"GET /p?k=a%26b&k= HTTP/1.1\r\nHost: h:8443\r\nUser-Agent: Go-http-client/1.1\r\nAuthorization: Bearer tok\r\n\r\n",
		},
		{
			"basic", `begin().bearer("x").basic("u", "p:w").delete("http://h/")`,
			"DELETE / HTTP/1.1\r\nHost: h\r\nUser-Agent: Go-http-client/1.1\r\nAuthorization: Basic dTpwOnc=\r\n\r\n",
		},
		{
			"authorization", `begin().authorization("DeepL-Auth-Key", "k").head("http://h/")`,
			"HEAD / HTTP/1.1\r\nHost: h\r\nUser-Agent: Go-http-client/1.1\r\nAuthorization: DeepL-Auth-Key k\r\n\r\n",
		},
		{
			"authSetting", `begin().authSetting("crm").get("http://h/")`,
			"GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: Go-http-client/1.1\r\nAuthorization: Bearer crm-token\r\n\r\n",
		},
		{
			"text body", `begin().header("X-A", "1").header("X-A", "2").body("é", "text/plain; charset=ISO-8859-1").put("http://h/")`,
			"PUT / HTTP/1.1\r\nHost: h\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 1\r\nContent-Type: text/plain; charset=ISO-8859-1\r\nX-A: 1\r\nX-A: 2\r\n\r\n\xe9",
		},
		{
			"json body", `begin().body(JSON.stringify({a: 1}), "application/json").patch("http://h/")`,
			"PATCH / HTTP/1.1\r\nHost: h\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 7\r\nContent-Type: application/json\r\n\r\n{\"a\":1}",
		},
		{
			"typed array", `begin().body(new Uint8Array([65, 0, 66]), "application/octet-stream").post("http://h/")`,
			"POST / HTTP/1.1\r\nHost: h\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 3\r\nContent-Type: application/octet-stream\r\n\r\nA\x00B",
		},
		{
			"array buffer", `begin().body(new Uint8Array([65, 66]).buffer, "text/plain").post("http://h/")`,
			"POST / HTTP/1.1\r\nHost: h\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nAB",
		},
		{
			"empty body", `begin().body("", "text/plain").post("http://h/")`,
			"POST / HTTP/1.1\r\nHost: h\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 0\r\nContent-Type: text/plain\r\n\r\n",
		},
		{
			"no body", `begin().post("http://h/")`,
			"POST / HTTP/1.1\r\nHost: h\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: 0\r\n\r\n",
		},
		{
			"the builder is mutable", `(b => { b.queryParam("a", "1"); b.queryParam("b", "2"); return b })(begin()).get("http://h/")`,
			"GET /?a=1&b=2 HTTP/1.1\r\nHost: h\r\nUser-Agent: Go-http-client/1.1\r\n\r\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, requests, err := task(t, hostapitest.Text(200, "text/plain", "ok"), "const begin = () => httpClient.begin(); "+tt.source)
			if err != nil {
				t.Fatal(err)
			}
			if len(requests) != 1 || requests[0] != tt.want {
				t.Errorf("sent %q\nwant %q", requests, tt.want)
			}
		})
	}
}

func TestMultipart(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bytes" {
			_, _ = w.Write([]byte{0, 0xff})
			return
		}
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			t.Errorf("ParseMultipartForm: %v", err)
			return
		}
		if got := r.MultipartForm.Value["té%22xt"]; len(got) != 1 || got[0] != "日本" {
			t.Errorf("text part = %q of %v", got, r.MultipartForm.Value)
		}
		if got := r.MultipartForm.Value["raw"]; len(got) != 1 || got[0] != "\x00\xff" {
			t.Errorf("byte part = %q", got)
		}
	})
	_, requests, err := task(t, handler, `
		const bytes = httpClient.begin().get("http://h/bytes").getResponse();
		if (bytes.getLength() !== 2) throw bytes.getLength();
		httpClient.begin().multipart('té"xt', "日本").multipart("raw", bytes).post("http://h/")`)
	if err != nil {
		t.Fatal(err)
	}
	if len(requests) != 2 || !strings.Contains(requests[1], "Content-Disposition: form-data; name=\"té%22xt\"\r\n\r\n日本\r\n") {
		t.Errorf("sent %q", requests)
	}
}

func TestResponse(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["X-Multi"] = []string{"a", "b"}
		w.Header().Set("Content-Type", `Text/Plain; charset="Shift_JIS"`)
		w.WriteHeader(418)
		_, _ = w.Write([]byte("\x93\xfa\x96\x7b"))
	})
	wantOut(t, handler, `
		const r = httpClient.begin().get("http://h/");
		const list = r.getHeaderValues("x-multi"), none = r.getHeaderValues("absent");
		engine.setDataByVarName("q_out", [
			r.getStatusCode() + 1, r.getResponseAsString(), r.getResponseAsString(), r.getContentType(), r.getCharset(),
			r.getResponse().getLength(), list, list.size(), list.get(1), list[0], list.isEmpty(), none.isEmpty(), none.length,
			Array.isArray(list), [...list].join(), list.map(x => x + x), typeof r.getResponse(),
		])`,
		`[419,"日本","日本","text/plain","Shift_JIS",4,["a","b"],2,"b","a",false,true,0,true,"a,b",["aa","bb"],"object"]`)
}

func TestHostErrorsCanBeCaught(t *testing.T) {
	t.Parallel()
	wantOut(t, nil, `
		const out = [];
		try { httpClient.getOAuth2Token("cmr") } catch (e) {
			out.push(e instanceof Error, e instanceof TypeError, e.code, e.message, String(e), Object.keys(e));
		}
		try { httpClient.begin().formParam() } catch (e) { out.push(e.code, e.hint) }
		Error = null;
		try { httpClient.begin().get("http://h/") } catch (e) { out.push(e.code) }
		engine.setDataByVarName("q_out", out)`,
		`[true,false,"unknown_connection","getOAuth2Token cmr: no such connection","Error: getOAuth2Token cmr: no such connection",[],`+
			`"invalid_argument","write formParam(name, value)","network"]`)
}

// A script can find what marks a host's exception, and do nothing with it.
func TestMarkOfHostErrors(t *testing.T) {
	t.Parallel()
	wantOut(t, nil, `
		const out = [];
		try { httpClient.getOAuth2Token("cmr") } catch (e) {
			const [mark] = Object.getOwnPropertySymbols(e);
			out.push(Object.keys(e[mark]), JSON.stringify(e[mark]), String(e[mark]));
			try { "use strict"; e[mark] = 1; out.push(typeof e[mark]) } catch (x) { out.push(x.name) }
		}
		engine.setDataByVarName("q_out", out)`,
		`[[],"{}","[object Object]","object"]`)
}

func TestLog(t *testing.T) {
	t.Parallel()
	result, _, err := task(t, nil, `
		engine.log("plain"); engine.log(); engine.log(null); engine.log(1.5);
		console.log("a", 1, null, undefined, true, [1, "x"], {k: {n: 1}}, () => 1);
		console.debug("d"); console.info("i"); console.warn("w"); console.error(new RangeError("e"));
		console.log(httpClient.begin());`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range result.Logs {
		got = append(got, string(l.Level)+" "+l.Message)
	}
	want := []string{
		"info plain", "info undefined", "info null", "info 1.5",
		`info a 1 null undefined true [1,"x"] {"k":{"n":1}} () => 1`,
		"debug d", "info i", "warn w", "error RangeError: e", "info [object Object]",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestObjectsAreReplaceable(t *testing.T) {
	t.Parallel()
	wantOut(t, nil, `
		engine.log = x => "replaced " + x;
		const out = [engine.log(1), "log" in engine, Object.keys(console), delete engine.log, typeof engine.log];
		engine.own = 1;
		out.push(engine.own, "own" in engine, engine.nothing === undefined, httpClient.begin === httpClient.begin);
		engine.setDataByVarName("q_out", out)`,
		`["replaced 1",true,["debug","error","info","log","warn"],true,"function",1,true,true,true]`)
}

func FuzzExport(f *testing.F) {
	for _, s := range []string{"1", "[1, {a: [null]}]", "'\\ud800'", "new Date(0)", "({toJSON() { return this }})", "new Proxy([], {})", "Object(1n)", "1e400", "[,1]"} {
		f.Add(s)
	}
	engine := runtime.New(runtime.Config{Limits: hostapi.Limits{Time: 1e9, DataBytes: 1 << 16}})
	f.Fuzz(func(t *testing.T, expression string) {
		script, err := engine.Compile(t.Context(), runtime.Source{Name: "f.js", Code: []byte(`
			engine.setDataByVarName("q_a", (` + expression + `));
			engine.setDataByVarName("q_b", engine.findDataByVarName("q_a"))`)})
		if err != nil {
			return
		}
		result, err := engine.Run(t.Context(), runtime.Task{Script: script})
		if hostapi.CodeOf(err) == hostapi.CodeInternal {
			t.Fatalf("%v", err)
		}
		if err != nil {
			return
		}
		a, errA := json.Marshal(result.Data["q_a"])
		b, errB := json.Marshal(result.Data["q_b"])
		if errA != nil || errB != nil || string(a) != string(b) {
			t.Errorf("stored %s (%v), read and stored again %s (%v)", a, errA, b, errB)
		}
	})
}
