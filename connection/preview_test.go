package connection_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// previewSecrets are the environment of the files below. The names of placeholders
// lead to them, too.
func previewSecrets(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		"CLIENT_SECRET": `canary secret of "more" than 32 bytes & <more>`, "PASSWORD": "canary'p=&w", "USERNAME": "canary user",
		"SUBJECT_TOKEN": "canary.subject", "TOKEN_PARAMS_API_KEY": "canary{key}", "TOKEN_PARAMS_LIST_2": "canary list",
		"TOKEN_HEADERS_X_KEY": "canary header", "KEY": keyPEM(t, "EC"), "RSA": keyPEM(t, "RSA"), "OLD": "canary-old",
	}
}

const previewHead = `[connections.crm]
token_endpoint = "https://id.example.com/token?tenant=a"
authorization_endpoint = "https://id.example.com/authorize?tenant=a"
device_authorization_endpoint = "https://id.example.com/device"
client_id = "my id:+"
scopes = ["read it", "write"]
`

// TestPreview checks that a preview equals the requests that are sent afterwards,
// except for secrets, which it does not contain, and values that differ each time.
func TestPreview(t *testing.T) {
	t.Parallel()
	env := previewSecrets(t)
	const secret = "client_secret = [\"env:CLIENT_SECRET\", \"env:OLD\"]\n"
	const extras = `token_params = { api_key = "env:TOKEN_PARAMS_API_KEY", list = ["a&b", "env:TOKEN_PARAMS_LIST_2"] }
token_headers = { X-Key = "env:TOKEN_HEADERS_X_KEY", X-Plain = "plain" }
audience = "https://api.example.com"
response = { access_token = "deep.down" }
`
	for name, toml := range map[string]string{
		"client_credentials": "grant = \"client_credentials\"\n" + secret + extras,
		"raw":                "grant = \"client_credentials\"\nclient_id = \"id\"\nbasic_encoding = \"raw\"\n" + secret,
		"post":               "grant = \"client_credentials\"\ntoken_endpoint_auth_method = \"client_secret_post\"\n" + secret + extras,
		"json":               "grant = \"client_credentials\"\ntoken_endpoint_auth_method = \"client_secret_post\"\ntoken_body = \"json\"\n" + secret + extras,
		"query":              "grant = \"client_credentials\"\ntoken_endpoint_auth_method = \"client_secret_post\"\ntoken_body = \"query\"\n" + secret + extras,
		"secret jwt":         "grant = \"client_credentials\"\ntoken_endpoint_auth_method = \"client_secret_jwt\"\n" + secret,
		"private key":        "grant = \"client_credentials\"\ntoken_endpoint_auth_method = \"private_key_jwt\"\nsigning_key = \"env:RSA\"\ntoken_body = \"json\"\n",
		"dpop":               "grant = \"client_credentials\"\ndpop = true\n" + secret,
		"jwt_bearer":         "grant = \"jwt_bearer\"\nsigning_key = \"env:KEY\"\nclaims = { sub = \"ada\" }\n",
		"token_exchange":     "grant = \"token_exchange\"\nsubject_token = \"env:SUBJECT_TOKEN\"\n" + secret,
		"password":           "grant = \"password\"\nlegacy = true\nusername = \"env:USERNAME\"\npassword = \"env:PASSWORD\"\n" + secret,
		"device_code":        "grant = \"device_code\"\nauthorize_params = { prompt = \"login\" }\n" + secret + extras,
		"authorization_code": "grant = \"authorization_code\"\nauthorize_params = { prompt = \"login\" }\n" + secret + extras,
		"pushed":             "grant = \"authorization_code\"\npushed_authorization_request_endpoint = \"https://id.example.com/par\"\n" + secret,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			head := previewHead
			if strings.Contains(toml, "client_id") {
				head = strings.Replace(head, "client_id = \"my id:+\"\n", "", 1)
			}
			synctest.Test(t, func(t *testing.T) { comparePreview(t, env, head+toml) })
		})
	}
}

func comparePreview(t *testing.T, env map[string]string, toml string) {
	t.Helper()
	s := &server{answer: func(r tokenRequest) (int, string) {
		tokenType := "Bearer"
		if r.header.Get("DPoP") != "" {
			tokenType = "DPoP"
		}
		return http.StatusOK, fmt.Sprintf(`{"access_token":"T","deep":{"down":"T"},"token_type":%q,"request_uri":"urn:r","device_code":"D","user_code":"U","verification_uri":"https://x/"}`, tokenType)
	}}
	m := manage(t, s, env, toml, nil)
	requests, err := m.Preview(t.Context(), "crm", redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.requests); n != 0 {
		t.Fatalf("%d requests were sent", n)
	}
	if text := fmt.Sprintf("%+v", requests); strings.Contains(text, "canary") || strings.Contains(text, "eyJ") {
		t.Errorf("a secret is in %s", text)
	}
	browser := obtain(t, m, s)
	for _, p := range requests {
		if p.Endpoint == "authorization_endpoint" {
			if got, want := timeless(env, p, query(t, p.URL)), timeless(env, p, query(t, browser)); !reflect.DeepEqual(got, want) {
				t.Errorf("the browser goes to %v, want %v", got, want)
			}
			browser = ""
			continue
		}
		if len(s.requests) == 0 {
			t.Fatalf("%s was not asked", p.Endpoint)
		}
		compareRequest(t, env, p, s.requests[0])
		s.requests = s.requests[1:]
	}
	if len(s.requests) > 0 || browser != "" {
		t.Errorf("no preview of %+v %s", s.requests, browser)
	}
}

// obtain gets a token from the server. It returns the URL for the browser.
func obtain(t *testing.T, m *connection.Manager, s *server) (browser string) {
	t.Helper()
	if a, err := m.Authorize(t.Context(), "crm", redirectURI); err == nil {
		state := query(t, a.URL).Get("state")
		if pushed := s.all(); len(pushed) > 0 {
			state = pushed[0].params.Get("state")
		}
		if err := m.Redeem(t.Context(), a, url.Values{"code": {"C"}, "state": {state}}); err != nil {
			t.Fatal(err)
		}
		return a.URL
	}
	if d, err := m.AuthorizeDevice(t.Context(), "crm"); err == nil {
		if err := m.AwaitDevice(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		return ""
	}
	token(t, m, "crm")
	return ""
}

// compareRequest compares a preview with what a server was sent.
func compareRequest(t *testing.T, env map[string]string, p connection.Preview, sent tokenRequest) {
	t.Helper()
	u, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	if p.Method != http.MethodPost || u.Path != sent.path {
		t.Errorf("%s %s, want POST %s", p.Method, p.URL, sent.path)
	}
	if got, want := timeless(env, p, u.Query()), timeless(env, p, sent.query); !reflect.DeepEqual(got, want) {
		t.Errorf("query %v, want %v", got, want)
	}
	r := http.Request{Header: p.Header.Clone()}
	if p.Username != "" {
		password := filled(env, p, p.Password)
		if p.FormEncoded {
			password = url.QueryEscape(password)
		}
		r.SetBasicAuth(p.Username, password)
	}
	if got, want := timeless(env, p, url.Values(r.Header)), timeless(env, p, url.Values(sent.header)); !reflect.DeepEqual(got, want) {
		t.Errorf("header %v, want %v", got, want)
	}
	params, sentParams := p.Params, sent.params
	switch {
	case p.Params == nil:
		params, sentParams = fromJSON(t, p.Body), fromJSON(t, sent.body)
	case p.Body == "":
		sentParams = sent.query
	}
	if got, want := timeless(env, p, params), timeless(env, p, sentParams); !reflect.DeepEqual(got, want) {
		t.Errorf("parameters %v, want %v", got, want)
	}
	if (p.Body == "") != (sent.body == "") {
		t.Errorf("body %q, want %q", p.Body, sent.body)
	}
}

func fromJSON(t *testing.T, text string) url.Values {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	values := make(url.Values)
	for name, v := range object {
		values.Set(name, fmt.Sprint(v))
	}
	return values
}

// timeless returns values with the secrets in place of their placeholders, and without
// values that differ each time.
func timeless(env map[string]string, p connection.Preview, values url.Values) url.Values {
	out := make(url.Values)
	for name, list := range values {
		for _, v := range list {
			out.Add(name, filled(env, p, v))
		}
	}
	for _, name := range []string{"client_assertion", "assertion", "Dpop", "state", "code_challenge", "code_verifier"} {
		if out.Has(name) {
			out.Set(name, "another each time")
		}
	}
	return out
}

func filled(env map[string]string, p connection.Preview, text string) string {
	own := map[string]string{"CODE": "C", "DEVICE_CODE": "D", "REQUEST_URI": "urn:r"}
	for _, placeholder := range p.Placeholders {
		text = strings.ReplaceAll(text, placeholder.Text, env[placeholder.Name]+own[placeholder.Name])
	}
	return text
}

// TestPreviewNames checks that no two secrets share a variable.
func TestPreviewNames(t *testing.T) {
	t.Parallel()
	env := map[string]string{"CLIENT_SECRET": "a", "X": "b", "Y": "c", "Z": "d"}
	m := manage(t, new(server), env, previewHead+"grant = \"client_credentials\"\nclient_secret = \"env:CLIENT_SECRET\"\n"+
		"token_params = { \"a.b\" = \"env:X\", \"a-b\" = \"env:Y\", a_b = \"env:Z\" }\n", nil)
	requests, err := m.Preview(t.Context(), "crm", "")
	if err != nil || len(requests) != 1 {
		t.Fatal(requests, err)
	}
	keys := make(map[string]string) // by variable
	for _, p := range requests[0].Placeholders {
		if other, ok := keys[p.Name]; ok {
			t.Errorf("%s is %s and %s", p.Name, other, p.Key+"."+p.Param)
		}
		keys[p.Name] = p.Key + "." + p.Param
	}
	if len(keys) != 4 || keys["TOKEN_PARAMS_A_B"] != "token_params.a-b" {
		t.Errorf("the variables are %v", keys)
	}
}

func TestPreviewIsNone(t *testing.T) {
	t.Parallel()
	m := newManager(t, new(server), "[connections.pat]\ngrant = \"static\"\ntoken = \"x\"\nallow_plaintext = true\n")
	if requests, err := m.Preview(t.Context(), "pat", ""); requests != nil || err != nil {
		t.Errorf("%v, %v", requests, err)
	}
	if _, err := m.Preview(t.Context(), "pat2", ""); hostapi.CodeOf(err) != hostapi.CodeUnknownConnection {
		t.Errorf("error %v", err)
	}
}
