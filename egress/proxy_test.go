package egress_test

import (
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"testing"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

func TestProxy(t *testing.T) {
	t.Parallel()
	proxy := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		io.WriteString(w, "for "+r.URL.Host)
	})
	proxyURL, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	dns := nameServer(t, func(name string, _ int) []string {
		return map[string][]string{
			"public.test":  {"93.184.215.14"},
			"private.test": {"93.184.215.14", "10.0.0.1"},
			"denied.test":  {"93.184.216.1"},
			"six.test":     {"fd00:ec2::254"},
		}[name]
	})
	denyAddrs := []netip.Prefix{netip.MustParsePrefix("93.184.216.0/24")}
	tests := []struct {
		name  string
		url   string
		allow string
		deny  []netip.Prefix
		code  hostapi.Code // "" means that the proxy was asked
		text  string
	}{
		{name: "public name", url: "http://public.test/", allow: "public.test"},
		{name: "private name", url: "http://private.test/", allow: "private.test", code: hostapi.CodeDenied, text: "resolves to 10.0.0.1"},
		{name: "private name, IPv6", url: "http://six.test/", allow: "six.test", code: hostapi.CodeDenied, text: "resolves to fd00:ec2::254"},
		{name: "private address", url: "http://169.254.169.254/", allow: "169.254.169.254", code: hostapi.CodeDenied, text: "169.254.169.254 is"},
		{name: "mapped address", url: "http://[::ffff:169.254.169.254]/", allow: "169.254.169.254", code: hostapi.CodeDenied, text: "169.254.169.254 is"},
		{name: "local name", url: "http://localhost/", allow: "localhost", code: hostapi.CodeDenied, text: "loopback"},
		{name: "private name, https", url: "https://private.test/", allow: "private.test", code: hostapi.CodeDenied, text: "resolves to 10.0.0.1"},
		{name: "not allowed", url: "http://public.test/", allow: "other.test", code: hostapi.CodeDenied, text: "no rule"},
		{name: "named", url: "http://private.test/", allow: "private.test:80"},
		{name: "named, unknown here", url: "http://inside.test/", allow: "inside.test:80"},
		{name: "unknown here", url: "http://inside.test/", allow: "inside.test", code: hostapi.CodeNetwork, text: "no such host"},
		{name: "denied address", url: "http://denied.test/", allow: "denied.test", deny: denyAddrs, code: hostapi.CodeDenied, text: "93.184.216.1, a denied address"},
		{name: "named, denied address", url: "http://denied.test/", allow: "denied.test:80", deny: denyAddrs, code: hostapi.CodeDenied, text: "93.184.216.1, a denied address"},
		{name: "named, other address denied", url: "http://private.test/", allow: "private.test:80", deny: denyAddrs},
	}
	var asked int64
	for _, tt := range tests {
		c := newClient(t, egress.Config{DNS: dns, Proxy: proxyURL, DenyAddrs: tt.deny})
		resp, err := get(t, c, tt.url, options(t, tt.allow))
		if tt.code != "" {
			wantError(t, err, tt.code, tt.text)
			continue
		}
		asked++
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if u, err := url.Parse(tt.url); err != nil || string(resp.Body) != "for "+u.Host {
			t.Errorf("%s: answer %q", tt.name, resp.Body)
		}
	}
	proxy.wantHits(t, asked)

	// What a proxy that refuses says is not the API's answer: it may be the password
	// of the proxy.
	refuser := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
		io.WriteString(w, r.Header.Get("Proxy-Authorization"))
	})
	refuserURL := &url.URL{Scheme: "http", Host: refuser.Listener.Addr().String(), User: url.UserPassword("u", "hunter2canary")}
	for _, scheme := range []string{"http", "https"} {
		resp, err := get(t, newClient(t, egress.Config{DNS: dns, Proxy: refuserURL}), scheme+"://public.test/", options(t, "public.test"))
		wantError(t, err, hostapi.CodeNetwork, "the proxy answered 407 Proxy Authentication Required")
		if resp != nil {
			t.Errorf("%s: the proxy's answer is handed on: %s", scheme, resp.Body)
		}
	}

	c := newClient(t, egress.Config{DNS: dns, Proxy: proxyURL})
	_, err = get(t, c, "https://public.test/", options(t, "public.test"))
	wantError(t, err, hostapi.CodeNetwork, "the proxy answered 403 Forbidden")

	c = newClient(t, egress.Config{DNS: dns, Proxy: &url.URL{Scheme: "http", Host: refusing(t, "tcp")}})
	_, err = get(t, c, "http://public.test/", options(t, "public.test"))
	wantError(t, err, hostapi.CodeNetwork, "the proxy: connection refused")
}

// The environment names proxies for other programs.
func TestProxyOfEnvironmentIsIgnored(t *testing.T) {
	proxy, s := newServer(t, nil), newServer(t, nil)
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	t.Setenv("ALL_PROXY", proxy.URL)
	// net/http never asks the environment's proxy for localhost, so ask for a name.
	dns := nameServer(t, func(string, int) []string { return []string{"127.0.0.1"} })
	c := newClient(t, egress.Config{DNS: dns})
	if _, err := get(t, c, "http://a.test:"+s.port()+"/", options(t, "a.test:"+s.port())); err != nil {
		t.Error(err)
	}
	s.wantHits(t, 1)
	proxy.wantHits(t, 0)
}

func TestWithProxy(t *testing.T) {
	t.Parallel()
	target := newServer(t, nil)
	first := newServer(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "first for "+r.URL.Host) })
	second := newServer(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "second for "+r.URL.Host) })
	firstURL, err := url.Parse(first.URL)
	if err != nil {
		t.Fatal(err)
	}
	secondURL, err := url.Parse(second.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, egress.Config{Proxy: firstURL})
	other := c.WithProxy(secondURL)
	t.Cleanup(other.Close)
	host := "127.0.0.1:" + target.port()
	for client, want := range map[*egress.Client]string{c: "first for " + host, other: "second for " + host} {
		resp, err := get(t, client, "http://"+host+"/", options(t, host))
		if err != nil || string(resp.Body) != want {
			t.Errorf("answer %v, %v; want %q", resp, err, want)
		}
		_, err = get(t, client, "http://"+host+"/", options(t, "other.test")) // the rules are the same
		wantError(t, err, hostapi.CodeDenied, "no rule")
	}
	target.wantHits(t, 0)
}
