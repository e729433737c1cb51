package authserver_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/etag"
)

// What is registered is checked, and each refusal says what is wrong.
func TestClientSettings(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		uri := func(uris ...string) authserver.ClientSettings {
			return authserver.ClientSettings{Name: "x", RedirectURIs: uris}
		}
		for _, tt := range []struct {
			settings authserver.ClientSettings
			want     string
		}{
			{authserver.ClientSettings{RedirectURIs: []string{callback}}, "name: is missing"},
			{authserver.ClientSettings{Name: " \t", RedirectURIs: []string{callback}}, "name: is missing"},
			{authserver.ClientSettings{Name: strings.Repeat("ü", 201), RedirectURIs: []string{callback}}, "name: is longer than 200 characters"},
			{authserver.ClientSettings{Name: "a\x00b", RedirectURIs: []string{callback}}, "name: has a character that is not visible"},
			{authserver.ClientSettings{Name: "a\u202eb", RedirectURIs: []string{callback}}, "name: has a character that is not visible"},
			{authserver.ClientSettings{Name: "x", RedirectURIs: []string{callback}, AuthMethod: "private_key_jwt"}, "use client_secret_post, client_secret_basic or none"},
			{authserver.ClientSettings{Name: "x", RedirectURIs: []string{callback}, Scope: "admin"}, "use all or read"},
			{authserver.ClientSettings{Name: "x", RedirectURIs: []string{callback}, AuthMethod: "none", PKCEOptional: true}, "none without PKCE"},
			{uri(), "redirect_uri: is missing"},
			{uri(""), "is empty"},
			{uri(callback, callback), "is there twice"},
			{uri(strings.Split(strings.Repeat("https://a.example.com/ ", 11), " ")...), "more than 10"},
			{uri("https://a.example.com/#x"), "has a fragment"},
			{uri("https://a.example.com/#"), "has a fragment"},
			{uri("http://a.example.com/"), "begins with http://"},
			{uri("http://127.0.0.1.example.com/"), "begins with http://"},
			{uri("https://user@a.example.com/"), "has a user name"},
			{uri("/callback"), "is not an absolute URI"},
			{uri("a.example.com"), "is not an absolute URI"},
			{uri("https:///callback"), "has no host"},
			{uri("https:a.example.com"), "has no host"},
			{uri("https://A.example.com/"), "in capitals"},
			{uri("HTTPS://a.example.com/"), "in capitals"},
			{uri("https://*.example.com/"), "has a host that does not exist"},
			{uri("https://a.example.com;script-src/"), "has a host that does not exist"},
			{uri("https://a.example.com,b/"), "has a host that does not exist"},
			{uri("https://a.example.com/ü"), "has a character that a URI cannot have"},
			{uri("https://a.example.com/a b"), "has a character that a URI cannot have"},
			{uri("https://a.example.com\\@b/"), "has a character that a URI cannot have"},
			{uri("https://a.example.com/" + strings.Repeat("x", 2000)), "is longer than 2000 bytes"},
			{uri("javascript:alert(1)"), "has the scheme javascript"},
			{uri("data:text/html,x"), "has the scheme data"},
			{uri("myapp:/cb"), "has the scheme myapp"},
		} {
			_, _, err := s.CreateClient(s.Context(), tt.settings)
			e, ok := errors.AsType[*hostapi.Error](err)
			if !ok || e.Code != hostapi.CodeConfig || !strings.Contains(e.Error()+" "+e.Hint, tt.want) {
				s.Errorf("%+v: %v, want %q", tt.settings, err, tt.want)
			}
		}
		for _, settings := range []authserver.ClientSettings{
			uri("https://a.example.com"), uri("https://a.example.com:8443/cb?x=y"), uri("http://localhost/cb"), uri("http://127.0.0.1:1/"), uri("http://[::1]/"),
			uri("com.example.app:/cb"),
			{Name: "日本語 'x' \"y\" 🎉", RedirectURIs: []string{callback}, AuthMethod: "none"},
		} {
			if _, _, err := s.CreateClient(s.Context(), settings); err != nil {
				s.Errorf("%+v: %v", settings, err)
			}
		}
	})
}

// A client is found by a part of its name or id, its state and its time.
func TestClients(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		var all []client
		for _, name := range []string{"Billing", "100% Österreich", "under_score"} {
			all = append(all, s.add(authserver.ClientSettings{Name: name}))
		}
		if err := s.SetClientActive(s.Context(), all[0].ID, false); err != nil {
			s.Fatal(err)
		}
		s.exec("UPDATE postern_auth_clients SET created = created - 86400000 WHERE name = 'Billing'")
		active, inactive := true, false
		hourAgo := time.Now().Add(-time.Hour)
		for _, tt := range []struct {
			what   string
			filter authserver.ClientFilter
			want   string
		}{
			{"all", authserver.ClientFilter{}, "under_score, 100% Österreich, Billing"},
			{"name", authserver.ClientFilter{Text: "bill"}, "Billing"},
			{"case", authserver.ClientFilter{Text: "ÖSTERR"}, "100% Österreich"},
			{"percent", authserver.ClientFilter{Text: "0%"}, "100% Österreich"},
			{"underscore", authserver.ClientFilter{Text: "r_s"}, "under_score"},
			{"no wildcard", authserver.ClientFilter{Text: "b_ll"}, ""},
			{"no text", authserver.ClientFilter{Text: "\x00!'"}, ""},
			{"id", authserver.ClientFilter{Text: strings.ToUpper(all[1].ID[3:20])}, "100% Österreich"},
			{"active", authserver.ClientFilter{Active: &active}, "under_score, 100% Österreich"},
			{"inactive", authserver.ClientFilter{Active: &inactive}, "Billing"},
			{"since", authserver.ClientFilter{CreatedSince: hourAgo}, "under_score, 100% Österreich"},
			{"before", authserver.ClientFilter{CreatedBefore: hourAgo}, "Billing"},
		} {
			found, err := s.Clients(s.Context(), tt.filter)
			var names []string
			for _, c := range found.Items {
				names = append(names, c.Name)
			}
			if got := strings.Join(names, ", "); err != nil || len(names) != len(strings.Split(tt.want, ", ")) && tt.want != "" || !sameNames(got, tt.want) {
				s.Errorf("%s: %s, %v, want %s", tt.what, got, err, tt.want)
			}
		}
	})
}

// sameNames compares lists whose members may have been made in the same millisecond.
func sameNames(got, want string) bool {
	for _, name := range strings.Split(want, ", ") {
		if !strings.Contains(got, name) {
			return false
		}
	}
	return len(got) == len(want)
}

// A list that is read in parts has everything once.
func TestPages(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		for i := range 7 {
			s.login(s.add(authserver.ClientSettings{Name: fmt.Sprint("client ", i)}), "alice")
		}
		seen := make(map[string]int)
		filter := authserver.ClientFilter{Page: authserver.Page{Limit: 3}}
		for parts := 0; parts < 10; parts++ {
			part, err := s.Clients(s.Context(), filter)
			if err != nil || len(part.Items) > 3 {
				s.Fatalf("%d clients, %v", len(part.Items), err)
			}
			for _, c := range part.Items {
				seen[c.Name]++
			}
			if filter.After = part.Next; part.Next == "" {
				break
			}
		}
		if len(seen) != 7 {
			s.Errorf("clients %v", seen)
		}
		sessions := authserver.SessionFilter{Page: authserver.Page{Limit: 6}}
		first, err := s.Sessions(s.Context(), sessions)
		if err != nil || len(first.Items) != 6 || first.Next == "" || first.Items[0].UserName != "alice" || first.Items[0].ClientName == "" {
			s.Fatalf("%+v, %v", first, err)
		}
		sessions.After = first.Next
		second, err := s.Sessions(s.Context(), sessions)
		if err != nil || len(second.Items) != 1 || second.Next != "" {
			s.Errorf("%+v, %v", second, err)
		}
		for _, page := range []authserver.Page{{Limit: -1}, {Limit: 501}, {After: "x"}, {After: "ZZZZ"}} {
			if _, err := s.Clients(s.Context(), authserver.ClientFilter{Page: page}); hostapi.CodeOf(err) != hostapi.CodeConfig {
				s.Errorf("%+v: %v", page, err)
			}
		}
	})
}

// Settings change; what the client has stays, apart from secrets that it has no use for.
func TestUpdateClient(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		access, _ := s.login(c, "alice")
		update := func(change func(settings *authserver.ClientSettings)) (client authserver.Client, secret string) {
			s.Helper()
			settings := c.ClientSettings
			change(&settings)
			client, secret, err := s.UpdateClient(s.Context(), c.ID, settings, etag.Match{})
			if err != nil {
				s.Fatal(err)
			}
			return client, secret
		}
		changed, secret := update(func(settings *authserver.ClientSettings) {
			settings.Name, settings.RedirectURIs = "new name", []string{"https://new.example.com/cb"}
		})
		if changed.Name != "new name" || secret != "" || len(changed.Secrets) != 1 || changed.Updated.Before(changed.Created) {
			s.Errorf("%+v, secret %q", changed, secret)
		}
		s.refusedHere("the redirect URI from before", s.request(c, nil))
		s.works("a token", access, true)
		found, err := s.Clients(s.Context(), authserver.ClientFilter{Text: "new name"})
		if err != nil || len(found.Items) != 1 {
			s.Errorf("it is not found by its new name: %+v, %v", found, err)
		}
		if changed, _ = update(func(settings *authserver.ClientSettings) { settings.AuthMethod = authserver.AuthMethodNone }); len(changed.Secrets) != 0 {
			s.Errorf("a public client has secrets: %+v", changed)
		}
		changed, secret = update(func(*authserver.ClientSettings) {})
		if len(changed.Secrets) != 1 || secret == "" || secret == c.secret {
			s.Errorf("a confidential client has no secret: %+v", changed)
		}
		s.wants("its secret from before", s.redeem(c, "x"), http.StatusUnauthorized, "invalid_client")
		s.wants("its new secret", s.redeem(client{changed, secret}, "x"), http.StatusBadRequest, "invalid_grant")
	})
}

// A secret is replaced while the client runs: two are valid at a time.
func TestSecrets(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		changed, secret, err := s.AddSecret(s.Context(), c.ID)
		if err != nil || len(changed.Secrets) != 2 {
			s.Fatalf("%+v, %v", changed, err)
		}
		old, added := c, client{c.Client, secret}
		s.wants("the old one", s.redeem(old, "x"), http.StatusBadRequest, "invalid_grant")
		s.wants("the new one", s.redeem(added, "x"), http.StatusBadRequest, "invalid_grant")
		if _, _, err := s.AddSecret(s.Context(), c.ID); !errors.Is(err, authserver.ErrConflict) {
			s.Errorf("a third: %v", err)
		}
		if err := s.RemoveSecret(s.Context(), c.ID, changed.Secrets[0].ID); err != nil {
			s.Fatal(err)
		}
		s.wants("the old one, removed", s.redeem(old, "x"), http.StatusUnauthorized, "invalid_client")
		s.wants("the new one, alone", s.redeem(added, "x"), http.StatusBadRequest, "invalid_grant")
		if err := s.RemoveSecret(s.Context(), c.ID, changed.Secrets[1].ID); !errors.Is(err, authserver.ErrConflict) {
			s.Errorf("the last one: %v", err)
		}
		if err := s.RemoveSecret(s.Context(), c.ID, changed.Secrets[0].ID); !errors.Is(err, authserver.ErrNotFound) {
			s.Errorf("again: %v", err)
		}
		public := s.add(authserver.ClientSettings{AuthMethod: authserver.AuthMethodNone})
		if _, _, err := s.AddSecret(s.Context(), public.ID); !errors.Is(err, authserver.ErrConflict) {
			s.Errorf("of a public client: %v", err)
		}
	})
}

// What does not exist is not found, also by ids that no database takes.
func TestNotFound(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		ctx := s.Context()
		settings := authserver.ClientSettings{Name: "x", RedirectURIs: []string{callback}}
		for _, id := range []string{"", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "a\x00", "\xff", "018f5e00-0000-7000-8000-000000000000"} {
			for what, err := range map[string]error{
				"Client":          second(s.Client(ctx, id)),
				"UpdateClient":    third(s.UpdateClient(ctx, id, settings, etag.Match{})),
				"SetClientActive": s.SetClientActive(ctx, id, true),
				"DeleteClient":    s.DeleteClient(ctx, id, etag.Match{}),
				"AddSecret":       third(s.AddSecret(ctx, id)),
				"RemoveSecret":    s.RemoveSecret(ctx, id, id),
				"RevokeSession":   s.RevokeSession(ctx, "", id),
				"RevokeToken":     s.RevokeToken(ctx, "id-of-alice", id),
			} {
				if !errors.Is(err, authserver.ErrNotFound) {
					s.Errorf("%s(%q): %v", what, id, err)
				}
			}
		}
	})
}

func second[A any](_ A, err error) error        { return err }
func third[A, B any](_ A, _ B, err error) error { return err }

// A session that an operator revokes ends at once.
func TestRevokeSession(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		first, _ := s.login(c, "alice")
		other, _ := s.login(c, "alice")
		sessions, err := s.Sessions(s.Context(), authserver.SessionFilter{})
		if err != nil || len(sessions.Items) != 2 {
			s.Fatalf("%+v, %v", sessions, err)
		}
		if err := s.RevokeSession(s.Context(), "", sessions.Items[1].ID); err != nil {
			s.Fatal(err)
		}
		s.works("the first", first, false)
		s.works("the other", other, true)
	})
}

// The database has no code, token or secret.
func TestNothingInTheDatabase(t *testing.T) {
	t.Parallel()
	url := databasetest.SQLiteURL(t)
	s := start(t, databasetest.Open(t, url), authserver.Config{RefreshGrace: time.Second})
	c := s.add(authserver.ClientSettings{})
	code := s.code(c, "alice", nil)
	tokens := s.redeem(c, code)
	renewed := s.refresh(c, tokens.text("refresh_token"))
	_, personal, err := s.CreateToken(t.Context(), authserver.User{ID: "id-of-alice"}, "x", "", time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	var files []byte
	for _, suffix := range []string{"", "-wal"} {
		text, err := os.ReadFile(strings.TrimPrefix(url, "sqlite:") + suffix)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, text...)
	}
	if !bytes.Contains(files, []byte(c.ID)) {
		t.Fatal("the files do not have what was stored")
	}
	for what, secret := range map[string]string{
		"client secret": c.secret, "code": code, "access token": tokens.text("access_token"), "refresh token": tokens.text("refresh_token"),
		"new access token": renewed.text("access_token"), "new refresh token": renewed.text("refresh_token"), "personal access token": personal,
	} {
		if secret == "" || bytes.Contains(files, []byte(secret[len(secret)-40:])) {
			t.Errorf("the database has the %s %q", what, secret)
		}
	}
}

// A server that is set up wrongly is refused.
func TestConfig(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.SQLiteURL(t))
	for want, change := range map[string]func(c *authserver.Config){
		"issuer: is missing":         func(c *authserver.Config) { c.Issuer = "" },
		"issuer: is not a URL":       func(c *authserver.Config) { c.Issuer = "postern.example.com" },
		"is for loopback":            func(c *authserver.Config) { c.Issuer = "http://postern.example.com" },
		"has more than":              func(c *authserver.Config) { c.Issuer = "https://postern.example.com?x" },
		"special characters":         func(c *authserver.Config) { c.Issuer = "https://postern.example.com/{x}" },
		"access_token_ttl: is short": func(c *authserver.Config) { c.AccessTokenTTL = time.Millisecond },
		"refresh_token_ttl: is":      func(c *authserver.Config) { c.RefreshTokenTTL = time.Hour },
		"session_ttl: is shorter":    func(c *authserver.Config) { c.SessionTTL = time.Hour },
		"code_ttl: is not":           func(c *authserver.Config) { c.CodeTTL = time.Hour },
		"refresh_grace: is not":      func(c *authserver.Config) { c.RefreshGrace = time.Minute },
		"sessions_per_user: is not":  func(c *authserver.Config) { c.SessionsPerUser = -1 },
		"token_rate: is not":         func(c *authserver.Config) { c.TokenRate = -1 },
		"is not set":                 func(c *authserver.Config) { c.User = nil },
	} {
		config := authserver.Config{
			DB: db, Issuer: "https://postern.example.com/base/",
			User:   func(*http.Request) (authserver.User, bool) { return authserver.User{}, false },
			SignIn: func(http.ResponseWriter, *http.Request) {},
		}
		if _, err := authserver.New(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		change(&config)
		if _, err := authserver.New(t.Context(), config); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// A database that does not respond is no answer about a client, and is not told in detail.
func TestDatabaseFails(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		s := start(t, db, authserver.Config{})
		c := s.add(authserver.ClientSettings{})
		access, refresh := s.login(c, "alice")
		s.exec("ALTER TABLE postern_auth_clients RENAME TO gone")
		for what, a := range map[string]answer{
			"refresh": s.refresh(c, refresh), "api": s.api(http.MethodGet, access), "authorize": s.send(http.MethodGet, s.request(c, nil), signedIn("alice"), ""),
		} {
			if a.status != http.StatusInternalServerError || what != "api" && strings.Contains(a.body, "postern_auth") {
				t.Errorf("%s: %d %s", what, a.status, a.body)
			}
		}
		s.exec("ALTER TABLE gone RENAME TO postern_auth_clients")
		s.works("afterwards", access, true)
	})
}
