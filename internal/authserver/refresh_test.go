package authserver_test

import (
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// Each refresh replaces the refresh token. One that comes again ends the session.
func TestA12Reuse(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		access, first := s.login(c, "alice")
		kept, _ := s.login(c, "alice")
		second := s.refresh(c, first)
		if second.status != http.StatusOK || second.text("refresh_token") == first || second.text("access_token") == access {
			s.Fatalf("refresh: %d %s", second.status, second.body)
		}
		s.works("the access token from before", access, true)
		third := s.refresh(c, second.text("refresh_token"))
		s.works("the newest", third.text("access_token"), true)
		s.wants("the first again", s.refresh(c, first), http.StatusBadRequest, "invalid_grant")
		s.wants("the newest afterwards", s.refresh(c, third.text("refresh_token")), http.StatusBadRequest, "invalid_grant")
		for _, token := range []string{access, second.text("access_token"), third.text("access_token")} {
			s.works("afterwards", token, false)
		}
		s.works("another session", kept, true)
	})
}

// Of many refreshes with the same token at the same time, at most one succeeds.
func TestA12Race(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		for range 3 {
			_, token := s.login(c, "alice")
			if n := s.atOnce(c, refreshing(token)); n > 1 {
				s.Errorf("%d refreshes succeeded", n)
			}
		}
	})
}

// With a grace, a refresh that is repeated gets the same tokens, until they are used.
func TestRefreshGrace(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{RefreshGrace: 30 * time.Second}, func(s *site) {
		c := s.add(authserver.ClientSettings{Scope: authserver.ScopeAll})
		_, first := s.login(c, "alice")
		var mu sync.Mutex
		var got []string
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				a, err := s.tryPost(c, "/oauth2/token", refreshing(first))
				mu.Lock()
				defer mu.Unlock()
				if err != nil || a.status != http.StatusOK {
					s.Errorf("%v: %d %s", err, a.status, a.body)
				}
				got = append(got, a.text("access_token")+" "+a.text("refresh_token"))
			})
		}
		wg.Wait()
		slices.Sort(got)
		if successors := slices.Compact(got); len(successors) != 1 {
			s.Errorf("%d different responses", len(successors))
		}
		second := s.refresh(c, first)
		s.works("the repeated access token", second.text("access_token"), true)
		s.wants("with less", s.refresh(c, first, "read"), http.StatusOK, "")
		third := s.refresh(c, second.text("refresh_token"))
		s.wants("the repeated refresh token", third, http.StatusOK, "")
		s.wants("the first after the second was used", s.refresh(c, first), http.StatusBadRequest, "invalid_grant")
		s.wants("the session", s.refresh(c, third.text("refresh_token")), http.StatusBadRequest, "invalid_grant")

		_, first = s.login(c, "alice")
		narrow := s.refresh(c, first, "read")
		s.wants("with more than the first time", s.refresh(c, first, "all"), http.StatusBadRequest, "invalid_scope")
		s.wants("as the first time", s.refresh(c, first, "read"), http.StatusOK, "")
		s.exec("UPDATE postern_auth_sessions SET refreshed = refreshed - 30001")
		s.wants("after the grace", s.refresh(c, first, "read"), http.StatusBadRequest, "invalid_grant")
		s.works("after the grace", narrow.text("access_token"), false)
	})
}

// A refresh token is its client's, and gives no more than it was given.
func TestA13Refresh(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{Scope: authserver.ScopeAll})
		other := s.add(authserver.ClientSettings{Scope: authserver.ScopeAll})
		_, token := s.login(c, "alice")
		s.wants("of another client", s.refresh(other, token), http.StatusBadRequest, "invalid_grant")
		s.wants("with an unknown scope", s.refresh(c, token, "admin"), http.StatusBadRequest, "invalid_scope")
		narrow := s.refresh(c, token, "read")
		if narrow.status != http.StatusOK || narrow.text("scope") != "read" {
			s.Fatalf("narrowed: %d %s", narrow.status, narrow.body)
		}
		if a := s.api(http.MethodPost, narrow.text("access_token")); a.status != http.StatusForbidden {
			s.Errorf("narrowed: POST gets %d", a.status)
		}
		s.wants("widened", s.refresh(c, narrow.text("refresh_token"), "all"), http.StatusBadRequest, "invalid_scope")
		if a := s.refresh(c, narrow.text("refresh_token")); a.status != http.StatusOK || a.text("scope") != "read" {
			s.Errorf("it does not stay narrow: %d %s", a.status, a.body)
		}

		read := s.add(authserver.ClientSettings{})
		_, token = s.login(read, "alice")
		s.wants("more than the client may have", s.refresh(read, token, "all"), http.StatusBadRequest, "invalid_scope")
	})
}

// A refresh token expires when it has not been used for its lifetime.
func TestRefreshExpiry(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		access, token := s.login(c, "alice")
		s.exec("UPDATE postern_auth_sessions SET expires = expires - 2592000001")
		s.wants("after 30 days", s.refresh(c, token), http.StatusBadRequest, "invalid_grant")
		if info := s.post(c, "/oauth2/introspect", url.Values{"token": {token}}).json(); info["active"] != false {
			s.Errorf("introspection %v", info)
		}
		n, err := s.Prune(s.Context())
		if err != nil || n != 1 {
			s.Errorf("Prune: %d, %v", n, err)
		}
		s.works("the access token of a session that was deleted", access, false)
	})
}

// However often a session is refreshed, it ends after a year.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		_, token := s.login(c, "alice")
		s.exec("UPDATE postern_auth_sessions SET created = created - 31449600000") // 364 days
		renewed := s.refresh(c, token)
		info := s.post(c, "/oauth2/introspect", url.Values{"token": {renewed.text("refresh_token")}}).json()
		issued, _ := info["iat"].(float64)
		if expires, _ := info["exp"].(float64); expires-issued < 86000 || expires-issued > 86400 {
			s.Errorf("after 364 days, a refresh token is valid for %v s, want a day", expires-issued)
		}
	})
}

// However often a session is refreshed, it has one row, and twenty access tokens that work.
func TestManyRefreshes(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		access, refresh := s.login(c, "alice")
		tokens := []string{access}
		for range 22 {
			a := s.refresh(c, refresh)
			refresh = a.text("refresh_token")
			tokens = append(tokens, a.text("access_token"))
		}
		s.works("the first", tokens[0], false)
		s.works("the last but nineteen", tokens[len(tokens)-20], true)
		s.works("the last", tokens[len(tokens)-1], true)
		var n int
		if err := s.db.QueryRowContext(s.Context(), "SELECT count(*) FROM postern_auth_access_tokens").Scan(&n); err != nil || n != 20 {
			s.Errorf("%d access tokens, %v", n, err)
		}
	})
}

// A user has at most ten sessions with a client, the newest ones.
func TestA14Sessions(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c, other := s.add(authserver.ClientSettings{}), s.add(authserver.ClientSettings{})
		ofBob, _ := s.login(c, "bob")
		ofOther, _ := s.login(other, "alice")
		var tokens []string
		for range 11 {
			access, _ := s.login(c, "alice")
			tokens = append(tokens, access)
		}
		for i, token := range tokens {
			s.works("session "+string(rune('a'+i)), token, i > 0)
		}
		s.works("another user", ofBob, true)
		s.works("another client", ofOther, true)
		sessions, err := s.Sessions(s.Context(), authserver.SessionFilter{ClientID: c.ID, UserID: "id-of-alice"})
		if err != nil || len(sessions.Items) != 10 {
			s.Errorf("%d sessions, %v", len(sessions.Items), err)
		}
	})
}

// Logins at the same time do not leave more.
func TestA14Race(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		var forms []url.Values
		for range 20 {
			forms = append(forms, redemption(c, s.code(c, "alice", nil)))
		}
		var wg sync.WaitGroup
		for _, form := range forms {
			wg.Go(func() {
				a, err := s.tryPost(c, "/oauth2/token", form)
				if err != nil || a.status != http.StatusOK {
					s.Errorf("%v: %d %s", err, a.status, a.body)
				}
			})
		}
		wg.Wait()
		sessions, err := s.Sessions(s.Context(), authserver.SessionFilter{UserID: "id-of-alice"})
		if err != nil || len(sessions.Items) != 10 {
			s.Errorf("%d sessions, %v", len(sessions.Items), err)
		}
	})
}

// When the disk is full, a code and a refresh token stay valid until tokens were issued for them: none is used up
// half-way.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.SQLiteURL(t))
	s := start(t, db, authserver.Config{})
	c := s.add(authserver.ClientSettings{})
	code := s.code(c, "alice", nil)
	_, token := s.login(c, "bob")
	free := databasetest.Fill(t, db)
	for refused := 0; refused < 500; { // there may be room in any of the last pages
		_, err := db.ExecContext(t.Context(), `INSERT INTO postern_auth_access_tokens (hash, session, scope, created, expires)
			SELECT randomblob(32), id, 'read', 0, 0 FROM postern_auth_sessions`)
		if err != nil {
			refused++
		}
	}
	for what, form := range map[string]url.Values{"code": redemption(c, code), "refresh token": refreshing(token)} {
		refused := s.post(c, "/oauth2/token", form)
		s.wants(what, refused, http.StatusServiceUnavailable, "temporarily_unavailable")
		if refused.header.Get("Retry-After") != "10" {
			t.Errorf("%s: headers %v", what, refused.header)
		}
	}
	free()
	if a := s.redeem(c, code); a.status != http.StatusOK {
		t.Errorf("the code afterwards: %d %s", a.status, a.body)
	}
	if a := s.refresh(c, token); a.status != http.StatusOK {
		t.Errorf("the refresh token afterwards: %d %s", a.status, a.body)
	}
}
