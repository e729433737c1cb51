package server_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/database/databasetest"
)

// Browsers are told to be strict, cookies are for this server over HTTPS alone, and requests
// for another host are refused.
func TestHeaders(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/runs", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close() // not read
	for name, want := range map[string]string{
		"Strict-Transport-Security": "max-age=31536000", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Cache-Control": "no-store", "Access-Control-Allow-Origin": "",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	policy := response.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("Content-Security-Policy: %s", policy)
	}
	request.URL.Path = "/static/style.css"
	if response, err = s.client.Do(request); err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close() // not read
	if h := response.Header; h.Get("Cache-Control") != "public, max-age=3600" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("the style sheet: %d %v", response.StatusCode, h)
	}
	// The jar shows names and values only: sign in once more without it.
	jar := s.client.Jar
	s.client.Jar = nil
	request.URL.Path = "/signin"
	response, err = s.client.Do(request)
	s.client.Jar = jar
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close() // not read
	for _, c := range response.Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("cookie: %v", c)
		}
	}
	if len(response.Cookies()) == 0 {
		t.Error("the page to sign in sets no cookie")
	}
	request.Host = "attacker.example"
	response, err = s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close() // not read
	if response.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("a request for another host: %d", response.StatusCode)
	}
}

// After signing out, the browser deletes what it keeps of the server.
func TestSignOut(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, path := range []string{"/signout", "/account/signout"} {
		_, page := s.get("/account")
		form := url.Values{"form": {formSecret.FindStringSubmatch(page)[1]}}
		r, _ := s.send("", http.MethodPost, path, "application/x-www-form-urlencoded", form.Encode())
		if got := r.Header.Get("Clear-Site-Data"); r.StatusCode != http.StatusSeeOther || got != `"cache", "storage"` {
			t.Errorf("%s: %d, Clear-Site-Data: %s", path, r.StatusCode, got)
		}
		if status, _ := s.get("/account"); status != http.StatusSeeOther {
			t.Errorf("%s: the account is shown after it: %d", path, status)
		}
		s.do(http.MethodPost, "/signin", url.Values{"email": {"ops@example.com"}, "password": {password}})
	}
}

// A user sees the browsers that are signed in, and ends the session of one.
func TestSessionsOfBrowsers(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	desk := s.client.Jar
	phone, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.client.Jar = phone
	form := url.Values{"email": {"ops@example.com"}, "password": {password}}
	s.send("", http.MethodPost, "/signin", "application/x-www-form-urlencoded", form.Encode(),
		"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0")
	s.client.Jar = desk
	_, page := s.get("/account")
	end := regexp.MustCompile(`/account/browsers/[^/]+/delete`).FindAllString(page, -1)
	if !strings.Contains(page, ">Firefox on Linux</td><td data-label=\"Address\">127.0.0.1</td>") || strings.Count(page, "(this one)") != 1 || len(end) != 1 {
		t.Fatalf("the account: %v %s", end, page)
	}
	if status, page := s.post("/account", end[0], nil); status != http.StatusOK || !strings.Contains(page, "The session was ended.") || strings.Contains(page, "Firefox") {
		t.Errorf("ended: %d %s", status, page)
	}
	if status, _ := s.post("/account", end[0], nil); status != http.StatusNotFound {
		t.Errorf("ended again: %d", status)
	}
	s.client.Jar = phone
	if _, page := s.get("/account"); !strings.Contains(page, "<h1>Sign in</h1>") {
		t.Errorf("the other browser is signed in: %s", page)
	}
}
