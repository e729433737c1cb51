package jsapi_test

import (
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

func TestAuthSettingOfTests(t *testing.T) {
	t.Parallel()
	pass(t, `const texts = a => [a.getName(), a.getToken(), a.getScope(), a.getClientId(), a.getPrivateKeyId(), a.getPrivateKey(), a.getCustomSecret1(), a.getCustomSecret2()];`, []jsTest{
		{"a token", `expect(texts(httpClient.createAuthSettingToken("n", "tok"))).toEqual(["n", "tok", "", "", "", "", "", ""]);`},
		{"basic", `expect(httpClient.createAuthSettingBasic("n", "u", "p").getName()).toEqual("n");`},
		{"OAuth 2.0", `
			expect(texts(httpClient.createAuthSettingOAuth2("n", "https://auth", "https://token", "a b", "id", "secret", "acc")))
				.toEqual(["n", "acc", "a b", "id", "", "", "", ""]);`},
		{"client credentials", `
			expect(texts(httpClient.createAuthSettingOAuth2ClientCredentials("n", "https://token", "a b", "id", "secret", "acc")))
				.toEqual(["n", "acc", "a b", "id", "", "", "", ""]);`},
		{"an assertion", `
			expect(texts(httpClient.createAuthSettingOAuth2JwtBearer("n", "a b", "", "", "kid", "pem", "one", "two")))
				.toEqual(["n", "", "a b", "", "kid", "pem", "one", "two"]);
			expect(texts(httpClient.createAuthSettingOAuth2JwtBearer("n", "a b", "", "", "", "pem", "one", "")))
				.toEqual(["n", "", "a b", "", "", "pem", "one", ""]);
			expect(httpClient.createAuthSettingOAuth2JwtBearer("n", "", "", "", "", "", "", "").getCustomSecret1() === "").toEqual(true);`},
		{"what is left out is empty", `
			expect(texts(httpClient.createAuthSettingOAuth2("n"))).toEqual(["n", "", "", "", "", "", "", ""]);
			expect(texts(httpClient.createAuthSettingToken("n", null))).toEqual(["n", "", "", "", "", "", "", ""]);`},
		{"two of one name are two", `
			const a = httpClient.createAuthSettingToken("n", "1"), b = httpClient.createAuthSettingToken("n", "1");
			expect(a === b).toEqual(false);
			expect(a.getToken() === b.getToken()).toEqual(true);`},
	})
	pass(t, ``, throwing([]jsError{
		{"httpClient.createAuthSettingToken()", "name is undefined"},
		{"httpClient.createAuthSettingToken(null, 't')", "name is null"},
		{"const {getToken} = httpClient.createAuthSettingToken('n', 't'); getToken()", "called on another object than its own"},
	}))
}

func TestAuthSettingOfTasks(t *testing.T) {
	t.Parallel()
	task := runtime.Task{Connections: []string{"crm"}, Settings: map[string]hostapi.Setting{"auth": {Connection: "crm"}, "denied": {Connection: "other"}}}
	config := runtime.Config{Connector: &hostapitest.Connector{Tokens: map[string]string{"crm": "crm-token", "other": "x"}}}
	result, err := run(t, task, config, runtime.Source{Code: []byte(`
		const a = configs.getObject("auth");
		const out = [a.getName(), a.getToken() === httpClient.getOAuth2Token("crm"), a.getScope(), a.getClientId(), a.getPrivateKeyId()];
		for (const name of ["getPrivateKey", "getCustomSecret1", "getCustomSecret2"]) {
			try { a[name](); } catch (e) { out.push(e.code); }
		}
		try { configs.getObject("denied").getToken(); } catch (e) { out.push(e.code); }
		engine.log(JSON.stringify(out));`)})
	if err != nil {
		t.Fatal(detail(err))
	}
	if got := result.Logs[0].Message; got != `["crm",true,"","","","denied","denied","denied","denied"]` {
		t.Errorf("logged %s", got)
	}
}

func TestTokenInfoOfTasks(t *testing.T) {
	t.Parallel()
	connector := &hostapitest.Connector{Tokens: map[string]string{"crm": "crm-token", "plain": "x"}, TokenInfos: map[string]hostapi.TokenInfo{"crm": {
		TokenType: "Bearer", Scope: "read write", Expiry: time.Date(2030, 1, 2, 18, 4, 5, 0, time.FixedZone("", 3*60*60)),
		Fields: map[string]any{"team.id": hostapi.Decimal("42"), "__proto__": "text", "scope": "another"},
	}}}
	task := runtime.Task{Connections: []string{"crm", "plain"}, Settings: map[string]hostapi.Setting{"auth": {Connection: "crm"}}}
	result, err := run(t, task, runtime.Config{Connector: connector}, runtime.Source{Code: []byte(`
		const info = httpClient.getOAuth2TokenInfo(configs.getObject("auth"));
		engine.log(JSON.stringify(info));
		info.scope = "changed"; // it is the script's own
		engine.log(JSON.stringify([info.scope, httpClient.getOAuth2TokenInfo("crm").scope, Object.keys(httpClient.getOAuth2TokenInfo("plain"))]));`)})
	if err != nil {
		t.Fatal(detail(err))
	}
	for i, want := range []string{
		`{"__proto__":"text","expires_at":"2030-01-02T15:04:05Z","scope":"read write","team.id":42,"token_type":"Bearer"}`,
		`["changed","read write",["expires_at","scope","token_type"]]`,
	} {
		if got := result.Logs[i].Message; got != want {
			t.Errorf("logged %s, want %s", got, want)
		}
	}
}
