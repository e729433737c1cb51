package hostapi_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

func TestParseRule(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want hostapi.Rule
		form string // of String; "" means text
	}{
		{text: "api.example.com", want: hostapi.Rule{Host: "api.example.com"}},
		{text: "127.0.0.1:8080", want: hostapi.Rule{Host: "127.0.0.1", Port: "8080"}},
		{text: "localhost:1", want: hostapi.Rule{Host: "localhost", Port: "1"}},
		{text: "https://api.example.com", want: hostapi.Rule{Scheme: "https", Host: "api.example.com"}},
		{text: "*.example.com", want: hostapi.Rule{Host: "*.example.com"}},
		{text: "*.example.com:8443/v1/*", want: hostapi.Rule{Host: "*.example.com", Port: "8443", Path: "/v1/*"}},
		{
			text: "GET,HEAD https://*.example.com/v1/*",
			want: hostapi.Rule{Methods: []string{"GET", "HEAD"}, Scheme: "https", Host: "*.example.com", Path: "/v1/*"},
		},
		{text: "[::1]", want: hostapi.Rule{Host: "::1"}},
		{text: "[::1]:80", want: hostapi.Rule{Host: "::1", Port: "80"}},
		{text: "::1", want: hostapi.Rule{Host: "::1"}, form: "[::1]"},
		{text: "[0:0:0:0:0:0:0:1]:80", want: hostapi.Rule{Host: "::1", Port: "80"}, form: "[::1]:80"},
		{text: "[::ffff:10.0.0.1]:80", want: hostapi.Rule{Host: "10.0.0.1", Port: "80"}, form: "10.0.0.1:80"},
		{text: "API.Example.COM.", want: hostapi.Rule{Host: "api.example.com"}, form: "api.example.com"},
		{text: "  a.test  ", want: hostapi.Rule{Host: "a.test"}, form: "a.test"},
		{text: "http://10.0.0.1/8", want: hostapi.Rule{Scheme: "http", Host: "10.0.0.1", Path: "/8"}},
		{text: "10.0.0.1:80/8", want: hostapi.Rule{Host: "10.0.0.1", Port: "80", Path: "/8"}},
		{text: "a.test/8", want: hostapi.Rule{Host: "a.test", Path: "/8"}},
		{text: "POST   a.test/x", want: hostapi.Rule{Methods: []string{"POST"}, Host: "a.test", Path: "/x"}, form: "POST a.test/x"},
		{text: "a.test:0080", want: hostapi.Rule{Host: "a.test", Port: "80"}, form: "a.test:80"},
		{text: "a.test/", want: hostapi.Rule{Host: "a.test", Path: "/"}},
		{text: "xn--bcher-kva.test", want: hostapi.Rule{Host: "xn--bcher-kva.test"}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := hostapi.ParseRule(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("ParseRule(%q) = %+v, want %+v", tt.text, got, tt.want)
			}
			form := tt.form
			if form == "" {
				form = tt.text
			}
			if got.String() != form {
				t.Errorf("String() = %q, want %q", got, form)
			}
		})
	}
}

func TestParseRuleErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]string{ // text: a part of the message
		"":                       "the host is empty",
		" ":                      "the host is empty",
		":80":                    "the host is empty",
		"https://":               "the host is empty",
		"/path":                  "the host is empty",
		".":                      "the host is empty",
		"a.test:":                "the port is empty",
		"a.test:0":               "not a port",
		"a.test:65536":           "not a port",
		"a.test:+1":              "not a port",
		"a.test:http":            "not a port",
		"[::1":                   "[ without ]",
		"[::1]80":                "not a port",
		"[::1]:":                 "not a port",
		"1:2:3":                  "not an IP address",
		"10.0.0.0/8":             "a range of addresses is not a rule",
		"GET 10.0.0.0/8":         "a range of addresses is not a rule",
		"10.0.0.0/99":            "a range of addresses is not a rule",
		"[fd00::]/8":             "a range of addresses is not a rule",
		"fd00::/8":               "a range of addresses is not a rule",
		"[a:b]":                  "not an IP address",
		"*":                      "first label",
		"*.":                     "first label",
		"*.com":                  "top-level domain",
		"a.*.test":               "first label",
		"*a.test":                "first label",
		"*.*.a.test":             "first label",
		"a..test":                "empty label",
		"a.test..":               "empty label",
		".a.test":                "empty label",
		"*..test":                "empty label",
		"ftp://a.test":           "not http or https",
		"HTTPS://a.test":         "not http or https",
		"file:///x":              "not http or https",
		"get a.test":             "not a method in upper case",
		"GET,,POST a.test":       "not a method in upper case",
		"G(T a.test":             "not a method in upper case",
		"GET POST a.test":        "a character that host names cannot have",
		"user@a.test":            "a character that host names cannot have",
		"a.test?x":               "a character that host names cannot have",
		"a.test#x":               "a character that host names cannot have",
		"a.test%31":              "a character that host names cannot have",
		"[fe80::1%25eth0]":       "a character that host names cannot have",
		`a.test\x`:               "a character that host names cannot have",
		"a\ttest":                "a character that host names cannot have",
		"a.test/x?y":             "no query",
		"a.test/x#y":             "no query",
		"a.test/*/x":             "at its end",
		"a.test/x**":             "at its end",
		"b\u00fccher.test":       "xn--",
		"\u0130.test":            "xn--",
		"a\u3002test":            "xn--",
		"\uff41.test":            "xn--",
		"a.test:\uff18\uff10":    "not a port",
		"http://https://a.test/": "the port is empty",
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			r, err := hostapi.ParseRule(text)
			if err == nil {
				t.Fatalf("ParseRule(%q) = %+v, want an error", text, r)
			}
			e, ok := errors.AsType[*hostapi.Error](err)
			if !ok || e.Code != hostapi.CodeConfig || e.Hint == "" {
				t.Errorf("error %#v, want code config and a hint", err)
			}
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error %q, want %q in it", err, want)
			}
		})
	}
}

func TestRuleMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		rule, method, url string
		want              bool
	}{
		{"a.test", "GET", "http://a.test", true},
		{"a.test", "GET", "https://a.test/x?y", true},
		{"a.test", "GET", "http://a.test:80", true},
		{"a.test", "GET", "http://a.test:", true},
		{"a.test", "GET", "https://a.test:443", true},
		{"a.test", "GET", "http://a.test:443", false},
		{"a.test", "GET", "http://a.test:8080", false},
		{"a.test", "GET", "ftp://a.test", false},
		{"a.test:80", "GET", "ftp://a.test:80", false},
		{"a.test", "GET", "file://a.test/x", false},
		{"a.test", "GET", "//a.test", false},
		{"a.test", "GET", "http://A.Test.", true},
		{"a.test", "GET", "http://a.test..", false},
		{"a.test", "GET", "http://xa.test", false},
		{"a.test", "GET", "http://a.test.evil.test", false},
		{"a.test", "GET", "http://a.test@evil.test", false},
		{"a.test:8080", "GET", "http://a.test:8080", true},
		{"a.test:8080", "GET", "https://a.test:8080", true},
		{"a.test:8080", "GET", "http://a.test:08080", true}, // as net/http dials it
		{"a.test", "GET", "http://a.test:080", true},
		{"a.test", "GET", "http://a.test:0", false},
		{"a.test:8080", "GET", "http://a.test", false},
		{"a.test:80", "GET", "http://a.test", true},
		{"a.test:80", "GET", "https://a.test", false},
		{"https://a.test", "GET", "https://a.test", true},
		{"https://a.test", "GET", "HTTPS://a.test", true},
		{"https://a.test", "GET", "http://a.test", false},
		{"https://a.test:8443", "GET", "http://a.test:8443", false},

		{"*.a.test", "GET", "http://x.a.test", true},
		{"*.a.test", "GET", "http://x.a.test.", true},
		{"*.a.test", "GET", "http://a.test", false},
		{"*.a.test", "GET", "http://.a.test", false},
		{"*.a.test", "GET", "http://y.x.a.test", false},
		{"*.a.test", "GET", "http://xa.test", false},
		{"*.a.test", "GET", "http://x\u3002y.a.test", false},
		{"*.a.test", "GET", "http://\uff58.a.test", false},
		{"i.test", "GET", "http://\u0130.test", false},
		{"k.test", "GET", "http://\u212a.test", false},

		{"10.0.0.1", "GET", "http://10.0.0.1", true},
		{"10.0.0.1", "GET", "http://[::ffff:10.0.0.1]", true},
		{"10.0.0.1", "GET", "http://[::ffff:a00:1]", true},
		{"10.0.0.1", "GET", "http://167772161", false},
		{"10.0.0.1", "GET", "http://012.0.0.1", false},
		{"[::1]", "GET", "http://[0:0::1]", true},
		{"[fe80::1]", "GET", "http://[fe80::1%25eth0]", false},

		{"GET a.test", "GET", "http://a.test", true},
		{"GET a.test", "POST", "http://a.test", false},
		{"GET a.test", "get", "http://a.test", false},
		{"GET,POST a.test", "POST", "http://a.test", true},

		{"a.test/", "GET", "http://a.test", true},
		{"a.test/", "GET", "http://a.test/", true},
		{"a.test/", "GET", "http://a.test/x", false},
		{"a.test/v1", "GET", "http://a.test/v1", true},
		{"a.test/v1", "GET", "http://a.test/v1?q=/../", true},
		{"a.test/v1", "GET", "http://a.test/v1/", false},
		{"a.test/v1/", "GET", "http://a.test/v1/", true},
		{"a.test/v1", "GET", "http://a.test/%76%31", true},
		{"a.test/v1/*", "GET", "http://a.test/v1/x/y", true},
		{"a.test/v1/*", "GET", "http://a.test/v1/", true},
		{"a.test/v1/*", "GET", "http://a.test/v1", false},
		{"a.test/v1/*", "GET", "http://a.test/v2/", false},
		{"a.test/*", "GET", "http://a.test", true},
		{"a.test/v1/*", "GET", "http://a.test/v1/../v2", false},
		{"a.test/v1/*", "GET", "http://a.test/v1/%2e%2e/v2", false},
		{"a.test/v1/*", "GET", "http://a.test/v1/./x", false},
		{"a.test/v1/*", "GET", "http://a.test//v1/x", false},
		{"a.test/v1/*", "GET", "http://a.test/v1//x", false},
		{"a.test/v1/*", "GET", "http://a.test/v1/..%2fx", false},
		{"a.test/v1/*", "GET", "http://a.test/v1/x%2Fy", false},
		{"a.test/v1/*", "GET", `http://a.test/v1/..\x`, false},
		{"a.test/v1/*", "GET", "http://a.test/v1/%5cx", false},
	}
	for _, tt := range tests {
		r, err := hostapi.ParseRule(tt.rule)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Match(tt.method, u); got != tt.want {
			t.Errorf("rule %q matches %s %s: %v, want %v", r, tt.method, tt.url, got, tt.want)
		}
	}
}

func TestZeroRuleMatchesNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "http://", "http:///", "http://a.test", "http://.", "file:///x"} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if (hostapi.Rule{}).Match("GET", u) || (hostapi.Rule{}).MatchHost(u) {
			t.Errorf("the zero rule matches %q", text)
		}
	}
}

// dialled returns the host:port that net/http would dial for u, or "".
func dialled(t *testing.T, u *url.URL) string {
	t.Helper()
	var place string
	stop := errors.New("not dialled in a test")
	transport := &http.Transport{DialContext: func(_ context.Context, _, addr string) (net.Conn, error) {
		place = addr
		return nil, stop
	}}
	resp, err := transport.RoundTrip((&http.Request{Method: "GET", URL: u, Header: http.Header{}}).WithContext(t.Context()))
	if err == nil {
		resp.Body.Close() //nolint:errcheck // it cannot be
		t.Fatalf("%s was answered", u)
	}
	return place
}

func FuzzParseRule(f *testing.F) {
	for _, rule := range []string{
		"api.example.com", "GET,HEAD https://*.example.com:8443/v1/*", "[::1]:80", "a..", "i.test", "[10.0.0.1]", "k.test/ x", "*.a.test",
	} {
		for _, target := range []string{
			"http://api.example.com/", "https://x.example.com:8443/v1/x", "http://[::1]:80", "http://\u0130.test", "http://\u212a.test",
			"http://[::ffff:10.0.0.1]", "http://x\u3002y.a.test", "ftp://a..", "http://a.test:080",
		} {
			f.Add(rule, target)
		}
	}
	f.Fuzz(func(t *testing.T, text, target string) {
		r, err := hostapi.ParseRule(text)
		if err != nil {
			return
		}
		again, err := hostapi.ParseRule(r.String())
		if err != nil || !reflect.DeepEqual(again, r) {
			t.Fatalf("ParseRule(%q) = %+v, but its text %q is %+v, %v", text, r, r, again, err)
		}
		u, err := url.Parse(target)
		if err != nil || !r.Match("GET", u) {
			return
		}
		place := dialled(t, u)
		if _, _, err := net.SplitHostPort(place); err != nil {
			t.Fatalf("rule %q matches %q, which net/http dials as %v", r, target, err)
		}
		want := r.Port
		if want == "" {
			want = map[string]string{"http": "80", "https": "443"}[u.Scheme]
		}
		to := hostapi.OriginOf(&url.URL{Scheme: u.Scheme, Host: place})
		host, port := to.Host, to.Port
		if suffix, wild := strings.CutPrefix(r.Host, "*"); wild {
			if label, ok := strings.CutSuffix(host, suffix); !ok || label == "" || strings.Contains(label, ".") {
				t.Errorf("rule %q matches %q, for which net/http dials %q", r, target, host)
			}
		} else if host != r.Host {
			t.Errorf("rule %q matches %q, for which net/http dials %q", r, target, host)
		}
		if port != want {
			t.Errorf("rule %q matches %q, for which net/http dials port %s", r, target, port)
		}
	})
}
