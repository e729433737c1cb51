package server_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// authorization is an authorization as the API shows it.
type authorization struct {
	ID, URL, State string
	UserCode       string `json:"user_code"`
	Page           string `json:"verification_uri"`
	Failure        *struct{ Code, Message, Hint string }
}

// ended returns an authorization once it is no longer pending.
func (s *site) ended(token, connection, id string) authorization {
	s.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		var a authorization
		if r := s.api(token, http.MethodGet, "/v1/connections/"+connection+"/authorizations/"+id, nil, &a); r.StatusCode != http.StatusOK {
			s.Fatalf("the authorization: %d", r.StatusCode)
		}
		if a.State != "pending" {
			return a
		}
		select {
		case <-tick.C:
		case <-s.Context().Done():
			s.Fatal("still pending")
		}
	}
}

// addProvider adds a connection of each kind that needs a user, tv and crm, of an authorization server of tests.
func (s *site) addProvider(token string) *connectiontest.Provider {
	s.Helper()
	p := new(connectiontest.Provider)
	provider, err := connectiontest.Start("127.0.0.1:0", p)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = provider.Close() })
	for name, settings := range map[string]map[string]any{
		"tv":  {"grant": "device_code", "device_authorization_endpoint": provider.URL + "/device"},
		"crm": {"grant": "authorization_code", "authorization_endpoint": provider.URL + "/authorize"},
	} {
		settings["token_endpoint"], settings["client_id"], settings["client_secret"], settings["hosts"] = provider.URL+"/token", "demo", "demo-secret", []string{"127.0.0.1"}
		if r := s.api(token, http.MethodPut, "/v1/connections/"+name, settings, nil); r.StatusCode != http.StatusCreated {
			s.Fatalf("%s: %d", name, r.StatusCode)
		}
	}
	return p
}

// The server waits until the user has agreed or refused on another device; a node that ends while it waits is replaced by
// another one. The page and the API show the code meanwhile, and then how it ended.
func TestAuthorizeDevice(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		s := start(t, db, "", "")
		s.setUp()
		token := s.token(authserver.ScopeAll)
		provider := s.addProvider(token)
		begin := func() (a authorization) {
			t.Helper()
			if r := s.api(token, http.MethodPost, "/v1/connections/tv/authorize", nil, &a); r.StatusCode != http.StatusOK || a.UserCode == "" || a.Page == "" || a.URL != "" {
				t.Fatalf("begun: %d %+v", r.StatusCode, a)
			}
			// As if another node had begun to wait, and ended.
			if _, err := db.ExecContext(t.Context(), "UPDATE postern_service_authorizations SET held_until = $1", time.Now().Add(time.Second).UnixMilli()); err != nil {
				t.Fatal(err)
			}
			return a
		}
		denied := begin()
		var shown authorization
		if s.api(token, http.MethodGet, "/v1/connections/tv/authorizations/"+denied.ID, nil, &shown); shown != denied {
			t.Errorf("while it is pending: %+v, want %+v", shown, denied)
		}
		if r := s.api(token, http.MethodGet, "/v1/connections/crm/authorizations/"+denied.ID, nil, nil); r.StatusCode != http.StatusNotFound {
			t.Errorf("of another connection: %d", r.StatusCode)
		}
		provider.AnswerDevice(denied.UserCode, "")
		if a := s.ended(token, "tv", denied.ID); a.State != "failed" || a.Failure == nil || !strings.Contains(a.Failure.Message, "access_denied") || a.UserCode != "" {
			t.Errorf("refused: %+v %+v", a, a.Failure)
		}
		agreed := begin()
		provider.AnswerDevice(agreed.UserCode, "ada")
		if a := s.ended(token, "tv", agreed.ID); a.State != "succeeded" {
			t.Errorf("agreed: %+v %+v", a, a.Failure)
		}
		var c struct{ State string }
		if s.api(token, http.MethodGet, "/v1/connections/tv", nil, &c); c.State != "ready" {
			t.Errorf("the connection is %s", c.State)
		}
		// By the page.
		if _, page := s.get("/connections/tv"); !strings.Contains(page, "Authorize again") {
			t.Error("the page of the connection has no button for it")
		}
		_, page := s.post("/connections/tv", "/connections/tv/authorize", nil)
		if !strings.Contains(page, ">Open it here</a>") || !strings.Contains(page, "The page goes on when you have agreed") {
			t.Fatalf("the page has no code: %s", page)
		}
	})
}

// An authorization whose node ended while it redeemed the code has failed, and says what to do; one that is being
// redeemed is pending.
func TestAuthorizeInterrupted(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		s := start(t, db, "", "")
		s.setUp()
		token := s.token(authserver.ScopeAll)
		s.addProvider(token)
		var a authorization
		s.api(token, http.MethodPost, "/v1/connections/crm/authorize", nil, &a)
		hold := func(d time.Duration) {
			t.Helper()
			_, err := db.ExecContext(t.Context(), "UPDATE postern_service_authorizations SET status = 'redeeming', held_until = $1", time.Now().Add(d).UnixMilli())
			if err != nil {
				t.Fatal(err)
			}
		}
		hold(time.Minute)
		var shown authorization
		if s.api(token, http.MethodGet, "/v1/connections/crm/authorizations/"+a.ID, nil, &shown); shown.State != "pending" {
			t.Errorf("while the code is redeemed: %+v", shown)
		}
		hold(-time.Second)
		if shown = s.ended(token, "crm", a.ID); shown.State != "failed" || shown.Failure == nil || shown.Failure.Hint != "authorize the connection again" ||
			!strings.Contains(shown.Failure.Message, "the server ended while it exchanged the code for tokens") {
			t.Errorf("after its node has ended: %+v %+v", shown, shown.Failure)
		}
		u, err := url.Parse(a.URL)
		if err != nil {
			t.Fatal(err)
		}
		if status, page := s.get("/oauth2callback?code=x&state=" + url.QueryEscape(u.Query().Get("state"))); status != http.StatusForbidden || !strings.Contains(page, "Begin again with Get token") {
			t.Errorf("a callback that comes again: %d %s", status, page)
		}
	})
}
