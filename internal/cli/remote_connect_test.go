package cli_test

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/cli"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/server"
	"github.com/postern-dev/postern/internal/testservers"
)

// remoteSite is a server, with the browser of its operator.
type remoteSite struct {
	*testing.T
	url     string
	token   string // of the operator
	browser *http.Client

	open func(page string) // by the command connect; nil: as the page of an authorization
}

func startSite(t *testing.T) *remoteSite {
	t.Helper()
	set, err := connection.Parse("oauth.toml", nil, connection.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var handler http.Handler
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	s, err := server.Open(t.Context(), server.Config{
		Version: "test", URL: web.URL, DB: databasetest.Open(t, databasetest.SQLiteURL(t)), Key: []byte("0123456789abcdef0123456789abcdef"),
		Connections: set, InProcess: true, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	handler = s.Handler()
	s.Start(t.Context())
	t.Cleanup(func() {
		web.Close()
		if err := s.Close(context.Background()); err != nil { //nolint:usetesting // that of the test has ended
			t.Error(err)
		}
	})
	jar, _ := cookiejar.New(nil) // never fails
	site := &remoteSite{T: t, url: web.URL, browser: &http.Client{Jar: jar}}
	link, err := s.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	password := "correct horse battery"
	site.load(site.browser.PostForm(link, url.Values{"email": {"ops@example.com"}, "name": {"Ops"}, "password": {password}, "again": {password}})) //nolint:noctx // ends with the server
	svc := s.Service()
	u, err := svc.Accounts.User(t.Context(), "ops@example.com")
	if err != nil {
		t.Fatal(err)
	}
	_, site.token, err = svc.Clients.CreateToken(t.Context(), authserver.User{ID: u.ID, Name: u.Email}, "test", authserver.ScopeAll, time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// load reads a response.
func (s *remoteSite) load(r *http.Response, err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
	defer r.Body.Close() //nolint:errcheck // only read
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		s.Fatal(err)
	}
}

// command runs postern with the token and variables SECRET and CLIENT_SECRET. The browser calls the server back with what
// agree returns for a page; if agree is nil there is no browser.
func (s *remoteSite) command(secret string, agree func(page string) url.Values, args ...string) (status int, stdout, stderr string) {
	s.Helper()
	var out, errs bytes.Buffer
	status = cli.Main(s.Context(), cli.Env{
		Args: append(args, "--server", s.url), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		LookupEnv: func(name string) (string, bool) {
			v, ok := map[string]string{"POSTERN_TOKEN": s.token, "SECRET": secret, "CLIENT_SECRET": secret}[name]
			return v, ok
		},
		OpenBrowser: func(_ context.Context, page string) error {
			if s.open != nil {
				s.open(page)
				return nil
			}
			s.load(s.browser.Get(s.url + "/oauth2callback?" + agree(page).Encode())) //nolint:noctx // ends with the server
			return nil
		},
	})
	return status, out.String(), errs.String()
}

// An operator adds a connection to a server and authorizes it by the command: the browser comes back to the
// server, and the command tells how it ended.
func TestConnectRemote(t *testing.T) {
	t.Parallel()
	provider, ok := testservers.OIDCProvider(t)
	if !ok {
		t.Skip("no authorization server")
	}
	s := startSite(t)
	id, secret := provider.Register(t, map[string]any{
		"redirect_uris": []string{s.url + "/oauth2callback"}, "grant_types": []string{"authorization_code", "refresh_token"},
	})
	status, _, stderr := s.command(
		secret, nil, "connection", "add", "crm", "--template", "authorization_code", "--set", "issuer="+provider.Issuer, "--set", "client_id="+id,
		"--set", "client_secret=env:SECRET", "--set", "scopes=openid offline_access", "--set", "hosts=api.example.com",
	)
	if status != 0 || !strings.Contains(stderr, "register the redirect URI "+s.url+"/oauth2callback with") {
		t.Fatalf("add: %d %s", status, stderr)
	}
	deny := func(page string) url.Values { return provider.Deny(t, page) }
	if status, stdout, stderr := s.command("", deny, "connect", "crm"); status != 3 || stdout != "" || !strings.Contains(stderr, "postern: connect crm: ") || !strings.Contains(stderr, "access_denied") {
		t.Errorf("denied: %d %s%s", status, stdout, stderr)
	}
	// A callback that was made up does not end it, nor does it keep the true one from doing so.
	agree := func(page string) url.Values {
		s.load(s.browser.Get(s.url + "/oauth2callback?code=x&state=made-up")) //nolint:noctx // ends with the server
		return provider.Agree(t, page)
	}
	status, stdout, stderr := s.command("", agree, "connect", "crm")
	if status != 0 || !strings.Contains(stdout, "state       ready\n") || !strings.Contains(stdout, "renewal     automatic, with a refresh token\n") {
		t.Errorf("agreed: %d %s%s", status, stdout, stderr)
	}
	if !strings.Contains(stderr, "next: postern connection test crm --server "+s.url) || strings.Contains(stdout+stderr, secret) {
		t.Errorf("agreed: %s", stderr)
	}
	if status, stdout, stderr := s.command("", nil, "connection", "test", "crm"); status != 0 || !strings.Contains(stdout, "crm: the server has a token, valid until ") {
		t.Errorf("test: %d %s%s", status, stdout, stderr)
	}
	if status, stdout, stderr := s.command("", nil, "connection", "revoke", "crm", "--yes"); status != 0 || stdout != "crm: revoked and deleted\n" {
		t.Errorf("revoke: %d %s%s", status, stdout, stderr)
	}
	if status, _, stderr := s.command("", nil, "connection", "test", "crm"); status != 5 || !strings.Contains(stderr, "postern: connection test crm: ") {
		t.Errorf("test after that: %d %s", status, stderr)
	}
}

// A connection with the grant device_code is authorized on another device while the server waits, and the command
// tells how it ended.
func TestConnectRemoteDevice(t *testing.T) {
	t.Parallel()
	t.Run("oidc-provider", func(t *testing.T) {
		t.Parallel()
		s, ok := testservers.OIDCProvider(t)
		connectDevice(t, s, ok)
	})
	t.Run("glewlwyd", func(t *testing.T) {
		t.Parallel()
		s, ok := testservers.Glewlwyd(t)
		connectDevice(t, s, ok)
	})
}

func connectDevice(t *testing.T, provider *testservers.AuthServer, ok bool) {
	t.Helper()
	if !ok {
		t.Skip("no authorization server")
	}
	s := startSite(t)
	id, secret := provider.Register(t, map[string]any{
		"grant_types": []string{"urn:ietf:params:oauth:grant-type:device_code", "refresh_token"}, "response_types": []string{}, "redirect_uris": []string{},
		"token_endpoint_auth_method": "client_secret_post",
	})
	status, _, stderr := s.command(
		secret, nil, "connection", "add", "tv", "--template", "device_code", "--set", "issuer="+provider.Issuer, "--set", "client_id="+id,
		"--set", "client_secret=env:SECRET", "--set", "scopes=openid", "--set", "hosts=api.example.com",
	)
	if status != 0 || !strings.Contains(stderr, "next: postern connect tv --server "+s.url) {
		t.Fatalf("add: %d %s", status, stderr)
	}
	if status, _, stderr := s.command("", nil, "connection", "edit", "tv", "--set", "token_endpoint_auth_method=client_secret_post"); status != 0 {
		t.Fatalf("edit: %d %s", status, stderr)
	}
	page := make(chan string, 1)
	s.open = func(address string) {
		page <- address
		provider.AgreeOnDevice(t, address)
	}
	status, stdout, stderr := s.command("", nil, "connect", "tv")
	if status != 0 || !strings.Contains(stdout, "state       ready\n") {
		t.Fatalf("agreed: %d %s%s", status, stdout, stderr)
	}
	u, err := url.Parse(<-page)
	if err != nil {
		t.Fatal(err)
	}
	if code := cmp.Or(u.Query().Get("user_code"), u.Query().Get("code")); code == "" || !strings.Contains(stderr, "and enter the code "+code+". It is valid for ") {
		t.Errorf("the page was %s, and the user was told %s", u, stderr)
	}
	if status, stdout, stderr := s.command("", nil, "connection", "test", "tv"); status != 0 || !strings.Contains(stdout, "tv: the server has a token") {
		t.Errorf("test: %d %s%s", status, stdout, stderr)
	}
	// One that is not authorized in time goes on at the server.
	s.open = func(string) {}
	if status, _, stderr := s.command("", nil, "connect", "tv", "--timeout", "1s"); status != 4 || !strings.Contains(stderr, "authorization: the device was not authorized in time") {
		t.Errorf("nothing entered: %d %s", status, stderr)
	}
}
