package connection_test

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// What may be filled is, and braces of its own stay.
func TestVariables(t *testing.T) {
	t.Parallel()
	s := new(server)
	m := manage(t, s, map[string]string{"S": "hunter2", "K_{tenant}": "x", "K": "key"}, `[connections.crm]
grant = "authorization_code"
token_endpoint = "https://{region}.example.com/{tenant}/token"
authorization_endpoint = "{base}/authorize?a={tenant}"
client_id = "{tenant}"
client_secret = "env:S"
token_endpoint_auth_method = "client_secret_post"
pkce = "off"
variables = { region = "eu", tenant = "acme", base = "https://id.example.com", odd = "{tenant}&x", ref = "env:K" }
audience = "urn:{tenant}"
resource = ["https://{tenant}.example.com/", "https://b.example.com/{ {}{a b}"]
scopes = ["{tenant}.read", "write"]
redirect_uri = "http://127.0.0.1:8765/{tenant}"
token_params = { a = "{odd}", c = "{ref}", b = ["{tenant}", '{"x":{"y":1}}'] }
token_headers = { X-Tenant = "{tenant}", X-Key = "env:K" }
authorize_params = { hint = "{tenant}.example.com" }
hosts = ["{tenant}.{region}.example.com", "*.{tenant}.example.com"]
`, nil)
	a, err := m.Authorize(t.Context(), "crm", redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(a.URL, "https://id.example.com/authorize?a=acme&") {
		t.Errorf("people go to %s", a.URL)
	}
	q := query(t, a.URL)
	for name, want := range map[string]string{"hint": "acme.example.com", "scope": "acme.read write", "audience": "urn:acme", "client_id": "{tenant}"} {
		if got := q.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if err := m.Redeem(t.Context(), a, url.Values{"code": {"c"}, "state": {q.Get("state")}}); err != nil {
		t.Fatal(err)
	}
	r := s.all()[0]
	want := url.Values{
		"grant_type": {"authorization_code"}, "code": {"c"}, "redirect_uri": {redirectURI}, "client_id": {"{tenant}"}, "client_secret": {"hunter2"},
		"audience": {"urn:acme"}, "resource": {"https://acme.example.com/", "https://b.example.com/{ {}{a b}"},
		"a": {"{tenant}&x"}, "c": {"env:K"}, "b": {"acme", `{"x":{"y":1}}`},
	}
	if r.path != "/acme/token" || !reflect.DeepEqual(r.params, want) {
		t.Errorf("sent to %s: %v\nwant %v", r.path, r.params, want)
	}
	if got := r.header.Get("X-Tenant") + " " + r.header.Get("X-Key"); got != "acme key" {
		t.Errorf("headers %q", got)
	}
	for host, ok := range map[string]bool{"acme.eu.example.com": true, "x.acme.example.com": true, "evil.example.com": false} {
		_, err := m.Do(t.Context(), &hostapi.Grant{Connections: []string{"crm"}, Limits: hostapi.DefaultLimits()},
			&hostapi.Request{Method: "GET", URL: "https://" + host + "/", AuthSetting: "crm"})
		if (err == nil) != ok {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestVariablesOfIssuerAndCallback(t *testing.T) {
	t.Parallel()
	var asked []string
	m := manage(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Host+r.URL.Path)
		w.WriteHeader(http.StatusNotFound)
	}), map[string]string{"S": "s"}, `[connections.crm]
grant = "client_credentials"
issuer = "https://id.{region}.example.com/{tenant}"
variables = { region = "eu", tenant = "acme" }
client_id = "id"
client_secret = "env:S"
`, nil)
	_, err := m.Token(t.Context(), "crm", 0)
	if e := asError(t, err); !strings.Contains(e.Message, "issuer id.eu.example.com") {
		t.Errorf("error %v", e)
	}
	want := []string{"id.eu.example.com/.well-known/oauth-authorization-server/acme", "id.eu.example.com/acme/.well-known/openid-configuration"}
	if !reflect.DeepEqual(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
	set := parse(t, strings.Replace(codeTOML, "env:S", "sss", 1)+
		"allow_plaintext = true\nvariables = { port = \"8765\", path = \"call/back\" }\nredirect_uri = \"http://127.0.0.1:{port}/{path}\"\n")
	if got := set.RedirectURI("crm"); got != "http://127.0.0.1:8765/call/back" {
		t.Errorf("redirect URI %q", got)
	}
}

// Without variables braces are characters, except where there cannot be any.
func TestBracesWithoutVariables(t *testing.T) {
	t.Parallel()
	s := new(server)
	token(t, manage(t, s, map[string]string{"S": "s"}, clientTOML+`client_secret = "env:S"
audience = "{tenant}"
scopes = ["{a}", "b{"]
token_params = { filter = "{x}" }
token_headers = { X-Template = "{y}" }
`, nil), "crm")
	r := s.all()[0]
	want := url.Values{"grant_type": {"client_credentials"}, "audience": {"{tenant}"}, "scope": {"{a} b{"}, "filter": {"{x}"}}
	if !reflect.DeepEqual(r.params, want) || r.header.Get("X-Template") != "{y}" {
		t.Errorf("sent %v, X-Template %q; want %v", r.params, r.header.Get("X-Template"), want)
	}
}

func TestVariableMistakes(t *testing.T) {
	t.Parallel()
	const head = "[connections.crm]\ngrant = \"authorization_code\"\nclient_id = \"id\"\nclient_secret = \"env:S\"\n" // 4 lines
	const endpoints = "token_endpoint = \"https://id.example.com/token\"\nauthorization_endpoint = \"https://id.example.com/a\"\n"
	const tenant = "variables = { tenant = \"acme\" }\n"
	const unknown = "has a {variable} that variables does not set | did you mean {tenant}?"
	for _, tt := range []struct {
		name, in string
		line     int
		want     string
	}{
		{"endpoint", head + tenant + "token_endpoint = \"https://id.example.com/{tennant}\"", 6, "token_endpoint: " + unknown},
		{"issuer", head + tenant + "issuer = \"https://{tenat}.example.com/\"", 6, "issuer: " + unknown},
		{"issuer without variables", head + "issuer = \"https://id.example.com/{tenantid}/v2.0\"", 5, "issuer: has a {variable} that variables does not set | add it"},
		{"callback", head + endpoints + tenant + "redirect_uri = \"http://127.0.0.1/{tenan}\"", 8, "redirect_uri: " + unknown},
		{"hosts", head + endpoints + tenant + "hosts = [\"{tenante}.example.com\"]", 8, "hosts: " + unknown},
		{"hosts without variables", head + endpoints + "hosts = [\"{tenant}.example.com\"]", 7, "hosts: has a {variable} that variables does not set | add it"},
		{"audience", head + endpoints + tenant + "audience = \"urn:{Tenant}\"", 8, "audience: " + unknown},
		{"resource", head + endpoints + tenant + "resource = \"urn:{tenantx}\"", 8, "resource: " + unknown},
		{"scopes", head + endpoints + tenant + "scopes = [\"a\", \"{tenantx}\"]", 8, "scopes: " + unknown},
		{"parameter", head + endpoints + tenant + "refresh_params = { a = [\"{tenantx}\"] }", 8, "refresh_params a: " + unknown},
		{"header", head + endpoints + tenant + "token_headers = { X-A = \"{tenantx}\" }", 8, "token_headers X-A: " + unknown},
		{"authorization parameter", head + endpoints + tenant + "authorize_params = { a = \"{tenantx}\" }", 8, "authorize_params a: " + unknown},

		{"value that is no host", head + endpoints + "variables = { tenant = \"a b\" }\nhosts = [\"{tenant}.example.com\"]", 8, "hosts: has an entry that is not a host"},
		{"value with a path, of a host", head + endpoints + "variables = { tenant = \"evil.example/\" }\nhosts = [\"{tenant}.example.com\"]", 8, "hosts: has an entry that is not a host"},
		{"value that ends the host", head + "variables = { t = \"evil.example/\" }\nissuer = \"https://{t}.example.com\"", 6, "issuer: has a variable in its host"},
		{"value with a query", head + "variables = { t = \"evil.example?\" }\nissuer = \"https://id.example.com{t}/a\"", 6, "issuer: has a variable in its host"},
		{"value with a user", head + "variables = { t = \"@evil.example\" }\nissuer = \"https://id.example.com{t}\"", 6, "issuer: has a variable in its host"},
		{"value with a backslash", head + "variables = { t = 'evil.example\\' }\nissuer = \"https://{t}.example.com\"", 6, "issuer: has a variable in its host"},
		{"whole URL", head + "variables = { t = \"https://evil.example\" }\nissuer = \"https://{t}/\"", 6, "issuer: has a variable in its host"},
		{"scheme with a host", head + "variables = { s = \"https://evil.example/a\" }\nissuer = \"{s}://id.example.com\"", 6, "issuer: has a variable in its host"},
		{"reference by a variable", head + endpoints + "variables = { t = \"env:NOT_SET\" }\ntoken_params = { a = \"env:{t}\" }", 8, "token_params a: what follows env: is not the name"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := connection.Parse("oauth.toml", []byte(tt.in), connection.ParseOptions{LookupEnv: lookup(map[string]string{"S": "s"})})
			wantConfigError(t, err, tt.line, tt.want)
			assertNoSecret(t, err, "evil.example")
		})
	}
}

func TestVariableWithoutUse(t *testing.T) {
	t.Parallel()
	set := parse(t, "[connections.crm]\ngrant = \"static\"\nallow_plaintext = true\ntoken = \"xyz\"\nhosts = [\"{a}.example.com\"]\nvariables = { a = \"x\", b = \"y\" }")
	if got := strings.Join(set.Warnings(), "\n"); !strings.Contains(got, `connection "crm": variables has "b", which no value uses`) || strings.Contains(got, `"a"`) {
		t.Errorf("warnings %q", got)
	}
}

// What a template has for somebody to replace is named as that.
func TestPlaceholders(t *testing.T) {
	t.Parallel()
	base := map[string]string{
		"grant": `"password"`, "legacy": "true", "token_endpoint": `"https://id.example.com/token"`, "client_id": `"id"`,
		"client_secret": `"env:S"`, "username": `"u"`, "password": `"env:S"`, "variables": `{ used = "a" }`, "token_params": `{ a = "{used}" }`,
	}
	parseWith := func(key, value string) error {
		text := "[connections.crm]\n" + key + " = " + value + "\n"
		for k, v := range base {
			if k != key && (key != "redirect_uri" || k != "grant" && k != "legacy" && k != "username" && k != "password") {
				text += k + " = " + v + "\n"
			}
		}
		if key == "redirect_uri" {
			text += "grant = \"authorization_code\"\nauthorization_endpoint = \"https://id.example.com/a\"\n"
		}
		_, err := connection.Parse("oauth.toml", []byte(text), connection.ParseOptions{LookupEnv: lookup(map[string]string{"S": "s"})})
		return err
	}
	for key, values := range map[string][]string{
		"token_endpoint": {`"https://<your-instance>/token"`, `"https://id.example.com/<tenant>/token"`, `"<token endpoint>"`},
		"issuer":         {`"https://<your-instance>.example.com"`},
		"hosts":          {`["api.example.com", "<your-instance>.example.com"]`},
		"client_id":      {`"<client id>"`},
		"username":       {`"<account>"`},
		"scopes":         {`"<scopes>"`, `["a", "<scope>"]`},
		"redirect_uri":   {`"https://<host>/callback"`},
		"audience":       {`"<API>"`},
		"resource":       {`["<API>"]`},
	} {
		for _, value := range values {
			err := parseWith(key, value)
			wantConfigError(t, err, 2, key+": is a placeholder that was not replaced | write ")
			assertNoSecret(t, err, "your-instance", "tenant>", "client id")
		}
	}
	wantConfigError(t, parseWith("variables", `{ used = "<tenant>" }`), 2, "variables used: is a placeholder that was not replaced | write its value")
	for key, value := range map[string]string{
		"client_id": `"a<b>c"`, "username": `"<a> b"`, "scopes": `["a<b>"]`, "audience": `"urn:<x>"`, "token_params": `{ a = "{used}", xml = "<a/>" }`,
	} {
		if err := parseWith(key, value); err != nil {
			t.Errorf("%s = %s: %v", key, value, err)
		}
	}
}
