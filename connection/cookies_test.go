package connection_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/cookies"
)

// An API may return the token in a cookie. The cookie is sent there again, and nowhere
// else.
func TestCookiesHoldNoToken(t *testing.T) {
	t.Parallel()
	const canary = "canary-token-4711"
	var sent []string // host and cookies of each request
	network := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			_, _ = w.Write([]byte(`{"access_token":"` + canary + `"}`))
			return
		}
		sent = append(sent, r.URL.Host+" "+r.Header.Get("Cookie"))
		if r.URL.Path == "/login" {
			w.Header().Add("Set-Cookie", "session="+canary+"; Domain=example.com; Path=/")
			w.Header().Add("Set-Cookie", "half="+canary+"; Domain=other.test")
		}
		if r.URL.Path == "/away" {
			w.Header().Set("Location", "https://www.example.com/")
			w.WriteHeader(http.StatusFound)
		}
	})
	for _, tt := range []struct {
		name, toml, cookie string
		want               []string
	}{
		{"sealed", crm, hostapi.SealedPrefix, []string{"api.example.com session=" + canary}},
		{"not sealed", crm + "sealed = false\n", "[redacted]", []string{"api.example.com session=[redacted]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sent = nil
			var told []string
			jar := cookies.New(func(text string) { told = append(told, text) })
			rule, err := hostapi.ParseRule("www.example.com")
			if err != nil {
				t.Fatal(err)
			}
			grant := &hostapi.Grant{Connections: []string{"crm"}, Allow: []hostapi.Rule{rule}, Cookies: jar, Limits: hostapi.DefaultLimits()}
			m := newManager(t, network, tt.toml)
			get := func(url, auth string) *hostapi.Response {
				t.Helper()
				response, err := m.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: url, AuthSetting: auth})
				if err != nil {
					t.Fatal(err)
				}
				return response
			}
			login := get("https://api.example.com/login", "crm")
			for _, line := range login.Header["Set-Cookie"] {
				if strings.Contains(line, canary) || !strings.Contains(line, tt.cookie) {
					t.Errorf("the answer sets %q", line)
				}
			}
			get("https://api.example.com/", "crm")
			if got := sent[1:]; !slices.Equal(got, tt.want) {
				t.Errorf("sent %q, want %q", got, tt.want)
			}
			get("https://api.example.com/away", "crm")
			get("https://api.example.com/", "")
			get("https://www.example.com/", "")
			for _, line := range sent[3:] {
				if strings.Contains(line, canary) || !strings.Contains(line, " session="+tt.cookie) {
					t.Errorf("sent %q", line)
				}
			}
			if want := []string{`cookie "half" of api.example.com rejected: its Domain does not match the host`}; len(sent) != 6 || !slices.Equal(told, want) {
				t.Errorf("%d requests, told %q", len(sent), told)
			}
		})
	}
}

// A credential that is sent as a cookie is sent alone.
func TestCookiesReplaceNoCredential(t *testing.T) {
	t.Parallel()
	var sent []string
	m := newManager(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Header["Cookie"]...)
		w.Header().Set("Set-Cookie", "key=another")
	}), `
[connections.portal]
grant = "static"
token = "key=static-token"
allow_plaintext = true
header = { name = "Cookie" }
hosts = ["api.example.com"]
`)
	grant := &hostapi.Grant{Connections: []string{"portal"}, Cookies: cookies.New(nil), Limits: hostapi.DefaultLimits()}
	for range 2 {
		if _, err := m.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: "https://api.example.com/", AuthSetting: "portal"}); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"key=static-token", "key=static-token"}; !slices.Equal(sent, want) {
		t.Errorf("sent %q, want %q", sent, want)
	}
}
