package oauthtoml

import (
	"strings"
	"testing"
)

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
			_, err := Parse("oauth.toml", []byte(tt.in), Options{LookupEnv: lookup(map[string]string{"S": "s"})})
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

// The error names a placeholder that the user was to replace.
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
		_, err := Parse("oauth.toml", []byte(text), Options{LookupEnv: lookup(map[string]string{"S": "s"})})
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
