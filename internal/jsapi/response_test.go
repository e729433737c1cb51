package jsapi_test

import "testing"

const answer = `
const {NewQfile} = com.questetra.bpms.core.event.scripttask;
const answered = response => { httpClient.setRequestHandler(() => response); return httpClient.begin().get("https://h/"); };
`

func TestResponseOfTests(t *testing.T) {
	t.Parallel()
	pass(t, answer, []jsTest{
		{"status and text", `
			const r = answered(httpClient.createHttpResponse(404, "application/json", '{"a":"é"}'));
			expect(r.getStatusCode()).toEqual(404);
			expect(r.getStatusCode() === 404).toEqual(true);
			expect(r.getResponseAsString()).toEqual('{"a":"é"}');
			expect(JSON.parse(r.getResponseAsString()).a).toEqual("é");
			expect(r.getResponseAsString() + "").toEqual(r.getResponseAsString());`},
		{"it is the one that the handler returned", `
			const made = httpClient.createHttpResponse(200, "a/b", "");
			expect(answered(made) === made).toEqual(true);
			expect(made.getResponseAsString() === "").toEqual(true);
			expect(made.getResponse().getLength()).toEqual(0);`},
		{"content type without parameters", `
			const type = t => httpClient.createHttpResponse(200, t, "x").getContentType();
			expect(type("text/plain; charset=EUC-JP")).toEqual("text/plain");
			expect(type("text/plain;charset=EUC-JP")).toEqual("text/plain");
			expect(type("application/json")).toEqual("application/json");
			expect(type("image/jpeg;")).toEqual("image/jpeg");
			expect(type('image/png; name="a b.png"; x=y')).toEqual("image/png");
			expect(type("application/json; charset")).toEqual("application/json");
			expect(type("") === null).toEqual(true);
			expect(type(null) === null).toEqual(true);`},
		{"charset", `
			const charset = t => httpClient.createHttpResponse(200, t, "x").getCharset();
			expect(charset("text/plain; charset=EUC-JP")).toEqual("EUC-JP");
			expect(charset("text/plain") === null).toEqual(true);`},
		{"the body is bytes in the charset of the content type", `
			const r = httpClient.createHttpResponse(200, "text/csv; charset=Shift_JIS", "日本");
			expect(r.getResponse().getLength()).toEqual(4);
			expect(r.getResponseAsString()).toEqual("日本");
			const file = new NewQfile("a.csv", "text/csv; charset=Shift_JIS", r.getResponse());
			expect(file.getLength()).toEqual(4);
			expect(fileRepository.readFile(file, "Shift_JIS")).toEqual("日本");
			expect(httpClient.createHttpResponse(200, "text/csv", "日本").getResponse().getLength()).toEqual(6);
			expect(httpClient.createHttpResponse(200, "text/csv; charset=none-such", "日本").getResponseAsString()).toEqual("日本");`},
		{"bytes go everywhere", `
			const bytes = httpClient.createHttpResponse(200, "a/b", "abc").getResponse();
			expect(base64.encodeToString(bytes)).toEqual("YWJj");
			expect(base64.encodeToUrlSafeString(bytes)).toEqual("YWJj");
			expect(hex.encodeToString(bytes)).toEqual("616263");
			expect(hex.encodeToString(digest.sha1(bytes))).toEqual("a9993e364706816aba3e25717850c26c9cd0d89d");
			expect(new NewQfile("a", "a/b", bytes).getLength()).toEqual(3);
			httpClient.setRequestHandler(({body}) => httpClient.createHttpResponse(200, "a/b", body));
			expect(httpClient.begin().body(bytes, "a/b").post("https://h/").getResponseAsString()).toEqual("abc");`},
		{"headers", `
			const r = httpClient.createHttpResponse(302, "text/plain", "");
			expect(r.addHeader("Location", "https://x/") === r).toEqual(true);
			r.addHeader("X-Multi", "a").addHeader("x-multi", "b").addHeader("X-Number", 5);
			const got = answered(r);
			expect(got.getHeaderValues("Location").get(0)).toEqual("https://x/");
			expect(got.getHeaderValues("location")[0]).toEqual("https://x/");
			expect(got.getHeaderValues("X-MULTI")).toEqual(["a", "b"]);
			expect(got.getHeaderValues("X-Multi").size()).toEqual(2);
			expect(got.getHeaderValues("X-Number").get(0)).toEqual("5");
			const none = got.getHeaderValues("None");
			expect(none.isEmpty()).toEqual(true);
			expect(none.size()).toEqual(0);
			expect(none[0]).toEqual(undefined);
			expect(none === null).toEqual(false);
			expect(got.getHeaderValues("Content-Type").get(0)).toEqual("text/plain");`},
		{"whatever status", `
			for (const status of [100, 200, 204, 301, 404, 500, 599]) {
				expect(answered(httpClient.createHttpResponse(status, "text/plain", "")).getStatusCode()).toEqual(status);
			}
			expect(httpClient.createHttpResponse("201", "a/b", "").getStatusCode() === 201).toEqual(true);`},
		{"made of what is no text", `
			expect(httpClient.createHttpResponse(200, "a/b", null).getResponseAsString()).toEqual("");
			expect(httpClient.createHttpResponse(200, "a/b").getResponseAsString()).toEqual("");
			expect(httpClient.createHttpResponse(200, "a/b", 5).getResponseAsString()).toEqual("5");
			expect(httpClient.createHttpResponse(200, "a/b", engine.createByteArray("é")).getResponseAsString()).toEqual("é");
			expect(httpClient.createHttpResponse(200, "a/b", fileRepository.readFile(engine.createQfile("a", "a/b", "é"))).getResponseAsString()).toEqual("é");`},
		{"read twice", `
			const r = answered(httpClient.createHttpResponse(200, "a/b", "abc"));
			expect(r.getResponseAsString() + r.getResponseAsString() + r.getResponse().getLength()).toEqual("abcabc3");`},
	})
	pass(t, answer, throwing([]jsError{
		{"httpClient.createHttpResponse()", "needs (status, contentType, body)"},
		{"httpClient.createHttpResponse(200, 'a/b', '').getHeaderValues()", "needs (name)"},
		{"httpClient.createHttpResponse(200, 'a/b', '').addHeader(null, 'x')", "name is null"},
		{"const {getStatusCode} = httpClient.createHttpResponse(200, 'a/b', ''); getStatusCode()", "called on another object than its own"},
	}))
}
