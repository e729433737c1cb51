package connectiontest_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// direct sends requests to a provider without a network.
type direct struct{ p *connectiontest.Provider }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.p.ServeHTTP(w, r)
	return w.Result(), nil
}

// manager returns a Manager with the connection crm of that grant at the provider.
func manager(t *testing.T, p *connectiontest.Provider, grant string) *connection.Manager {
	t.Helper()
	set, err := connection.NewSet(map[string]connection.Definition{"crm": {
		Grant: grant, Issuer: "https://as.example.com", ClientID: "demo", Hosts: []string{"as.example.com"}, Scopes: []string{"read"},
		ClientSecret: []connection.Secret{connection.SecretValue("demo-secret")},
	}}, connection.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	client := egress.New(egress.Config{Transport: tls{direct{p}}})
	m, err := connection.NewManager(connection.Config{Set: set, Egress: client})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// tls makes requests look like those of a server with TLS.
type tls struct{ direct }

func (t tls) RoundTrip(r *http.Request) (*http.Response, error) {
	server := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), r.Body)
	server.Header = r.Header
	return t.direct.RoundTrip(server)
}

const redirectURI = "http://127.0.0.1:8765/oauth2callback"

// callback opens an authorization request as a browser does.
// A user enters the code of a device on a page.
func TestDevicePage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := new(connectiontest.Provider)
		m := manager(t, p, "device_code")
		d, err := m.AuthorizeDevice(t.Context(), "crm")
		if err != nil {
			t.Fatal(err)
		}
		page := func(query string) string { return call(p, http.MethodGet, "/device"+query, nil, "").Body.String() }
		if text := page(""); !strings.Contains(text, `name="user_code"`) {
			t.Errorf("the form: %s", text)
		}
		if text := page("?user_code=XXXX-XXXX"); !strings.Contains(text, "no such code") {
			t.Errorf("another code: %s", text)
		}
		time.AfterFunc(5*time.Second, func() { page("?user_code=" + strings.ToLower(d.UserCode)) })
		if err := m.AwaitDevice(t.Context(), d); err != nil {
			t.Error(err)
		}
	})
}

func callback(t *testing.T, p *connectiontest.Provider, target string) url.Values {
	t.Helper()
	location, err := url.Parse(call(p, http.MethodGet, target, nil, "").Header().Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return location.Query()
}

// The authorization code grant with PKCE, refreshes that rotate, introspection and
// revocation work with a Manager.
func TestAuthorizationCode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := new(connectiontest.Provider)
		m := manager(t, p, "authorization_code")
		a, err := m.Authorize(t.Context(), "crm", redirectURI)
		if err != nil {
			t.Fatal(err)
		}
		answer := callback(t, p, a.URL)
		if err := m.Redeem(t.Context(), a, answer); err != nil {
			t.Fatal(err)
		}
		first, err := m.Token(t.Context(), "crm", 0)
		if err != nil {
			t.Fatal(err)
		}
		about, err := m.Introspect(t.Context(), "crm")
		if err != nil || !about.Active || about.Username != "alice" || about.Scope != "read" {
			t.Errorf("introspected %+v, %v", about, err)
		}
		for range 3 {
			if second, err := m.Refresh(t.Context(), "crm"); err != nil || second.AccessToken() == first.AccessToken() {
				t.Errorf("refreshed: %v", err)
			}
		}
		if revoked, err := m.Revoke(t.Context(), "crm"); err != nil || !revoked {
			t.Errorf("revoked: %t, %v", revoked, err)
		}
		if _, err := m.Token(t.Context(), "crm", 0); !errors.Is(err, hostapi.CodeNeedsReauth) {
			t.Errorf("after the revocation: %v", err)
		}
	})
}

// tokens makes a token request of the client demo.
func tokens(t *testing.T, p *connectiontest.Provider, params string) (status int, body map[string]any) {
	t.Helper()
	w := call(p, http.MethodPost, "/token", form(basic("demo", "demo-secret")), params)
	return w.Code, decode(t, w)
}

// A code and a refresh token that come twice end all tokens of the grant.
func TestReuse(t *testing.T) {
	t.Parallel()
	p := new(connectiontest.Provider)
	begin := func() (code string, first map[string]any) {
		code = callback(t, p, "/authorize?response_type=code&client_id=demo&redirect_uri="+url.QueryEscape(redirectURI)).Get("code")
		status, first := tokens(t, p, "grant_type=authorization_code&code="+code+"&redirect_uri="+url.QueryEscape(redirectURI))
		if status != http.StatusOK || first["refresh_token"] == nil {
			t.Fatalf("status %d, %v", status, first)
		}
		return code, first
	}
	valid := func(response map[string]any) bool {
		return call(p, http.MethodGet, "/api/items", http.Header{"Authorization": {fmt.Sprint("Bearer ", response["access_token"])}}, "").Code == http.StatusOK
	}
	refresh := func(response map[string]any) (int, map[string]any) {
		return tokens(t, p, fmt.Sprint("grant_type=refresh_token&refresh_token=", response["refresh_token"]))
	}

	code, first := begin()
	if status, _ := tokens(t, p, "grant_type=authorization_code&code="+code+"&redirect_uri="+url.QueryEscape(redirectURI)); status != http.StatusBadRequest || valid(first) {
		t.Errorf("the code again: status %d, and the token is valid: %t", status, valid(first))
	}

	_, first = begin()
	status, second := refresh(first)
	if status != http.StatusOK || second["refresh_token"] == first["refresh_token"] || !valid(second) {
		t.Fatalf("status %d, %v", status, second)
	}
	if status, body := refresh(first); status != http.StatusBadRequest || body["error"] != "invalid_grant" || valid(second) {
		t.Errorf("the refresh token again: status %d, %v, and the token is valid: %t", status, body, valid(second))
	}
	if status, _ := refresh(second); status != http.StatusBadRequest {
		t.Errorf("the successor of a token that was used twice: status %d", status)
	}
}

// What an authorization request is refused for.
func TestAuthorizeRefuses(t *testing.T) {
	t.Parallel()
	p := &connectiontest.Provider{
		Clients: map[string]string{"demo": "demo-secret", "app": ""},
		Approve: func(_, scope string) string {
			if scope == "all" {
				return ""
			}
			return "alice"
		},
	}
	redirect := "&redirect_uri=" + url.QueryEscape(redirectURI)
	for query, want := range map[string]string{
		"response_type=token&client_id=demo" + redirect:                   "unsupported_response_type",
		"response_type=code&client_id=app" + redirect:                     "invalid_request", // without PKCE
		"response_type=code&client_id=app&code_challenge=x" + redirect:    "invalid_request", // plain
		"response_type=code&client_id=demo&scope=all" + redirect:          "access_denied",
		"response_type=code&client_id=demo&scope=a++b" + redirect:         "invalid_scope",
		"response_type=code&client_id=demo&scope=read&state=s" + redirect: "",
	} {
		answer := callback(t, p, "/authorize?"+query)
		if answer.Get("error") != want || answer.Has("code") != (want == "") {
			t.Errorf("%s: %v, want %q", query, answer, want)
		}
	}
	for _, query := range []string{"response_type=code&client_id=other" + redirect, "response_type=code&client_id=demo&redirect_uri=/x"} {
		if w := call(p, http.MethodGet, "/authorize?"+query, nil, ""); w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
			t.Errorf("%s: status %d, to %q", query, w.Code, w.Header().Get("Location"))
		}
	}
	code := callback(t, p, "/authorize?response_type=code&client_id=demo&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"+redirect).Get("code")
	for _, verifier := range []string{"", "&code_verifier=wrong"} {
		if status, body := tokens(t, p, "grant_type=authorization_code&code="+code+redirect+verifier); status != http.StatusBadRequest {
			t.Errorf("verifier %q: status %d, %v", verifier, status, body)
		}
	}
	// The example of RFC 7636 appendix B.
	if status, body := tokens(t, p, "grant_type=authorization_code&code="+code+redirect+"&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"); status != http.StatusOK {
		t.Errorf("status %d, %v", status, body)
	}
}

// A device is authorized or refused by its user code.
func TestDevice(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"alice", ""} {
		synctest.Test(t, func(t *testing.T) {
			p := new(connectiontest.Provider)
			m := manager(t, p, "device_code")
			d, err := m.AuthorizeDevice(t.Context(), "crm")
			if err != nil {
				t.Fatal(err)
			}
			if p.AnswerDevice("XXXX-XXXX", user) {
				t.Error("another code was answered")
			}
			time.AfterFunc(5*time.Second, func() { p.AnswerDevice(d.UserCode, user) })
			err = m.AwaitDevice(t.Context(), d)
			if user == "" && !errors.Is(err, connection.ErrAccessDenied) || user != "" && err != nil {
				t.Errorf("user %q: %v", user, err)
			}
			if _, err := m.Refresh(t.Context(), "crm"); user != "" && err != nil {
				t.Errorf("refreshed: %v", err)
			}
		})
	}
}

// Faults are by path, and end after their number.
func TestFaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &connectiontest.Provider{Faults: map[string]connectiontest.Fault{
			"/token":     {Status: http.StatusTooManyRequests, RetryAfter: 7 * time.Second, Times: 1},
			"/api/items": {Code: "temporarily_unavailable"},
		}}
		m := manager(t, p, "client_credentials")
		began := time.Now()
		if _, err := m.Token(t.Context(), "crm", 0); err != nil || time.Since(began) != 7*time.Second || p.Count("/token") != 2 {
			t.Errorf("error %v after %s and %d requests", err, time.Since(began), p.Count("/token"))
		}
		for range 2 {
			if w := call(p, http.MethodGet, "/api/items", nil, ""); w.Code != http.StatusServiceUnavailable || decode(t, w)["error"] != "temporarily_unavailable" {
				t.Errorf("status %d, %s", w.Code, w.Body)
			}
		}
	})
}

// A program tests how it copes with a busy authorization server.
func ExampleFault() {
	p := &connectiontest.Provider{Faults: map[string]connectiontest.Fault{
		"/token": {Status: http.StatusServiceUnavailable, RetryAfter: 5 * time.Second, Times: 1},
	}}
	for range 2 {
		w := call(p, http.MethodPost, "/token", form(basic("demo", "demo-secret")), "grant_type=client_credentials")
		fmt.Println(w.Code, w.Header().Get("Retry-After"))
	}
	// Output:
	// 503 5
	// 200
}
