package server_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/server"
)

// A webhook is told, with a signature, when a connection fails and when it works again. A
// message that it does not take comes again.
func TestNotify(t *testing.T) {
	t.Parallel()
	secret := []byte("0123456789abcdef0123456789abcdef")
	type message struct {
		id, body string
		signed   bool
	}
	messages := make(chan message, 10)
	var first atomic.Bool
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		id := r.Header.Get("Webhook-Id")
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(id + "." + r.Header.Get("Webhook-Timestamp") + "." + string(body)))
		if first.CompareAndSwap(false, true) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		messages <- message{id, string(body), r.Header.Get("Webhook-Signature") == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))}
	}))
	t.Cleanup(hook.Close)
	provider, err := connectiontest.Start("127.0.0.1:0", &connectiontest.Provider{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = provider.Close() })
	s := startWith(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "", func(c *server.Config) { c.NotifyURL, c.NotifySecret = hook.URL, secret })
	s.setUp()
	token := s.token(authserver.ScopeAll)
	settings := map[string]any{
		"grant": "client_credentials", "token_endpoint": provider.URL + "/token", "client_id": "demo", "client_secret": "wrong-SEKRET",
		"hosts": []string{strings.TrimPrefix(provider.URL, "http://")},
	}
	s.api(token, http.MethodPut, "/v1/connections/crm", settings, nil)
	s.api(token, http.MethodPost, "/v1/connections/crm/test", nil, nil)
	type notice struct {
		Type string
		Data struct{ Connection, State, Reason, URL string }
	}
	expect := func(kind, state string) message {
		t.Helper()
		m := <-messages
		var n notice
		if err := json.Unmarshal([]byte(m.body), &n); err != nil {
			t.Fatal(err)
		}
		if n.Type != kind || n.Data.State != state || n.Data.Connection != "crm" || n.Data.URL != s.url+"/connections/crm" || !m.signed {
			t.Errorf("message: %+v, want %s", m, kind)
		}
		if strings.Contains(m.body, "SEKRET") {
			t.Errorf("the message has the secret: %s", m.body)
		}
		return m
	}
	refused := expect("connection.needs_reauth", "needs_reauth")
	if again := expect("connection.needs_reauth", "needs_reauth"); again.id != refused.id {
		t.Errorf("it came again as %s, want %s", again.id, refused.id)
	}
	settings["client_secret"] = "demo-secret"
	if r := s.api(token, http.MethodPut, "/v1/connections/crm", settings, nil); r.StatusCode != http.StatusOK {
		t.Fatalf("changed: %d", r.StatusCode)
	}
	var p struct{ Detail, Hint string }
	if r := s.api(token, http.MethodPost, "/v1/connections/crm/test", nil, &p); r.StatusCode != http.StatusOK {
		t.Fatalf("tested: %d %+v", r.StatusCode, p)
	}
	expect("connection.recovered", "ready")
}

// A refresh token that was not used for a while is used, and the new one stored.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	refreshed := make(chan string, 10)
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refreshed <- r.PostFormValue("grant_type") + " " + r.PostFormValue("refresh_token")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token": "a", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "second"}`)
	}))
	t.Cleanup(tokens.Close)
	toml := "[connections.crm]\ngrant = \"authorization_code\"\nauthorization_endpoint = \"" + tokens.URL + "/authorize\"\ntoken_endpoint = \"" + tokens.URL +
		"/token\"\nclient_id = \"demo\"\ntoken_endpoint_auth_method = \"none\"\nhosts = [\"127.0.0.1\"]\n"
	s := startWith(t, databasetest.Open(t, databasetest.SQLiteURL(t)), toml, "", func(c *server.Config) { c.KeepAlive = 100 * time.Millisecond })
	err := s.Service().Connections.Import(t.Context(), "crm", connection.Imported{AccessToken: "old", RefreshToken: "first", Expiry: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"refresh_token first", "refresh_token second"} {
		if got := <-refreshed; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
