package connection_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/testservers"
)

// Grants of servers that check them.
func TestAuthServerGrants(t *testing.T) {
	t.Parallel()
	against(t, "C06", testCode, oidcProvider())
	against(t, "C07", testCode, glewlwyd())
	against(t, "C08", testPassword, oidcProvider(), glewlwyd())
	against(t, "C09", testDevice, oidcProvider(), glewlwyd())
	against(t, "C14", testDiscovery, oidcProvider(), glewlwyd())
	against(t, "C16", testResource, oidcProvider())
	against(t, "callback", testCallback, oidcProvider())
	against(t, "pushed request", testPushedRequest, oidcProvider())
	against(t, "sealed authorization", testSealedAuthorization, oidcProvider())
	against(t, "jwt_bearer", testJWTBearer, oidcProvider())
	against(t, "token_exchange", testTokenExchange, oidcProvider())
}

// A user authorizes a connection, and a script uses it.
func testCode(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	c := &oauthClient{server: s, grants: []string{"authorization_code", "refresh_token"}, toml: "scopes = [\"openid\"]\n"}
	if !decodesBasic(s) {
		c.toml += "basic_encoding = \"raw\"\n"
	}
	db := openStore(t)
	m := c.register(t).connect(t, connection.Config{Store: db})
	api := endpoint(t, s, "userinfo_endpoint")
	c.give(t, m)
	for _, m := range []*connection.Manager{m, c.connect(t, connection.Config{Store: db})} { // the token is stored
		if status, told := userinfo(t, m, api); status != http.StatusOK || !told {
			t.Errorf("the API answered %d, want 200 and the user", status)
		}
	}
	sent := c.transport.tokens()
	if len(sent) != 1 || len(sent[0].params.Get("code_verifier")) < 43 {
		t.Errorf("%d token requests, want one, with a verifier", len(sent))
	}
	if got := token(t, m, "crm"); time.Until(got.Expiry) < 59*time.Minute || !slices.Contains(got.Scopes, "openid") {
		t.Errorf("token with %v left and scopes %v", time.Until(got.Expiry), got.Scopes)
	}

	// The code of another attempt is refused.
	first, err := m.Authorize(t.Context(), "crm", redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	second, err := m.Authorize(t.Context(), "crm", redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	callback := s.Agree(t, first.URL)
	callback.Set("state", query(t, second.URL).Get("state"))
	err = m.Redeem(t.Context(), second, callback)
	if e := asError(t, err); e.Code != hostapi.CodeConnection || !strings.Contains(e.Message, "token endpoint") {
		t.Errorf("the code of another attempt: %v, want a refusal", err)
	}
	if status, _ := userinfo(t, m, api); status != http.StatusOK {
		t.Errorf("after a failed attempt the API answered %d: was the grant not kept?", status)
	}
}

// RFC 9207: oidc-provider names itself in its callbacks.
func testCallback(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	c := &oauthClient{server: s, grants: []string{"authorization_code"}, toml: "scopes = [\"openid\"]\n"}
	m := c.register(t).connect(t, connection.Config{})
	for _, tt := range []struct {
		name string
		bend func(url.Values)
		code hostapi.Code
	}{
		{"as it is", func(url.Values) {}, ""},
		{"without issuer", func(v url.Values) { v.Del("iss") }, hostapi.CodeDenied},
		{"of another issuer", func(v url.Values) { v.Set("iss", "https://id.example.com") }, hostapi.CodeDenied},
	} {
		a, err := m.Authorize(t.Context(), "crm", redirectURI)
		if err != nil {
			t.Fatal(err)
		}
		callback, before := s.Agree(t, a.URL), len(c.transport.tokens())
		tt.bend(callback)
		err = m.Redeem(t.Context(), a, callback)
		if asked := len(c.transport.tokens()) > before; hostapi.CodeOf(err) != tt.code || asked != (tt.code == "") {
			t.Errorf("%s: %v, token endpoint asked: %v; want %q", tt.name, err, asked, tt.code)
		}
	}
	a, err := m.Authorize(t.Context(), "crm", redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Redeem(t.Context(), a, s.Deny(t, a.URL)); err == nil || !strings.Contains(err.Error(), "access_denied") {
		t.Errorf("the user said no: %v, want access_denied", err)
	}
	if state, _ := m.State("crm"); state != connection.StateReady {
		t.Errorf("state %s, though the grant from before is there", state)
	}
}

// RFC 9126, by a client that is required to push its requests.
func testPushedRequest(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	c := &oauthClient{
		server: s, grants: []string{"authorization_code"}, more: map[string]any{"require_pushed_authorization_requests": true},
		toml: "scopes = [\"openid\"]\npushed_authorization_request_endpoint = \"" + s.Issuer + "/request\"\n",
	}
	m := c.register(t).connect(t, connection.Config{})
	a, err := m.Authorize(t.Context(), "crm", redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	if asked := query(t, a.URL); len(asked) != 2 || !asked.Has("request_uri") || !asked.Has("client_id") {
		t.Errorf("the browser is sent away with %v", asked)
	}
	if err := m.Redeem(t.Context(), a, s.Agree(t, a.URL)); err != nil {
		t.Error(err)
	}
}

// An attempt that one process began is completed by another, also with a pushed request,
// a nonce and tokens that are bound to a key.
func testSealedAuthorization(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	c := &oauthClient{
		server: s, grants: []string{"authorization_code"}, more: map[string]any{"require_pushed_authorization_requests": true, "dpop_bound_access_tokens": true},
		toml: "dpop = true\nscopes = [\"openid\"]\npushed_authorization_request_endpoint = \"" + s.Issuer + "/request\"\n",
	}
	db, key := openStore(t), bytes.Repeat([]byte{7}, 32)
	begins := c.register(t).connect(t, connection.Config{Store: db, SealKey: key})
	a, err := begins.Authorize(t.Context(), "crm", redirectURI)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := begins.SealAuthorization(a)
	if err != nil {
		t.Fatal(err)
	}
	callback := s.Agree(t, a.URL)
	if callback.Get("state") != a.State() {
		t.Errorf("state %q in the callback, want %q", callback.Get("state"), a.State())
	}
	completes := c.connect(t, connection.Config{Store: db, SealKey: key})
	resumed, err := completes.ResumeAuthorization(t.Context(), sealed)
	if err != nil {
		t.Fatal(err)
	}
	if err := completes.Redeem(t.Context(), resumed, callback); err != nil {
		t.Fatal(err)
	}
	if status, told := userinfo(t, completes, endpoint(t, s, "userinfo_endpoint")); status != http.StatusOK || !told {
		t.Errorf("the API answered %d, want 200 and the user", status)
	}
	// The server accepts the code once.
	again, err := begins.ResumeAuthorization(t.Context(), sealed)
	if err != nil {
		t.Fatal(err)
	}
	if err := begins.Redeem(t.Context(), again, callback); !errors.Is(err, hostapi.CodeConnection) {
		t.Errorf("the second process: %v, want a refusal", err)
	}
}

func testPassword(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	c := &oauthClient{
		server: s, grants: []string{"password", "refresh_token"}, method: "client_secret_post", env: map[string]string{"PASSWORD": testservers.Password},
		toml: "username = \"" + testservers.User + "\"\npassword = \"env:PASSWORD\"\nscopes = [\"openid\"]\nlegacy = true\n",
	}
	db := openStore(t)
	m := c.register(t).connect(t, connection.Config{Store: db})
	if status, told := userinfo(t, m, endpoint(t, s, "userinfo_endpoint")); status != http.StatusOK || !told {
		t.Errorf("the API answered %d, want 200 and the user", status)
	}
	first := held(t, db)

	// Tokens are renewed; if that fails, the password is used again.
	hold(t, db, first)
	token(t, c.connect(t, connection.Config{Store: db}), "crm")
	hold(t, db, first)
	token(t, c.connect(t, connection.Config{Store: db}), "crm")
	var grants []string
	for _, r := range c.transport.tokens() {
		grants = append(grants, r.params.Get("grant_type"))
	}
	if want := []string{"password", "refresh_token", "refresh_token", "password"}; !slices.Equal(grants, want) {
		t.Errorf("asked with %v, want %v", grants, want)
	}

	set, err := c.parse(t)
	if err != nil {
		t.Fatal(err)
	}
	description, err := set.Describe("crm")
	if err != nil || len(description.Warnings) != 1 || !strings.Contains(description.Warnings[0], "the password grant is legacy") {
		t.Errorf("warnings %q, %v; want one of the grant", description.Warnings, err)
	}
	allowed := c.toml
	c.toml = strings.Replace(allowed, "legacy = true\n", "", 1)
	if _, err := c.parse(t); !strings.Contains(fmt.Sprint(err), "legacy: must be true for the password grant") {
		t.Errorf("without legacy = true: %v", err)
	}
	c.toml = allowed

	c.env["PASSWORD"] = "another"
	_, err = c.connect(t, connection.Config{}).Token(t.Context(), "crm", 0)
	if e := asError(t, err); e.Code != hostapi.CodeConnection || strings.Contains(err.Error(), "another") {
		t.Errorf("with another password: %v, want connection without the password", err)
	}
}

func testDevice(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	variants := []struct{ method, toml string }{{"client_secret_post", ""}, {"none", ""}, {"none", "dpop = true\n"}}
	if !decodesBasic(s) {
		variants = variants[:1] // this server has no such grant for public clients
	}
	managers := make([]*connection.Manager, len(variants))
	var waiting sync.WaitGroup // all at once: servers want to be asked every few seconds
	for i, v := range variants {
		c := &oauthClient{
			server: s, grants: []string{"urn:ietf:params:oauth:grant-type:device_code", "refresh_token"}, method: v.method,
			more: map[string]any{"dpop_bound_access_tokens": v.toml != ""}, toml: "scopes = [\"openid\"]\n" + v.toml,
		}
		m := c.register(t).connect(t, connection.Config{})
		managers[i] = m
		d, err := m.AuthorizeDevice(t.Context(), "crm")
		if err != nil {
			t.Fatal(err)
		}
		s.AgreeOnDevice(t, d.VerificationURIComplete)
		waiting.Go(func() {
			if err := m.AwaitDevice(t.Context(), d); err != nil {
				t.Errorf("%s: %v", v, err)
			}
		})
	}
	waiting.Wait()
	for i, m := range managers {
		if status, told := userinfo(t, m, endpoint(t, s, "userinfo_endpoint")); status != http.StatusOK || !told {
			t.Errorf("%s: the API answered %d, want 200 and the user", variants[i], status)
		}
	}
}

// robot returns a client that requests ada's tokens with assertions.
func robot(t *testing.T, s *testservers.AuthServer) *oauthClient {
	t.Helper()
	text, public := newKey(t, "EC")
	c := &oauthClient{
		server: s, grants: []string{"urn:ietf:params:oauth:grant-type:jwt-bearer"}, method: "none",
		more: map[string]any{"jwks": jwks(public, "k")}, env: map[string]string{"KEY": text},
		toml: "signing_key = \"env:KEY\"\nsigning_key_id = \"k\"\nscopes = [\"openid\"]\nclaims = { sub = \"ada\" }\n",
	}
	return c.register(t)
}

func testJWTBearer(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	c := robot(t, s)
	m := c.connect(t, connection.Config{})
	said, err := m.Introspect(t.Context(), "crm")
	if err != nil || !said.Active || said.Subject != "ada" {
		t.Errorf("introspection %+v, %v; want the subject of the claims", said, err)
	}
	c.env["KEY"] = keyPEM(t, "EC")
	_, err = c.connect(t, connection.Config{}).Token(t.Context(), "crm", 0)
	if e := asError(t, err); !strings.HasSuffix(e.Message, "answered 400 invalid_grant") || e.Hint != "check claims, signing_key and signing_key_id" {
		t.Errorf("with another key: %v, hint %q", err, e.Hint)
	}
}

func testTokenExchange(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	subject := token(t, robot(t, s).connect(t, connection.Config{}), "crm")
	c := &oauthClient{
		server: s, grants: []string{"urn:ietf:params:oauth:grant-type:token-exchange"}, env: map[string]string{"SUBJECT": subject.AccessToken()},
		toml: "subject_token = \"env:SUBJECT\"\nscopes = [\"openid\"]\n",
	}
	m := c.register(t).connect(t, connection.Config{})
	if status, told := userinfo(t, m, endpoint(t, s, "userinfo_endpoint")); status != http.StatusOK || !told {
		t.Errorf("the API answered %d, want 200 and the user", status)
	}
	if said, err := m.Introspect(t.Context(), "crm"); err != nil || said.Subject != "ada" || said.ClientID != c.id {
		t.Errorf("introspection %+v, %v; want ada's token for %s", said, err, c.id)
	}
}

// Metadata must have the issuer that they were requested for.
func testDiscovery(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	alias := *s
	alias.Issuer = strings.Replace(s.Issuer, "127.0.0.1", "localhost", 1)
	c := &oauthClient{server: s, grants: []string{"client_credentials"}, method: "client_secret_post", toml: "scopes = [\"read\"]\n"}
	c.register(t).server = &alias
	_, err := c.connect(t, connection.Config{}).Token(t.Context(), "crm", 0)
	if e := asError(t, err); !strings.Contains(e.Message, "names another issuer") || len(c.transport.tokens()) != 0 {
		t.Errorf("error %v after %d token requests, want none", err, len(c.transport.tokens()))
	}
}

// Additional parameters of a request, for a first token and for a refresh.
func testResource(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	const keys = "scopes = [\"read\", \"write\"]\nresource = \"https://api.example.com\"\ntoken_params = { tenant = \"acme\" }\ntoken_headers = { X-Tenant = \"acme\" }\n"
	c := &oauthClient{server: s, grants: []string{"authorization_code", "refresh_token"}, toml: keys}
	db := openStore(t)
	m := c.register(t).connect(t, connection.Config{Store: db})
	c.give(t, m)
	assertResource(t, token(t, m, "crm").AccessToken())
	hold(t, db, held(t, db))
	assertResource(t, token(t, c.connect(t, connection.Config{Store: db}), "crm").AccessToken())
	for _, r := range c.transport.tokens() {
		if r.params.Get("resource") != "https://api.example.com" || r.params.Get("tenant") != "acme" || r.header.Get("X-Tenant") != "acme" {
			t.Errorf("%s: resource %q, tenant %q, X-Tenant %q", r.params.Get("grant_type"), r.params["resource"], r.params["tenant"], r.header["X-Tenant"])
		}
	}

	other := &oauthClient{server: s, grants: []string{"client_credentials"}, toml: keys}
	assertResource(t, token(t, other.register(t).connect(t, connection.Config{}), "crm").AccessToken())
	other.toml = strings.Replace(keys, "api.example.com", "other.example.com", 1)
	_, err := other.connect(t, connection.Config{}).Token(t.Context(), "crm", 0)
	if e := asError(t, err); !strings.HasSuffix(e.Message, "answered 400 invalid_target") || e.Hint != "check resource and audience" {
		t.Errorf("a resource that there is not: %v, hint %q", err, e.Hint)
	}
}

// assertResource checks that a token is a JWT for the only resource.
func assertResource(t *testing.T, text string) {
	t.Helper()
	parsed, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		jwt.Claims
		Scope string `json:"scope"`
	}
	if err := parsed.UnsafeClaimsWithoutVerification(&claims); err != nil {
		t.Fatal(err)
	}
	if !claims.Audience.Contains("https://api.example.com") || claims.Scope != "read write" {
		t.Errorf("token for %v with scope %q", claims.Audience, claims.Scope)
	}
}
