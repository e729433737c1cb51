package connection_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
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

func TestOddAnswers(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	tests := []struct {
		name, contentType, body string
		lifetime                time.Duration // 0: no expiry
	}{
		{"plain", "application/json", `{"access_token":"tok","expires_in":3600}`, time.Hour},
		{"text", "application/json", `{"access_token":"tok","expires_in":"3600"}`, time.Hour},
		{"point zero", "application/json", `{"access_token":"tok","expires_in":3600.0}`, time.Hour},
		{"fraction", "application/json", `{"access_token":"tok","expires_in":3599.5}`, 3599 * time.Second},
		{"exponent", "application/json", `{"access_token":"tok","expires_in":1e3}`, 1000 * time.Second},
		{"empty", "application/json", `{"access_token":"tok","expires_in":""}`, 0},
		{"null", "application/json", `{"access_token":"tok","expires_in":null}`, 0},
		{"negative", "application/json", `{"access_token":"tok","expires_in":-1}`, 0},
		{"zero", "application/json", `{"access_token":"tok","expires_in":0}`, 0},
		{"object", "application/json", `{"access_token":"tok","expires_in":{}}`, 0},
		{"not a number", "application/json", `{"access_token":"tok","expires_in":"NaN"}`, 0},
		{"huge", "application/json", `{"access_token":"tok","expires_in":99999999999}`, (1<<31 - 1) * time.Second},
		{"beyond all", "application/json", `{"access_token":"tok","expires_in":1e999}`, (1<<31 - 1) * time.Second},
		{"as text/plain", "text/plain", `{"access_token":"tok","expires_in":3600}`, time.Hour},
		{"no content type", "", `{"access_token":"tok","expires_in":3600}`, time.Hour},
		{"byte order mark", "application/json", "\xef\xbb\xbf {\"access_token\":\"tok\",\"expires_in\":3600}\r\n", time.Hour},
		{"form", "application/x-www-form-urlencoded", `access_token=tok&expires_in=3600&token_type=bearer`, time.Hour},
		{"form as html", "text/html", `access_token=tok&expires_in=3600`, time.Hour},
		{"no error", "application/json", `{"access_token":"tok","error":null,"expires_in":3600}`, time.Hour},
		{"odd types beside", "application/json", `{"access_token":"tok","refresh_token":7,"scope":["a"],"token_type":null,"expires_in":3600}`, time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newManager(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header()["Content-Type"] = []string{tt.contentType}
					_, _ = w.Write([]byte(tt.body))
				}), crm)
				got := token(t, m, "crm")
				if got.AccessToken() != "tok" || got.TokenType != "Bearer" {
					t.Errorf("token type %q and token not as sent", got.TokenType)
				}
				switch {
				case tt.lifetime == 0 && !got.Expiry.IsZero():
					t.Errorf("Expiry = %v, want none", got.Expiry)
				case tt.lifetime != 0 && time.Until(got.Expiry) != tt.lifetime:
					t.Errorf("lifetime = %v, want %v", time.Until(got.Expiry), tt.lifetime)
				}
				if time.Until(got.Expiry) > 100*year {
					t.Errorf("Expiry = %v, which no clock will see", got.Expiry)
				}
			})
		})
	}
}

// A secret that all answers below echo.
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
		{"error with status 200", 200, `{"error":"bad_verification_code","access_token":"demo-secret"}`, "answered 200 bad_verification_code", "", connection.StateNeedsReauth},
		{"form error with status 200", 200, `error=bad_verification_code`, "answered 200 bad_verification_code", "", connection.StateNeedsReauth},
		{"nested error", 400, `{"error":{"code":"demo-secret"}}`, "answered 400", "", connection.StateNeedsReauth},
		{"nested error with status 200", 200, `{"access_token":"t","error":{"code":"demo-secret"}}`, "answered 200", "", connection.StateNeedsReauth},
		{"prose as error", 400, `{"error":"Wrong secret: demo-secret"}`, "answered 400", "", connection.StateNeedsReauth},
		{"long error", 400, `{"error":"` + strings.Repeat("a", 65) + `"}`, "answered 400", "", connection.StateNeedsReauth},
		{"empty body", 400, ``, "answered 400", "", connection.StateNeedsReauth},
		{"HTML that echoes", 400, `<p>demo-secret is wrong`, "answered 400", "", connection.StateNeedsReauth},
		{"unavailable", 503, `demo-secret`, "answered 503", "", connection.StateFailing},
		{"too many", 429, `{"error":"slow_down"}`, "answered 429 slow_down", "", connection.StateFailing},
		{"no token", 200, `{"token_type":"bearer","x":"demo-secret"}`, "answered 200 without an access token", "say where with response", connection.StateFailing},
		{"empty token", 200, `{"access_token":""}`, "answered 200 without an access token", "", connection.StateFailing},
		{"token of another type", 200, `{"access_token":{"a":"demo-secret"}}`, "answered 200 without an access token", "", connection.StateFailing},
		{"HTML with status 200", 200, `<title>Sign in</title> demo-secret`, "answered 200 without an access token", "", connection.StateFailing},
		{"broken JSON", 200, `{"access_token":"demo-secret`, "answered 200 without an access token", "", connection.StateFailing},
		{"header in token", 200, `{"access_token":"a\r\nX-Evil: 1"}`, "with a control character in it", "", connection.StateFailing},
		{"DPoP", 200, `{"access_token":"a","token_type":"DPoP"}`, "not a bearer token", "", connection.StateNeedsReauth},
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

// An error code may be what was sent: it is then not told.
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

func TestTokenEndpointRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			t.Errorf("%d: the other host got a request", status)
		}))
		defer other.Close()
		s := start(t, &connectiontest.Provider{Bend: func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, other.URL, status)
			return true
		}})
		set := parse(t, s.OAuthTOML())
		config := set.Egress()
		config.Allow = append(config.Allow, hostapi.Rule{Host: "127.0.0.1", Port: strings.TrimPrefix(other.URL, "http://127.0.0.1:")})
		m := managerFor(t, set, config)
		_, err := m.Token(t.Context(), "playground", 0)
		if e := asError(t, err); e.Code != hostapi.CodeConnection || !strings.Contains(e.Message, fmt.Sprintf("answered with a redirect (%d)", status)) {
			t.Errorf("%d: %v", status, err)
		}
		assertNoSecret(t, err, "demo-secret")
	}
}

func TestTokenEndpointUnreachable(t *testing.T) {
	t.Parallel()
	s := start(t, &connectiontest.Provider{})
	set := parse(t, s.OAuthTOML())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	m := managerFor(t, set, egress.Config{})
	_, err := m.OAuth2Token(t.Context(), &hostapi.Grant{Connections: []string{"playground"}}, "playground")
	if e := asError(t, err); e.Code != hostapi.CodeNetwork || e.Name != "playground" || !strings.Contains(e.Message, "token endpoint "+s.Host()) {
		t.Errorf("error = %+v, want network naming connection and host", e)
	}
	assertNoSecret(t, err, "demo-secret")
}

// A token endpoint needs no rule of its own: the operator wrote it down. But a
// rule that denies it wins.
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

// managerFor returns a Manager with an egress of its own.
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
