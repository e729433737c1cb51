package connection_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/testservers"
)

// Grants that servers renew with a new refresh token each time.
func TestAuthServerRefresh(t *testing.T) {
	t.Parallel()
	against(t, "C40", testManyTasks, oidcProvider())
	against(t, "C46", testRevokedBehindOurBack, glewlwyd())
	against(t, "C47", testRestart, oidcProvider(), glewlwyd())
	against(t, "C32", testReuse, oidcProvider(), glewlwyd())
	against(t, "revocation", testRevocation, oidcProvider(), glewlwyd())
}

// given returns a client that a user has authorized, and the store with the grant.
func given(t *testing.T, s *testservers.AuthServer) (*oauthClient, connection.Store) {
	t.Helper()
	c := &oauthClient{server: s, grants: []string{"authorization_code", "refresh_token", "client_credentials"}, method: "client_secret_post", toml: "scopes = [\"openid\"]\n"}
	db := openStore(t)
	c.give(t, c.register(t).connect(t, connection.Config{Store: db}))
	return c, db
}

// 50 concurrent scripts with an expired token cause one renewal.
func testManyTasks(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	c, db := given(t, s)
	hold(t, db, held(t, db))
	m, before := c.connect(t, connection.Config{Store: db}), len(c.transport.tokens())
	api := endpoint(t, s, "userinfo_endpoint")
	var tasks sync.WaitGroup
	for range 50 {
		tasks.Go(func() {
			if status, told := userinfo(t, m, api); status != http.StatusOK || !told {
				t.Errorf("the API answered %d, want 200 and the user", status)
			}
		})
	}
	tasks.Wait()
	if requests := len(c.transport.tokens()) - before; requests != 1 {
		t.Errorf("%d token requests, want 1", requests)
	}
}

// An access token that was revoked elsewhere is renewed once the API says so.
func testRevokedBehindOurBack(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	c, db := given(t, s)
	m, api := c.connect(t, connection.Config{Store: db}), endpoint(t, s, "userinfo_endpoint")
	revoke := url.Values{"client_id": {c.id}, "client_secret": {c.secret}, "token": {token(t, m, "crm").AccessToken()}, "token_type_hint": {"access_token"}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint(t, s, "revocation_endpoint"), strings.NewReader(revoke.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if status, v := fetch(t, network, r); status != http.StatusOK {
		t.Fatalf("revocation answered %d %v", status, v)
	}
	before := len(c.transport.tokens())
	status, told := userinfo(t, m, api)
	if requests := len(c.transport.tokens()) - before; status != http.StatusOK || !told || requests != 1 {
		t.Errorf("the API answered %d after %d token requests, want 200 after 1", status, requests)
	}
}

// The next process continues with what the last one stored.
func testRestart(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	c, db := given(t, s)
	seen := make(map[string]bool)
	for range 3 {
		hold(t, db, held(t, db))
		m := c.connect(t, connection.Config{Store: db})
		if status, told := userinfo(t, m, endpoint(t, s, "userinfo_endpoint")); status != http.StatusOK || !told {
			t.Errorf("the API answered %d, want 200", status)
		}
		if err := m.Close(t.Context()); err != nil {
			t.Error(err)
		}
		sent := c.transport.tokens()
		seen[sent[len(sent)-1].params.Get("refresh_token")] = true
	}
	if len(seen) != 3 || seen[""] {
		t.Errorf("3 processes used %d refresh tokens", len(seen))
	}
}

// A refresh token that was already used ends the grant for all, and is not sent again.
func testReuse(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	c, db := given(t, s)
	old := held(t, db)
	hold(t, db, old)
	token(t, c.connect(t, connection.Config{Store: db}), "crm")
	current := held(t, db)
	for _, record := range []*connection.Record{old, current} {
		hold(t, db, record)
		var events []connection.Event
		m, before := c.connect(t, connection.Config{Store: db, OnEvent: func(e connection.Event) { events = append(events, e) }}), len(c.transport.tokens())
		for range 2 {
			_, err := m.Token(t.Context(), "crm", 0)
			if hostapi.CodeOf(err) != hostapi.CodeNeedsReauth {
				t.Errorf("error %v, want needs_reauth", err)
			}
		}
		if requests := len(c.transport.tokens()) - before; requests != 1 {
			t.Errorf("%d token requests, want 1", requests)
		}
		if len(events) != 1 || events[0].State != connection.StateNeedsReauth {
			t.Errorf("events %v, want needs_reauth once", events)
		}
	}
	c.give(t, c.connect(t, connection.Config{Store: db}))
	token(t, c.connect(t, connection.Config{Store: db}), "crm")
}

// Revoked tokens are useless.
func testRevocation(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	c, db := given(t, s)
	copied := openStore(t)
	if err := copied.Put(t.Context(), connection.Key{Connection: "crm"}, held(t, db)); err != nil {
		t.Fatal(err)
	}
	m, thief := c.connect(t, connection.Config{Store: db}), c.connect(t, connection.Config{Store: copied})
	active := func(want bool) {
		t.Helper()
		if said, err := thief.Introspect(t.Context(), "crm"); err != nil || said.Active != want {
			t.Errorf("introspection %+v, %v; want active %v", said, err, want)
		}
	}
	active(true)
	if revoked, err := m.Revoke(t.Context(), "crm"); err != nil || !revoked {
		t.Fatalf("Revoke = %v, %v", revoked, err)
	}
	active(false)
	if _, err := m.Token(t.Context(), "crm", 0); hostapi.CodeOf(err) != hostapi.CodeNeedsReauth {
		t.Errorf("a token after that: %v, want needs_reauth", err)
	}
	hold(t, copied, held(t, copied))
	if _, err := c.connect(t, connection.Config{Store: copied}).Token(t.Context(), "crm", 0); hostapi.CodeOf(err) != hostapi.CodeNeedsReauth {
		t.Errorf("a token with what was kept: %v, want needs_reauth", err)
	}
}
