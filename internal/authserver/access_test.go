package authserver_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/etag"
)

// A client that is deactivated can do nothing, at once; activated again, all works as before.
func TestA15Deactivate(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		access, refresh := s.login(c, "alice")
		code := s.code(c, "alice", nil)
		set := func(active bool) {
			s.Helper()
			if err := s.SetClientActive(s.Context(), c.ID, active); err != nil {
				s.Fatal(err)
			}
		}
		set(false)
		s.refusedHere("authorize", s.request(c, nil))
		s.wants("redeem", s.redeem(c, code), http.StatusUnauthorized, "invalid_client")
		a := s.refresh(c, refresh)
		s.wants("refresh", a, http.StatusUnauthorized, "invalid_client")
		if !strings.Contains(a.text("error_description"), "deactivated") {
			s.Errorf("it does not say why: %s", a.body)
		}
		s.works("deactivated", access, false)
		s.wants("introspect", s.post(c, "/oauth2/introspect", url.Values{"token": {access}}), http.StatusUnauthorized, "invalid_client")
		guess := s.refresh(client{c.Client, "postern_cs_guess"}, refresh)
		if strings.Contains(guess.text("error_description"), "deactivated") {
			s.Error("it says so to anyone")
		}
		set(true)
		s.works("activated", access, true)
		s.wants("refresh again", s.refresh(c, refresh), http.StatusOK, "")
		s.wants("redeem again", s.redeem(c, code), http.StatusOK, "")
	})
}

// A client that is deleted is gone with all that it had.
func TestA15Delete(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		access, refresh := s.login(c, "alice")
		code := s.code(c, "alice", nil)
		if err := s.DeleteClient(s.Context(), c.ID, etag.Match{}); err != nil {
			s.Fatal(err)
		}
		s.refusedHere("authorize", s.request(c, nil))
		s.wants("redeem", s.redeem(c, code), http.StatusUnauthorized, "invalid_client")
		s.wants("refresh", s.refresh(c, refresh), http.StatusUnauthorized, "invalid_client")
		s.works("deleted", access, false)
		for _, table := range []string{"clients", "secrets", "codes", "sessions", "access_tokens"} {
			var n int
			if err := s.db.QueryRowContext(s.Context(), "SELECT count(*) FROM postern_auth_"+table).Scan(&n); err != nil || n != 0 {
				s.Errorf("%s has %d rows, %v", table, n, err)
			}
		}
	})
}

// A token for reading reads, whatever headers say. One for all does all.
func TestA16Methods(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		read, _ := s.login(s.add(authserver.ClientSettings{}), "alice")
		all, _ := s.login(s.add(authserver.ClientSettings{Scope: authserver.ScopeAll}), "alice")
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "get", "PROPFIND"} {
			if a := s.api(method, all); a.status != http.StatusOK {
				s.Errorf("%s with all: %d", method, a.status)
			}
			want := http.StatusForbidden
			if method == "GET" || method == "HEAD" || method == "OPTIONS" {
				want = http.StatusOK
			}
			a := s.api(method, read)
			if a.status != want {
				s.Errorf("%s with read: %d, want %d", method, a.status, want)
			}
			challenge := a.header.Get("WWW-Authenticate")
			if want == http.StatusForbidden && (!strings.Contains(challenge, `error="insufficient_scope"`) || !strings.Contains(challenge, `scope="all"`)) {
				s.Errorf("%s: challenge %s", method, challenge)
			}
		}
		override := http.Header{"Authorization": {"Bearer " + read}, "X-Http-Method-Override": {"GET"}, "X-Http-Method": {"GET"}, "X-Method-Override": {"GET"}}
		if a := s.send(http.MethodPost, s.url+"/api/things?_method=GET", override, ""); a.status != http.StatusForbidden {
			s.Errorf("POST that claims to be GET: %d", a.status)
		}
	})
}

// Each kind of request without a valid token is refused as RFC 6750 §3 says.
func TestA17Challenges(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		access, refresh := s.login(c, "alice")
		expired, _ := s.login(c, "bob")
		s.exec("UPDATE postern_auth_access_tokens SET expires = 1 WHERE session IN (SELECT id FROM postern_auth_sessions WHERE user_name = 'bob')")
		revoked, _ := s.login(c, "carol")
		s.wants("revoke", s.post(c, "/oauth2/revoke", url.Values{"token": {revoked}}), http.StatusOK, "")
		for _, tt := range []struct {
			what, query   string
			authorization []string
			status        int
			code          string
		}{
			{"none", "", nil, 401, ""},
			{"another scheme", "", []string{"Basic YTpi"}, 401, ""},
			{"no token", "", []string{"Bearer"}, 400, "invalid_request"},
			{"an empty token", "", []string{"Bearer "}, 400, "invalid_request"},
			{"a malformed token", "", []string{"Bearer a b"}, 400, "invalid_request"},
			{"a malformed character", "", []string{`Bearer "a"`}, 400, "invalid_request"},
			{"two headers", "", []string{"Bearer " + access, "Bearer " + access}, 400, "invalid_request"},
			{"an unknown token", "", []string{"Bearer x"}, 401, "invalid_token"},
			{"an expired token", "", []string{"Bearer " + expired}, 401, "invalid_token"},
			{"a revoked token", "", []string{"Bearer " + revoked}, 401, "invalid_token"},
			{"a refresh token", "", []string{"Bearer " + refresh}, 401, "invalid_token"},
			{"a secret", "", []string{"Bearer " + c.secret}, 401, "invalid_token"},
			{"a token in the URL", "?access_token=" + access, nil, 400, "invalid_request"},
			{"a token there, too", "?access_token=" + access, []string{"Bearer " + access}, 400, "invalid_request"},
			{"in lower case", "", []string{"bearer " + access}, 200, ""},
		} {
			a := s.send(http.MethodGet, s.url+"/api/things"+tt.query, http.Header{"Authorization": tt.authorization}, "")
			challenge := a.header.Get("WWW-Authenticate")
			if a.status != tt.status {
				s.Errorf("%s: %d, want %d", tt.what, a.status, tt.status)
			}
			if tt.status != http.StatusOK && !strings.HasPrefix(challenge, `Bearer realm="`) {
				s.Errorf("%s: challenge %s", tt.what, challenge)
			}
			if tt.code == "" && strings.Contains(challenge, "error") || tt.code != "" && !strings.Contains(challenge, `error="`+tt.code+`"`) {
				s.Errorf("%s: challenge %s, want the error %q", tt.what, challenge, tt.code)
			}
		}
	})
}

// A client that may do less from now on does less with the tokens it has.
func TestNarrowedClient(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{Scope: authserver.ScopeAll})
		access, refresh := s.login(c, "alice")
		code := s.code(c, "alice", nil)
		settings := c.ClientSettings
		settings.Scope = authserver.ScopeRead
		if _, _, err := s.UpdateClient(s.Context(), c.ID, settings, etag.Match{}); err != nil {
			s.Fatal(err)
		}
		if a := s.api(http.MethodPost, access); a.status != http.StatusForbidden {
			s.Errorf("POST: %d", a.status)
		}
		s.wants("more than it may have now", s.refresh(c, refresh, "all"), http.StatusBadRequest, "invalid_scope")
		if a := s.refresh(c, refresh); a.text("scope") != "read" {
			s.Errorf("refresh: %s", a.body)
		}
		if a := s.redeem(c, code); a.text("scope") != "read" {
			s.Errorf("a code from before: %s", a.body)
		}
	})
}

// A client's revocation ends what is its own, and does not tell what is not.
func TestA21Revocation(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c, other := s.add(authserver.ClientSettings{}), s.add(authserver.ClientSettings{AuthMethod: authserver.AuthMethodNone})
		access, refresh := s.login(c, "alice")
		revoke := func(what string, c client, token string) {
			s.Helper()
			s.wants(what, s.post(c, "/oauth2/revoke", url.Values{"token": {token}, "token_type_hint": {"access_token"}}), http.StatusOK, "")
		}
		revoke("a foreign access token", other, access)
		revoke("a foreign refresh token", other, refresh)
		revoke("an unknown token", c, "x")
		revoke("an unknown refresh token", c, "postern_rt_"+strings.Repeat("a", 65))
		s.works("after foreign revocations", access, true)
		revoke("the access token", c, access)
		s.works("the access token", access, false)
		second := s.refresh(c, refresh)
		s.wants("refresh", second, http.StatusOK, "")
		revoke("the refresh token from before", c, refresh)
		s.works("the session", second.text("access_token"), false)
		s.wants("the session", s.refresh(c, second.text("refresh_token")), http.StatusBadRequest, "invalid_grant")
		s.wants("no token", s.post(c, "/oauth2/revoke", url.Values{}), http.StatusBadRequest, "invalid_request")
		guess := client{c.Client, "x"}
		s.wants("a wrong secret", s.post(guess, "/oauth2/revoke", url.Values{"token": {access}}), http.StatusUnauthorized, "invalid_client")
	})
}

// Introspection tells a client about its own tokens only.
func TestA21Introspection(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c, other := s.add(authserver.ClientSettings{}), s.add(authserver.ClientSettings{})
		access, refresh := s.login(c, "alice")
		personal, secret, err := s.CreateToken(s.Context(), authserver.User{ID: "id-of-alice"}, "mine", "", time.Now().Add(time.Hour))
		if err != nil || personal.ID == "" {
			s.Fatal(err)
		}
		for _, token := range []string{access, refresh} {
			if a := s.post(other, "/oauth2/introspect", url.Values{"token": {token}}); a.status != http.StatusOK || strings.TrimSpace(a.body) != `{"active":false}` {
				s.Errorf("of another client: %d %s", a.status, a.body)
			}
			if info := s.post(c, "/oauth2/introspect", url.Values{"token": {token}}).json(); info["active"] != true {
				s.Errorf("introspected by its client: %v", info)
			}
		}
		for _, token := range []string{"x", secret, c.secret} {
			if a := s.post(c, "/oauth2/introspect", url.Values{"token": {token}}); strings.TrimSpace(a.body) != `{"active":false}` {
				s.Errorf("what is no token of a client: %s", a.body)
			}
		}
		s.refresh(c, refresh)
		if info := s.post(c, "/oauth2/introspect", url.Values{"token": {refresh}}).json(); info["active"] != false {
			s.Errorf("a refresh token that was replaced: %v", info)
		}
	})
}

// A personal access token works for its user, until it expires or is revoked.
func TestPersonalTokens(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		alice := authserver.User{ID: "id-of-alice", Name: "alice"}
		create := func(name string, scope authserver.Scope) (authserver.PersonalToken, string) {
			s.Helper()
			token, secret, err := s.CreateToken(s.Context(), alice, name, scope, time.Now().Add(24*time.Hour))
			if err != nil {
				s.Fatal(err)
			}
			return token, secret
		}
		first, secret := create("laptop", authserver.ScopeAll)
		if !strings.HasPrefix(secret, "postern_pat_") || first.Name != "laptop" || first.Created.IsZero() {
			s.Errorf("%+v %s", first, secret)
		}
		a := s.api(http.MethodPost, secret)
		if a.status != http.StatusOK || !strings.Contains(a.body, `"ID":"id-of-alice"`) || !strings.Contains(a.body, `"ClientID":""`) {
			s.Errorf("%d %s", a.status, a.body)
		}
		_, reading := create("report", "")
		if a := s.api(http.MethodPost, reading); a.status != http.StatusForbidden {
			s.Errorf("POST with read: %d", a.status)
		}
		tokens, err := s.Tokens(s.Context(), alice.ID, authserver.Page{})
		if err != nil || len(tokens.Items) != 2 || tokens.Items[0].Name != "report" || tokens.Items[1].ID != first.ID {
			s.Fatalf("%+v, %v", tokens, err)
		}
		if tokens.Items[1].Used.IsZero() {
			s.Error("it does not say that the token was used")
		}
		if err := s.RevokeToken(s.Context(), "id-of-bob", first.ID); err == nil {
			s.Error("another user revokes it")
		}
		s.works("before", secret, true)
		if err := s.RevokeToken(s.Context(), alice.ID, first.ID); err != nil {
			s.Error(err)
		}
		s.works("revoked", secret, false)
		s.exec("UPDATE postern_auth_personal_tokens SET expires = 1")
		s.works("expired", reading, false)
		if n, err := s.Prune(s.Context()); err != nil || n != 1 {
			s.Errorf("Prune: %d, %v", n, err)
		}
	})
}

// A token needs a name and an end.
func TestPersonalTokenRefused(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		alice := authserver.User{ID: "id-of-alice"}
		day := time.Now().Add(24 * time.Hour)
		for want, create := range map[string]func() error{
			"name: is missing": func() error { _, _, err := s.CreateToken(s.Context(), alice, " ", "", day); return err },
			"scope: does not":  func() error { _, _, err := s.CreateToken(s.Context(), alice, "x", "admin", day); return err },
			"is not in the":    func() error { _, _, err := s.CreateToken(s.Context(), alice, "x", "", time.Time{}); return err },
			"more than a year": func() error {
				_, _, err := s.CreateToken(s.Context(), alice, "x", "", day.AddDate(2, 0, 0))
				return err
			},
			"it has no user":      func() error { _, _, err := s.CreateToken(s.Context(), authserver.User{}, "x", "", day); return err },
			"there is no such":    func() error { return s.RevokeToken(s.Context(), alice.ID, "x") },
			"is not one that a l": func() error { _, err := s.Tokens(s.Context(), alice.ID, authserver.Page{After: "?"}); return err },
		} {
			if err := create(); err == nil || !strings.Contains(err.Error(), want) {
				s.Errorf("%v, want %q", err, want)
			}
		}
	})
}

// What a user had ends with the user; the sessions of others stay.
func TestRevokeUser(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		ofAlice, refresh := s.login(c, "alice")
		ofBob, _ := s.login(c, "bob")
		code := s.code(c, "alice", nil)
		_, personal, err := s.CreateToken(s.Context(), authserver.User{ID: "id-of-alice"}, "x", "", time.Now().Add(time.Hour))
		if err != nil {
			s.Fatal(err)
		}
		if err := s.RevokeUser(s.Context(), "id-of-alice"); err != nil {
			s.Fatal(err)
		}
		s.works("session", ofAlice, false)
		s.works("personal access token", personal, false)
		s.wants("refresh", s.refresh(c, refresh), http.StatusBadRequest, "invalid_grant")
		s.wants("code", s.redeem(c, code), http.StatusBadRequest, "invalid_grant")
		s.works("another user", ofBob, true)
	})
}
