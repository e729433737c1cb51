package testservers

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

//go:embed glewlwyd.sh
var glewlwydScript string

//nolint:gochecknoglobals // one server for all tests of a process
var (
	glewlwydServer = sync.OnceValues(startGlewlwyd)
	oneTest        sync.Mutex // held by the test that has it
)

// Glewlwyd returns glewlwyd, which deviates from some standards: it does not decode a secret in
// Basic authentication, responds to a reused refresh token with 400 and an empty body and to a
// reused code with 403 and invalid_code, and sends no iss in its callbacks. With SQLite it also
// confuses concurrent requests, so it is locked until the test ends: a subtest that calls
// Glewlwyd again blocks for ever.
//
// It has the scopes openid and read, the grants of RFC 6749 except the implicit one, and that of
// RFC 8628 with an interval of a second. It returns false if glewlwyd is not installed, except
// in CI, where that fails the test.
func Glewlwyd(tb testing.TB) (*AuthServer, bool) {
	tb.Helper()
	server, err := glewlwydServer()
	if err != nil {
		tb.Fatalf("start glewlwyd: %v", err)
	}
	if server == nil {
		missing(tb, "glewlwyd")
		return nil, false
	}
	oneTest.Lock()
	tb.Cleanup(oneTest.Unlock)
	return server, true
}

// startGlewlwyd returns a server that is ready, or nil if it is not installed.
func startGlewlwyd() (*AuthServer, error) {
	for _, program := range []string{"glewlwyd", "sqlite3"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, nil //nolint:nilnil // not installed is an answer
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var err error
	for range 3 { // another process may take the port before the server does, which then says that it has started, and ends
		var g *glewlwyd
		if g, err = runGlewlwyd(); err != nil {
			continue
		}
		if err = g.setUp(ctx); err == nil {
			return &AuthServer{Issuer: g.issuer(), vendor: g}, nil
		}
		_ = g.stdin.Close() // which ends it
	}
	return nil, err
}

func runGlewlwyd() (*glewlwyd, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("sh", "-c", glewlwydScript, "glewlwyd.sh", port) //nolint:gosec,noctx // the script beside this file; it ends with its input
	cmd.Env = cmd.Environ()
	server, err := serve(cmd, "")
	if err != nil {
		return nil, err
	}
	origin := "http://127.0.0.1:" + port
	return &glewlwyd{process: server, origin: origin, admin: newBrowser(origin), user: newBrowser(origin)}, nil
}

// glewlwyd is the [vendor] of glewlwyd.
type glewlwyd struct {
	*process
	origin string
	admin  *browser
	user   *browser
}

func (g *glewlwyd) issuer() string { return g.origin + "/api/oidc" }

// setUp makes the server an OpenID Connect provider with one user.
func (g *glewlwyd) setUp(ctx context.Context) error {
	plugin, err := g.plugin()
	if err != nil {
		return err
	}
	type object = map[string]any
	for _, step := range []struct {
		browser  *browser
		path     string
		settings any
	}{
		{g.admin, "/api/auth", object{"username": "admin", "password": "password"}},
		{g.admin, "/api/scope", object{"name": "read", "display_name": "read", "description": "read", "password_required": false, "scheme": object{}}},
		{g.admin, "/api/user", object{"username": User, "name": User, "password": Password, "enabled": true, "scope": []string{"openid", "read"}}},
		{g.admin, "/api/mod/plugin", object{"module": "oidc", "name": "oidc", "display_name": "oidc", "parameters": plugin}},
		{g.user, "/api/auth", object{"username": User, "password": Password}},
	} {
		if err := step.browser.call(ctx, http.MethodPost, step.path, step.settings, nil); err != nil {
			return err
		}
	}
	return nil
}

// plugin returns the settings of the OpenID Connect plugin.
func (g *glewlwyd) plugin() (map[string]any, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"iss": g.issuer(), "allowed-scope": []string{"openid", "read"}, "subject-type": "public", "allow-non-oidc": true,
		"jwt-type": "ecdsa", "jwt-key-size": "256", "key": string(encodePEM("PRIVATE KEY", private)), "cert": string(encodePEM("PUBLIC KEY", public)),
		"access-token-duration": 3600, "refresh-token-duration": 86400, "code-duration": 60,
		"refresh-token-rolling": true, "refresh-token-one-use": "always", "auth-type-code-revoke-replayed": true,
		"auth-type-code-enabled": true, "auth-type-client-enabled": true, "auth-type-refresh-enabled": true, "auth-type-password-enabled": true,
		"auth-type-token-enabled": false, "auth-type-id-token-enabled": false, "auth-type-none-enabled": false,
		"auth-type-device-enabled": true, "device-authorization-expiration": 600, "device-authorization-interval": 1,
		"pkce-allowed": true, "pkce-required": true, "pkce-method-plain-allowed": false,
		"oauth-par-allowed": true, "oauth-par-required": false, "oauth-par-duration": 60, "oauth-par-request_uri-prefix": "urn:ietf:params:oauth:request_uri:",
		"introspection-revocation-allowed": true, "introspection-revocation-allow-target-client": true,
	}, nil
}

func (g *glewlwyd) register(ctx context.Context, metadata map[string]any) (id, secret string, err error) {
	id = "client+%&= " + rand.Text()[:8]
	client := map[string]any{
		"client_id": id, "name": "test", "enabled": true, "scope": []string{"openid", "read"},
		"redirect_uri": metadata["redirect_uris"], "confidential": metadata["token_endpoint_auth_method"] != "none",
	}
	grants, _ := metadata["grant_types"].([]string)
	types := make([]string, len(grants))
	for i, grant := range grants {
		switch grant {
		case "authorization_code":
			grant = "code"
		case "urn:ietf:params:oauth:grant-type:device_code":
			grant = "device_authorization"
		}
		types[i] = grant
	}
	client["authorization_type"] = types
	if client["confidential"] == true {
		secret = rand.Text() + " :/+%2B&="
		client["client_secret"], client["token_endpoint_auth_method"] = secret, []any{metadata["token_endpoint_auth_method"]}
	}
	if err := g.admin.call(ctx, http.MethodPost, "/api/client", client, nil); err != nil {
		return "", "", err
	}
	// The consent page requests no more than this. A plus in a path is a space here.
	path := "/api/auth/grant/" + strings.ReplaceAll(url.PathEscape(id), "+", "%2B")
	return id, secret, g.user.call(ctx, http.MethodPut, path, map[string]string{"scope": "openid read"}, nil)
}

func (g *glewlwyd) authorize(ctx context.Context, target string, agree bool) (url.Values, error) {
	if !agree {
		return nil, errors.New("denying is not implemented for glewlwyd")
	}
	p, err := g.user.get(ctx, target+"&g_continue")
	switch {
	case err != nil:
		return nil, err
	case p.away == nil:
		return nil, fmt.Errorf("the pages do not lead back to the client: %s", p.text)
	}
	return p.away.Query(), nil
}

func (g *glewlwyd) device(ctx context.Context, target string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target+"&g_continue", http.NoBody)
	if err != nil {
		return err
	}
	// The last page is a client-side application.
	_, header, _, err := g.user.send(r)
	if err == nil && !strings.HasSuffix(header.Get("Location"), "prompt=deviceComplete") {
		err = fmt.Errorf("the pages lead to %q", header.Get("Location"))
	}
	return err
}
