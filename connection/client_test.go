package connection_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// keyPEM returns a new private key, RSA or EC.
func keyPEM(tb testing.TB, kind string) string {
	tb.Helper()
	text, _ := newKey(tb, kind)
	return text
}

// rsaKey is one for all tests: making one takes longer than what they do with it.
var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) }) //nolint:gochecknoglobals // never changed

func newKey(tb testing.TB, kind string) (text string, public any) {
	tb.Helper()
	var key any
	if kind == "EC" {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			tb.Fatal(err)
		}
		key, public = k, k.Public()
	} else {
		k, err := rsaKey()
		if err != nil {
			tb.Fatal(err)
		}
		key, public = k, k.Public()
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), public
}

// server responds to token requests and records them.
type server struct {
	mu       sync.Mutex
	requests []tokenRequest
	answer   func(r tokenRequest) (status int, body string) // nil: a token for an hour
}

type tokenRequest struct {
	path, body string
	header     http.Header
	query      url.Values
	params     url.Values // of a form body
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	params, _ := url.ParseQuery(string(body))
	request := tokenRequest{r.URL.Path, string(body), r.Header.Clone(), r.URL.Query(), params}
	s.mu.Lock()
	s.requests = append(s.requests, request)
	n := len(s.requests)
	s.mu.Unlock()
	status, text := http.StatusOK, fmt.Sprintf(`{"access_token":"token-%d","token_type":"Bearer","expires_in":3600}`, n)
	if s.answer != nil {
		status, text = s.answer(request)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

func (s *server) all() []tokenRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]tokenRequest(nil), s.requests...)
}

// manage returns a manager of one file whose requests go to handler.
func manage(tb testing.TB, handler http.Handler, env map[string]string, toml string, store connection.Store) *connection.Manager {
	tb.Helper()
	return manageAs(tb, handler, env, toml, connection.Config{Store: store})
}

func manageWith(tb testing.TB, handler http.Handler, env map[string]string, toml string, onEvent func(connection.Event)) *connection.Manager {
	tb.Helper()
	return manageAs(tb, handler, env, toml, connection.Config{OnEvent: onEvent})
}

func manageAs(tb testing.TB, handler http.Handler, env map[string]string, toml string, cfg connection.Config) *connection.Manager {
	tb.Helper()
	set, err := connection.Parse("oauth.toml", []byte(toml), connection.ParseOptions{LookupEnv: lookup(env)})
	if err != nil {
		tb.Fatal(err)
	}
	cfg.Set, cfg.Egress = set, egress.New(egress.Config{Transport: memory{handler}})
	m, err := connection.NewManager(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

const clientTOML = `[connections.crm]
grant = "client_credentials"
token_endpoint = "https://id.example.com/token"
client_id = "a client"
`

func TestClientAssertions(t *testing.T) {
	t.Parallel()
	rsaPEM, rsaPublic := newKey(t, "RSA")
	ecPEM, ecPublic := newKey(t, "EC")
	const clientSecret = "a secret of at least thirty-two bytes"
	tests := []struct {
		name, toml string
		alg        jose.SignatureAlgorithm
		key        any
		kid        string
	}{
		{"client_secret_jwt", "token_endpoint_auth_method = \"client_secret_jwt\"\nclient_secret = \"env:SECRET\"", jose.HS256, []byte(clientSecret), ""},
		{"RS256", "token_endpoint_auth_method = \"private_key_jwt\"\nsigning_key = \"env:RSA\"\nsigning_key_id = \"k1\"", jose.RS256, rsaPublic, "k1"},
		{"PS256", "token_endpoint_auth_method = \"private_key_jwt\"\nsigning_key = \"env:RSA\"\nsigning_alg = \"PS256\"", jose.PS256, rsaPublic, ""},
		{"ES256", "token_endpoint_auth_method = \"private_key_jwt\"\nsigning_key = \"env:EC\"", jose.ES256, ecPublic, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := new(server)
			m := manage(t, s, map[string]string{"SECRET": clientSecret, "RSA": rsaPEM, "EC": ecPEM}, clientTOML+tt.toml, nil)
			seen := make(map[string]bool)
			for range 2 {
				if _, err := m.Token(t.Context(), "crm", 24*time.Hour); err != nil {
					t.Fatal(err)
				}
			}
			for _, r := range s.all() {
				if r.header.Get("Authorization") != "" || r.params.Get("client_secret") != "" {
					t.Error("the client proved itself in a second way as well")
				}
				if got := r.params.Get("client_assertion_type"); got != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
					t.Errorf("client_assertion_type = %q", got)
				}
				token, err := jwt.ParseSigned(r.params.Get("client_assertion"), []jose.SignatureAlgorithm{tt.alg})
				if err != nil {
					t.Fatal(err)
				}
				var claims jwt.Claims
				if err := token.Claims(tt.key, &claims); err != nil {
					t.Fatal(err)
				}
				if token.Headers[0].KeyID != tt.kid {
					t.Errorf("kid = %q, want %q", token.Headers[0].KeyID, tt.kid)
				}
				if claims.Issuer != "a client" || claims.Subject != "a client" || !claims.Audience.Contains("https://id.example.com/token") {
					t.Errorf("claims = %+v", claims)
				}
				if life := claims.Expiry.Time().Sub(claims.IssuedAt.Time()); life <= 0 || life > 5*time.Minute {
					t.Errorf("the assertion is good for %v", life)
				}
				seen[claims.ID] = true
			}
			if len(seen) != 2 || seen[""] {
				t.Errorf("jti of two assertions: %v, want two", seen)
			}
		})
	}
}

func TestSeveralClientSecrets(t *testing.T) {
	t.Parallel()
	s := new(server)
	s.answer = func(r tokenRequest) (int, string) {
		if r.params.Get("client_secret") != "new" {
			return http.StatusUnauthorized, `{"error":"invalid_client"}`
		}
		return http.StatusOK, `{"access_token":"t","expires_in":1}`
	}
	m := manage(t, s, map[string]string{"OLD": "old", "NEW": "new"},
		clientTOML+"token_endpoint_auth_method = \"client_secret_post\"\nclient_secret = [\"env:OLD\", \"env:NEW\"]", nil)
	for range 2 {
		if _, err := m.Token(t.Context(), "crm", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.all()); n != 3 {
		t.Errorf("%d requests, want 3: the secret that was taken comes first from then on", n)
	}
	s.answer = func(tokenRequest) (int, string) { return http.StatusUnauthorized, `{"error":"invalid_client"}` }
	if _, err := m.Token(t.Context(), "crm", time.Hour); err == nil {
		t.Error("no error, though the server takes neither secret")
	}
	if n := len(s.all()); n != 5 {
		t.Errorf("%d requests, want 5: each secret once", n)
	}
}

func TestJWTBearer(t *testing.T) {
	t.Parallel()
	key, public := newKey(t, "RSA")
	s := new(server)
	m := manage(t, s, map[string]string{"KEY": key}, `[connections.google]
grant = "jwt_bearer"
token_endpoint = "https://id.example.com/token"
client_id = "robot@example.com"
signing_key = "env:KEY"
signing_key_id = "k7"
claims = { sub = "ada@example.com", scope = "drive", level = 2 }
`, nil)
	if _, err := m.Token(t.Context(), "google", 0); err != nil {
		t.Fatal(err)
	}
	r := s.all()[0]
	if got := r.params.Get("grant_type"); got != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
		t.Errorf("grant_type = %q", got)
	}
	token, err := jwt.ParseSigned(r.params.Get("assertion"), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := token.Claims(public, &claims); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"iss": "robot@example.com", "sub": "ada@example.com", "aud": "https://id.example.com/token", "scope": "drive", "level": 2.0} {
		if claims[name] != want {
			t.Errorf("claim %s = %v, want %v", name, claims[name], want)
		}
	}
	if r.header.Get("Authorization") != "" || r.params.Get("client_assertion") != "" {
		t.Error("the client proved itself as well, though it has nothing to do so with")
	}
}

func TestTokenExchange(t *testing.T) {
	t.Parallel()
	s := new(server)
	m := manage(t, s, map[string]string{"SUBJECT": "subject-token", "S": "s"}, `[connections.api]
grant = "token_exchange"
token_endpoint = "https://id.example.com/token"
client_id = "id"
client_secret = "env:S"
subject_token = "env:SUBJECT"
subject_token_type = "jwt"
audience = "https://api.example.com"
`, nil)
	if _, err := m.Token(t.Context(), "api", 0); err != nil {
		t.Fatal(err)
	}
	got := s.all()[0].params
	for name, want := range map[string]string{
		"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": "subject-token",
		"subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "audience": "https://api.example.com",
	} {
		if got.Get(name) != want {
			t.Errorf("%s = %q, want %q", name, got.Get(name), want)
		}
	}
}

// An issuer is sufficient, and its metadata must have the same issuer.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	const toml = `[connections.crm]
grant = "client_credentials"
issuer = "https://id.example.com/tenant"
client_id = "id"
client_secret = "env:S"
`
	tests := []struct {
		name      string
		documents map[string]string // by path
		err       string
	}{
		{"RFC 8414", map[string]string{"/.well-known/oauth-authorization-server/tenant": `{"issuer":"https://id.example.com/tenant","token_endpoint":"https://id.example.com/t"}`}, ""},
		{"OpenID Connect", map[string]string{"/tenant/.well-known/openid-configuration": `{"issuer":"https://id.example.com/tenant","token_endpoint":"https://id.example.com/t"}`}, ""},
		{"another issuer", map[string]string{"/.well-known/oauth-authorization-server/tenant": `{"issuer":"https://evil.example.com","token_endpoint":"https://id.example.com/t"}`}, "names another issuer"},
		{"nothing", nil, "could not be fetched: 404"},
		{"no JSON", map[string]string{"/.well-known/oauth-authorization-server/tenant": `<html>`, "/tenant/.well-known/openid-configuration": `<html>`}, "is not JSON"},
		{"endpoint by http", map[string]string{"/.well-known/oauth-authorization-server/tenant": `{"issuer":"https://id.example.com/tenant","token_endpoint":"http://id.example.com/t"}`}, "has an endpoint that cannot be used: token_endpoint must begin with https://"},
		{"endpoint that is no text", map[string]string{"/.well-known/oauth-authorization-server/tenant": `{"issuer":"https://id.example.com/tenant","token_endpoint":["https://id.example.com/t"]}`}, "token_endpoint is not text"},
		{"others by http", map[string]string{"/.well-known/oauth-authorization-server/tenant": `{"issuer":"https://id.example.com/tenant","token_endpoint":"https://id.example.com/t","userinfo_endpoint":"http://id.example.com/u","revocation_endpoint":"ftp://x","registration_endpoint":7,"end_session_endpoint":null}`}, ""},
		{"no token endpoint", map[string]string{"/.well-known/oauth-authorization-server/tenant": `{"issuer":"https://id.example.com/tenant"}`}, "the connection has no token_endpoint"},
	}
	for _, tt := range tests {
		t.Run("C14 "+tt.name, func(t *testing.T) {
			t.Parallel()
			tokens, metadata := 0, 0
			m := manage(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == "/t":
					tokens++
					_, _ = io.WriteString(w, `{"access_token":"T","expires_in":1}`)
				case tt.documents[r.URL.Path] != "":
					metadata++
					_, _ = io.WriteString(w, tt.documents[r.URL.Path])
				default:
					w.WriteHeader(http.StatusNotFound)
				}
			}), map[string]string{"S": "s"}, toml, nil)
			for range 2 {
				_, err := m.Token(t.Context(), "crm", time.Hour)
				if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
					t.Fatalf("error %v, want %q", err, tt.err)
				}
			}
			if tt.err != "" && tokens > 0 {
				t.Error("a token was asked for")
			}
			if tt.err == "" && (tokens != 2 || metadata != 1) {
				t.Errorf("%d token requests and %d for metadata, want 2 and 1", tokens, metadata)
			}
		})
	}
}

func TestUnauthorizedGrant(t *testing.T) {
	t.Parallel()
	m := manage(t, new(server), map[string]string{"S": "s"}, `[connections.crm]
grant = "authorization_code"
token_endpoint = "https://id.example.com/token"
authorization_endpoint = "https://id.example.com/authorize"
client_id = "id"
client_secret = "env:S"
`, nil)
	_, err := m.Token(t.Context(), "crm", 0)
	if hostapi.CodeOf(err) != hostapi.CodeNeedsReauth || !strings.Contains(err.Error(), "not authorized yet") {
		t.Errorf("error %v, want needs_reauth", err)
	}
	if state, _ := m.State("crm"); state != connection.StateNeedsReauth {
		t.Errorf("state %s", state)
	}
}
