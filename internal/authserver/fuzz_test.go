package authserver_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/etag"
)

// serve calls a handler without a network.
func serve(t *testing.T, h http.Handler, method, target string) answer {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody))
	return answer{w.Code, w.Header(), w.Body.String()}
}

// Whatever the query is, the browser is sent to a registered URI only, or nowhere.
func FuzzAuthorize(f *testing.F) {
	server, c := fuzzed(f)
	f.Add("client_id=" + c.ID + "&redirect_uri=" + url.QueryEscape(c.RedirectURIs[0]) + "&response_type=code&state=x")
	f.Add("client_id=" + c.ID + "&redirect_uri=http%3A%2F%2F127.0.0.1%3A99%2Fcb&response_type=token")
	f.Add("client_id=" + c.ID + "&redirect_uri=http%3A%2F%2F127.0.0.1%3A99%40evil.example.com%2Fcb&scope=all")
	f.Add("client_id=" + c.ID + "&client_id=x&%zz=;&redirect_uri=\x00")
	f.Fuzz(func(t *testing.T, query string) {
		for _, all := range []string{query, "client_id=" + c.ID + "&" + query, "client_id=" + c.ID + "&redirect_uri=" + url.QueryEscape(query)} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/oauth2/authorize", http.NoBody)
			r.URL.RawQuery = all
			w := httptest.NewRecorder()
			server.Handler().ServeHTTP(w, r)
			to := w.Header().Get("Location")
			if w.Code >= http.StatusInternalServerError {
				t.Fatalf("%q: %d %s", all, w.Code, w.Body)
			}
			if to == "" || to == "/sign-in" {
				continue
			}
			u, err := url.Parse(to)
			if err != nil || to != "/sign-in" && !(u.Scheme == "https" && u.Host == "app.example.com" && u.Path == "/cb" || u.Scheme == "http" && u.Hostname() == "127.0.0.1" && u.Path == "/cb") || u.User != nil || u.Fragment != "" {
				t.Fatalf("%q leads to %q", all, to)
			}
		}
	})
}

// Whatever the body is, there are no tokens and no failure of the server.
func FuzzToken(f *testing.F) {
	server, c := fuzzed(f)
	f.Add("grant_type=authorization_code&client_id="+c.ID+"&code=x&code_verifier="+verifier, "")
	f.Add("grant_type=refresh_token&client_id="+c.ID+"&refresh_token=postern_rt_"+strings.Repeat("a", 65)+"&scope=read", "")
	f.Add("token=x&client_id="+c.ID, "Basic YTpi")
	f.Add("client_id=\x00&client_secret=%ff&a=%zz", "Basic %")
	f.Fuzz(func(t *testing.T, body, authorization string) {
		for _, path := range []string{"/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if authorization != "" {
				r.Header.Set("Authorization", authorization)
			}
			w := httptest.NewRecorder()
			server.Handler().ServeHTTP(w, r)
			if w.Code >= http.StatusInternalServerError || strings.Contains(w.Body.String(), "access_token") {
				t.Fatalf("%q, %q: %d %s", body, authorization, w.Code, w.Body)
			}
		}
	})
}

// Whatever is registered as a redirect URI is a URI to which a browser can be sent.
func FuzzRedirectURI(f *testing.F) {
	server, c := fuzzed(f)
	for _, uri := range []string{callback, "com.example.app:/cb", "http://[::1]:1/", "https://a.example.com:99999/", "javascript:alert(1)", "https://a;b/"} {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		settings := c.ClientSettings
		settings.RedirectURIs = []string{uri}
		if _, _, err := server.UpdateClient(t.Context(), c.ID, settings, etag.Match{}); err != nil {
			return
		}
		u, err := url.Parse(uri)
		if err != nil || u.Scheme == "" || u.User != nil || strings.ContainsAny(uri, "# \"<>\\\r\n") || u.Scheme == "javascript" || u.Scheme == "data" {
			t.Fatalf("%q is registered", uri)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/oauth2/authorize?"+url.Values{"client_id": {c.ID}, "redirect_uri": {uri}}.Encode(), http.NoBody)
		w := httptest.NewRecorder()
		server.Handler().ServeHTTP(w, r)
		if !strings.HasPrefix(w.Header().Get("Location"), uri) {
			t.Fatalf("%q leads to %d %q", uri, w.Code, w.Header().Get("Location"))
		}
	})
}

// fuzzed returns a server without a network, and a public client of it.
func fuzzed(f *testing.F) (*authserver.Server, authserver.Client) {
	f.Helper()
	server, err := authserver.New(f.Context(), authserver.Config{
		DB: databasetest.Open(f, databasetest.SQLiteURL(f)), Issuer: "https://postern.example.com", TokenRate: 1e9,
		User:   func(*http.Request) (authserver.User, bool) { return authserver.User{}, false },
		SignIn: func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Location", "/sign-in") },
	})
	if err != nil {
		f.Fatal(err)
	}
	c, _, err := server.CreateClient(f.Context(), authserver.ClientSettings{
		Name: "x", AuthMethod: authserver.AuthMethodNone, RedirectURIs: []string{"https://app.example.com/cb", "http://127.0.0.1/cb"},
	})
	if err != nil {
		f.Fatal(err)
	}
	return server, c
}
