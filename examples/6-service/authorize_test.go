package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// A callback completes an attempt once, and only for the user who began it.
func TestCallbackOfAnotherUser(t *testing.T) {
	t.Parallel()
	s, err := newService(t.Context(), config{
		folder: t.TempDir(), key: make([]byte, 32), callback: "http://127.0.0.1/callback", log: slog.New(slog.DiscardHandler),
		secrets: func(context.Context, string, string) (string, error) { return "secret", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	call := func(user, method, path, body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Header.Set("X-User", user)
		s.ServeHTTP(w, r)
		return w
	}
	call("ada", "PUT", "/tenants/acme/connections", `{"user": {"grant": "authorization_code", "client_id": "demo",
		"client_secret": ["vault:demo"], "authorization_endpoint": "http://127.0.0.1:1/authorize", "token_endpoint": "http://127.0.0.1:1/token"}}`)
	at, err := url.Parse(call("ada", "GET", "/tenants/acme/connections/user/authorize", "").Header().Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	callback := "/callback?code=x&state=" + url.QueryEscape(at.Query().Get("state"))
	for _, c := range []struct {
		user string
		want int
	}{
		{"eve", http.StatusNotFound},
		{"ada", http.StatusBadGateway}, // the authorization server cannot be reached
		{"ada", http.StatusNotFound},
	} {
		if got := call(c.user, "GET", callback, "").Code; got != c.want {
			t.Errorf("the callback of %s: status %d, want %d", c.user, got, c.want)
		}
	}
}
