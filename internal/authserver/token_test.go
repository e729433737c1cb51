package authserver_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/authserver"
)

// Tokens have the lifetimes and the scope of the documentation.
func TestA04Tokens(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		if c.Scope != authserver.ScopeRead || c.AuthMethod != authserver.AuthMethodPost || c.PKCEOptional || !c.Active {
			s.Errorf("defaults %+v", c.Client)
		}
		a := s.redeem(c, s.code(c, "alice", nil))
		got := a.json()
		if a.status != http.StatusOK || got["token_type"] != "Bearer" || got["expires_in"] != 43200.0 || got["scope"] != "read" {
			s.Errorf("%d %s", a.status, a.body)
		}
		access, refresh := a.text("access_token"), a.text("refresh_token")
		if !strings.HasPrefix(access, "postern_at_") || len(access) != 54 || !strings.HasPrefix(refresh, "postern_rt_") || len(refresh) < 54 {
			s.Errorf("tokens %s", a.body)
		}
		for token, ttl := range map[string]time.Duration{access: 12 * time.Hour, refresh: 30 * 24 * time.Hour} {
			info := s.post(c, "/oauth2/introspect", url.Values{"token": {token}}).json()
			issued, _ := info["iat"].(float64)
			expires, _ := info["exp"].(float64)
			if info["active"] != true || expires-issued != ttl.Seconds() || time.Since(time.Unix(int64(issued), 0)).Abs() > time.Minute {
				s.Errorf("introspection %v, want a lifetime of %v", info, ttl)
			}
			if info["sub"] != "id-of-alice" || info["username"] != "alice" || info["client_id"] != c.ID || info["scope"] != "read" || info["iss"] != s.url || info["aud"] != s.url {
				s.Errorf("introspection %v", info)
			}
		}
	})
}

// A client that may do everything gets what it asks for.
func TestScopes(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{Scope: authserver.ScopeAll})
		for asked, want := range map[string]string{"": "all", "all": "all", "read": "read", "read all": "all"} {
			a := s.redeem(c, s.code(c, "alice", url.Values{"scope": {asked}}))
			if a.text("scope") != want {
				s.Errorf("%q: %s", asked, a.body)
			}
		}
	})
}

// Each way of authenticating works for the clients registered for it, and no other.
func TestClientAuthentication(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		post := s.add(authserver.ClientSettings{})
		basic := s.add(authserver.ClientSettings{AuthMethod: authserver.AuthMethodBasic})
		public := s.add(authserver.ClientSettings{AuthMethod: authserver.AuthMethodNone})
		if post.secret == "" || basic.secret == "" || public.secret != "" {
			s.Errorf("secrets %q %q %q", post.secret, basic.secret, public.secret)
		}
		for _, c := range []client{post, basic, public} {
			s.wants(string(c.AuthMethod), s.redeem(c, s.code(c, "alice", nil)), http.StatusOK, "")
		}
		request := func(c client, authorization string, changes url.Values) answer {
			form := redemption(c, "x")
			for name, values := range changes {
				form[name] = values
			}
			header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
			if authorization != "" {
				header.Set("Authorization", authorization)
			}
			return s.send(http.MethodPost, s.url+"/oauth2/token", header, form.Encode())
		}
		of := func(id, secret string) string {
			return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
		}
		for _, tt := range []struct {
			what          string
			client        client
			authorization string
			form          url.Values
			status        int
			code          string
		}{
			{"basic for post", post, of(post.ID, post.secret), nil, 401, "invalid_client"},
			{"post for basic", basic, "", url.Values{"client_id": {basic.ID}, "client_secret": {basic.secret}}, 401, "invalid_client"},
			{"none for post", post, "", url.Values{"client_id": {post.ID}}, 401, "invalid_client"},
			{"none for basic", basic, "", url.Values{"client_id": {basic.ID}}, 401, "invalid_client"},
			{"post for none", public, "", url.Values{"client_id": {public.ID}, "client_secret": {"x"}}, 401, "invalid_client"},
			{"basic for none", public, of(public.ID, ""), nil, 401, "invalid_client"},
			{"a wrong secret", post, "", url.Values{"client_id": {post.ID}, "client_secret": {post.secret + "x"}}, 401, "invalid_client"},
			{"the secret of another", post, "", url.Values{"client_id": {post.ID}, "client_secret": {basic.secret}}, 401, "invalid_client"},
			{"a wrong secret in Basic", basic, of(basic.ID, "x"), nil, 401, "invalid_client"},
			{"an unknown client", post, "", url.Values{"client_id": {"nobody"}, "client_secret": {post.secret}}, 401, "invalid_client"},
			{"a client that is no text", post, "", url.Values{"client_id": {"a\x00b"}, "client_secret": {post.secret}}, 401, "invalid_client"},
			{"no client", post, "", nil, 401, "invalid_client"},
			{"a bearer token", post, "Bearer x", nil, 401, "invalid_client"},
			{"broken Basic", post, "Basic %", nil, 401, "invalid_client"},
			{"an assertion", post, "", url.Values{"client_id": {post.ID}, "client_assertion": {"x.y.z"}}, 401, "invalid_client"},
			{"both", basic, of(basic.ID, basic.secret), url.Values{"client_id": {basic.ID}, "client_secret": {basic.secret}}, 400, "invalid_request"},
			{"two clients", basic, of(basic.ID, basic.secret), url.Values{"client_id": {post.ID}}, 400, "invalid_request"},
			{"Basic with its client_id", basic, of(basic.ID, basic.secret), url.Values{"client_id": {basic.ID}}, 400, "invalid_grant"},
			{"repeated", post, "", url.Values{"client_id": {post.ID, post.ID}, "client_secret": {post.secret}}, 400, "invalid_request"},
		} {
			a := request(tt.client, tt.authorization, tt.form)
			s.wants(tt.what, a, tt.status, tt.code)
			if a.status == http.StatusUnauthorized && !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic ") {
				s.Errorf("%s: no challenge", tt.what)
			}
			for _, secret := range []string{post.secret, basic.secret} {
				if strings.Contains(a.body, secret) {
					s.Errorf("%s: the response has the secret", tt.what)
				}
			}
		}
		// The query is never read.
		query := "?" + url.Values{"client_id": {post.ID}, "client_secret": {post.secret}}.Encode()
		a := s.send(http.MethodPost, s.url+"/oauth2/token"+query, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, redemption(post, "x").Encode())
		s.wants("in the URL", a, http.StatusUnauthorized, "invalid_client")
	})
}

// Requests that are no token requests are refused in the form of the standard.
func TestTokenRequests(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		for what, form := range map[string]url.Values{
			"invalid_request":         {"code": {"x"}},
			"unsupported_grant_type":  {"grant_type": {"client_credentials"}},
			"unsupported_grant_type ": {"grant_type": {"password"}, "username": {"alice"}, "password": {"x"}},
			"invalid_request ":        {"grant_type": {"authorization_code"}},
			"invalid_request  ":       {"grant_type": {"refresh_token"}},
			"invalid_target":          {"grant_type": {"refresh_token"}, "refresh_token": {"x"}, "resource": {"https://api.example.com"}},
			"invalid_grant":           {"grant_type": {"refresh_token"}, "refresh_token": {"x"}},
			"invalid_grant ":          {"grant_type": {"refresh_token"}, "refresh_token": {"postern_rt_" + strings.Repeat("a", 65)}},
		} {
			s.wants(what, s.post(c, "/oauth2/token", form), http.StatusBadRequest, strings.TrimSpace(what))
		}
		a := s.send(http.MethodPost, s.url+"/oauth2/token", http.Header{"Content-Type": {"application/json"}}, `{"grant_type":"authorization_code"}`)
		s.wants("JSON", a, http.StatusBadRequest, "invalid_request")
		a = s.post(c, "/oauth2/token", url.Values{"grant_type": {strings.Repeat("x", 100<<10)}})
		s.wants("a large body", a, http.StatusRequestEntityTooLarge, "invalid_request")
		if a := s.send(http.MethodGet, s.url+"/oauth2/token", nil, ""); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") == "" {
			s.Errorf("GET: %d %v", a.status, a.header)
		}
	})
}

// A code works once. Another attempt ends what was issued for it.
func TestA09Replay(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		code := s.code(c, "alice", nil)
		first := s.redeem(c, code)
		other, _ := s.login(c, "alice")
		access, refresh := first.text("access_token"), first.text("refresh_token")
		renewed := s.refresh(c, refresh)
		s.works("before", access, true)
		s.wants("again", s.redeem(c, code), http.StatusBadRequest, "invalid_grant")
		s.works("the first access token", access, false)
		s.works("the second access token", renewed.text("access_token"), false)
		s.wants("the refresh token", s.refresh(c, renewed.text("refresh_token")), http.StatusBadRequest, "invalid_grant")
		s.works("another session", other, true)
	})
}

// A code that has expired is recognized as used all the same.
func TestA09LateReplay(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		code := s.code(c, "alice", nil)
		access := s.redeem(c, code).text("access_token")
		s.exec("UPDATE postern_auth_codes SET expires = 1")
		if _, err := s.Prune(s.Context()); err != nil {
			s.Fatal(err)
		}
		s.works("before", access, true)
		s.wants("again", s.redeem(c, code), http.StatusBadRequest, "invalid_grant")
		s.works("afterwards", access, false)
	})
}

// Of many attempts at the same time, at most one gets tokens.
func TestA09Race(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		for range 3 {
			form := redemption(c, s.code(c, "alice", nil))
			if n := s.atOnce(c, form); n > 1 {
				s.Errorf("%d attempts got tokens", n)
			}
		}
	})
}

// atOnce sends a token request 16 times at the same time, and returns how many succeeded.
func (s *site) atOnce(c client, form url.Values) (succeeded int) {
	s.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range 16 {
		wg.Go(func() {
			a, err := s.tryPost(c, "/oauth2/token", form)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				s.Error(err)
			case a.status == http.StatusOK:
				succeeded++
			case a.status != http.StatusBadRequest:
				s.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	wg.Wait()
	return succeeded
}

// A code is bound to its client, redirect URI, challenge and time. An attempt with another
// does not use it up.
func TestA11Bindings(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c, other := s.add(authserver.ClientSettings{}), s.add(authserver.ClientSettings{Name: "other"})
		code := s.code(c, "alice", nil)
		s.wants("of another client", s.redeem(other, code), http.StatusBadRequest, "invalid_grant")
		for what, changes := range map[string]url.Values{
			"another redirect URI": {"redirect_uri": {"https://app.example.com/callback"}}, "no redirect URI": {"redirect_uri": nil},
			"another verifier": {"code_verifier": {strings.Repeat("a", 43)}}, "no verifier": {"code_verifier": nil}, "the challenge": {"code_verifier": {challenge}},
		} {
			form := redemption(c, code)
			for name, values := range changes {
				form[name] = values
			}
			s.wants(what, s.post(c, "/oauth2/token", form), http.StatusBadRequest, "invalid_grant")
		}
		for _, invalid := range []string{"short", strings.Repeat("a", 129), verifier + "!"} {
			form := redemption(c, code)
			form.Set("code_verifier", invalid)
			s.wants("an invalid verifier", s.post(c, "/oauth2/token", form), http.StatusBadRequest, "invalid_request")
		}
		s.wants("as it is", s.redeem(c, code), http.StatusOK, "")
		late := s.code(c, "alice", nil)
		s.exec("UPDATE postern_auth_codes SET expires = expires - 60001 WHERE session IS NULL")
		s.wants("after 60 seconds", s.redeem(c, late), http.StatusBadRequest, "invalid_grant")
	})
}

// A verifier without a challenge is the trace of an attack, RFC 9700 §4.8.2.
func TestA07Downgrade(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{PKCEOptional: true})
		none := url.Values{"code_challenge": nil, "code_challenge_method": nil}
		code := s.code(c, "alice", none)
		s.wants("with a verifier", s.redeem(c, code), http.StatusBadRequest, "invalid_grant")
		form := redemption(c, code)
		form.Del("code_verifier")
		s.wants("without", s.post(c, "/oauth2/token", form), http.StatusOK, "")
	})
}

// A redirect URI that the authorization request left out may be left out again.
func TestRedirectURILeftOut(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		for _, uri := range []string{"", callback} {
			form := redemption(c, s.code(c, "alice", url.Values{"redirect_uri": nil}))
			form.Set("redirect_uri", uri)
			s.wants(uri, s.post(c, "/oauth2/token", form), http.StatusOK, "")
		}
	})
}

// Too many requests of a client from one address have to wait. Those of others do not.
func TestTokenRate(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{TokenRate: 0.001}, func(s *site) {
		c, other := s.add(authserver.ClientSettings{}), s.add(authserver.ClientSettings{})
		guess := client{c.Client, "postern_cs_guess"}
		for range 2 { // each counts as ten requests, of which there may be twenty
			s.wants("a guess", s.redeem(guess, "x"), http.StatusUnauthorized, "invalid_client")
		}
		last := s.redeem(guess, "x")
		s.wants("one guess more", last, http.StatusTooManyRequests, "temporarily_unavailable")
		if last.header.Get("Retry-After") == "" {
			s.Error("it does not say how long to wait")
		}
		s.wants("another client", s.redeem(other, "x"), http.StatusBadRequest, "invalid_grant")
	})
}
