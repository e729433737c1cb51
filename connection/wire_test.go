package connection_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// What is sent to the token endpoint, to the byte.
func TestTokenRequest(t *testing.T) {
	t.Parallel()
	const id, password = "my id+%", `a:b/c+d%e&f=g hü`
	const head = "[connections.crm]\nallow_plaintext = true\ntoken_endpoint = \"https://id.example.com/token?api-version=2\"\n" +
		"client_id = \"" + id + "\"\n"
	const withSecret = "client_secret = \"" + password + "\"\n"
	const cc = head + "grant = \"client_credentials\"\n"
	tests := []struct {
		name, toml    string
		authorization string
		form          url.Values
	}{
		{
			"basic", cc + withSecret,
			"Basic bXkraWQlMkIlMjU6YSUzQWIlMkZjJTJCZCUyNWUlMjZmJTNEZytoJUMzJUJD", // my+id%2B%25:a%3Ab%2Fc%2Bd%25e%26f%3Dg+h%C3%BC
			url.Values{"grant_type": {"client_credentials"}},
		},
		{
			"basic raw", cc + withSecret + "basic_encoding = \"raw\"",
			"Basic bXkgaWQrJTphOmIvYytkJWUmZj1nIGjDvA==", // my id+%:a:b/c+d%e&f=g hü
			url.Values{"grant_type": {"client_credentials"}},
		},
		{
			"post", cc + withSecret + "token_endpoint_auth_method = \"client_secret_post\"", "",
			url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {password}},
		},
		{
			"none", cc + "token_endpoint_auth_method = \"none\"", "",
			url.Values{"grant_type": {"client_credentials"}, "client_id": {id}},
		},
		{
			"password", head + "grant = \"password\"\nlegacy = true\ntoken_endpoint_auth_method = \"none\"\n" +
				"username = \"älice\"\npassword = \"" + password + "\"\nscopes = \"Read  write\"\ntoken_params = { tenant = \"a b\" }", "",
			url.Values{
				"grant_type": {"password"}, "client_id": {id}, "username": {"älice"}, "password": {password},
				"scope": {"Read  write"}, "tenant": {"a b"},
			},
		},
		{
			"scopes as list", cc + "token_endpoint_auth_method = \"none\"\nscopes = [\"z\", \"A\", \"z\"]", "",
			url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "scope": {"z A z"}},
		},
		{
			"scopes by comma", cc + "token_endpoint_auth_method = \"none\"\nscopes = [\"b\", \"a\"]\nscope_separator = \",\"", "",
			url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "scope": {"b,a"}},
		},
		{
			"no scopes", cc + "token_endpoint_auth_method = \"none\"\nscopes = \"\"\n", "",
			url.Values{"grant_type": {"client_credentials"}, "client_id": {id}},
		},
		{
			"audience and resource", cc + "token_endpoint_auth_method = \"none\"\naudience = \"api\"\nresource = [\"r1\", \"r2\"]\n", "",
			url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "audience": {"api"}, "resource": {"r1", "r2"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &connectiontest.Provider{Clients: map[string]string{id: password}}
			m := newManager(t, p, tt.toml)
			_, _ = m.Token(t.Context(), "crm", 0) // some of these are refused; what counts is what was sent
			requests := p.Requests()
			if len(requests) != 1 {
				t.Fatalf("%d requests, want exactly 1", len(requests))
			}
			r := requests[0]
			if r.Method != http.MethodPost || r.URI != "/token?api-version=2" || r.Host != "id.example.com" {
				t.Errorf("request = %s %s %s", r.Method, r.Host, r.URI)
			}
			if got := strings.Join(r.Header.Values("Authorization"), "|"); got != tt.authorization {
				t.Errorf("Authorization = %q, want %q", got, tt.authorization)
			}
			if got := r.Header.Get("Content-Type"); got != "application/x-www-form-urlencoded" {
				t.Errorf("Content-Type = %q", got)
			}
			form, err := url.ParseQuery(string(r.Body))
			if err != nil || !reflect.DeepEqual(form, tt.form) {
				t.Errorf("form = %v, want %v (%v)", form, tt.form, err)
			}
		})
	}
}

func TestTokenRequestIsAccepted(t *testing.T) {
	t.Parallel()
	const secret = `a:b/c+d%e&f=g h`
	for _, method := range []string{"client_secret_basic", "client_secret_post"} {
		p := &connectiontest.Provider{Clients: map[string]string{"my id": secret}}
		m := newManager(t, p, "[connections.crm]\ngrant = \"client_credentials\"\ntoken_endpoint = \"https://id.example.com/token\"\n"+
			"allow_plaintext = true\nclient_id = \"my id\"\nclient_secret = \""+secret+"\"\ntoken_endpoint_auth_method = \""+method+"\"\nscopes = \"read\"\n")
		if got := token(t, m, "crm"); got.AccessToken() == "" || !reflect.DeepEqual(got.Scopes, []string{"read"}) {
			t.Errorf("%s: scopes = %q", method, got.Scopes)
		}
	}
}

// sentParams returns the parameters of a token request in that form.
func sentParams(t *testing.T, form string, r tokenRequest) url.Values {
	t.Helper()
	contentType := r.header.Get("Content-Type")
	switch form {
	case "query":
		if r.body != "" || contentType != "" {
			t.Errorf("body %q of type %q beside the query", r.body, contentType)
		}
		return r.query
	case "json":
		var members map[string]any
		if err := json.Unmarshal([]byte(r.body), &members); err != nil || contentType != "application/json" {
			t.Fatalf("body %s of type %q: %v", r.body, contentType, err)
		}
		params := make(url.Values)
		for name, v := range members {
			list, ok := v.([]any)
			if !ok {
				list = []any{v}
			}
			for _, v := range list {
				text, ok := v.(string)
				if !ok {
					t.Errorf("%s is %v, want text", name, v)
				}
				params.Add(name, text)
			}
		}
		return params
	}
	if contentType != "application/x-www-form-urlencoded" {
		t.Errorf("Content-Type %q", contentType)
	}
	return r.params
}

// C16: the file's parameters are in every token request, in any encoding.
func TestTokenRequestForms(t *testing.T) {
	t.Parallel()
	const more = `client_secret = "env:S"
token_endpoint_auth_method = "client_secret_post"
scopes = ["read", "write"]
scope_separator = ","
send_scopes_on_refresh = true
audience = "https://api.example.com"
resource = ["https://a.example.com", "https://b.example.com"]
token_params = { tenant = "a cme&=%" }
refresh_params = { again = "yes" }
token_headers = { X-Tenant = "acme" }
`
	for _, grant := range []string{"client_credentials", "authorization_code"} {
		for _, form := range []string{"form", "json", "query"} {
			t.Run("C16 "+grant+" "+form, func(t *testing.T) {
				t.Parallel()
				s := &server{answer: func(tokenRequest) (int, string) {
					return http.StatusOK, `{"access_token":"a","refresh_token":"r","expires_in":3600}`
				}}
				toml := strings.Replace(clientTOML, "client_credentials", grant, 1) + more + "token_body = \"" + form + "\"\n"
				beside := url.Values{
					"client_id": {"a client"}, "client_secret": {"s&=%+ "}, "audience": {"https://api.example.com"},
					"resource": {"https://a.example.com", "https://b.example.com"}, "tenant": {"a cme&=%"},
				}
				first, again := maps.Clone(beside), maps.Clone(beside)
				again["grant_type"], again["refresh_token"], again["again"], again["scope"] = []string{"refresh_token"}, []string{"r"}, []string{"yes"}, []string{"read,write"}
				first["grant_type"] = []string{grant}
				if grant == "client_credentials" {
					first["scope"] = []string{"read,write"}
				} else {
					toml += "authorization_endpoint = \"https://id.example.com/authorize\"\npkce = \"off\"\n"
					first["code"], first["redirect_uri"] = []string{"c"}, []string{redirectURI}
				}
				m := manage(t, s, map[string]string{"S": "s&=%+ "}, toml, nil)
				if grant == "authorization_code" {
					a, err := m.Authorize(t.Context(), "crm", redirectURI)
					if err != nil {
						t.Fatal(err)
					}
					if got := query(t, a.URL).Get("scope"); got != "read,write" {
						t.Errorf("the user is asked for %q", got)
					}
					if err := m.Redeem(t.Context(), a, url.Values{"code": {"c"}, "state": {query(t, a.URL).Get("state")}}); err != nil {
						t.Fatal(err)
					}
				} else {
					token(t, m, "crm")
				}
				if _, err := m.Token(t.Context(), "crm", 24*time.Hour); err != nil {
					t.Fatal(err)
				}
				sent := s.all()
				if len(sent) != 2 {
					t.Fatalf("%d token requests, want 2", len(sent))
				}
				for i, want := range []url.Values{first, again} {
					if got := sentParams(t, form, sent[i]); !reflect.DeepEqual(got, want) {
						t.Errorf("request %d: %v\nwant %v", i, got, want)
					}
					if got := sent[i].header.Get("X-Tenant"); got != "acme" {
						t.Errorf("request %d: X-Tenant %q", i, got)
					}
				}
			})
		}
	}
}

// A secret that all responses below echo.
const echoed = "demo-secret"

func TestTokenRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		status  int
		body    string
		message string
		hint    string
		state   connection.State
	}{
		{"wrong secret", 401, `{"error":"invalid_client","error_description":"not demo-secret"}`, "answered 401 invalid_client", "check client_id, client_secret and token_endpoint_auth_method (now client_secret_basic)", connection.StateNeedsReauth},
		{"scope", 400, `{"error":"invalid_scope"}`, "answered 400 invalid_scope", "check scopes", connection.StateNeedsReauth},
		{"grant", 400, `{"error":"unauthorized_client"}`, "answered 400 unauthorized_client", `grant "client_credentials"`, connection.StateNeedsReauth},
		{"C22 error with status 200", 200, `{"error":"bad_verification_code","access_token":"demo-secret"}`, "answered 200 bad_verification_code", "", connection.StateNeedsReauth},
		{"C22 form error with status 200", 200, `error=bad_verification_code`, "answered 200 bad_verification_code", "", connection.StateNeedsReauth},
		{"nested error", 400, `{"error":{"code":"demo-secret"}}`, "answered 400", "", connection.StateNeedsReauth},
		{"C22 nested error with status 200", 200, `{"access_token":"t","error":{"code":"demo-secret"}}`, "answered 200", "", connection.StateNeedsReauth},
		{"prose as error", 400, `{"error":"Wrong secret: demo-secret"}`, "answered 400", "", connection.StateNeedsReauth},
		{"long error", 400, `{"error":"` + strings.Repeat("a", 65) + `"}`, "answered 400", "", connection.StateNeedsReauth},
		{"empty body", 400, ``, "answered 400", "", connection.StateNeedsReauth},
		{"C23 HTML that echoes", 400, `<p>demo-secret is wrong`, "answered 400", "", connection.StateNeedsReauth},
		{"unavailable", 503, `demo-secret`, "answered 503", "", connection.StateFailing},
		{"too many", 429, `{"error":"slow_down"}`, "answered 429 slow_down", "", connection.StateFailing},
		{"no token", 200, `{"token_type":"bearer","x":"demo-secret"}`, "answered 200 without an access token", "write its path in response", connection.StateFailing},
		{"empty token", 200, `{"access_token":""}`, "answered 200 without an access token", "", connection.StateFailing},
		{"token of another type", 200, `{"access_token":{"a":"demo-secret"}}`, "answered 200 without an access token", "", connection.StateFailing},
		{"HTML with status 200", 200, `<title>Sign in</title> demo-secret`, "answered 200 without an access token", "", connection.StateFailing},
		{"broken JSON", 200, `{"access_token":"demo-secret`, "answered 200 without an access token", "", connection.StateFailing},
		{"header in token", 200, `{"access_token":"a\r\nX-Evil: 1"}`, "with a control character in it", "", connection.StateFailing},
		{"DPoP", 200, `{"access_token":"a","token_type":"DPoP"}`, "not a bearer token: its token_type is DPoP", "dpop = true", connection.StateNeedsReauth},
		{"too large", 200, `{"access_token":"` + strings.Repeat("a", 1<<20) + `"}`, "sent more than 1 MiB", "", connection.StateFailing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newManager(t, bend(tt.status, tt.body), crm)
			_, err := m.OAuth2Token(t.Context(), &hostapi.Grant{Connections: []string{"crm"}}, "crm")
			e := asError(t, err)
			if e.Code != hostapi.CodeConnection || e.Op != "getOAuth2Token" || e.Name != "crm" {
				t.Errorf("error = %+v", e)
			}
			if !strings.HasPrefix(e.Message, "token endpoint id.example.com ") || !strings.HasSuffix(e.Message, tt.message) || !strings.Contains(e.Hint, tt.hint) {
				t.Errorf("error = %q, hint %q, want %q and %q", e.Message, e.Hint, tt.message, tt.hint)
			}
			assertNoSecret(t, err, echoed)
			if got, _ := m.State("crm"); got != tt.state {
				t.Errorf("State = %q, want %q", got, tt.state)
			}
		})
	}
}

// An error code may be an echoed secret: it is not shown then.
func TestTokenErrorCodeThatIsASecret(t *testing.T) {
	t.Parallel()
	m := newManager(t, bend(http.StatusBadRequest, `{"error":"wonderland"}`), `
[connections.crm]
grant = "password"
legacy = true
token_endpoint = "https://id.example.com/token"
token_endpoint_auth_method = "none"
client_id = "demo"
username = "alice"
password = "wonderland"
allow_plaintext = true
`)
	_, err := m.Token(t.Context(), "crm", 0)
	if e := asError(t, err); e.Message != "token endpoint id.example.com answered 400" {
		t.Errorf("error = %v", e)
	}
	assertNoSecret(t, err, "wonderland")
}

func TestPasswordRefused(t *testing.T) {
	t.Parallel()
	p := &connectiontest.Provider{}
	m := newManager(t, p, `
[connections.crm]
grant = "password"
legacy = true
token_endpoint = "https://id.example.com/token"
client_id = "demo"
client_secret = "demo-secret"
username = "alice"
password = "hunter2canary"
allow_plaintext = true
`)
	_, err := m.Token(t.Context(), "crm", 0)
	if e := asError(t, err); !strings.HasSuffix(e.Message, "answered 400 invalid_grant") || e.Hint != "check username and password" {
		t.Errorf("error = %v, hint %q", e, e.Hint)
	}
	assertNoSecret(t, err, "hunter2canary", "demo-secret")
	if n := p.Count("/token"); n != 1 {
		t.Errorf("%d requests, want exactly 1: a second one would count against the account", n)
	}
}

// C25: a server that a token endpoint redirects to would get the client's secret, and
// could issue any token.
func TestTokenEndpointRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"client_secret_basic", "client_secret_post"} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(fmt.Sprintf("C25 %s %d", method, status), func(t *testing.T) {
				t.Parallel()
				elsewhere := &connectiontest.Provider{}
				other := start(t, elsewhere)
				s := start(t, &connectiontest.Provider{Bend: func(w http.ResponseWriter, r *http.Request) bool {
					http.Redirect(w, r, other.URL+"/token", status)
					return true
				}})
				set := parse(t, strings.ReplaceAll(s.OAuthTOML(), "\nscopes = ", "\ntoken_endpoint_auth_method = \""+method+"\"\nscopes = "))
				config := set.Egress()
				config.Allow = append(config.Allow, hostapi.Rule{Host: "127.0.0.1", Port: strings.TrimPrefix(other.URL, "http://127.0.0.1:")})
				m := managerFor(t, set, config)
				for _, name := range []string{"playground", "playground password"} {
					_, err := m.Token(t.Context(), name, 0)
					if e := asError(t, err); e.Code != hostapi.CodeConnection || !strings.Contains(e.Message, fmt.Sprintf("answered with a redirect (%d)", status)) {
						t.Errorf("%s: %v", name, err)
					}
					assertNoSecret(t, err, "demo-secret", "wonderland")
				}
				if n := len(elsewhere.Requests()); n != 0 {
					t.Errorf("the other host got %d requests, want none", n)
				}
			})
		}
	}
}

// nowhere refuses connections. The port of a server that was closed may be that of
// another test's server by now.
const nowhere = "127.0.0.1:1"

func TestTokenEndpointUnreachable(t *testing.T) {
	t.Parallel()
	s := start(t, &connectiontest.Provider{})
	m := managerFor(t, parse(t, strings.ReplaceAll(s.OAuthTOML(), s.Host(), nowhere)), egress.Config{})
	_, err := m.OAuth2Token(t.Context(), &hostapi.Grant{Connections: []string{"playground"}}, "playground")
	if e := asError(t, err); e.Code != hostapi.CodeNetwork || e.Name != "playground" || !strings.Contains(e.Message, "token endpoint "+nowhere) {
		t.Errorf("error = %+v, want network naming connection and host", e)
	}
	assertNoSecret(t, err, "demo-secret")
}

// A token endpoint needs no additional rule, since the operator configured it. But a
// deny rule overrides that.
func TestTokenEndpointRules(t *testing.T) {
	t.Parallel()
	s := start(t, &connectiontest.Provider{})
	set := parse(t, s.OAuthTOML())
	token(t, managerFor(t, set, egress.Config{}), "playground")

	denied := managerFor(t, set, egress.Config{Deny: []hostapi.Rule{{Host: "127.0.0.1"}}})
	_, err := denied.Token(t.Context(), "playground", 0)
	if e := asError(t, err); e.Code != hostapi.CodeDenied || e.Name != "playground" {
		t.Errorf("Token = %v, want denied", err)
	}
}

// start serves p until the test ends.
func start(t *testing.T, p *connectiontest.Provider) *connectiontest.Server {
	t.Helper()
	s, err := connectiontest.Start("", p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // it may be closed already
	return s
}

// managerFor returns a Manager with its own egress client.
func managerFor(t *testing.T, set *connection.Set, config egress.Config) *connection.Manager {
	t.Helper()
	client := egress.New(config)
	t.Cleanup(client.Close)
	m, err := connection.NewManager(connection.Config{Set: set, Egress: client})
	if err != nil {
		t.Fatal(err)
	}
	return m
}
