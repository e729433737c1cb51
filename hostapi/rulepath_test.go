package hostapi_test

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

func mustRule(tb testing.TB, text string) hostapi.Rule {
	tb.Helper()
	r, err := hostapi.ParseRule(text)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// TestRulePathsOfServers checks paths that some servers read as another one: an allow
// rule does not match them, and a deny rule does.
func TestRulePathsOfServers(t *testing.T) {
	t.Parallel()
	allow, deny := mustRule(t, "a.test/v1/*"), mustRule(t, "a.test/admin/*")
	for _, p := range []string{
		"/v1/../admin/x", "/v1/%2e%2e/admin/x", "/v1/.%2e/admin/x", "/v1/..;/admin/x", "/v1/..;a=b/admin/x", "/v1/%2e%2e;/admin/x",
		"/v1/x%2f..%2f..%2fadmin/x", "/v1/..%5cadmin/x", `/v1/..\admin/x`, "/v1/%252e%252e/admin/x", "/v1/x%252f..%252fadmin",
		"/v1/%25252e%25252e/admin/x", "/v1//admin", "/v1/;/admin/x", "/v1/...../admin", "/v1/.. /admin/x", "/v1/x%00/../admin",
		"/v1/x%0a", "/v1/%c0%ae%c0%ae/admin/x", "/v1/%ff", "/v1/%ef%bc%8e%ef%bc%8e/admin", "/v1/..%ef%bc%8fadmin", "/v1/%e2%88%95admin", "/v1/.",
		"/v1/%e2%80%a5/admin",
	} {
		u, err := url.Parse("http://a.test" + p)
		if err != nil {
			t.Fatal(err)
		}
		if allow.Match(http.MethodGet, u) {
			t.Errorf("%s allows %s", allow, p)
		}
		if !deny.Denies(http.MethodGet, u) {
			t.Errorf("%s does not deny %s", deny, p)
		}
	}
}

// TestRuleDenies checks that a deny rule covers what lenient servers take for its path,
// and nothing else.
func TestRuleDenies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule, method, url string
		want              bool
	}{
		{"a.test", "GET", "http://a.test:8080/x", true},
		{"a.test:81", "GET", "http://a.test/x", false},
		{"a.test", "GET", "http://b.test", false},
		{"DELETE a.test", "delete", "http://a.test", true},
		{"DELETE a.test", "GET", "http://a.test", false},
		{"a.test/admin/*", "GET", "http://a.test/admin/x", true},
		{"a.test/admin/*", "GET", "http://a.test/ADMIN/x", true},
		{"a.test/admin/*", "GET", "http://a.test/admin./x", true},
		{"a.test/admin/*", "GET", "http://a.test/admin%20/x", true},
		{"a.test/admin/*", "GET", "http://a.test/admin;a=b/x", true},
		{"a.test/admin/*", "GET", "http://a.test/admin", true},
		{"a.test/admin/*", "GET", "http://a.test/admin/", true},
		{"a.test/admin/*", "GET", "http://a.test/administrator", false},
		{"a.test/admin/*", "GET", "http://a.test/v1/admin", false},
		{"a.test/admin*", "GET", "http://a.test/Administrator", true},
		{"a.test/v1/a.*", "GET", "http://a.test/v1/a.b", true},
		{"a.test/v1/a.*", "GET", "http://a.test/v1/ab", false},
		{"a.test/admin", "GET", "http://a.test/admin/", true},
		{"a.test/admin", "GET", "http://a.test/admin;x", true},
		{"a.test/admin", "GET", "http://a.test/%61dmin", true},
		{"a.test/admin", "GET", "http://a.test/admin/x", false},
		{"a.test/*", "GET", "http://a.test", true},
		{"a.test/", "GET", "http://a.test", true},
		{"a.test/", "GET", "http://a.test/x", false},
		{"a.test/admin/*", "GET", "http://a.test/a%25b", false},
		{"a.test/admin/*", "GET", "http://a.test/q;a=b/x", false},
	} {
		u, err := url.Parse(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := mustRule(t, tt.rule).Denies(tt.method, u); got != tt.want {
			t.Errorf("rule %q denies %s %s: %t, want %t", tt.rule, tt.method, tt.url, got, tt.want)
		}
	}
	if (hostapi.Rule{Host: "a.test"}).Denies("GET", nil) || (hostapi.Rule{}).Denies("GET", &url.URL{Scheme: "http"}) {
		t.Error("a rule denies nothing")
	}
}

// servers are how servers are known to read a path, which may be one after the other.
var servers = []func(string) string{ //nolint:gochecknoglobals // a table, never changed
	path.Clean,
	func(p string) string { return strings.ReplaceAll(p, `\`, "/") },
	func(p string) string {
		if q, err := url.PathUnescape(p); err == nil {
			return q
		}
		return p
	},
	func(p string) string { before, _, _ := strings.Cut(p, "\x00"); return before },
	func(p string) string {
		segments := strings.Split(p, "/")
		for i, s := range segments {
			segments[i], _, _ = strings.Cut(s, ";")
		}
		return strings.Join(segments, "/")
	},
}

// readings returns what servers may make of the path of u, by up to three of their steps.
func readings(u *url.URL) []string {
	all := []string{u.EscapedPath(), u.Path}
	done := 0
	for range 3 {
		for _, p := range all[done:] {
			done++
			for _, read := range servers {
				all = append(all, read(p))
			}
		}
	}
	return all
}

// FuzzRulePath checks that no server could serve, for a path that a rule allows, one
// outside of it, nor, for a path that a rule does not deny, one inside of it.
func FuzzRulePath(f *testing.F) {
	for _, p := range []string{"/v1/x", "/v1/..;/admin/x", "/v1/%252e%252e/admin/x", "/admin", "/x/%5c../admin/", "/ADMIN;x/", "/v1/x;/../y", "//admin/x"} {
		f.Add(p)
	}
	allow, deny := mustRule(f, "a.test/v1/*"), mustRule(f, "a.test/admin/*")
	f.Fuzz(func(t *testing.T, p string) {
		u, err := url.Parse("http://a.test/" + strings.TrimPrefix(p, "/"))
		if err != nil || u.Host != "a.test" {
			return
		}
		allowed, denied := allow.Match("GET", u), deny.Denies("GET", u)
		for _, q := range readings(u) {
			if allowed && q != "/v1" && !strings.HasPrefix(q, "/v1/") {
				t.Errorf("%s allows %q, which is served as %q", allow, p, q)
			}
			if !denied && strings.HasPrefix(strings.ToLower(q), "/admin/") {
				t.Errorf("%s does not deny %q, which is served as %q", deny, p, q)
			}
		}
	})
}
