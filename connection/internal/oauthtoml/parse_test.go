package oauthtoml

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

func TestParseMistakes(t *testing.T) {
	t.Parallel()
	const cc = "[connections.crm]\ngrant = \"client_credentials\"\ntoken_endpoint = \"https://id.example.com/token\"\n" +
		"client_id = \"id\"\nclient_secret = \"env:SECRET\"\n" // 5 lines
	const jwt = "[connections.crm]\ngrant = \"jwt_bearer\"\ntoken_endpoint = \"https://id.example.com/token\"\n" +
		"client_id = \"id\"\nsigning_key = \"env:KEY\"\n" // 5 lines
	const static = "[connections.crm]\ngrant = \"static\"\ntoken = \"env:SECRET\"\n" // 3 lines

	tests := []struct {
		name, in string
		line     int
		want     string
	}{
		{"K01 unknown key", cc + `client_secrit = "x"`, 6, `client_secrit: unknown key | did you mean client_secret?`},
		{"K01 wrong case", "[connections.crm]\ngrant = \"static\"\nToken = \"env:SECRET\"", 3, "Token: unknown key | write it as token: keys are in lower case"},
		{"unlike any key", cc + `zzzzzzzzzzzzz = 1`, 6, "zzzzzzzzzzzzz: unknown key | "},
		{"K01 unknown table", "\n[conections.crm]\n", 2, "did you mean connections?"},
		{"K01 wrong-case table", "\n[Connections.crm]\ngrant = \"static\"", 2, "write it as connections"},
		{"unknown egress key", "[egress]\nalow = []\n", 2, "egress alow: unknown key | did you mean allow?"},
		{"unknown header key", static + `header = { nane = "X-Key" }`, 4, "did you mean name?"},
		{"K01 duplicate table", static + "\n[connections.crm]\n", 5, "connections.crm: defined twice"},
		{"K01 duplicate key", static + `token = "env:OTHER"`, 4, "token: defined twice"},
		{"array of tables", "[[connections.crm]]\ngrant = \"static\"", 1, "crm: must be a table, not a list"},
		{"connection is no table", "[connections]\ncrm = 1", 2, "crm: must be a table, not a number"},

		{"no name", "[connections.\"\"]\ngrant = \"static\"", 1, `connection "": has no name`},
		{"name with #", "[connections.\"crm#1\"]\ngrant = \"static\"", 1, `connection "crm#1": has # in its name`},
		{"name with a line break", "\n[connections.\"crm\\n\"]\ngrant = \"static\"", 2, `connection "crm\n": has a control character in its name`},

		{"no grant", "[connections.crm]\ntoken = \"env:SECRET\"", 1, `connection "crm" grant: is missing`},
		{"K01 grant misspelt", "[connections.crm]\ngrant = \"client_credential\"", 2, `did you mean "client_credentials"?`},
		{"K01 grant unknown", "[connections.crm]\ngrant = \"telepathy\"", 2, "use client_credentials, authorization_code, device_code, jwt_bearer, token_exchange, password, static or basic"},
		{"grant of another type", "[connections.crm]\ngrant = 1", 2, "grant: must be text in quotes, not a number"},
		{"issuer by http", cc + `issuer = "http://id.example.com"`, 6, "issuer: must begin with https://"},
		{"issuer with a query", cc + `issuer = "https://id.example.com/?a=b"`, 6, "issuer: has a query"},
		{"key that is none", strings.Replace(jwt, "env:KEY", "env:SECRET", 1), 5, "signing_key: is not a private key in PEM"},
		{"algorithm of another key", jwt + `signing_alg = "ES256"`, 6, "signing_alg: has a value that is not allowed"},
		{"claim of no kind", jwt + `claims = { aud = ["a"] }`, 6, "claims aud: is a list, which is not supported as a claim"},
		{"reserved claim", jwt + `claims = { exp = 1 }`, 6, "claims exp: is set automatically"},
		{"key without use", cc + `signing_key = "file:key.pem"`, 6, "signing_key: has no effect without private_key_jwt"},
		{"header of the request's own", cc + `token_headers = { authorization = "x" }`, 6, "token_headers authorization: is not a header that may be set here"},
		{"header of a proof", cc + `token_headers = { dpop = "x" }`, 6, "token_headers dpop: is not a header that may be set here"},
		{"header in other letters", cc + "[connections.crm.token_headers]\nX-A = \"1\"\nx-a = \"2\"", 8, "token_headers x-a: is given twice, in different case"},
		{"header of two lines", cc + `token_headers = { X-A = "env:TWO_LINES" }`, 6, "token_headers X-A: has a line break"},
		{"header without its secret", cc + `token_headers = { X-A = "env:NOT_SET" }`, 6, "token_headers X-A: environment variable NOT_SET is not set"},
		{"parameter without its secret", cc + `token_params = { a = ["b", "file:/nowhere"] }`, 6, "token_params a: no such file: /nowhere"},
		{"pointer", cc + `response = { access_token = "/a~b" }`, 6, "response access_token: is not a JSON Pointer"},
		{"pointer of a condition", cc + `expired_when = { json = "/a~", equals = "1" }`, 6, "expired_when json: is not a JSON Pointer"},
		{"pointer of a field", cc + `response = { fields = ["/a~2"] }`, 6, "response fields: has an entry that is not a path"},
		{"pointer to a secret", cc + `response = { fields = ["/data/0/refresh_token"] }`, 6, "response fields: lets tasks see refresh_token"},
		{"pointer to the token", cc + `response = { access_token = "a.b", fields = ["/a/b"] }`, 6, "response fields: lets tasks see access_token"},
		{"unit of expiry", cc + `response = { expires_unit = "h" }`, 6, "response expires_unit: has a value that is not allowed"},
		{"path without name", cc + `response = { token = "data.token" }`, 6, "response token: unknown key"},
		{"expired status", cc + `expired_status = ["401"]`, 6, "expired_status: has an entry that is not an HTTP status"},
		{"expired when", cc + `expired_when = { json = "code" }`, 6, "expired_when equals: is missing"},
		{"fixed redirect", strings.Replace(cc, "client_credentials", "authorization_code", 1) + "issuer = \"https://id.example.com\"\nredirect_uri = \"callback\"", 7, "redirect_uri: is not the URL of a callback"},
		{"no authorization endpoint", strings.Replace(cc, "client_credentials", "authorization_code", 1), 1, "authorization_endpoint: is missing"},
		{"no secrets", strings.Replace(cc, `"env:SECRET"`, "[]", 1), 5, "client_secret: is empty"},
		{"table planned", cc + "[authserver]\nissuer = \"x\"", 6, "authserver: is not supported by this version"},
		{"store without key", cc + "[store]\nurl = \"sqlite:x\"", 6, "store key: is missing"},
		{"store with a plain key", cc + "[store]\nurl = \"sqlite:x\"\nkey = \"abc\"", 8, "store key: is a secret in plaintext"},
		{"server name and pin", cc + "tls = { server_name = \"a.example\", pin_sha256 = \"" + strings.Repeat("ab:", 31) + "ab\" }", 6, "tls server_name: has no effect with pin_sha256"},
		{"server name and insecure", cc + "tls = { server_name = \"a.example\", insecure = true }", 6, "tls server_name: has no effect with insecure"},
		{"server name with a port", cc + "tls = { server_name = \"a.example:443\" }", 6, "tls server_name: is not the name of a host"},
		{"server name for any", cc + "tls = { server_name = \"*.a.example\" }", 6, "tls server_name: is not the name of a host"},
		{"version of TLS", cc + "tls = { min_version = \"1.1\" }", 6, "tls min_version: has a value that is not allowed"},
		{"proxy of a connection", static + "proxy = \"proxy.example.com\"", 4, "proxy: is not the URL of a proxy"},
		{"proxy of a connection with password", static + "proxy = \"http://u:p@x:8080\"", 4, "proxy: holds a password in plaintext"},
		{"pin", cc + "tls = { pin_sha256 = \"abc\" }", 6, "tls pin_sha256: is not the SHA-256 fingerprint"},
		{"pin and insecure", cc + "tls = { insecure = true, pin_sha256 = \"" + strings.Repeat("ab:", 31) + "ab\" }", 6, "tls insecure: has no effect with pin_sha256"},
		{"certificate without key", cc + "tls = { cert_file = \"c.pem\" }", 6, "tls key_file: is missing"},
		{"no such roots", cc + "tls = { ca_file = \"/nowhere.pem\" }", 6, "tls ca_file: no such file: /nowhere.pem"},
		{"client without certificate", strings.Replace(cc, "client_secret = \"env:SECRET\"\n", "\n", 1) + `token_endpoint_auth_method = "tls_client_auth"`, 6, "token_endpoint_auth_method: needs the client's certificate"},
		{"auth method misspelt", cc + `token_endpoint_auth_method = "client_secret_pots"`, 6, `did you mean "client_secret_post"?`},
		{"key of another grant", static + `client_id = "id"`, 4, `client_id: has no effect with grant "static"`},
		{"secret and no authentication", cc + `token_endpoint_auth_method = "none"`, 5, "client_secret: has no effect"},
		{"encoding without basic", cc + "token_endpoint_auth_method = \"client_secret_post\"\nbasic_encoding = \"raw\"", 7, "basic_encoding: has no effect"},

		{"no token endpoint", "[connections.crm]\ngrant = \"client_credentials\"", 1, "token_endpoint: is missing"},
		{"no client id", "[connections.crm]\ngrant = \"client_credentials\"\ntoken_endpoint = \"https://x.example.com/\"", 1, "client_id: is missing"},
		{"no client secret", strings.TrimSuffix(cc, "client_secret = \"env:SECRET\"\n"), 1, "client_secret: is missing"},
		{"no token", "[connections.crm]\ngrant = \"static\"", 1, "token: is missing"},
		{"no user", "[connections.crm]\ngrant = \"basic\"\npassword = \"env:SECRET\"", 1, "username: is missing"},
		{"no password", "[connections.crm]\ngrant = \"basic\"\nusername = \"u\"", 1, "password: is missing"},
		{"user with colon", "[connections.crm]\ngrant = \"basic\"\nusername = \"u:v\"\npassword = \"env:SECRET\"", 3, "username: has a colon"},
		{"password grant without legacy", "[connections.crm]\ngrant = \"password\"\ntoken_endpoint = \"https://x.example.com/\"\nclient_id = \"id\"\n" +
			"token_endpoint_auth_method = \"none\"\nusername = \"u\"\npassword = \"env:SECRET\"", 1, "legacy: must be true"},

		{"K01 http endpoint", strings.Replace(cc, "https://id", "http://id", 1), 3, "token_endpoint: must begin with https://"},
		{"endpoint without host", strings.Replace(cc, "id.example.com", "", 1), 3, "token_endpoint: is not the URL of an endpoint"},
		{"endpoint with password", strings.Replace(cc, "https://id", "https://u:p@id", 1), 3, "token_endpoint: is not the URL of an endpoint"},
		{"endpoint with fragment", strings.Replace(cc, "/token", "/token#x", 1), 3, "token_endpoint: has a fragment"},
		{"other endpoints too", cc + `authorization_endpoint = "ftp://id.example.com"`, 6, "authorization_endpoint: is not the URL"},
		{"variable not set", strings.Replace(cc, "id.example", "{tenant}.example", 1), 3, "token_endpoint: has a {variable} that variables does not set"},
		{"variable not closed", strings.Replace(cc, "id.example", "{tenant.example", 1), 3, "token_endpoint: has { without }"},
		{"variable of another type", cc + `variables = { tenant = 1 }`, 6, "tenant: must be text"},

		{"scopes of another type", cc + `scopes = 1`, 6, "scopes: must be text or a list of strings, not a number"},
		{"a scope of another type", cc + `scopes = ["a", true]`, 6, "has true or false in it"},
		{"parameter with its own key", cc + `token_params = { scope = "a" }`, 6, "token_params scope: cannot be a parameter here"},
		{"grant type in an authorization request", strings.Replace(cc, "client_credentials", "authorization_code", 1) + "issuer = \"https://id.example.com\"\nauthorize_params = { grant_type = \"x\" }", 7, "authorize_params grant_type: cannot be a parameter here"},
		{"two grant types", cc + `token_params = { grant_type = ["a", "b"] }`, 6, "token_params grant_type: cannot be a parameter here"},
		{"parameter with its own key, in a list", cc + `refresh_params = { client_id = ["a"] }`, 6, "refresh_params client_id: cannot be a parameter here"},
		{"empty list", cc + `token_params = { a = [] }`, 6, "token_params a: is empty"},
		{"list of another type", cc + `token_params = { a = ["b", 1] }`, 6, "token_params a: must be a list of strings, and has a number in it"},
		{"parameter of another type", cc + `token_params = { a = 1 }`, 6, "token_params a: must be text or a list of strings, not a number"},
		{"secret by way of the browser", strings.Replace(cc, "client_credentials", "authorization_code", 1) + "issuer = \"https://id.example.com\"\nauthorize_params = { a = \"env:SECRET\" }", 7, "authorize_params a: cannot be a secret: it goes through the browser"},
		{"two tokens", strings.Replace(static, `"env:SECRET"`, `["env:SECRET"]`, 1), 3, "token: must be text in quotes, not a list"},
		{"timeout", cc + `timeout = "never"`, 6, "timeout: must be a time"},
		{"timeout zero", cc + `timeout = "0s"`, 6, "timeout: must be a time above 0"},
		{"sealed of another type", static + `sealed = "no"`, 4, "sealed: must be true or false, not text"},
		{"host with scheme", static + `hosts = ["https://api.example.com"]`, 4, "hosts: has an entry that is not a host"},
		{"host with path", static + `hosts = ["api.example.com/v1"]`, 4, "hosts: has an entry that is not a host"},
		{"host of all", static + `hosts = ["*"]`, 4, "hosts: has an entry that is not a host"},
		{"header of the host's", static + `header = { name = "Host" }`, 4, "header name: is not a header that may be set"},
		{"scheme of two words", static + `header = { scheme = "A B" }`, 4, "header scheme: is not one word"},

		{"limit misspelt", "[limits]\nrequest = 5", 2, "limits request: unknown key | did you mean requests"},
		{"limit of another type", "[limits]\nrequests = \"5\"", 2, "limits requests: needs a whole number"},
		{"limit below zero", "[limits]\nrequests = -5", 2, "limits requests: must not be negative"},
		{"limit set twice", "[limits]\nredirects = 5\n[egress]\nmax_redirects = 6", 4, "egress max_redirects: is set by [limits] as well"},
		{"egress rule", "[egress]\nallow = [\"*\"]", 2, "allow: has an entry that is neither a rule nor an address range"},
		{"egress dns", "[egress]\ndns = \"localhost\"", 2, "dns: is not the address of a name server"},
		{"egress proxy", "[egress]\nproxy = \"ftp://x\"", 2, "proxy: is not the URL of a proxy"},
		{"egress proxy with password", "[egress]\nproxy = \"http://u:p@x:8080\"", 2, "proxy: holds a password in plaintext"},
		{"egress redirects", "[egress]\nmax_redirects = -1", 2, "max_redirects: must be from 0"},
		{"egress bytes", "[egress]\nmax_response_bytes = 0", 2, "max_response_bytes: must be above 0"},

		{"empty secret", strings.Replace(cc, "env:SECRET", "", 1), 5, "client_secret: is empty"},
		{"K03 plain secret", strings.Replace(cc, "env:SECRET", "hunter2", 1), 5, "client_secret: is a secret in plaintext"},
		{"reference of another kind", strings.Replace(cc, "env:SECRET", "vault:crm", 1), 5, "client_secret: is a secret in plaintext"},
		{"K03 variable missing", strings.Replace(cc, "env:SECRET", "env:NOT_SET", 1), 5, "client_secret: environment variable NOT_SET is not set"},
		{"K03 variable empty", strings.Replace(cc, "env:SECRET", "env:EMPTY", 1), 5, "client_secret: environment variable EMPTY is empty"},
		{"no variable's name", strings.Replace(cc, "env:SECRET", "env:A B", 1), 5, "client_secret: what follows env: is not the name"},
		{"token with line break", static[:len(static)-len("env:SECRET\"\n")] + "env:TWO_LINES\"", 3, "token: has a line break"},
	}
	env := map[string]string{"SECRET": "s", "EMPTY": "", "TWO_LINES": "a\nb", "KEY": rsaPEM(t)}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseAll(tt.in, Options{LookupEnv: lookup(env)})
			wantConfigError(t, err, tt.line, tt.want)
		})
	}
}

// A form that was not filled in everywhere says what it says elsewhere.
func TestParseEmptyText(t *testing.T) {
	t.Parallel()
	set := parse(t, `[connections.crm]
grant = "client_credentials"
issuer = ""
token_endpoint = "https://id.example.com/token"
refresh_endpoint = ""
client_id = "id"
token_endpoint_auth_method = "none"
audience = ""
username = ""
response = { access_token = "", expires_in = "" }
tls = { ca_file = "", cert_file = "", key_file = "", pin_sha256 = "", server_name = "", insecure = false }
token_params = { blank = "" }
proxy = ""
`)
	if got := set.Connections["crm"].Endpoints; len(got) != 1 {
		t.Errorf("endpoints %v, want that of tokens alone", got)
	}
}

// Tables do not depend on each other: each tells its own mistake.
func TestParseTellsOfEachTable(t *testing.T) {
	t.Parallel()
	_, err := parseAll(`[egress]
allwo = []
[connections.b]
grant = "statik"
tokn = "env:T"
[connections.a]
grant = "static"
[store]
url = "sqlite:x"
`, Options{})
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("error %v, want several", err)
	}
	var got []string
	for _, err := range joined.Unwrap() {
		e, ok := errors.AsType[*hostapi.Error](err)
		if !ok {
			t.Fatalf("a mistake that is a %T", err)
		}
		got = append(got, fmt.Sprintf("%d %s", e.Line, e.Name))
	}
	if got, want := strings.Join(got, ", "), "2 allwo, 5 tokn, 6 token, 8 key"; got != want {
		t.Errorf("mistakes at %s, want %s", got, want)
	}
	if hostapi.CodeOf(err) != hostapi.CodeConfig {
		t.Errorf("code %s, want config", hostapi.CodeOf(err))
	}
	if _, err := parseAll(manyMistakes(100), Options{}); len(strings.Split(err.Error(), "\n")) > 20 {
		t.Errorf("%d mistakes are told", len(strings.Split(err.Error(), "\n")))
	}
}

func manyMistakes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "[connections.c%d]\n", i)
	}
	return b.String()
}

// A file that is not TOML must not have its secrets in the message.
func TestParseNeverQuotes(t *testing.T) {
	t.Parallel()
	const canary = "hunter2canary"
	tests := []struct {
		name, in string
		line     int
	}{
		{"K02 unquoted", "[connections.crm]\nclient_secret = " + canary + "\n", 2},
		{"unquoted with number", "[connections.crm]\nclient_secret = 1" + canary + "\n", 2},
		{"K02 unterminated", "[connections.crm]\nclient_secret = \"" + canary + "\nx = 1\n", 2},
		{"K02 unterminated at end", "[connections.crm]\nclient_secret = \"" + canary, 2},
		{"no equals sign", "[connections.crm]\nclient_secret " + canary + "\n", 2},
		{"trailing text", "[connections.crm]\nclient_secret = \"x\" " + canary + "\n", 2},
		{"bad escape", "[connections.crm]\nclient_secret = \"\\q" + canary + "\"\n", 2},
		{"unquoted in list", "[connections.crm]\nhosts = [" + canary + "]\n", 2},
		{"wrong key", "[connections.crm]\ngrant = \"" + canary + "\"\n", 2},
		{"wrong key, endpoint", "[connections.crm]\ngrant = \"client_credentials\"\ntoken_endpoint = \"" + canary + "\"\n", 3},
		{"plain", "[connections.crm]\ngrant = \"static\"\ntoken = \"" + canary + "\"\n", 3},
		{"as host", "[connections.crm]\ngrant = \"static\"\nallow_plaintext = true\ntoken = \"x\"\nhosts = [\"a b" + canary + "\"]\n", 5},
		{"as rule", "[egress]\nallow = [\"a b " + canary + "\"]\n", 2},
		{"as proxy", "[egress]\nproxy = \"http://u:" + canary + "@\"\n", 2},
		{"as timeout", "[connections.crm]\ngrant = \"client_credentials\"\ntoken_endpoint = \"https://a.example.com\"\nclient_id = \"x\"\n" +
			"token_endpoint_auth_method = \"none\"\ntimeout = \"" + canary + "\"\n", 6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseAll(tt.in, Options{})
			wantConfigError(t, err, tt.line, "")
			assertNoSecret(t, err, canary)
		})
	}
}

func TestParseEmpty(t *testing.T) {
	t.Parallel()
	set := parse(t, "# nothing yet\n")
	if names := set.Names(); len(names) != 0 {
		t.Errorf("Names = %q, want none", names)
	}
	if e := set.Egress; e.Allow != nil || e.Proxy != nil {
		t.Errorf("Egress = %+v, want the zero Config", e)
	}
}
