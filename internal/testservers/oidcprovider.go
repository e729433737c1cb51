package testservers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var oidcProviderServer = sync.OnceValues(startOIDCProvider) //nolint:gochecknoglobals // one server for all tests of a process

// OIDCProvider returns oidc-provider, configured by tools/testservers/oidc-provider.js: it supports
// every grant and every client authentication of package connection, and is shared by all tests
// of the process. Tokens for the resource https://api.example.com are JWTs; DPoP proofs
// (RFC 9449) need a nonce.
//
// It returns false if the server is not installed, except in CI, where that fails the test.
func OIDCProvider(tb testing.TB) (*AuthServer, bool) {
	tb.Helper()
	server, err := oidcProviderServer()
	if err != nil {
		tb.Fatalf("start oidc-provider: %v", err)
	}
	if server == nil {
		missing(tb, "oidc-provider")
		return nil, false
	}
	return server, true
}

// startOIDCProvider returns a server that is ready, or nil if it is not installed.
func startOIDCProvider() (*AuthServer, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	packages := filepath.Join(root, "build", "testservers")
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, nil //nolint:nilnil,nilerr // not installed is an answer
	}
	if _, err := os.Stat(filepath.Join(packages, "node_modules", "oidc-provider")); err != nil {
		return nil, nil //nolint:nilnil,nilerr // as above
	}
	script, err := os.ReadFile(filepath.Join(root, "tools", "testservers", "oidc-provider.js")) //nolint:gosec // of this module
	if err != nil {
		return nil, err
	}
	authority, err := newAuthority()
	if err != nil {
		return nil, err
	}
	certificate, key, err := authority.server()
	if err != nil {
		return nil, err
	}
	input, err := json.Marshal(map[string]string{"key": string(key), "cert": string(certificate), "ca": string(authority.PEM)})
	if err != nil {
		return nil, err
	}
	// As a file it would look for its packages beside itself.
	cmd := exec.Command(node, "--input-type=module", "--eval", string(script)) //nolint:gosec,noctx // it ends with its input
	cmd.Dir = packages
	server, err := serve(cmd, string(input)+"\n")
	if err != nil {
		return nil, err
	}
	var at struct {
		Issuer string `json:"issuer"`
	}
	if err := json.Unmarshal([]byte(server.ready), &at); err != nil {
		return nil, err
	}
	return &AuthServer{Issuer: at.Issuer, Authority: authority, vendor: &oidcProvider{server, at.Issuer}}, nil
}

// oidcProvider is the [vendor] of oidc-provider.
type oidcProvider struct {
	*process
	issuer string
}

// register uses the registration endpoint, RFC 7591 §3.
func (o *oidcProvider) register(ctx context.Context, metadata map[string]any) (id, secret string, err error) {
	var client struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	err = newBrowser(o.issuer).call(ctx, http.MethodPost, "/reg", metadata, &client)
	return client.ID, client.Secret, err
}

func (o *oidcProvider) authorize(ctx context.Context, target string, agree bool) (url.Values, error) {
	p, err := o.walk(ctx, target, agree)
	if err != nil {
		return nil, err
	}
	if p.away == nil {
		return nil, errors.New("the pages do not lead back to the client: " + p.text)
	}
	return p.away.Query(), nil
}

func (o *oidcProvider) device(ctx context.Context, target string) error {
	p, err := o.walk(ctx, target, true)
	if err == nil && p.away != nil {
		err = errors.New("the pages lead away from the server")
	}
	return err
}

// walk submits one form after the other, until there are no more.
func (o *oidcProvider) walk(ctx context.Context, target string, agree bool) (*page, error) {
	b := newBrowser(o.issuer)
	p, err := b.get(ctx, target)
	for range 10 {
		if err != nil || p.away != nil {
			return p, err
		}
		action, fields := p.form()
		switch {
		case action == "":
			return p, nil
		case fields.Get("prompt") == "login":
			fields.Set("login", User)
			fields.Set("password", Password)
		case fields.Get("prompt") == "consent" && !agree:
			p, err = b.get(ctx, action+"/abort")
			continue
		}
		p, err = b.submit(ctx, action, fields)
	}
	return nil, errors.New("there is one form after the other")
}
