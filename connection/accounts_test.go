package connection_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// Two users authorize one connection under different accounts, and neither gets the
// other's token.
func TestAccounts(t *testing.T) {
	t.Parallel()
	s := &server{answer: func(r tokenRequest) (int, string) {
		if strings.HasPrefix(r.path, "/api") {
			return http.StatusOK, r.header.Get("Authorization")
		}
		return http.StatusOK, `{"access_token":"token-of-` + r.params.Get("code") + `","refresh_token":"r","expires_in":3600}`
	}}
	m := manage(t, s, map[string]string{"S": "hunter2"}, codeTOML, nil)
	for _, person := range []string{"ada", "bob"} {
		a, err := m.Authorize(t.Context(), "crm#"+person, "http://127.0.0.1:9/")
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Redeem(t.Context(), a, url.Values{"code": {person}, "state": {query(t, a.URL).Get("state")}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, person := range []string{"ada", "bob"} {
		token, err := m.Token(t.Context(), "crm#"+person, 0)
		if err != nil || token.AccessToken() != "token-of-"+person {
			t.Errorf("token of %s: %q, %v", person, token.AccessToken(), err)
		}
	}
	ask := func(grants ...string) (*hostapi.Response, error) {
		return m.Do(t.Context(), &hostapi.Grant{Connections: grants, Limits: hostapi.DefaultLimits()},
			&hostapi.Request{Method: "GET", URL: "https://api.example.com/api", AuthSetting: "crm#bob"})
	}
	if _, err := ask("crm#bob"); err != nil {
		t.Fatal(err)
	}
	if all := s.all(); all[len(all)-1].header.Get("Authorization") != "Bearer token-of-bob" {
		t.Errorf("the API saw %v", all[len(all)-1].header)
	}
	for _, grants := range [][]string{{"crm"}, {"crm#ada"}} {
		if _, err := ask(grants...); hostapi.CodeOf(err) != hostapi.CodeDenied {
			t.Errorf("a task with %v: %v, want denied", grants, err)
		}
	}
	if _, err := m.Token(t.Context(), "crm", 0); hostapi.CodeOf(err) != hostapi.CodeNeedsReauth {
		t.Errorf("the connection itself: %v, want needs_reauth", err)
	}
	if _, err := m.Token(t.Context(), "cmr#ada", 0); hostapi.CodeOf(err) != hostapi.CodeUnknownConnection {
		t.Errorf("an account of no connection: %v", err)
	}
	if state, ok := m.State("crm#ada"); !ok || state != connection.StateReady {
		t.Errorf("state of ada's: %s", state)
	}
}

// The name of an account has a maximum length, since scripts may pass any name.
func TestAccountNamesHaveABound(t *testing.T) {
	t.Parallel()
	m := manage(t, new(server), map[string]string{"S": "hunter2"}, codeTOML, nil)
	const most = 400
	longest := "crm#" + strings.Repeat("a", most-len("crm#"))
	for name, want := range map[string]hostapi.Code{longest: hostapi.CodeNeedsReauth, longest + "a": hostapi.CodeUnknownConnection} {
		if _, err := m.Token(t.Context(), name, 0); hostapi.CodeOf(err) != want {
			t.Errorf("a name of %d bytes: %v, want %s", len(name), err, want)
		}
		grant := &hostapi.Grant{Connections: []string{name}, Limits: hostapi.DefaultLimits()}
		if _, err := m.OAuth2Token(t.Context(), grant, name); hostapi.CodeOf(err) != want {
			t.Errorf("to a task, a name of %d bytes: %v, want %s", len(name), err, want)
		}
	}
}
