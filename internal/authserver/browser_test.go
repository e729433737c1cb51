package authserver_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/testservers"
)

// A browser carries out the consent page and its policy: the form leads to the client, for yes
// and for no, and a page of another site cannot answer for the user (A03).
func TestBrowserConsent(t *testing.T) {
	t.Parallel()
	if os.Getenv("POSTERN_BROWSER") == "" {
		t.Skip("make browser runs it, and so does make test")
	}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!DOCTYPE html><html lang=en><link rel=icon href='data:,'><title>app</title><h1>app</h1>"))
	}))
	t.Cleanup(app.Close)
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), authserver.Config{})
	c := s.add(authserver.ClientSettings{Name: "<script>app</script>", RedirectURIs: []string{app.URL + "/callback"}})
	testservers.Chromium(t, "consent.js", map[string]string{
		"url": s.url, "app": app.URL, "request": s.request(c, nil), "unknown": s.request(c, url.Values{"client_id": nil}),
	})
}
