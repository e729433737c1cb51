package hostapi_test

import (
	"net/url"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

func TestOriginOf(t *testing.T) {
	t.Parallel()
	tests := []struct{ url, scheme, host, port string }{
		{"http://a.test", "http", "a.test", "80"},
		{"https://a.test/x?y", "https", "a.test", "443"},
		{"HTTPS://A.Test.:443", "https", "a.test", "443"},
		{"http://a.test:", "http", "a.test", "80"},
		{"http://a.test:080", "http", "a.test", "80"},
		{"http://a.test:0008080", "http", "a.test", "8080"},
		{"http://a.test:0", "http", "a.test", "0"},
		{"http://a.test:000", "http", "a.test", "0"},
		{"http://127.0.0.1:08080", "http", "127.0.0.1", "8080"},
		{"http://127.0.0.1.", "http", "127.0.0.1", "80"},
		{"http://[0:0:0:0:0:0:0:1]", "http", "::1", "80"},
		{"http://[FE80::1%25eth0]", "http", "fe80::1%eth0", "80"},
		{"http://[::ffff:10.0.0.1]", "http", "10.0.0.1", "80"},
		{"http://[::ffff:a00:1]", "http", "10.0.0.1", "80"},
		{"http://010.0.0.1", "http", "010.0.0.1", "80"}, // no address to netip, and so to the dialler
		{"http://A\u0130.test", "http", "A\u0130.test", "80"},
		{"ftp://a.test", "ftp", "a.test", ""},
		{"file:///x", "file", "", ""},
		{"", "", "", ""},
	}
	for _, tt := range tests {
		u, err := url.Parse(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := hostapi.OriginOf(u), (hostapi.Origin{Scheme: tt.scheme, Host: tt.host, Port: tt.port}); got != want {
			t.Errorf("origin of %q is %+v, want %+v", tt.url, got, want)
		}
	}
}
