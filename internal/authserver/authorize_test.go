package authserver_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/authserver"
)

// The user allows or denies, and the browser returns to the client.
func TestA03Consent(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{Name: "<b>Tom & 'Jerry'</b>", Scope: authserver.ScopeAll})
		page := s.send(http.MethodGet, s.request(c, nil), signedIn("alice"), "")
		if page.status != http.StatusOK || strings.Contains(page.body, "<b>") || !strings.Contains(page.body, "&lt;b&gt;Tom &amp; &#39;Jerry&#39;&lt;/b&gt;") {
			s.Errorf("the page does not show the name of the client as text: %s", page.body)
		}
		for _, text := range []string{"alice", "do everything", "app.example.com"} {
			if !strings.Contains(page.body, text) {
				s.Errorf("the page lacks %q: %s", text, page.body)
			}
		}
		const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https://app.example.com"
		if got := page.header.Get("Content-Security-Policy"); got != policy {
			s.Errorf("policy %q, want %q", got, policy)
		}
		if page.header.Get("X-Frame-Options") != "DENY" {
			s.Error("old browsers show the page in a frame")
		}
		allowed := s.decide("alice", s.request(c, nil), "allow")
		to, query := allowed.location()
		if allowed.status != http.StatusSeeOther || to != "https://app.example.com/callback" || query.Get("tenant") != "1" {
			s.Errorf("%d to %s with %v", allowed.status, to, query)
		}
		if query.Get("state") != "the state" || query.Get("iss") != s.url || len(query.Get("code")) < 43 || query.Has("error") {
			s.Errorf("response %v", query)
		}
		denied := s.decide("alice", s.request(c, nil), "deny")
		_, query = denied.location()
		if query.Get("error") != "access_denied" || query.Get("state") != "the state" || query.Get("iss") != s.url || query.Has("code") {
			s.Errorf("denied: %v", query)
		}
	})
}

// Without a session of the browser, the user signs in first, and comes back to the request.
func TestSignIn(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		target := s.request(c, nil)
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			a := s.send(method, target, nil, "")
			to, query := a.location()
			if a.status != http.StatusSeeOther || to != "/sign-in" || s.url+query.Get("to") != target {
				s.Errorf("%s: %d to %s with %v", method, a.status, to, query)
			}
		}
	})
}

// A form is accepted only from the page that was shown in that session for that request.
func TestForgedConsent(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{Scope: authserver.ScopeAll})
		page := s.send(http.MethodGet, s.request(c, url.Values{"scope": {"read"}}), signedIn("alice"), "")
		action, token, _ := page.form()
		other, _, _ := s.send(http.MethodGet, s.request(c, url.Values{"scope": {"all"}}), signedIn("alice"), "").form()
		form := url.Values{"consent_token": {token}, "decision": {"allow"}}
		refused := func(what string, a answer) {
			s.Helper()
			if a.status < 400 || a.header.Get("Location") != "" {
				s.Errorf("%s: %d %s", what, a.status, a.header.Get("Location"))
			}
		}
		refused("no token", s.submit("alice", action, url.Values{"decision": {"allow"}}))
		refused("the token of another request", s.submit("alice", other, form))
		refused("the token of another user", s.submit("mallory", action, form))
		header := signedIn("alice")
		header.Set("Content-Type", "application/x-www-form-urlencoded")
		for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Cookie": "user=alice; session=another"} {
			forged := header.Clone()
			forged.Set(name, value)
			refused(name, s.send(http.MethodPost, s.url+action, forged, form.Encode()))
		}
		foreign := header.Clone()
		foreign.Del("Sec-Fetch-Site")
		foreign.Set("Origin", "https://evil.example.com")
		refused("another origin", s.send(http.MethodPost, s.url+action, foreign, form.Encode()))
		foreign.Set("Origin", s.url)
		if a := s.send(http.MethodPost, s.url+action, foreign, form.Encode()); a.status != http.StatusSeeOther {
			s.Errorf("this origin: %d %s", a.status, a.body)
		}
		header.Set("Content-Type", "text/plain")
		refused("another type", s.send(http.MethodPost, s.url+action, header, form.Encode()))
		refused("a large body", s.submit("alice", action, url.Values{"consent_token": {token}, "decision": {strings.Repeat("x", 1<<20)}}))
	})
}

// A redirect URI that only resembles the registered one is refused on a page of the server.
func TestA05RedirectURIs(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		const registered = "https://app.example.com/cb"
		c := s.add(authserver.ClientSettings{RedirectURIs: []string{registered, "https://app.example.com/other?a=b", "com.example.app:/cb"}})
		for _, uri := range []string{
			registered + "/", registered + "?", registered + "?x=y", registered + "#", registered + "#x", "https://APP.example.com/cb", "HTTPS://app.example.com/cb",
			"https://app.example.com:443/cb", "https://app.example.com:444/cb", "https://app.example.com/CB", "https://app.example.com/%63b",
			"https://app.example.com/x/../cb", "https://app.example.com/%2e%2e/cb", "https://app.example.com//cb", "https://app.example.com/cb%00", "https://app.example.com/cb\n",
			"https://user@app.example.com/cb", "https://app.example.com@evil.example.com/cb", "https://app.example.com.evil.example.com/cb", "https://evilapp.example.com/cb",
			"http://app.example.com/cb", "//app.example.com/cb", "/cb", "cb", "https://app.example.com", "https:app.example.com/cb", " " + registered, registered + " ",
			"https://app.example.com/other", "https://app.example.com/other?a=b&c=d", "https://app.example.com/other?a=c", "com.example.app:/cb/", "com.example.app://cb",
			"javascript:alert(1)", "data:text/html,x", "https://xn--app-example-com/cb", "https://app.example.com\\@evil.example.com/cb",
		} {
			s.refusedHere(uri, s.request(c, url.Values{"redirect_uri": {uri}}))
		}
		s.refusedHere("none of several", s.request(c, url.Values{"redirect_uri": nil}))
		s.refusedHere("two", s.request(c, url.Values{"redirect_uri": {registered, registered}}))
		s.refusedHere("two, one empty", s.request(c, url.Values{"redirect_uri": {"", registered}}))
		for _, uri := range c.RedirectURIs {
			a := s.decide("alice", s.request(c, url.Values{"redirect_uri": {uri}}), "allow")
			want := uri + "?"
			if strings.Contains(uri, "?") {
				want = uri + "&"
			}
			if !strings.HasPrefix(a.header.Get("Location"), want) {
				s.Errorf("%s: redirect to %s", uri, a.header.Get("Location"))
			}
		}
	})
}

// refusedHere checks that a request is refused without a redirect.
func (s *site) refusedHere(what, request string) {
	s.Helper()
	a := s.send(http.MethodGet, request, signedIn("alice"), "")
	if a.status != http.StatusBadRequest && a.status != http.StatusForbidden || a.header.Get("Location") != "" || strings.Contains(a.body, "<form") {
		s.Errorf("%q: %d to %q", what, a.status, a.header.Get("Location"))
	}
}

// The port of a loopback address is free for public clients, and where none is registered:
// RFC 8252 §7.3. A name is no address.
func TestA05LoopbackPorts(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		uris := []string{"http://127.0.0.1:8000/cb", "http://[::1]/cb", "http://localhost:8000/cb"}
		native := s.add(authserver.ClientSettings{AuthMethod: authserver.AuthMethodNone, RedirectURIs: uris})
		web := s.add(authserver.ClientSettings{RedirectURIs: uris})
		for uri, allowed := range map[string][2]bool{ // native, web
			"http://127.0.0.1:8000/cb": {true, true}, "http://127.0.0.1:49152/cb": {true, false}, "http://127.0.0.1/cb": {true, false},
			"http://[::1]:49152/cb": {true, true}, "http://[::1]/cb": {true, true},
			"http://localhost:8000/cb": {true, true}, "http://localhost:8001/cb": {},
			"http://127.0.0.1:49152/cb/": {}, "http://127.0.0.1:49152/cb?x": {}, "http://127.0.0.2:8000/cb": {}, "http://127.0.0.1:/cb": {},
			"http://127.0.0.1:8000@evil.example.com/cb": {}, "http://127.0.0.1:123456/cb": {}, "http://127.0.0.1.evil.example.com/cb": {}, "https://127.0.0.1:8000/cb": {},
			"http://127.0.0.1:8000x/cb": {}, "http://0x7f000001:8000/cb": {}, "http://[::ffff:127.0.0.1]:8000/cb": {},
		} {
			for i, c := range []client{native, web} {
				request := s.request(c, url.Values{"redirect_uri": {uri}})
				if !allowed[i] {
					s.refusedHere(uri+" of "+string(c.AuthMethod), request)
					continue
				}
				a := s.decide("alice", request, "allow")
				if !strings.HasPrefix(a.header.Get("Location"), uri+"?") {
					s.Errorf("%s of %s: redirect to %s", uri, c.AuthMethod, a.header.Get("Location"))
				}
			}
		}
		// The code is bound to the URI with its port.
		code := s.code(native, "alice", url.Values{"redirect_uri": {"http://127.0.0.1:49152/cb"}})
		s.wants("another port", s.redeem(native, code), http.StatusBadRequest, "invalid_grant")
		form := redemption(native, code)
		form.Set("redirect_uri", "http://127.0.0.1:49152/cb")
		s.wants("its port", s.post(native, "/oauth2/token", form), http.StatusOK, "")
	})
}

// Without a client and redirect URI that belong together, nothing leaves the server, and the
// page shows nothing of the request.
func TestA06Unverified(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		const script = "<script>alert(1)</script>"
		for what, changes := range map[string]url.Values{
			"no client":            {"client_id": nil},
			"an unknown client":    {"client_id": {"aaaaaaaaaaaaaaaaaaaaaaaaaa"}},
			"no id":                {"client_id": {"\x00' OR 1=1 --"}},
			"a script":             {"client_id": {script}, "state": {script}},
			"two clients":          {"client_id": {c.ID, c.ID}},
			"a foreign URI":        {"redirect_uri": {"https://evil.example.com/" + script}},
			"a URI, denied":        {"redirect_uri": {"https://evil.example.com/"}, "response_type": {"token"}},
			"text that is no text": {"state": {"\xff"}},
		} {
			request := s.request(c, changes)
			s.refusedHere(what, request)
			if a := s.send(http.MethodGet, request, nil, ""); strings.Contains(a.body, "script") || strings.Contains(a.body, "evil") {
				s.Errorf("%s: the page shows it: %s", what, a.body)
			}
		}
		s.refusedHere("a bad escape", s.request(c, nil)+"&x=%zz")
		s.refusedHere("a long URL", s.request(c, url.Values{"state": {strings.Repeat("x", 20<<10)}}))
		if a := s.send(http.MethodPut, s.request(c, nil), nil, ""); a.status != http.StatusMethodNotAllowed {
			s.Errorf("PUT: %d", a.status)
		}
	})
}

// What is wrong with the rest of a request is told to the client.
func TestA07Refusals(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		public := s.add(authserver.ClientSettings{AuthMethod: authserver.AuthMethodNone})
		c := s.add(authserver.ClientSettings{})
		optional := s.add(authserver.ClientSettings{PKCEOptional: true})
		none := url.Values{"code_challenge": nil, "code_challenge_method": nil}
		for _, tt := range []struct {
			what    string
			client  client
			changes url.Values
			want    string
		}{
			{"no PKCE", c, none, "invalid_request"},
			{"no PKCE, public", public, none, "invalid_request"},
			{"plain", c, url.Values{"code_challenge_method": {"plain"}}, "invalid_request"},
			{"plain, optional", optional, url.Values{"code_challenge_method": {"plain"}}, "invalid_request"},
			{"no method", c, url.Values{"code_challenge_method": nil}, "invalid_request"},
			{"method in another case", c, url.Values{"code_challenge_method": {"s256"}}, "invalid_request"},
			{"method alone", optional, url.Values{"code_challenge": nil}, "invalid_request"},
			{"a short challenge", c, url.Values{"code_challenge": {"short"}}, "invalid_request"},
			{"a long challenge", c, url.Values{"code_challenge": {strings.Repeat("a", 44)}}, "invalid_request"},
			{"a challenge with padding", c, url.Values{"code_challenge": {challenge[:42] + "="}}, "invalid_request"},
			{"no response type", c, url.Values{"response_type": nil}, "invalid_request"},
			{"implicit", c, url.Values{"response_type": {"token"}}, "unsupported_response_type"},
			{"hybrid", c, url.Values{"response_type": {"code id_token"}}, "unsupported_response_type"},
			{"response type in capitals", c, url.Values{"response_type": {"CODE"}}, "unsupported_response_type"},
			{"fragment", c, url.Values{"response_mode": {"fragment"}}, "invalid_request"},
			{"repeated", c, url.Values{"scope": {"read", "read"}}, "invalid_request"},
			{"repeated and unknown", c, url.Values{"x": {"1", "2"}}, "invalid_request"},
			{"an unknown scope", c, url.Values{"scope": {"admin"}}, "invalid_scope"},
			{"a scope too many", c, url.Values{"scope": {"all"}}, "invalid_scope"},
			{"a scope beside", c, url.Values{"scope": {"read all"}}, "invalid_scope"},
			{"request object", c, url.Values{"request": {"x.y.z"}}, "request_not_supported"},
			{"request object elsewhere", c, url.Values{"request_uri": {"https://app.example.com/r"}}, "request_uri_not_supported"},
			{"another API", c, url.Values{"resource": {"https://api.example.com/"}}, "invalid_target"},
			{"an API that resembles it", c, url.Values{"resource": {s.url + "0"}}, "invalid_target"},
		} {
			a := s.send(http.MethodGet, s.request(tt.client, tt.changes), nil, "")
			to, query := a.location()
			if a.status != http.StatusSeeOther || to != "https://app.example.com/callback" || query.Get("error") != tt.want {
				s.Errorf("%s: %d to %s with %v, want %s", tt.what, a.status, to, query, tt.want)
			}
			if query.Get("state") != "the state" || query.Get("iss") != s.url || query.Get("error_description") == "" || query.Has("code") {
				s.Errorf("%s: response %v", tt.what, query)
			}
		}
		for what, changes := range map[string]url.Values{
			"no state": {"state": nil}, "a scope": {"scope": {"read"}}, "an empty scope": {"scope": {""}}, "unknown parameters": {"prompt": {"login"}},
			"this API": {"resource": {s.url, s.url + "/v1"}}, "response mode": {"response_mode": {"query"}}, "the only redirect URI": {"redirect_uri": nil},
		} {
			if a := s.send(http.MethodGet, s.request(c, changes), signedIn("alice"), ""); a.status != http.StatusOK {
				s.Errorf("%s: %d %s %s", what, a.status, a.header.Get("Location"), a.body)
			}
		}
		if a := s.send(http.MethodGet, s.request(optional, none), signedIn("alice"), ""); a.status != http.StatusOK {
			s.Errorf("PKCE left out where it may be: %d", a.status)
		}
	})
}

// Responses are not stored, and tell other sites nothing; redirects make browsers use GET.
func TestA20Headers(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{})
		request := s.request(c, nil)
		for what, a := range map[string]answer{
			"consent":  s.send(http.MethodGet, request, signedIn("alice"), ""),
			"code":     s.decide("alice", request, "allow"),
			"refusal":  s.send(http.MethodGet, s.request(c, url.Values{"response_type": nil}), nil, ""),
			"problem":  s.send(http.MethodGet, s.request(c, url.Values{"client_id": nil}), nil, ""),
			"tokens":   s.redeem(c, s.code(c, "alice", nil)),
			"no token": s.redeem(c, "x"),
		} {
			h := a.header
			if h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("X-Content-Type-Options") != "nosniff" {
				s.Errorf("%s: %v", what, h)
			}
			if h.Get("Location") != "" && a.status != http.StatusSeeOther {
				s.Errorf("%s: redirect with %d", what, a.status)
			}
		}
	})
}
