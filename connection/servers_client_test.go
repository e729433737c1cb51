package connection_test

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/testservers"
)

// Client authentication with servers that verify it.
func TestAuthServerClientAuthentication(t *testing.T) {
	t.Parallel()
	against(t, "C01", testBasic, oidcProvider(), glewlwyd())
	against(t, "C02", testPost, oidcProvider(), glewlwyd())
	against(t, "C03", testAssertions, oidcProvider())
	against(t, "mutual TLS", testMutualTLS, oidcProvider())
}

func testBasic(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	encodings := []string{"basic_encoding = \"form\"\n", "basic_encoding = \"raw\"\n"}
	if !decodesBasic(s) {
		slices.Reverse(encodings)
	}
	const scopes = "scopes = [\"read\"]\n"
	c := &oauthClient{server: s, grants: []string{"client_credentials"}, toml: scopes + encodings[0]}
	m := c.register(t).connect(t, connection.Config{})
	said, err := m.Introspect(t.Context(), "crm")
	if err != nil || !said.Active || said.ClientID != c.id || said.Scope != "read" {
		t.Errorf("introspection %+v, %v; want an active token of %s", said, err, c.id)
	}
	c.toml = scopes + encodings[1]
	other := c.connect(t, connection.Config{})
	_, err = other.Token(t.Context(), "crm", 0)
	e := asError(t, err)
	assertNoSecret(t, err, c.secret)
	if state, _ := other.State("crm"); state != connection.StateNeedsReauth {
		t.Errorf("in the other encoding: state %s after %v", state, err)
	}
	if !decodesBasic(s) && !strings.Contains(e.Hint, `basic_encoding = "raw"`) {
		t.Errorf("hint %q does not tell the way out", e.Hint)
	}
}

func testPost(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	c := &oauthClient{server: s, grants: []string{"client_credentials"}, method: "client_secret_post", toml: "scopes = [\"read\"]\n"}
	token(t, c.register(t).connect(t, connection.Config{}), "crm")
	sent := c.transport.tokens()
	if len(sent) != 1 || sent[0].header.Get("Authorization") != "" || sent[0].params.Get("client_secret") != c.secret {
		t.Errorf("%d token requests, Authorization %q; want one, and the secret in its body", len(sent), sent[0].header.Get("Authorization"))
	}
	c.secret += "x"
	_, err := c.connect(t, connection.Config{}).Token(t.Context(), "crm", 0)
	if e := asError(t, err); !strings.HasPrefix(e.Hint, "check client_id, client_secret") || len(c.transport.tokens()) != 2 {
		t.Errorf("a wrong secret: %v, hint %q, after %d requests; want one more", e, e.Hint, len(c.transport.tokens())-1)
	}
}

func testAssertions(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	t.Run("HS256", func(t *testing.T) {
		t.Parallel()
		testAssertion(t, &oauthClient{server: s, method: "client_secret_jwt"}, jose.HS256)
	})
	for alg, kind := range map[jose.SignatureAlgorithm]string{jose.RS256: "RSA", jose.PS256: "RSA", jose.ES256: "EC"} {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			text, public := newKey(t, kind)
			testAssertion(t, &oauthClient{
				server: s, method: "private_key_jwt", env: map[string]string{"KEY": text},
				more: map[string]any{"jwks": jwks(public, "k1"), "token_endpoint_auth_signing_alg": alg},
				toml: "signing_key = \"env:KEY\"\nsigning_key_id = \"k1\"\nsigning_alg = \"" + string(alg) + "\"\n",
			}, alg)
		})
	}
	t.Run("another key", func(t *testing.T) {
		t.Parallel()
		_, public := newKey(t, "EC")
		c := &oauthClient{
			server: s, method: "private_key_jwt", grants: []string{"client_credentials"}, env: map[string]string{"KEY": keyPEM(t, "EC")},
			more: map[string]any{"jwks": jwks(public, "k1")}, toml: "signing_key = \"env:KEY\"\n",
		}
		_, err := c.register(t).connect(t, connection.Config{}).Token(t.Context(), "crm", 0)
		if e := asError(t, err); !strings.HasSuffix(e.Message, "answered 401 invalid_client") {
			t.Errorf("error %v, want invalid_client", err)
		}
	})
}

// jwks is the key set, RFC 7517 §5, of one public key.
func jwks(public crypto.PublicKey, id string) jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: public, KeyID: id, Use: "sig"}}}
}

// testAssertion gets two tokens with a new assertion each.
func testAssertion(t *testing.T, c *oauthClient, alg jose.SignatureAlgorithm) {
	t.Helper()
	c.grants = []string{"client_credentials"}
	m := c.register(t).connect(t, connection.Config{})
	for range 2 {
		if _, err := m.Token(t.Context(), "crm", 24*time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	seen := make(map[string]bool)
	for _, r := range c.transport.tokens() {
		assertion, err := jwt.ParseSigned(r.params.Get("client_assertion"), []jose.SignatureAlgorithm{alg})
		if err != nil {
			t.Fatal(err)
		}
		var claims jwt.Claims
		if err := assertion.UnsafeClaimsWithoutVerification(&claims); err != nil {
			t.Fatal(err)
		}
		if life := claims.Expiry.Time().Sub(claims.IssuedAt.Time()); life > 5*time.Minute {
			t.Errorf("an assertion is good for %v", life)
		}
		seen[claims.ID] = true
	}
	if len(seen) != 2 {
		t.Errorf("jti of two assertions: %v", seen)
	}
	if said, err := m.Introspect(t.Context(), "crm"); err != nil || !said.Active { // which takes an assertion as well
		t.Errorf("introspection %+v, %v", said, err)
	}
}

// RFC 8705: the client's certificate authenticates it, and tokens are bound to it.
func testMutualTLS(t *testing.T, s *testservers.AuthServer) {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "ca.pem"), s.Authority.PEM)
	for _, name := range []string{"known", "stranger"} {
		certificate, key := s.Authority.Client(t, name)
		writeFile(t, filepath.Join(dir, name+".pem"), certificate)
		writeFile(t, filepath.Join(dir, name+".key"), key)
	}
	self := certificate(t, dir, "self")
	selfKeys := jwks(self.PublicKey, "")
	selfKeys.Keys[0].Certificates = []*x509.Certificate{self}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.Authority.PEM)
	noCertificate := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	t.Cleanup(noCertificate.CloseIdleConnections)
	api := endpoint(t, s, "mtls_endpoint_aliases", "userinfo_endpoint")
	for _, tt := range []struct {
		method   string
		metadata map[string]any
		own      string
		other    string
	}{
		{"tls_client_auth", map[string]any{"tls_client_auth_subject_dn": "CN=known"}, "known", "stranger"},
		{"self_signed_tls_client_auth", map[string]any{"jwks": selfKeys}, "self", "known"},
	} {
		t.Run(tt.method, func(t *testing.T) {
			t.Parallel()
			tt.metadata["tls_client_certificate_bound_access_tokens"] = true
			c := &oauthClient{server: s, method: tt.method, grants: []string{"authorization_code", "refresh_token"}, more: tt.metadata, dir: dir, hosts: host(t, api)}
			c.register(t)
			show := func(name string) *connection.Manager {
				t.Helper()
				c.toml = "scopes = [\"openid\"]\ntls = { ca_file = \"ca.pem\", cert_file = \"" + name + ".pem\", key_file = \"" + name + ".key\" }\n"
				return c.connect(t, connection.Config{})
			}
			m := show(tt.own)
			c.give(t, m)
			if status, told := userinfo(t, m, api); status != http.StatusOK || !told {
				t.Errorf("the API answered %d, want 200", status)
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, api, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+token(t, m, "crm").AccessToken())
			if status, _ := fetch(t, noCertificate, r); status != http.StatusUnauthorized {
				t.Errorf("without the certificate the API answered %d, want 401: is the token bound to it?", status)
			}

			other := show(tt.other)
			a, err := other.Authorize(t.Context(), "crm", redirectURI)
			if err != nil {
				t.Fatal(err)
			}
			err = other.Redeem(t.Context(), a, s.Agree(t, a.URL))
			if e := asError(t, err); !strings.HasSuffix(e.Message, "answered 401 invalid_client") {
				t.Errorf("with another certificate: %v, want invalid_client", err)
			}
		})
	}
}

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
