package cookies

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

var _ hostapi.CookieJar = (*Jar)(nil)

func address(tb testing.TB, text string) *url.URL {
	tb.Helper()
	u, err := url.Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

func TestJar(t *testing.T) {
	t.Parallel()
	const from = "https://api.example.com/v1/login"
	tests := []struct {
		name, from string
		set        []string
		to, want   string
		told       []string
	}{
		{"nothing set", from, nil, "https://api.example.com/v1/", "", nil},
		{"to where it came from", from, []string{"sid=1"}, "https://api.example.com/v1/orders?q=1", "sid=1", nil},
		{"two", from, []string{"a=1", "b=2; HttpOnly"}, "https://api.example.com/v1/", "a=1; b=2", nil},
		{"the later one counts", from, []string{"a=1", "a=2"}, "https://api.example.com/v1/", "a=2", nil},
		{"quoted", from, []string{`a="1 2"`}, "https://api.example.com/v1/", `a="1 2"`, nil},
		{"the longer path first", from, []string{"a=1; Path=/", "b=2; Path=/v1"}, "https://api.example.com/v1/", "b=2; a=1", nil},
		{"another path", from, []string{"sid=1; Path=/v2"}, "https://api.example.com/v1/", "", nil},
		{"another host", from, []string{"sid=1"}, "https://www.example.com/v1/", "", nil},
		{"a host below", from, []string{"sid=1"}, "https://eu.api.example.com/v1/", "", nil},
		{"another port", from, []string{"sid=1"}, "https://api.example.com:8443/v1/", "sid=1", nil},
		{"of the domain above", from, []string{"sid=1; Domain=.Example.com"}, "https://www.example.com/v1/", "sid=1", nil},
		{"taken back", from, []string{"sid=1", "sid=; Max-Age=0"}, "https://api.example.com/v1/", "", nil},
		{"expired", from, []string{"sid=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, "https://api.example.com/v1/", "", nil},
		{"secure, over http", from, []string{"sid=1; Secure"}, "http://api.example.com/v1/", "", nil},
		{"an address", "http://192.0.2.1/", []string{"sid=1; Domain=192.0.2.1"}, "http://192.0.2.1/", "sid=1", nil},

		{
			"for another host", from,
			[]string{"sid=hunter2; Domain=other.example.net", "sid=hunter2; Domain=www.example.com", "fine=1"},
			"https://other.example.net/v1/", "",
			[]string{`cookie "sid" of api.example.com rejected: its Domain does not match the host`},
		},
		{
			"for a host below", from,
			[]string{"sid=hunter2; Domain=eu.api.example.com"},
			"https://eu.api.example.com/v1/", "",
			[]string{`cookie "sid" of api.example.com rejected: its Domain does not match the host`},
		},
		{
			"for every host", from,
			[]string{"sid=hunter2; Domain=com", "lax=1; Domain=.com"},
			"https://other.com/v1/", "",
			[]string{`cookie "sid" of api.example.com rejected: its Domain is a public suffix`, `cookie "lax" of api.example.com rejected: its Domain is a public suffix`},
		},
		{
			"for a public suffix", "https://me.github.io/",
			[]string{"sid=hunter2; Domain=github.io"},
			"https://you.github.io/", "",
			[]string{`cookie "sid" of me.github.io rejected: its Domain is a public suffix`},
		},
		{
			"for no host", from,
			[]string{"sid=hunter2; Domain=.", "sid=hunter2; Domain=..example.com", "sid=hunter2; Domain=example.com."},
			"https://api.example.com/v1/", "",
			[]string{`cookie "sid" of api.example.com rejected: its Domain is not the name of a host`},
		},
		{
			"for a name at an address", "http://192.0.2.1/",
			[]string{"sid=hunter2; Domain=example.com"},
			"http://192.0.2.1/", "",
			[]string{`cookie "sid" of 192.0.2.1 rejected: its Domain does not match the host`},
		},
		{
			"malformed", from,
			[]string{"hunter2", "hunter2; a=b", "", "=hunter2", "s i d=hunter2", "sid=hunter2\x01", "fine=1"},
			"https://api.example.com/v1/", "fine=1",
			[]string{`a cookie of api.example.com rejected: it is malformed`, `cookie "sid" of api.example.com rejected: it is malformed`},
		},
		{
			"large", from,
			[]string{"sid=" + strings.Repeat("x", 5000), "fine=1"},
			"https://api.example.com/v1/", "fine=1",
			[]string{`cookie "sid" of api.example.com rejected: it is larger than 4 KiB`},
		},
		{
			"a long name", from,
			[]string{strings.Repeat("x", 100) + "=1; Domain=b"},
			"https://b/", "",
			[]string{`cookie "` + strings.Repeat("x", 64) + `…" of api.example.com rejected: its Domain does not match the host`},
		},
		{
			"two reasons", from,
			[]string{"sid=1; Domain=b", "sid=1; Domain=com"},
			"https://b/", "",
			[]string{`cookie "sid" of api.example.com rejected: its Domain does not match the host`, `cookie "sid" of api.example.com rejected: its Domain is a public suffix`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var told []string
			loud, quiet := New(func(text string) { told = append(told, text) }), New(nil)
			for range 2 { // the second time nothing is new
				loud.SetCookie(address(t, tt.from), tt.set)
				quiet.SetCookie(address(t, tt.from), tt.set)
			}
			if got := loud.Cookie(address(t, tt.to)); got != tt.want {
				t.Errorf("Cookie = %q, want %q", got, tt.want)
			}
			if got := quiet.Cookie(address(t, tt.to)); got != tt.want {
				t.Errorf("Cookie of a jar that tells nothing = %q, want %q", got, tt.want)
			}
			if !slices.Equal(told, tt.told) {
				t.Errorf("told %q, want %q", told, tt.told)
			}
		})
	}
}

// A server can fill neither the log nor the memory.
func TestJarIsBounded(t *testing.T) {
	t.Parallel()
	told := 0
	j := New(func(string) { told++ })
	u := address(t, "https://api.example.com/")
	for i := range 100 {
		j.SetCookie(u, []string{fmt.Sprintf("c%d=1; Domain=b", i)})
	}
	if told != maxRefusals {
		t.Errorf("told of %d", told)
	}
	full := New(func(text string) {
		if text != `cookie "c" of api.example.com rejected: the run was given more than 4 MiB of cookies` {
			t.Errorf("told %q", text)
		}
	})
	for i := range 2000 {
		full.SetCookie(u, []string{fmt.Sprintf("c=%d%s; Path=/%d", i, strings.Repeat("x", 4000), i)})
	}
	if full.taken > maxTaken || full.Cookie(address(t, "https://api.example.com/1999")) != "" {
		t.Errorf("took %d bytes", full.taken)
	}
}

// FuzzSetCookie checks that a jar has a cookie, or reports why not without its value.
func FuzzSetCookie(f *testing.F) {
	for _, rest := range []string{"", "; Domain=example.com", "; Domain=com", "; Domain=b", "; domain=.api.example.com; Secure; Path=/x", "; Domain=.", "\x00", "; Domain=é.example.com"} {
		f.Add("api.example.com", "sid", rest)
		f.Add("192.0.2.1", "sid", rest)
	}
	const value = "hunter2canary"
	f.Fuzz(func(t *testing.T, host, name, rest string) {
		u := &url.URL{Scheme: "https", Host: host, Path: "/"}
		if parsed, err := url.Parse(u.String()); err != nil || parsed.Host != host || u.Hostname() == "" ||
			strings.Contains(name+rest, value) || strings.ContainsAny(name, "=;") {
			return
		}
		plain := New(nil)
		if plain.SetCookie(u, []string{"plain=1"}); plain.Cookie(u) == "" {
			return // from there a jar takes nothing
		}
		told := ""
		j := New(func(text string) { told += text })
		j.SetCookie(u, []string{name + "=" + value + rest})
		if strings.Contains(told, value) {
			t.Errorf("told %q", told)
		}
		lower := strings.ToLower(rest)
		if strings.Contains(lower, "expires") || strings.Contains(lower, "max-age") || strings.Contains(lower, "path") {
			return // it may be gone or elsewhere
		}
		if has := strings.Contains(j.Cookie(u), value); has == (told != "") {
			t.Errorf("%s=…%s from %q: the jar has it: %v, and told %q", name, rest, host, has, told)
		}
	})
}
