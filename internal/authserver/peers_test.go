package authserver_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/testservers"
)

// JavaScript clients find the endpoints, get tokens and use them, with all their checks.
func TestA01JavaScriptClients(t *testing.T) {
	t.Parallel()
	const redirect = "https://app.example.com/callback" // openid-client drops a query of it
	for _, library := range []string{"openid-client", "oauth4webapi"} {
		t.Run(library, func(t *testing.T) {
			t.Parallel()
			onEach(t, authserver.Config{}, func(s *site) {
				for _, method := range authserver.AuthMethods() {
					c := s.add(authserver.ClientSettings{AuthMethod: method, RedirectURIs: []string{redirect}})
					got, ok := testservers.OAuthClient{
						Library: library, Issuer: s.url, ID: c.ID, Secret: c.secret, Method: string(method), Redirect: redirect,
					}.Run(s.T, func(request string) string {
						return s.decide("alice", request, "allow").header.Get("Location")
					})
					if !ok {
						return
					}
					if got.Tokens["expires_in"] != 43200.0 || got.Tokens["scope"] != "read" || got.Renewed["refresh_token"] == got.Tokens["refresh_token"] {
						s.Errorf("%s: tokens %v, renewed %v", method, got.Tokens, got.Renewed)
					}
					if got.Introspected["active"] != true || got.Introspected["username"] != "alice" || got.Revoked["active"] != false {
						s.Errorf("%s: introspected %v, and after the revocation %v", method, got.Introspected, got.Revoked)
					}
				}
			})
		})
	}
}

// The common client in Go works with each way of authenticating, and when it has to find out
// which.
func TestA02GoClient(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		for _, tt := range []struct {
			method authserver.AuthMethod
			style  oauth2.AuthStyle
		}{
			{authserver.AuthMethodPost, oauth2.AuthStyleInParams},
			{authserver.AuthMethodBasic, oauth2.AuthStyleInHeader},
			{authserver.AuthMethodNone, oauth2.AuthStyleInParams},
			{authserver.AuthMethodPost, oauth2.AuthStyleAutoDetect},
			{authserver.AuthMethodBasic, oauth2.AuthStyleAutoDetect},
			{authserver.AuthMethodNone, oauth2.AuthStyleAutoDetect},
		} {
			c := s.add(authserver.ClientSettings{AuthMethod: tt.method, Scope: authserver.ScopeAll})
			config := oauth2.Config{
				ClientID: c.ID, ClientSecret: c.secret, RedirectURL: callback, Scopes: []string{"all"},
				Endpoint: oauth2.Endpoint{AuthURL: s.url + "/oauth2/authorize", TokenURL: s.url + "/oauth2/token", AuthStyle: tt.style},
			}
			verifier := oauth2.GenerateVerifier()
			_, response := s.decide("alice", config.AuthCodeURL("x", oauth2.S256ChallengeOption(verifier)), "allow").location()
			token, err := config.Exchange(s.Context(), response.Get("code"), oauth2.VerifierOption(verifier))
			if err != nil {
				s.Errorf("%s, style %d: %v", tt.method, tt.style, err)
				continue
			}
			s.works(string(tt.method), token.AccessToken, true)
			expired := &oauth2.Token{RefreshToken: token.RefreshToken}
			renewed, err := config.TokenSource(s.Context(), expired).Token()
			if err != nil || renewed.RefreshToken == token.RefreshToken {
				s.Errorf("%s, style %d: refresh: %v", tt.method, tt.style, err)
				continue
			}
			s.works(string(tt.method)+" renewed", renewed.AccessToken, true)
		}
	})
}

// Postern itself is a client, with the block that the server gives.
func TestConnection(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		const redirect = "http://127.0.0.1:8765/oauth2callback"
		for _, method := range authserver.AuthMethods() {
			name := "own " + string(method)
			c := s.add(authserver.ClientSettings{Name: name, AuthMethod: method, Scope: authserver.ScopeAll, RedirectURIs: []string{redirect}})
			block, err := c.Connection(s.url)
			if err != nil {
				s.Fatal(err)
			}
			if c.secret != "" && strings.Contains(block, c.secret) {
				s.Error("the block has the secret")
			}
			s.useConnection(c, block)
		}
	})
}

// useConnection uses a client as a connection from authorization to revocation.
func (s *site) useConnection(c client, block string) {
	s.Helper()
	ctx := s.Context()
	env := func(name string) (string, bool) { return c.secret, name == "POSTERN_CLIENT_SECRET" }
	set, err := connection.Parse("oauth.toml", []byte(block), connection.ParseOptions{LookupEnv: env})
	if err != nil {
		s.Fatalf("%v:\n%s", err, block)
	}
	gate := egress.New(set.Egress())
	defer gate.Close()
	m, err := connection.NewManager(connection.Config{Set: set, Egress: gate})
	if err != nil {
		s.Fatal(err)
	}
	defer m.Close(ctx) //nolint:errcheck // nothing is stored
	attempt, err := m.Authorize(ctx, c.Name, set.RedirectURI(c.Name))
	if err != nil {
		s.Fatal(err)
	}
	_, response := s.decide("alice", attempt.URL, "allow").location()
	if err := m.Redeem(ctx, attempt, response); err != nil {
		s.Fatal(err)
	}
	renew := func() error {
		_, err := m.Refresh(ctx, c.Name)
		return err
	}
	if err := renew(); err != nil {
		s.Fatal(err)
	}
	grant := &hostapi.Grant{Connections: []string{c.Name}, Limits: hostapi.DefaultLimits()}
	call := func(what string) {
		s.Helper()
		got, err := m.Do(ctx, grant, &hostapi.Request{Method: http.MethodPost, URL: s.url + "/api/things", AuthSetting: c.Name})
		if err != nil || got.Status != http.StatusOK {
			s.Errorf("%s: %v, %v", what, got, err)
		}
	}
	call("authorized")
	if err := s.SetClientActive(ctx, c.ID, false); err != nil {
		s.Fatal(err)
	}
	if err := renew(); hostapi.CodeOf(err) != hostapi.CodeConnection && hostapi.CodeOf(err) != hostapi.CodeConfig {
		s.Errorf("deactivated: %v", err)
	}
	if err := s.SetClientActive(ctx, c.ID, true); err != nil {
		s.Fatal(err)
	}
	call("activated")
	token, err := m.Token(ctx, c.Name, 0)
	if err != nil {
		s.Fatal(err)
	}
	if revoked, err := m.Revoke(ctx, c.Name); err != nil || !revoked {
		s.Errorf("revoke: %v, %v", revoked, err)
	}
	s.works("revoked", token.AccessToken(), false)
}

// Every name of a client gives a block that can be read.
func TestConnectionNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", `"quoted" \ 'single'`, "日本語 🎉", "#1", "--flag", "##", "a.b", "]"} {
		c := authserver.Client{ID: "aaaaaaaaaaaaaaaaaaaaaaaaaa", ClientSettings: authserver.ClientSettings{
			Name: name, AuthMethod: authserver.AuthMethodNone, Scope: authserver.ScopeRead, RedirectURIs: []string{callback},
		}}
		block, err := c.Connection("https://postern.example.com")
		if err != nil {
			t.Fatal(err)
		}
		set, err := connection.Parse("oauth.toml", []byte(block), connection.ParseOptions{})
		if err != nil || len(set.Names()) != 1 {
			t.Errorf("%q: %v, %v:\n%s", name, set, err, block)
		}
		if _, err := c.Connection("http://postern.example.com"); err == nil {
			t.Error("an issuer without TLS is accepted")
		}
	}
}

// The server judges hostile requests as another one does: an error page, or an error for
// the client.
func TestAsOIDCProvider(t *testing.T) {
	t.Parallel()
	other, ok := testservers.OIDCProvider(t)
	if !ok {
		return
	}
	onEach(t, authserver.Config{}, func(s *site) {
		c := s.add(authserver.ClientSettings{RedirectURIs: []string{"https://app.example.com/cb"}})
		id, _ := other.Register(s.T, map[string]any{
			"redirect_uris": []string{"https://app.example.com/cb"}, "grant_types": []string{"authorization_code"}, "token_endpoint_auth_method": "client_secret_post",
		})
		for _, changes := range []url.Values{
			{},
			{"client_id": {"nobody"}},
			{"client_id": nil},
			{"redirect_uri": {"https://app.example.com/cb/"}},
			{"redirect_uri": {"https://app.example.com/cb?x=y"}},
			{"redirect_uri": {"https://app.example.com/cb#x"}},
			{"redirect_uri": {"https://APP.example.com/cb"}},
			{"redirect_uri": {"https://app.example.com:444/cb"}},
			{"redirect_uri": {"https://app.example.com/x/../cb"}},
			{"redirect_uri": {"http://app.example.com/cb"}},
			{"redirect_uri": {"https://user@app.example.com/cb"}},
			{"redirect_uri": {"javascript:alert(1)"}},
			{"redirect_uri": {"/cb"}},
			{"response_type": nil},
			{"response_type": {"token"}},
			{"response_type": {"code token"}},
			{"response_type": {"x"}},
			{"response_mode": {"x"}},
			{"state": {"a", "b"}},
			{"scope": {"read", "read"}},
			{"client_id": {"a", "b"}},
			{"code_challenge": nil, "code_challenge_method": nil},
			{"code_challenge_method": {"plain"}},
			{"code_challenge_method": nil},
			{"code_challenge": {"short"}},
			{"code_challenge": nil},
			{"request": {"x.y.z"}},
			{"request_uri": {"https://app.example.com/r"}},
		} {
			values := url.Values{
				"response_type": {"code"}, "redirect_uri": {"https://app.example.com/cb"}, "state": {"s"}, "scope": {"read"},
				"code_challenge": {challenge}, "code_challenge_method": {"S256"},
			}
			judge := func(endpoint, id string) string {
				query := url.Values{"client_id": {id}}
				for _, from := range []url.Values{values, changes} {
					for name, value := range from {
						query[name] = value
					}
				}
				a := s.send(http.MethodGet, endpoint+"?"+query.Encode(), signedIn("alice"), "")
				to, response := a.location()
				switch {
				case strings.HasPrefix(to, "https://app.example.com/"):
					if _, fragment, ok := strings.Cut(to, "#"); ok { // of a response type that ours does not know
						response, _ = url.ParseQuery(fragment)
					}
					// It has a separate code for response_mode.
					return "tells the client " + strings.Replace(response.Get("error"), "unsupported_response_mode", "invalid_request", 1)
				case a.status >= http.StatusBadRequest:
					return "shows a page"
				}
				return "goes on"
			}
			theirs, ours := judge(other.Issuer+"/auth", id), judge(s.url+"/oauth2/authorize", c.ID)
			if ours != theirs {
				s.Errorf("%v: ours %s, oidc-provider %s", changes, ours, theirs)
			}
		}
	})
}

// The metadata is that of RFC 8414, at the place for the issuer's path, and pages may read it.
func TestMetadata(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		a := s.send(http.MethodGet, s.url+"/.well-known/oauth-authorization-server", nil, "")
		got := a.json()
		for name, want := range map[string]any{
			"issuer": s.url, "authorization_endpoint": s.url + "/oauth2/authorize", "token_endpoint": s.url + "/oauth2/token",
			"revocation_endpoint": s.url + "/oauth2/revoke", "introspection_endpoint": s.url + "/oauth2/introspect",
			"authorization_response_iss_parameter_supported": true,
		} {
			if got[name] != want {
				s.Errorf("%s is %v, want %v", name, got[name], want)
			}
		}
		if challenges, _ := got["code_challenge_methods_supported"].([]any); len(challenges) != 1 || challenges[0] != "S256" {
			s.Errorf("challenges %v", challenges)
		}
		if a.header.Get("Content-Type") != "application/json" || a.header.Get("Access-Control-Allow-Origin") != "*" {
			s.Errorf("header %v", a.header)
		}
	})
}

// A server below a path has its endpoints there.
func TestIssuerWithPath(t *testing.T) {
	t.Parallel()
	onEach(t, authserver.Config{}, func(s *site) {
		below, err := authserver.New(s.Context(), authserver.Config{
			DB: s.db, Issuer: "https://example.com/postern/",
			User:   func(*http.Request) (authserver.User, bool) { return authserver.User{}, false },
			SignIn: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) },
		})
		if err != nil {
			s.Fatal(err)
		}
		c := s.add(authserver.ClientSettings{})
		metadata := serve(s.T, below.Handler(), http.MethodGet, "/.well-known/oauth-authorization-server/postern")
		endpoint := metadata.text("authorization_endpoint")
		if metadata.text("issuer") != "https://example.com/postern" || endpoint != "https://example.com/postern/oauth2/authorize" {
			s.Errorf("metadata %s", metadata.body)
		}
		request := strings.Replace(s.request(c, nil), s.url+"/oauth2/authorize", endpoint, 1)
		if a := serve(s.T, below.Handler(), http.MethodGet, request); a.status != http.StatusTeapot {
			s.Errorf("authorize: %d %s", a.status, a.body)
		}
	})
}

// The endpoints of an issuer are those that its server has.
func TestEndpointsOf(t *testing.T) {
	t.Parallel()
	endpoints, err := authserver.EndpointsOf("https://postern.example.com/")
	if err != nil || endpoints.Token != "https://postern.example.com/oauth2/token" {
		t.Errorf("%+v, %v", endpoints, err)
	}
	_, err = authserver.EndpointsOf("postern.example.com")
	if e, ok := errors.AsType[*hostapi.Error](err); !ok || e.Hint == "" {
		t.Errorf("%v", err)
	}
}
