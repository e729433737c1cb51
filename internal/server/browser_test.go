package server_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/internal/accounts"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/catalog"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/etag"
	"github.com/postern-dev/postern/internal/service"
	"github.com/postern-dev/postern/internal/testservers"
)

// browse runs a scenario of tools/browser with a server, and what else it needs.
func (s *site) browse(scenario string, in map[string]any) {
	s.Helper()
	link, err := s.SetupLink(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	input := map[string]any{"url": s.url, "link": link, "looks": s.looks()}
	for key, v := range in {
		input[key] = v
	}
	testservers.Chromium(s.T, scenario, input)
}

// looks reports whether the scenario examines and photographs each page, which is the same on both databases.
func (s *site) looks() bool { return !strings.HasSuffix(s.Name(), "/postgres") }

// needBrowser skips a test where no browser was asked for.
func needBrowser(t *testing.T) {
	t.Helper()
	if os.Getenv("POSTERN_BROWSER") == "" {
		t.Skip("make browser runs it, and so does make test")
	}
}

// The first operator sets a password, signs out and in, and sees every page while there is
// nothing (U09).
func TestBrowserFirst(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) { start(t, db, "", "").browse("first.js", nil) })
}

// A connection is added, authorized at a real server, refused, tested, changed, disconnected and
// deleted: U01, U02, U03, U06, U08, U09 and U11 are named in the scenario.
func TestBrowserConnections(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		provider, ok := testservers.OIDCProvider(t)
		if !ok {
			t.Skip("no authorization server")
		}
		s := start(t, db, "", "")
		id, secret := provider.Register(t, map[string]any{
			"redirect_uris": []string{s.url + "/oauth2callback"}, "grant_types": []string{"authorization_code", "refresh_token"},
		})
		deviceID, deviceSecret := provider.Register(t, map[string]any{
			"redirect_uris": []string{}, "response_types": []string{}, "grant_types": []string{"urn:ietf:params:oauth:grant-type:device_code", "refresh_token"},
		})
		s.browse("connections.js", map[string]any{
			"issuer": provider.Issuer, "client": map[string]string{"id": id, "secret": secret}, "device": map[string]string{"id": deviceID, "secret": deviceSecret},
			"user": map[string]string{"name": testservers.User, "password": testservers.Password},
		})
		if log := s.log.String(); strings.Contains(log, secret) || strings.Contains(log, "code=") || strings.Contains(log, "oauth2callback?") {
			t.Errorf("the log has a secret: %s", log)
		}
	})
}

// A user who is not signed in lets a client of the API have access, or not (A03).
func TestBrowserClient(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<!DOCTYPE html><html lang=en><link rel=icon href='data:,'><title>app</title><h1>app</h1>"))
		}))
		t.Cleanup(app.Close)
		s := start(t, db, "", "")
		c, _, err := s.Service().Clients.CreateClient(t.Context(), authserver.ClientSettings{Name: "<i>Billing</i>", RedirectURIs: []string{app.URL + "/callback"}})
		if err != nil {
			t.Fatal(err)
		}
		query := url.Values{
			"response_type": {"code"}, "client_id": {c.ID}, "redirect_uri": {app.URL + "/callback"}, "state": {"x"},
			"code_challenge": {strings.Repeat("a", 43)}, "code_challenge_method": {"S256"},
		}
		s.browse("client.js", map[string]any{"app": app.URL, "request": s.url + "/oauth2/authorize?" + query.Encode()})
	})
}

// Tasks are written, uploaded, set up, run, watched, scheduled, rolled back and deleted.
func TestBrowserTasks(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		provider, err := connectiontest.Start("127.0.0.1:0", &connectiontest.Provider{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = provider.Close() })
		start(t, db, "", "").browse("tasks.js", map[string]any{"api": provider.URL})
	})
}

// API clients, personal access tokens and users are added, changed and ended, and a viewer sees no
// more than a viewer may.
func TestBrowserManage(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) { start(t, db, "", "").browse("manage.js", nil) })
}

// The main job can be done with the keyboard alone, and the focus is always seen and never lost.
func TestBrowserKeyboard(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		provider, err := connectiontest.Start("127.0.0.1:0", &connectiontest.Provider{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = provider.Close() })
		s := start(t, db, "", "")
		addon, err := os.ReadFile("../../scripts/addons/playground-items.xml")
		if err != nil {
			t.Fatal(err)
		}
		for main, content := range map[string]string{
			"addon.xml": string(addon), "slow.js": "for (;;) {}", "short.js": "const end = Date.now() + 3000; while (Date.now() < end);",
		} {
			name, _, _ := strings.Cut(main, ".")
			d := catalog.Definition{Name: name, Main: main, Files: map[string][]byte{main: []byte(content)}}
			if _, _, err := s.Service().Register(t.Context(), service.Caller{Name: "test", Role: accounts.Operator}, d, etag.Match{New: true}); err != nil {
				t.Fatal(err)
			}
		}
		s.browse("keyboard.js", map[string]any{"api": provider.URL})
	})
}
