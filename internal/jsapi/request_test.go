package jsapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

// network has seen return what a handler is given when send sends one request.
const network = `
const {NewQfile} = com.questetra.bpms.core.event.scripttask;
const ok = () => httpClient.createHttpResponse(200, "text/plain", "ok");
const seen = send => {
	let request = null;
	httpClient.setRequestHandler(r => { request = r; return ok(); });
	send(httpClient.begin());
	return request;
};
`

func TestRequestOfTests(t *testing.T) {
	t.Parallel()
	pass(t, network, []jsTest{
		{"a plain one", `
			const {url, method, contentType, body, headers} = seen(r => r.get("https://h/p?a=1"));
			expect(url).toEqual("https://h/p?a=1");
			expect(method).toEqual("GET");
			expect(contentType === null).toEqual(true);
			expect(body === null).toEqual(true);
			expect(Object.keys(headers)).toEqual([]);
			expect(Object.keys(seen(r => r.get("https://h/"))).sort()).toEqual(["body", "contentType", "headers", "method", "url"]);`},
		{"every method, with a body and without", `
			for (const method of ["get", "post", "put", "patch", "delete"]) {
				const bare = seen(r => r[method]("https://h/"));
				expect(bare.method).toEqual(method.toUpperCase());
				expect(bare.body === null).toEqual(true);
				expect(bare.contentType === null).toEqual(true);
				const full = seen(r => r.body("{}", "application/json")[method]("https://h/"));
				expect(full.body).toEqual("{}");
				expect(full.contentType).toEqual("application/json");
			}`},
		{"every setter returns the builder", `
			const r = httpClient.begin();
			const auth = httpClient.createAuthSettingToken("a", "t");
			const user = engine.createQuser(1, "Ada", "a@example.com");
			for (const same of [r.queryParam("a", "b"), r.formParam("a", "b"), r.header("a", "b"), r.multipart("a", "b"), r.body("a", "b/c"),
					r.authSetting(auth), r.bearer("t"), r.basic("u", "p"), r.authorization("X", "y"), r.googleOAuth2(user, "Drive"),
					r.awsSignV4("k", "s", "r", "s3"), r.oauth2JwtBearer(auth, () => ({}))]) {
				expect(same === r).toEqual(true);
			}`},
		{"dropped results", `
			const request = seen(r => {
				r.queryParam("a", "1");
				r.header("X-A", "2");
				r.body("text", "text/plain");
				r.put("https://h/");
			});
			expect(request.url).toEqual("https://h/?a=1");
			expect(request.headers["X-A"]).toEqual("2");
			expect(request.body).toEqual("text");`},
		{"a query", `
			const url = (add, base = "https://h/p") => seen(r => add(r).get(base)).url;
			expect(url(r => r.queryParam("k", "v"))).toEqual("https://h/p?k=v");
			expect(url(r => r.queryParam("b", "2").queryParam("a", "1").queryParam("b", "2"))).toEqual("https://h/p?b=2&a=1&b=2");
			expect(url(r => r.queryParam("k", ""))).toEqual("https://h/p?k=");
			expect(url(r => r.queryParam("k", "v"), "https://h/p?a=1")).toEqual("https://h/p?a=1&k=v");
			expect(url(r => r.queryParam("n", 1).queryParam("f", 1.5).queryParam("b", true))).toEqual("https://h/p?n=1&f=1.5&b=true");
			expect(url(r => r.queryParam("d", new java.math.BigDecimal("1.50")))).toEqual("https://h/p?d=1.50");
			expect(url(r => r.queryParam("あ", "é 😀"))).toEqual("https://h/p?%E3%81%82=%C3%A9+%F0%9F%98%80");
			expect(url(r => r.queryParam("k", "azAZ09-_.*"))).toEqual("https://h/p?k=azAZ09-_.*");
			expect(url(r => r.queryParam("k", "!'()~$[],:/@+&=?#%;"))).toEqual("https://h/p?k=%21%27%28%29%7E%24%5B%5D%2C%3A%2F%40%2B%26%3D%3F%23%25%3B");
			expect(url(r => r.queryParam("k", "\n"))).toEqual("https://h/p?k=%0A");
			expect(url(r => r, "https://h/a b/%2F?q=日")).toEqual("https://h/a b/%2F?q=日");`},
		{"a form", `
			const request = seen(r => r.formParam("a", "x y").formParam("b[]", "é").formParam("a", "").post("https://h/"));
			expect(request.body).toEqual("a=x+y&b%5B%5D=%C3%A9&a=");
			expect(request.contentType).startsWith("application/x-www-form-urlencoded");
			expect(request.url).toEqual("https://h/");
			expect(seen(r => r.formParam("a", "b").queryParam("c", "d").post("https://h/")).url).toEqual("https://h/?c=d");
			for (const method of ["get", "put", "patch", "delete"]) {
				expect(seen(r => r.formParam("a", "b")[method]("https://h/")).body).toEqual("a=b");
			}`},
		{"a body of text", `
			const body = (content, type) => seen(r => r.body(content, type).post("https://h/"));
			expect(body("é", "application/json; charset=UTF-8").contentType).toEqual("application/json; charset=UTF-8");
			expect(body("é", "application/json; charset=UTF-8").body).toEqual("é");
			expect(body("", "text/plain").body === "").toEqual(true);
			expect(body("日", "text/plain; charset=Shift_JIS").body).toEqual("日");
			expect(body("\ufeffx", "text/plain").body).toEqual("\ufeffx");
			expect(body("x", 'multipart/related; boundary="b"').contentType).toEqual('multipart/related; boundary="b"');
			expect(body(5, "text/plain").body).toEqual("5");`},
		{"a body of bytes, shown as text", `
			const body = (content, type) => seen(r => r.body(content, type).post("https://h/"));
			expect(body(engine.createByteArray("é"), "image/png").body).toEqual("é");
			expect(body(engine.createByteArray("é"), "image/png").contentType).toEqual("image/png");
			const sjis = fileRepository.readFile(engine.createQfile("a", "text/plain", "Shift_JIS", "日"));
			expect(body(sjis, "text/plain; charset=Shift_JIS").body).toEqual("日");
			expect(body(engine.createByteArray("\ufeffx"), "text/plain").body).toEqual("\ufeffx");`},
		{"a body of a file, shown as text", `
			const file = engine.createQfile("a.csv", "text/csv", "Shift_JIS", "日");
			const own = seen(r => r.body(file).post("https://h/"));
			expect(own.contentType).toEqual("text/csv; charset=Shift_JIS");
			expect(own.body).toEqual("日");
			const given = seen(r => r.body(file, "text/plain; charset=Shift_JIS").put("https://h/"));
			expect(given.contentType).toEqual("text/plain; charset=Shift_JIS");
			expect(given.body).toEqual("日");
			expect(seen(r => r.body(new NewQfile("a", "image/png", "x")).put("https://h/")).contentType).toEqual("image/png");`},
		{"the last body counts", `
			const request = seen(r => r.body("text", "text/plain").body(engine.createByteArray("bytes"), "a/b").post("https://h/"));
			expect(request.body).toEqual("bytes");
			expect(request.contentType).toEqual("a/b");
			expect(seen(r => r.body("text", "text/plain").body(engine.createQfile("a", "a/b", "file")).post("https://h/")).body).toEqual("file");
			expect(seen(r => r.body(engine.createByteArray("bytes"), "a/b").body("text", "c/d").post("https://h/")).body).toEqual("text");`},
		{"parts", `
			const file = engine.createQfile("a.png", "image/png", "x");
			const {body, contentType} = seen(r => r.multipart("file", file).multipart("name", "日").multipart("name", "b").multipart("n", 5).post("https://h/"));
			expect(contentType).startsWith("multipart/form-data");
			expect(body.size()).toEqual(3);
			expect(body.isEmpty()).toEqual(false);
			expect(body.get("file").size()).toEqual(1);
			expect(body.get("file").get(0) === file).toEqual(true);
			expect(body.get("file")[0].getLength()).toEqual(1);
			expect(body.get("name")).toEqual(["日", "b"]);
			expect(body.get("n").get(0) === "5").toEqual(true);
			expect(body.get("none") === null).toEqual(true);
			expect(body.containsKey("name")).toEqual(true);
			expect(body.containsKey("none")).toEqual(false);
			expect(body.keySet()).toEqual(["file", "name", "n"]);`},
		{"headers", `
			const {headers} = seen(r => r.header("X-Name", "v").header("x-other", 5).get("https://h/"));
			expect(headers["X-Name"]).toEqual("v");
			expect(headers.get("X-Name")).toEqual("v");
			expect(headers.get("x-name")).toEqual("v");
			expect(headers["x-other"]).toEqual("5");
			expect(headers.get("None") === null).toEqual(true);
			expect(headers.None).toEqual(undefined);
			expect(Object.keys(headers)).toEqual(["X-Name", "x-other"]);
			expect({...headers}).toEqual({"X-Name": "v", "x-other": "5"});
			expect(headers).toEqual({"X-Name": "v", "x-other": "5"});
			const names = [];
			for (const name in headers) names.push(name);
			expect(names).toEqual(["X-Name", "x-other"]);
			expect(JSON.stringify(headers)).toEqual('{"X-Name":"v","x-other":"5"}');
			expect("X-Name" in headers).toEqual(true);`},
		{"the query of a URL", `
			let url;
			httpClient.setRequestHandler(request => { url = request.url; return ok(); });
			const sent = to => { httpClient.begin().queryParam("q", "1").get(to); return url; };
			expect(sent("https://h/?a=b")).toEqual("https://h/?a=b&q=1");
			expect(sent("https://h/?")).toEqual("https://h/?q=1");
			expect(sent("https://h/#a?b#c")).toEqual("https://h/?q=1#a?b#c");`},
		{"what a handler changes is its own", `
			const r = httpClient.begin().header("X-A", "1").queryParam("q", "1");
			const urls = [];
			httpClient.setRequestHandler(request => {
				urls.push(request.url, request.headers["X-A"]);
				request.url = "changed";
				request.headers["X-A"] = "changed";
				delete request.method;
				request.own = 1;
				return ok();
			});
			r.get("https://h/");
			r.get("https://h/");
			expect(urls).toEqual(["https://h/?q=1", "1", "https://h/?q=1", "1"]);`},
		{"the handler may be set anew, and is called as a function", `
			let calls = 0;
			httpClient.setRequestHandler(function () { "use strict"; calls++; expect(this).toEqual(undefined); expect(arguments.length).toEqual(1); return ok(); });
			httpClient.begin().get("https://h/");
			expect(httpClient.setRequestHandler(() => { calls += 10; return ok(); }) === undefined).toEqual(true);
			httpClient.begin().get("https://h/");
			expect(calls).toEqual(11);`},
		{"a request within a handler", `
			httpClient.setRequestHandler(({url}) => {
				if (url.endsWith("/inner")) return httpClient.createHttpResponse(200, "text/plain", "inner");
				return httpClient.createHttpResponse(200, "text/plain", "outer " + httpClient.begin().get("https://h/inner").getResponseAsString());
			});
			expect(httpClient.begin().get("https://h/").getResponseAsString()).toEqual("outer inner");`},
	})
}

func TestCredentialsOfTests(t *testing.T) {
	t.Parallel()
	pass(t, network+`const authorization = add => seen(r => add(r).get("https://h/")).headers.Authorization;`, []jsTest{
		{"settings", `
			expect(authorization(r => r.authSetting(httpClient.createAuthSettingToken("n", "tok")))).toEqual("Bearer tok");
			expect(authorization(r => r.authSetting(httpClient.createAuthSettingOAuth2("n", "a", "t", "s", "i", "c", "acc")))).toEqual("Bearer acc");
			expect(authorization(r => r.authSetting(httpClient.createAuthSettingOAuth2ClientCredentials("n", "t", "s", "i", "c", "acc")))).toEqual("Bearer acc");
			expect(authorization(r => r.authSetting(httpClient.createAuthSettingBasic("n", "u", "p:é")))).toEqual("Basic dTpwOsOp");`},
		{"from text", `
			expect(authorization(r => r.bearer("tok"))).toEqual("Bearer tok");
			expect(authorization(r => r.basic("u", "p"))).toEqual("Basic dTpw");
			expect(authorization(r => r.authorization("DeepL-Auth-Key", "k"))).toEqual("DeepL-Auth-Key k");
			expect(authorization(r => r.header("Authorization", "own"))).toEqual("own");
			expect(authorization(r => r.bearer(""))).toEqual("Bearer ");
			expect(authorization(r => r) === undefined).toEqual(true);`},
		{"the last one counts", `
			expect(authorization(r => r.basic("u", "p").bearer("t"))).toEqual("Bearer t");
			expect(authorization(r => r.bearer("t").authorization("A", "b"))).toEqual("A b");`},
		{"others", `
			expect(authorization(r => r.googleOAuth2(engine.createQuser(1, "Ada", "a@example.com"), "Drive"))).startsWith("Bearer ");
			expect(authorization(r => r.awsSignV4("key", "secret", "us-east-1", "s3"))).startsWith("AWS4-HMAC-SHA256 ");`},
		{"a token by an assertion", `
			const auth = httpClient.createAuthSettingOAuth2JwtBearer("n", "scope", "", "", "kid", "pem", "custom", "");
			const order = [];
			httpClient.setRequestHandler(({url, method, headers}) => {
				order.push(method + " " + url + " " + headers.Authorization);
				return url.endsWith("/token") ? httpClient.createHttpResponse(200, "application/json", '{"access_token":"made"}') : ok();
			});
			const r = httpClient.begin().oauth2JwtBearer(auth, setting => {
				order.push("asked with " + setting.getName());
				return JSON.parse(httpClient.begin().formParam("a", "b").post("https://h/token").getResponseAsString());
			});
			order.push("begun");
			r.get("https://h/data");
			expect(order).toEqual(["begun", "asked with n", "POST https://h/token undefined", "GET https://h/data Bearer made"]);`},
		{"a token that cannot be obtained", `
			const auth = httpClient.createAuthSettingOAuth2JwtBearer("n", "scope", "", "", "kid", "pem", "custom", "");
			const mine = new Error("no token");
			let calls = 0, caught = null;
			httpClient.setRequestHandler(() => { calls++; return ok(); });
			try { httpClient.begin().oauth2JwtBearer(auth, () => { throw mine; }).get("https://h/"); } catch (e) { caught = e; }
			expect(caught === mine).toEqual(true);
			try { httpClient.begin().oauth2JwtBearer(auth, () => { throw "text"; }).get("https://h/"); } catch (e) { caught = e; }
			expect(caught).toEqual("text");
			expect(calls).toEqual(0);`},
		{"getOAuth2TokenInfo", `
			const auth = httpClient.createAuthSettingOAuth2("name", "a", "t", "read write", "i", "c", "acc");
			const want = { token_type: "Bearer", scope: "read write", expires_at: null };
			expect(httpClient.getOAuth2TokenInfo(auth)).toEqual(want);
			configs.putObject("conf_auth", auth);
			expect(httpClient.getOAuth2TokenInfo(configs.getObject("conf_auth"))).toEqual(want);
			expect(httpClient.getOAuth2TokenInfo("name")).toEqual(want);
			expect(httpClient.getOAuth2TokenInfo(httpClient.createAuthSettingToken("t", "tok")).scope).toEqual("");`},
		{"getOAuth2Token", `
			const auth = httpClient.createAuthSettingOAuth2("name", "a", "t", "s", "i", "c", "acc");
			expect(httpClient.getOAuth2Token(auth)).toEqual("acc");
			configs.putObject("conf_auth", auth);
			expect(httpClient.getOAuth2Token(configs.get("conf_auth"))).toEqual("acc");
			expect(httpClient.getOAuth2Token("name")).toEqual("acc");
			expect(httpClient.getGoogleOAuth2Token(engine.createQuser(1, "a", "b@example.com"), "Drive").length > 0).toEqual(true);`},
	})
}

func TestRequestErrorsOfTests(t *testing.T) {
	t.Parallel()
	const first = "const r = httpClient.begin(); httpClient.setRequestHandler(() => ok()); "
	errs := []jsError{
		{"httpClient.begin().get('https://h/')", "a test has no network"},
		{"httpClient.setRequestHandler()", "needs a function, got undefined"},
		{"httpClient.setRequestHandler({})", "needs a function, got an object"},
		{"httpClient.setRequestHandler(() => {}); httpClient.begin().get('https://h/')", "the request handler returned undefined, not a response"},
		{"httpClient.setRequestHandler(() => 'x'); httpClient.begin().get('https://h/')", "returned text, not a response"},
		{"httpClient.setRequestHandler(async () => ok()); httpClient.begin().get('https://h/')", "returned an object, not a response"},
		{first + "r.get()", "get: needs (url)"},
		{first + "r.get(null)", "get: url is null"},
		{first + "r.queryParam('a')", "queryParam: needs (name, value)"},
		{first + "r.queryParam('a', null)", "queryParam: value is null"},
		{first + "r.formParam('a', undefined)", "formParam: value is undefined"},
		{first + "r.header(null, 'a')", "header: name is null"},
		{first + "r.body('a')", "body: needs (content, contentType)"},
		{first + "r.body('a', null)", "body: contentType is null"},
		{first + "r.body(null, 'a/b')", "body: content is null"},
		{first + "r.body({}, 'a/b')", "body: content is an object"},
		{first + "r.multipart('a', {})", "multipart: content is an object"},
		{first + "r.post('https://h/', '{}')", "post: takes the URL alone"},
		{first + "r.authSetting(null)", "authSetting: the setting is null"},
		{first + "r.authSetting(configs.getObject('conf_None'))", "authSetting: the setting is null"},
		{"httpClient.getOAuth2Token(configs.get('conf_None'))", "getOAuth2Token: the setting is null"},
		{first + "r.authSetting('name')", "authSetting name: the test has put no auth setting of this name into configs"},
		{first + "r.googleOAuth2(null, 'Drive')", "googleOAuth2: the first argument is null, not a user"},
		{first + "r.oauth2JwtBearer(null, 5)", "oauth2JwtBearer: the second argument is a number, not a function"},
		{first + "r.oauth2JwtBearer(null, () => null).get('https://h/')", "no object with an access_token"},
		{first + "r.oauth2JwtBearer(null, () => ({})).get('https://h/')", "no object with an access_token"},
		{first + "r.body('a', 'b/c').formParam('a', 'b').post('https://h/')", "more than one of formParam, multipart and body is set"},
		{first + "const {get} = r; get('https://h/')", "called on another object than its own"},
		{first + "r.begin()", "has no member 'begin'"},
		{"httpClient.getOAuth2Token('none')", "the test has put no auth setting of this name into configs"},
		{"httpClient.getOAuth2TokenInfo('none')", "the test has put no auth setting of this name into configs"},
		{"httpClient.getOAuth2TokenInfo(null)", "getOAuth2TokenInfo: the setting is null"},
		{"httpClient.getOAuth2TokenInfo(httpClient.createAuthSettingBasic('n', 'u', 'p'))", "getOAuth2TokenInfo: the setting \"n\" is for basic authentication and has no token"},
		{"httpClient.getOAuth2Token(httpClient.createAuthSettingBasic('n', 'u', 'p'))", "is for basic authentication and has no token"},
	}
	pass(t, network, throwing(errs))
}

func TestWhatAHandlerThrows(t *testing.T) {
	t.Parallel()
	pass(t, network, []jsTest{
		{"reaches the script as it is", `
			for (const thrown of [new Error("mine"), new TypeError("mine"), "text", {own: 1}, 5]) {
				httpClient.setRequestHandler(() => { throw thrown; });
				let caught = null;
				try { httpClient.begin().post("https://h/"); } catch (e) { caught = e; }
				expect(caught === thrown).toEqual(true);
			}`},
		{"a failed assertion, and fail()", `
			httpClient.setRequestHandler(() => { expect(1).toEqual(2); return ok(); });
			let caught = null;
			try { httpClient.begin().get("https://h/"); } catch (e) { caught = e; }
			expect(caught instanceof Error).toEqual(true);
			expect(caught.message).toEqual("expected 1 to equal 2");
			httpClient.setRequestHandler(() => fail("here"));
			try { httpClient.begin().get("https://h/"); } catch (e) { caught = e; }
			expect(caught.message).containsString("here");`},
		{"from deep within", `
			const mine = new Error("mine");
			const file = engine.createQfile("a", "text/plain", "line");
			httpClient.setRequestHandler(() => { fileRepository.readFile(file, "UTF-8", () => { [1].map(() => { throw mine; }); }); return ok(); });
			let caught = null;
			try { fileRepository.readFile(file, 2, () => httpClient.begin().get("https://h/")); } catch (e) { caught = e; }
			expect(caught === mine).toEqual(true);`},
	})
}

func TestRequestingLimit(t *testing.T) {
	t.Parallel()
	pass(t, network, []jsTest{
		{"is even and enough for a few", `
			const limit = httpClient.getRequestingLimit();
			expect(limit % 2).toEqual(0);
			expect(limit >= 12).toEqual(true);`},
		{"one more than the limit does not reach the handler", `
			let calls = 0, error = null;
			httpClient.setRequestHandler(() => { calls++; return ok(); });
			const limit = httpClient.getRequestingLimit();
			for (let i = 0; i < limit; i++) httpClient.begin().get("https://h/");
			expect(calls).toEqual(limit);
			for (let i = 0; i < 2; i++) {
				error = null;
				try { httpClient.begin().post("https://h/"); } catch (e) { error = e; }
				expect(error instanceof Error).toEqual(true);
				expect(error.message).containsString("request limit of ");
				expect(calls).toEqual(limit);
			}`},
		{"requests for tokens count", `
			const auth = httpClient.createAuthSettingOAuth2JwtBearer("n", "s", "", "", "", "", "", "");
			let calls = 0;
			httpClient.setRequestHandler(() => { calls++; return ok(); });
			const send = () => httpClient.begin().oauth2JwtBearer(auth, () => { httpClient.begin().post("https://h/token"); return {access_token: "t"}; }).get("https://h/");
			for (let i = 0; i < httpClient.getRequestingLimit() / 2; i++) send();
			expect(send).toThrow("post: request limit of " + httpClient.getRequestingLimit() + " reached");
			expect(calls).toEqual(httpClient.getRequestingLimit());`},
		{"answers that throw count", `
			httpClient.setRequestHandler(() => { throw "no"; });
			const limit = httpClient.getRequestingLimit();
			for (let i = 0; i < limit; i++) { try { httpClient.begin().get("https://h/"); } catch (e) { expect(e).toEqual("no"); } }
			try { httpClient.begin().get("https://h/"); } catch (e) { expect(e !== "no").toEqual(true); }`},
	})
}

// A task is given a connection; what it may read of one is not secret.
func TestCredentialsOfTasks(t *testing.T) {
	t.Parallel()
	connector := &hostapitest.Connector{
		Handler: hostapitest.Text(200, "text/plain", "ok"),
		Tokens:  map[string]string{"crm": "crm-token", "Drive": "drive-token"},
	}
	task := runtime.Task{
		Connections: []string{"crm", "Drive"},
		Settings:    map[string]hostapi.Setting{"auth": {Connection: "crm"}, "user": {User: &hostapi.User{ID: 1, Name: "Ada"}}},
	}
	source := `
		const auth = configs.getObject("auth");
		httpClient.begin().authSetting(auth).get("https://h/1");
		httpClient.begin().authSetting("crm").get("https://h/2");
		httpClient.begin().oauth2JwtBearer(auth, () => { throw "not called"; }).get("https://h/3");
		httpClient.begin().googleOAuth2(configs.getObject("user"), "Drive").get("https://h/4");
		httpClient.begin().bearer(httpClient.getOAuth2Token(auth)).get("https://h/5");
		httpClient.begin().bearer(httpClient.getOAuth2Token(configs.get("auth"))).get("https://h/6");
		httpClient.begin().bearer(httpClient.getGoogleOAuth2Token(configs.getObject("user"), "Drive")).get("https://h/7");
		httpClient.begin().oauth2JwtBearer(null, () => ({access_token: "made"})).get("https://h/8");`
	if _, err := run(t, task, runtime.Config{Connector: connector}, runtime.Source{Code: []byte(source)}); err != nil {
		t.Fatal(detail(err))
	}
	want := []string{"crm-token", "crm-token", "crm-token", "drive-token", "crm-token", "crm-token", "drive-token", "made"}
	requests := connector.Requests()
	if len(requests) != len(want) {
		t.Fatalf("%d requests, want %d", len(requests), len(want))
	}
	for i, request := range requests {
		if !strings.Contains(request, "Authorization: Bearer "+want[i]+"\r\n") {
			t.Errorf("request %d\n%s\nwant the token %s", i+1, request, want[i])
		}
	}
}

func TestMultipartOfTasks(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			t.Error(err)
			return
		}
		f := r.MultipartForm.File["file"][0]
		_, _ = w.Write([]byte(f.Filename + " " + f.Header.Get("Content-Type") + " " + strings.Join(r.MultipartForm.Value["name"], ",")))
	})
	result, err := run(t, runtime.Task{}, runtime.Config{Connector: &hostapitest.Connector{Handler: handler}}, runtime.Source{Code: []byte(`
		const file = new com.questetra.bpms.core.event.scripttask.NewQfile("日.txt", "text/plain", "abc");
		engine.log(httpClient.begin().multipart("file", file).multipart("name", "a").multipart("name", "b").post("https://h/").getResponseAsString());`)})
	if err != nil {
		t.Fatal(detail(err))
	}
	if got := result.Logs[0].Message; got != "日.txt text/plain; charset=UTF-8 a,b" {
		t.Errorf("the server saw %q", got)
	}
}

// A test sends a request again where a run would, and counts it; it does not wait.
func TestRetryOfTests(t *testing.T) {
	t.Parallel()
	pass(t, network+`
		let calls = 0;
		const statuses = (...list) => httpClient.setRequestHandler(() => httpClient.createHttpResponse(list[calls++] ?? 200, null).addHeader("Retry-After", "3600"));`, []jsTest{
		{"until it works", `statuses(503, 429, 201); expect(httpClient.begin().retry(5).get("https://h/").getStatusCode()).toEqual(201); expect(calls).toEqual(3);`},
		{"no more than it says", `statuses(503, 503, 503); expect(httpClient.begin().retry(1).get("https://h/").getStatusCode()).toEqual(503); expect(calls).toEqual(2);`},
		{"not without", `statuses(503); expect(httpClient.begin().get("https://h/").getStatusCode()).toEqual(503); expect(calls).toEqual(1);`},
		{"not after another answer", `statuses(500); expect(httpClient.begin().retry(3).get("https://h/").getStatusCode()).toEqual(500); expect(calls).toEqual(1);`},
		{"every attempt counts", `
			httpClient.setRequestHandler(() => { calls++; return httpClient.createHttpResponse(503, null); });
			let error;
			try { httpClient.begin().retry(100).get("https://h/"); } catch (e) { error = e; }
			expect(error.code).toEqual("limit");
			expect(calls).toEqual(httpClient.getRequestingLimit());`},
	})
}

// A setting may be named in a test as in a run.
func TestAuthSettingByNameInATest(t *testing.T) {
	t.Parallel()
	pass(t, network, []jsTest{
		{"a token", `
			configs.putObject("conf_Auth", httpClient.createAuthSettingToken("crm", "t1"));
			expect(seen(r => r.authSetting("crm").get("https://h/")).headers.Authorization).toEqual("Bearer t1");`},
		{"a password", `
			configs.putObject("conf_Auth", httpClient.createAuthSettingBasic("crm", "u", "p"));
			expect(seen(r => r.authSetting("crm").get("https://h/")).headers.Authorization).toEqual("Basic dTpw");`},
	})
	pass(t, network, throwing([]jsError{
		{`httpClient.begin().authSetting("crm")`, "authSetting crm: the test has put no auth setting of this name into configs"},
		{`configs.putObject("a", httpClient.createAuthSettingBasic("crm", "u", "p")); httpClient.getOAuth2Token("crm")`, "is for basic authentication and has no token"},
	}))
}

// What a test lets pass and a run would not is told.
func TestWarningsOfTests(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, test string
		limits     hostapi.Limits
		want       string
	}{
		{"nothing", `configs.put("conf_A", "x"); engine.log("x"); seen(r => r.get("https://h/"))`, hostapi.Limits{}, ""},
		{"a setting that is not declared", `configs.put("conf_B", "x"); configs.putObject("conf_B", true)`, hostapi.Limits{}, `the test sets "conf_B", a setting that the definition does not declare; in a run it would be null`},
		{"an object as text", `configs.put("conf_A", engine.createDataDefinition("a", 1, "q_a", "STRING"))`, hostapi.Limits{}, `configs.put("conf_A", …) keeps the text of the object, so getObject returns null; use putObject`},
		{"text as an object", `configs.putObject("conf_A", "x")`, hostapi.Limits{}, `configs.putObject("conf_A", …) was given text, for which getObject returns null in a run; use put`},
		{"objects", `configs.putObject("conf_A", engine.createQuser(1, "n", "e")); configs.putObject("conf_A", null); configs.put("conf_A", null); configs.put("conf_A", new java.math.BigDecimal(1))`, hostapi.Limits{}, ""},
		{"lines of the log", `for (let i = 0; i < 1001; i++) engine.log(i)`, hostapi.Limits{}, "log lines were dropped; a run would fail: "},
		{"a header", `seen(r => r.header("Host", "x").get("https://h/"))`, hostapi.Limits{}, "a run would refuse a request: header Host: this header is set by the host"},
		{"a line break", `seen(r => r.header("X-A", "x\ny").get("https://h/"))`, hostapi.Limits{}, "a run would refuse a request: header X-A: the value has a line break"},
		{"a URL", `seen(r => r.get("/path"))`, hostapi.Limits{}, "a run would refuse a request: get: the URL is not absolute"},
	}
	engine := runtime.New(runtime.Config{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := suiteOf(t, engine, "", network+`test("t", () => {`+tt.test+`});`, false)
			s.Settings = []string{"conf_A"}
			result, err := engine.RunTest(t.Context(), s, 0)
			if err != nil || result.Err != nil {
				t.Fatal(err, result.Err)
			}
			if got := strings.Join(result.Warnings, "\n"); !strings.HasPrefix(got, tt.want) || (tt.want == "") != (got == "") {
				t.Errorf("warnings %q, want %q", got, tt.want)
			}
		})
	}
}

// Limits that were lowered hold in a test.
func TestLimitsOfTests(t *testing.T) {
	t.Parallel()
	for test, limits := range map[string]hostapi.Limits{
		`engine.setData(engine.createDataDefinition("a", 1, "q_a", "STRING"), "x".repeat(101))`:                                                                         {DataBytes: 100},
		`const d = engine.createDataDefinition("a", 1, "q_a", "FILE"); for (let i = 0; i < 3; i++) engine.setData(d, [engine.createQfile("a", "a/b", "x".repeat(40))])`: {DataBytes: 100},
		`engine.saveTemporaryData("x".repeat(101))`:                      {DataBytes: 100},
		`seen(r => r.body("x".repeat(101), "a/b").post("https://h/"))`:   {RequestBytes: 100},
		`seen(r => r.get("https://h/")); seen(r => r.get("https://h/"))`: {Requests: 1},
	} {
		result := outcome(t, "", network+`test("t", () => {`+test+`});`, false, limits)
		if hostapi.CodeOf(result.Err) != hostapi.CodeLimit {
			t.Errorf("%s: error %v, want a limit", test, result.Err)
		}
	}
	result := outcome(t, "", `test("t", () => { engine.setData(engine.createDataDefinition("a", 1, "q_a", "STRING"), "x".repeat(30e6)); });`, false, hostapi.Limits{})
	if result.Err != nil { // a run may be given this much
		t.Error(result.Err)
	}
}
