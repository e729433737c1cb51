package connection_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

const codeTOML = `[connections.crm]
grant = "authorization_code"
token_endpoint = "https://id.example.com/token"
authorization_endpoint = "https://id.example.com/authorize?tenant=acme"
device_authorization_endpoint = "https://id.example.com/device"
revocation_endpoint = "https://id.example.com/revoke"
introspection_endpoint = "https://id.example.com/introspect"
client_id = "id"
client_secret = "env:S"
token_endpoint_auth_method = "client_secret_post"
scopes = ["read", "write"]
audience = "https://api.example.com"
authorize_params = { prompt = "consent" }
hosts = ["api.example.com"]
`

func query(t *testing.T, rawURL string) url.Values {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

func TestAuthorizeAndRedeem(t *testing.T) {
	t.Parallel()
	s := &server{answer: func(tokenRequest) (int, string) {
		return http.StatusOK, `{"access_token":"first","refresh_token":"r1","expires_in":3600,"scope":"read"}`
	}}
	m := manage(t, s, map[string]string{"S": "hunter2"}, codeTOML, nil)
	a, err := m.Authorize(t.Context(), "crm", "http://127.0.0.1:9/callback")
	if err != nil {
		t.Fatal(err)
	}
	asked := query(t, a.URL)
	for name, want := range map[string]string{
		"tenant": "acme", "response_type": "code", "client_id": "id", "redirect_uri": "http://127.0.0.1:9/callback",
		"scope": "read write", "code_challenge_method": "S256", "prompt": "consent", "audience": "https://api.example.com", "nonce": "",
	} {
		if got := asked.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if len(asked.Get("state")) < 22 {
		t.Errorf("state %q has less than 128 bits", asked.Get("state"))
	}
	if err := m.Redeem(t.Context(), a, url.Values{"code": {"c0de"}, "state": {asked.Get("state")}}); err != nil {
		t.Fatal(err)
	}
	sent := s.all()[0].params
	if sent.Get("grant_type") != "authorization_code" || sent.Get("code") != "c0de" || sent.Get("redirect_uri") != "http://127.0.0.1:9/callback" {
		t.Errorf("token request %v", sent)
	}
	sum := sha256.Sum256([]byte(sent.Get("code_verifier")))
	if base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge") || len(sent.Get("code_verifier")) < 43 {
		t.Errorf("verifier %q does not fit challenge %q", sent.Get("code_verifier"), asked.Get("code_challenge"))
	}
	token, err := m.Token(t.Context(), "crm", 0)
	if err != nil || token.AccessToken() != "first" || strings.Join(token.Scopes, " ") != "read" {
		t.Errorf("token %q with scopes %v, %v", token.AccessToken(), token.Scopes, err)
	}
	if state, _ := m.State("crm"); state != connection.StateReady {
		t.Errorf("state %s", state)
	}
}

func TestCallbacksThatAreRefused(t *testing.T) {
	t.Parallel()
	s := new(server)
	m := manage(t, s, map[string]string{"S": "hunter2"}, codeTOML, nil)
	tests := []struct {
		name     string
		callback func(state string) url.Values
		code     hostapi.Code
		reason   error
		want     string
	}{
		{"other state", func(string) url.Values { return url.Values{"code": {"c"}, "state": {"guess"}} }, hostapi.CodeDenied, connection.ErrStateMismatch, "another attempt"},
		{"no state", func(string) url.Values { return url.Values{"code": {"c"}} }, hostapi.CodeDenied, connection.ErrStateMismatch, "another attempt"},
		{"a no", func(state string) url.Values {
			return url.Values{"error": {"access_denied"}, "error_description": {"Ada said\x00 no"}, "state": {state}}
		}, hostapi.CodeConnection, connection.ErrAccessDenied, "the request was denied: access_denied (Ada said no)"},
		{"nothing", func(state string) url.Values { return url.Values{"state": {state}} }, hostapi.CodeConnection, connection.ErrAuthorization, "neither code nor error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, err := m.Authorize(t.Context(), "crm", "http://127.0.0.1:9/")
			if err != nil {
				t.Fatal(err)
			}
			err = m.Redeem(t.Context(), a, tt.callback(query(t, a.URL).Get("state")))
			if hostapi.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %s: %s", err, tt.code, tt.want)
			}
			if !errors.Is(err, tt.reason) || !errors.Is(err, connection.ErrAuthorization) {
				t.Errorf("error %v is not for the reason %v", err, tt.reason)
			}
			for _, other := range []error{connection.ErrAccessDenied, connection.ErrStateMismatch} {
				if !errors.Is(tt.reason, other) && errors.Is(err, other) {
					t.Errorf("error %v is for the reason %v", err, other)
				}
			}
		})
	}
	t.Cleanup(func() {
		if n := len(s.all()); n != 0 {
			t.Errorf("%d token requests", n)
		}
	})
}

// The metadata of a server may promise iss in every callback, RFC 9207 §3: one without
// it comes from another server.
func TestCallbackWithoutPromisedIss(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		promised bool
		iss      string
		ok       bool
	}{
		{true, "", false},
		{true, "https://id.example.com", true},
		{true, "https://evil.example.com", false},
		{false, "", true},
		{false, "https://id.example.com", true},
		{false, "https://evil.example.com", false},
	} {
		promise := ""
		if tt.promised {
			promise = `"authorization_response_iss_parameter_supported":true,`
		}
		s := &server{answer: func(r tokenRequest) (int, string) {
			if r.path == "/token" {
				return http.StatusOK, `{"access_token":"T"}`
			}
			return http.StatusOK, `{` + promise + `"issuer":"https://id.example.com","token_endpoint":"https://id.example.com/token","authorization_endpoint":"https://id.example.com/authorize"}`
		}}
		m := manage(t, s, map[string]string{"S": "hunter2"}, strings.Replace(issuerTOML, "client_credentials", "authorization_code", 1), nil)
		a, err := m.Authorize(t.Context(), "crm", redirectURI)
		if err != nil {
			t.Fatal(err)
		}
		callback := query(t, a.URL)
		callback = map[string][]string{"state": callback["state"], "code": {"C"}}
		if tt.iss != "" {
			callback.Set("iss", tt.iss)
		}
		before := len(s.all())
		if err = m.Redeem(t.Context(), a, callback); (err == nil) != tt.ok || !tt.ok && len(s.all()) != before {
			t.Errorf("promised %v, iss %q: %v after %d token requests", tt.promised, tt.iss, err, len(s.all())-before)
		}
	}
}

func TestACallbackIsGoodOnceAndNotForLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := manage(t, new(server), map[string]string{"S": "hunter2"}, codeTOML, nil)
		a, err := m.Authorize(t.Context(), "crm", "http://127.0.0.1:9/")
		if err != nil {
			t.Fatal(err)
		}
		callback := url.Values{"code": {"c"}, "state": {query(t, a.URL).Get("state")}}
		if err := m.Redeem(t.Context(), a, callback); err != nil {
			t.Fatal(err)
		}
		if err := m.Redeem(t.Context(), a, callback); hostapi.CodeOf(err) != hostapi.CodeDenied || !strings.Contains(err.Error(), "already used") {
			t.Errorf("the same callback again: %v", err)
		}
		late, err := m.Authorize(t.Context(), "crm", "http://127.0.0.1:9/")
		if err != nil {
			t.Fatal(err)
		}
		advance(t, 11*time.Minute)
		err = m.Redeem(t.Context(), late, url.Values{"code": {"c"}, "state": {query(t, late.URL).Get("state")}})
		if hostapi.CodeOf(err) != hostapi.CodeTimeout {
			t.Errorf("a callback after 11 minutes: %v", err)
		}
	})
}

// The previous grant is kept if a new attempt fails.
func TestARefusedAttemptKeepsTheGrant(t *testing.T) {
	t.Parallel()
	s := new(server)
	m := manage(t, s, map[string]string{"S": "hunter2"}, codeTOML, nil)
	connect := func(callback url.Values) error {
		t.Helper()
		a, err := m.Authorize(t.Context(), "crm", "http://127.0.0.1:9/")
		if err != nil {
			t.Fatal(err)
		}
		callback.Set("state", query(t, a.URL).Get("state"))
		return m.Redeem(t.Context(), a, callback)
	}
	if err := connect(url.Values{"code": {"c"}}); err != nil {
		t.Fatal(err)
	}
	if err := connect(url.Values{"error": {"access_denied"}}); err == nil {
		t.Fatal("no error")
	}
	if token, err := m.Token(t.Context(), "crm", 0); err != nil || token.AccessToken() != "token-1" {
		t.Errorf("token %q, %v", token.AccessToken(), err)
	}
}

// give authorizes crm interactively.
func give(t *testing.T, m *connection.Manager) {
	t.Helper()
	a, err := m.Authorize(t.Context(), "crm", redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Redeem(t.Context(), a, url.Values{"code": {"c"}, "state": {query(t, a.URL).Get("state")}}); err != nil {
		t.Fatal(err)
	}
}

func TestRefreshTokens(t *testing.T) {
	t.Parallel()
	t.Run("C29", testRefreshTokenIsKept)
	t.Run("C32", testDeadGrant)
}

// RFC 6749 §6: a refresh token that is not replaced stays valid, and a new one replaces
// it.
func testRefreshTokenIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answers := []string{
			`{"access_token":"a1","refresh_token":"r1","expires_in":60}`,
			`{"access_token":"a2","expires_in":60}`,
			`{"access_token":"a3","refresh_token":"","expires_in":60}`,
			`{"access_token":"a4","refresh_token":null,"expires_in":60}`,
			`{"access_token":"a5","refresh_token":"r5","expires_in":60}`,
			`{"access_token":"a6","expires_in":60}`,
		}
		s := new(server)
		s.answer = func(tokenRequest) (int, string) { return http.StatusOK, answers[len(s.all())-1] }
		m := manage(t, s, map[string]string{"S": "hunter2"}, codeTOML, nil)
		give(t, m)
		for i, refreshToken := range []string{"r1", "r1", "r1", "r1", "r5"} {
			advance(t, time.Minute)
			if got, want := token(t, m, "crm").AccessToken(), fmt.Sprintf("a%d", i+2); got != want {
				t.Fatalf("token %q, want %s", got, want)
			}
			sent := s.all()[i+1].params
			if sent.Get("grant_type") != "refresh_token" || sent.Get("refresh_token") != refreshToken || sent.Get("scope") != "" || sent.Get("audience") != "https://api.example.com" {
				t.Errorf("refresh %d sent %v, want %s", i+1, sent, refreshToken)
			}
		}
	})
}

// A refused grant costs one request and one event.
func testDeadGrant(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"client_secret_basic", "client_secret_post"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var events []connection.State
				s := new(server)
				s.answer = func(r tokenRequest) (int, string) {
					if r.params.Get("grant_type") == "refresh_token" {
						return http.StatusBadRequest, `{"error":"invalid_grant"}`
					}
					return http.StatusOK, `{"access_token":"a","refresh_token":"r","expires_in":60}`
				}
				toml := strings.NewReplacer("client_secret_post", method, `"env:S"`, `["env:S", "env:S2"]`).Replace(codeTOML)
				m := manageWith(t, s, map[string]string{"S": "hunter2", "S2": "hunter3"}, toml, func(e connection.Event) { events = append(events, e.State) })
				give(t, m)
				advance(t, time.Minute)
				for _, later := range []time.Duration{0, 0, time.Second, time.Hour} {
					advance(t, later)
					_, err := m.Token(t.Context(), "crm", 0)
					if e := asError(t, err); e.Code != hostapi.CodeNeedsReauth || e.Name != "crm" || !strings.HasSuffix(e.Message, "answered 400 invalid_grant") {
						t.Errorf("error %v, want needs_reauth", err)
					}
				}
				if state, _ := m.State("crm"); state != connection.StateNeedsReauth {
					t.Errorf("state %s, want needs_reauth", state)
				}
				if n := len(s.all()) - 1; n != 1 {
					t.Errorf("%d requests for a refused grant, want 1", n)
				}
				if want := []connection.State{connection.StateReady, connection.StateNeedsReauth}; !slices.Equal(events, want) {
					t.Errorf("events %v, want %v", events, want)
				}
			})
		})
	}
}

func TestRevokeAndIntrospect(t *testing.T) {
	t.Parallel()
	s := new(server)
	s.answer = func(r tokenRequest) (int, string) {
		switch r.path {
		case "/revoke":
			return http.StatusOK, ""
		case "/introspect":
			return http.StatusOK, `{"active":true,"scope":"read","sub":"ada","exp":2000000000}`
		}
		return http.StatusOK, `{"access_token":"A","refresh_token":"R","expires_in":3600}`
	}
	m := manage(t, s, map[string]string{"S": "hunter2"}, codeTOML, nil)
	a, err := m.Authorize(t.Context(), "crm", "http://127.0.0.1:9/")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Redeem(t.Context(), a, url.Values{"code": {"c"}, "state": {query(t, a.URL).Get("state")}}); err != nil {
		t.Fatal(err)
	}
	said, err := m.Introspect(t.Context(), "crm")
	if err != nil || !said.Active || said.Subject != "ada" || said.Expiry.Unix() != 2000000000 {
		t.Errorf("introspection %+v, %v", said, err)
	}
	if revoked, err := m.Revoke(t.Context(), "crm"); err != nil || !revoked {
		t.Fatalf("revoked %v, %v", revoked, err)
	}
	var given []string
	for _, r := range s.all() {
		if r.path == "/revoke" {
			given = append(given, r.params.Get("token_type_hint")+" "+r.params.Get("token"))
		}
	}
	if strings.Join(given, ", ") != "refresh_token R, access_token A" {
		t.Errorf("gave back %v", given)
	}
	if _, err := m.Token(t.Context(), "crm", 0); hostapi.CodeOf(err) != hostapi.CodeNeedsReauth {
		t.Errorf("a token after that: %v, want needs_reauth", err)
	}
}

// No formatting verb prints the verifier of an attempt.
func TestAuthorizationPrintsNothing(t *testing.T) {
	t.Parallel()
	m := manage(t, &server{}, map[string]string{"S": "hunter2"}, codeTOML, nil)
	a, err := m.Authorize(t.Context(), "crm", "http://127.0.0.1:9/")
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got := fmt.Sprintf(verb, a); got != "[secret]" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}
