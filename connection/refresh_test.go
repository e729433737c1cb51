package connection_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/postern-dev/postern/hostapi"
)

func TestRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := new(server)
		m := manage(t, s, map[string]string{"S": "hunter2"}, clientTOML+"client_secret = \"env:S\"\n", nil)
		for i, want := range []string{"token-1", "token-2", "token-3"} {
			got, err := m.Refresh(t.Context(), "crm")
			if err != nil || got.AccessToken() != want || len(s.all()) != i+1 {
				t.Fatalf("token %q after %d requests, %v; want %s", got.AccessToken(), len(s.all()), err, want)
			}
		}
		if got := token(t, m, "crm").AccessToken(); got != "token-3" || len(s.all()) != 3 {
			t.Errorf("then the token is %q, after %d requests", got, len(s.all()))
		}
		// A static credential is unchanged.
		s.answer = func(tokenRequest) (int, string) { return http.StatusServiceUnavailable, "" }
		if _, err := m.Refresh(t.Context(), "crm"); hostapi.CodeOf(err) != hostapi.CodeConnection {
			t.Errorf("error %v", err)
		}
		if got := token(t, m, "crm").AccessToken(); got != "token-3" {
			t.Errorf("after a failure the token is %q", got)
		}
		if _, err := m.Refresh(t.Context(), "nosuch"); hostapi.CodeOf(err) != hostapi.CodeUnknownConnection {
			t.Errorf("error %v", err)
		}
	})
}

// A token without an expiry is renewed too, and one that only a user can replace is not
// lost.
func TestRefreshOfAGrant(t *testing.T) {
	t.Parallel()
	answers := []string{`{"access_token":"a1","refresh_token":"r1"}`, `{"access_token":"a2","refresh_token":"r2"}`, `{"access_token":"a3"}`}
	s := new(server)
	s.answer = func(tokenRequest) (int, string) { return http.StatusOK, answers[min(len(s.all()), len(answers))-1] }
	m := manage(t, s, map[string]string{"S": "hunter2"}, codeTOML, nil)
	give(t, m)
	if got, err := m.Refresh(t.Context(), "crm"); err != nil || got.AccessToken() != "a2" {
		t.Fatalf("token %q, %v", got.AccessToken(), err)
	}
	if sent := s.all()[1].params; sent.Get("refresh_token") != "r1" {
		t.Errorf("sent %v", sent)
	}

	answers = []string{`{"access_token":"only"}`}
	m = manage(t, s, map[string]string{"S": "hunter2"}, codeTOML, nil)
	give(t, m)
	before := len(s.all())
	_, err := m.Refresh(t.Context(), "crm")
	if e := asError(t, err); e.Code != hostapi.CodeNeedsReauth || !strings.Contains(e.Message, "no refresh token") {
		t.Errorf("error %v", err)
	}
	if got := token(t, m, "crm").AccessToken(); got != "only" || len(s.all()) != before {
		t.Errorf("the token is %q, after %d requests more", got, len(s.all())-before)
	}
	if status, err := m.Status(t.Context(), "crm"); err != nil || status.State != "ready" {
		t.Errorf("state %v, %v", status.State, err)
	}
}
