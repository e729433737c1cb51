package egress_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// newClient returns a client that is closed with the test.
func newClient(t *testing.T, cfg egress.Config) *egress.Client {
	t.Helper()
	c := egress.New(cfg)
	t.Cleanup(c.Close)
	return c
}

// rules parses rules in their text form.
func rules(t testing.TB, texts ...string) []hostapi.Rule {
	t.Helper()
	var out []hostapi.Rule
	for _, text := range texts {
		r, err := hostapi.ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// options are the default limits and those rules.
func options(t testing.TB, allow ...string) egress.Options {
	t.Helper()
	return egress.Options{Allow: rules(t, allow...), Limits: hostapi.DefaultLimits()}
}

func newRequest(t testing.TB, method, target, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func get(t *testing.T, c *egress.Client, target string, opts egress.Options) (*hostapi.Response, error) {
	t.Helper()
	return c.Send(newRequest(t, http.MethodGet, target, ""), opts)
}

// wantError checks code and text of err.
func wantError(t *testing.T, err error, code hostapi.Code, texts ...string) {
	t.Helper()
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok {
		t.Fatalf("error %v (%T), want a *hostapi.Error with code %s", err, err, code)
	}
	if e.Code != code {
		t.Errorf("code %s of %q, want %s", e.Code, e, code)
	}
	for _, text := range texts {
		if all := e.Error() + "; " + e.Hint; !strings.Contains(all, text) {
			t.Errorf("error %q does not contain %q", all, text)
		}
	}
}

// server is a loopback server that counts its requests.
type server struct {
	*httptest.Server
	hits atomic.Int64
}

func newServer(t testing.TB, handler http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.hits.Add(1)
		if handler != nil {
			handler(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// place returns the host:port of the server.
func (s *server) place() string { return s.Listener.Addr().String() }

func (s *server) port() string {
	_, port, _ := net.SplitHostPort(s.place())
	return port
}

func (s *server) wantHits(t *testing.T, want int64) {
	t.Helper()
	if got := s.hits.Load(); got != want {
		t.Errorf("%s got %d requests, want %d", s.place(), got, want)
	}
}

// memory is a network in memory.
type memory func(*http.Request) (*http.Response, error)

func (m memory) RoundTrip(req *http.Request) (*http.Response, error) { return m(req) }

// answers is a network in memory on which handler is every host.
func answers(handler http.HandlerFunc) memory {
	return func(req *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		handler(w, req)
		return w.Result(), nil
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		allow, deny []string // of the configuration
		grant       []string // of the request
		method, url string
		want        hostapi.Code // "" means that it is sent
		text        string
	}{
		{name: "nothing allowed", url: "http://a.test/", want: hostapi.CodeDenied, text: "add an allow rule for a.test ("},
		{name: "nothing allowed, port", url: "http://a.test:81/", want: hostapi.CodeDenied, text: "add an allow rule for a.test:81 ("},
		{name: "nothing allowed, address", url: "http://10.0.0.1/", want: hostapi.CodeDenied, text: "add an allow rule for 10.0.0.1:80 ("},
		{name: "operator's rule", allow: []string{"a.test"}, url: "http://a.test/"},
		{name: "task's rule", grant: []string{"a.test"}, url: "https://a.test/"},
		{name: "other host", grant: []string{"a.test"}, url: "http://b.test/", want: hostapi.CodeDenied, text: "no rule allows it"},
		{name: "other port", grant: []string{"a.test:80"}, url: "http://a.test:81/", want: hostapi.CodeDenied},
		{name: "subdomain", grant: []string{"a.test"}, url: "http://x.a.test/", want: hostapi.CodeDenied},
		{name: "suffix", grant: []string{"a.test"}, url: "http://xa.test/", want: hostapi.CodeDenied},
		{name: "wildcard", grant: []string{"*.a.test"}, url: "http://x.a.test/"},
		{name: "trailing dot", grant: []string{"a.test"}, url: "http://a.test./"},
		{name: "upper case", grant: []string{"a.test"}, url: "http://A.TEST/"},
		{name: "other method", grant: []string{"GET a.test"}, method: "POST", url: "http://a.test/", want: hostapi.CodeDenied, text: "method"},
		{name: "other scheme", grant: []string{"https://a.test"}, url: "http://a.test/", want: hostapi.CodeDenied},
		{name: "other path", grant: []string{"a.test/v1/*"}, url: "http://a.test/v2/x", want: hostapi.CodeDenied, text: "path"},
		{name: "path that climbs", grant: []string{"a.test/v1/*"}, url: "http://a.test/v1/../v2/x", want: hostapi.CodeDenied},
		{name: "look-alike host", grant: []string{"i.test"}, url: "http://\u0130.test/", want: hostapi.CodeDenied},
		{name: "denied", allow: []string{"a.test"}, grant: []string{"a.test"}, deny: []string{"a.test"}, url: "http://a.test/", want: hostapi.CodeDenied, text: "a rule denies it"},
		{name: "denied on any port", grant: []string{"a.test:81"}, deny: []string{"a.test"}, url: "http://a.test:81/", want: hostapi.CodeDenied},
		{name: "denied on a port with a leading zero", grant: []string{"a.test:81"}, deny: []string{"a.test:81"}, url: "http://a.test:081/", want: hostapi.CodeDenied, text: "a rule denies it"},
		{name: "allowed on a port with a leading zero", grant: []string{"a.test:81"}, url: "http://a.test:0081/"},
		{name: "denied on another port", grant: []string{"a.test:81"}, deny: []string{"a.test:82"}, url: "http://a.test:81/"},
		{name: "denied method", grant: []string{"a.test"}, deny: []string{"DELETE a.test"}, method: "delete", url: "http://a.test/", want: hostapi.CodeDenied},
		{name: "other method than the denied", grant: []string{"a.test"}, deny: []string{"DELETE a.test"}, url: "http://a.test/"},
		{name: "denied path", grant: []string{"a.test"}, deny: []string{"a.test/admin/*"}, url: "http://a.test/admin/x", want: hostapi.CodeDenied},
		{name: "denied path in disguise", grant: []string{"a.test"}, deny: []string{"a.test/admin/*"}, url: "http://a.test//admin/x", want: hostapi.CodeDenied},
		{name: "denied path encoded", grant: []string{"a.test"}, deny: []string{"a.test/admin/*"}, url: "http://a.test/x%2f..%2fadmin/x", want: hostapi.CodeDenied},
		{name: "other path than the denied", grant: []string{"a.test"}, deny: []string{"a.test/admin/*"}, url: "http://a.test/x"},
		{name: "user information", grant: []string{"a.test"}, url: "http://u:p@a.test/", want: hostapi.CodeDenied},
		{name: "tunnel", grant: []string{"a.test"}, method: "CONNECT", url: "http://a.test/", want: hostapi.CodeDenied},
		{name: "echo of credentials", grant: []string{"a.test"}, method: "trace", url: "http://a.test/", want: hostapi.CodeDenied},
		{name: "E08 ftp", grant: []string{"a.test"}, url: "ftp://a.test/", want: hostapi.CodeDenied, text: "http and https"},
		{name: "E08 file", grant: []string{"a.test"}, url: "file:///etc/passwd", want: hostapi.CodeDenied},
		{name: "E08 gopher", grant: []string{"a.test:70"}, url: "gopher://a.test:70/", want: hostapi.CodeDenied},
		{name: "E08 data", grant: []string{"a.test"}, url: "data:text/plain,x", want: hostapi.CodeDenied},
		{name: "E08 socket", grant: []string{"a.test"}, url: "http+unix://a.test/", want: hostapi.CodeDenied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sent := 0
			c := newClient(t, egress.Config{
				Allow: rules(t, tt.allow...), Deny: rules(t, tt.deny...),
				Transport: answers(func(http.ResponseWriter, *http.Request) { sent++ }),
			})
			u, err := url.Parse(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			method := tt.method
			if method == "" {
				method = http.MethodGet
			}
			req := (&http.Request{Method: method, URL: u}).WithContext(t.Context())
			_, err = c.Send(req, options(t, tt.grant...))
			if tt.want != "" {
				wantError(t, err, tt.want, tt.text)
			} else if err != nil {
				t.Errorf("error %v, want none", err)
			}
			if want := tt.want == ""; (sent == 1) != want {
				t.Errorf("%d requests sent, want sent: %v", sent, want)
			}
		})
	}
}

func TestHostHeaderMustBeThatOfURL(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	c := newClient(t, egress.Config{})
	req := newRequest(t, http.MethodGet, s.URL, "")
	req.Host = "other.test"
	_, err := c.Send(req, options(t, s.place()))
	wantError(t, err, hostapi.CodeDenied, "Host header")
	s.wantHits(t, 0)
}

func TestDo(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if got, want := r.Header.Get("User-Agent"), "postern"; got != want {
			t.Errorf("User-Agent %q, want %q", got, want)
		}
		if got, want := r.URL.RawQuery, "q=a+b"; got != want {
			t.Errorf("query %q, want %q", got, want)
		}
		w.Header().Set("X-Answer", "yes")
		w.WriteHeader(http.StatusTeapot)
		w.Write([]byte("short and stout"))
	})
	c := newClient(t, egress.Config{})
	grant := &hostapi.Grant{Allow: rules(t, s.place()), Limits: hostapi.DefaultLimits()}
	resp, err := c.Do(t.Context(), grant, &hostapi.Request{
		Method: "GET", URL: s.URL, QueryParam: []hostapi.Param{{Name: "q", Value: "a b"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := resp.Status, http.StatusTeapot; got != want {
		t.Errorf("status %d, want %d", got, want)
	}
	if got, want := string(resp.Body), "short and stout"; got != want {
		t.Errorf("body %q, want %q", got, want)
	}
	if got, want := resp.Header.Get("X-Answer"), "yes"; got != want {
		t.Errorf("header %q, want %q", got, want)
	}
}

func TestDoSendsScriptsUserAgent(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		if got, want := r.Header.Get("User-Agent"), "mine"; got != want {
			t.Errorf("User-Agent %q, want %q", got, want)
		}
	})
	c := newClient(t, egress.Config{})
	grant := &hostapi.Grant{Allow: rules(t, s.place()), Limits: hostapi.DefaultLimits()}
	_, err := c.Do(t.Context(), grant, &hostapi.Request{
		Method: "GET", URL: s.URL, Header: []hostapi.Param{{Name: "user-agent", Value: "mine"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.wantHits(t, 1)
}

func TestDoKnowsNoConnections(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	c := newClient(t, egress.Config{})
	grant := &hostapi.Grant{Connections: []string{"crm"}, Allow: rules(t, s.place()), Limits: hostapi.DefaultLimits()}
	_, err := c.OAuth2Token(t.Context(), grant, "crm")
	wantError(t, err, hostapi.CodeUnknownConnection, "getOAuth2Token crm")
	_, err = c.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: s.URL, AuthSetting: "crm"})
	wantError(t, err, hostapi.CodeUnknownConnection, "crm")
	s.wantHits(t, 0)
}

func TestZeroGrantReachesNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	c := newClient(t, egress.Config{})
	_, err := c.Do(t.Context(), &hostapi.Grant{}, &hostapi.Request{Method: "GET", URL: s.URL})
	wantError(t, err, hostapi.CodeDenied, s.place())
	s.wantHits(t, 0)
}

func TestE09Injection(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	c := newClient(t, egress.Config{})
	grant := &hostapi.Grant{Allow: rules(t, s.place()), Limits: hostapi.DefaultLimits()}
	header := func(name, value string) *hostapi.Request {
		return &hostapi.Request{Method: "GET", URL: s.URL, Header: []hostapi.Param{{Name: name, Value: value}}}
	}
	tests := map[string]*hostapi.Request{
		"CR LF in value":     header("X-A", "a\r\nX-B: b"),
		"LF in value":        header("X-A", "a\nX-B: b"),
		"NUL in value":       header("X-A", "a\x00"),
		"control in value":   header("X-A", "a\x01"),
		"CR LF in name":      header("X-A: a\r\nX-B", "b"),
		"space in name":      header("X A", "b"),
		"Host":               header("hOST", "other.test"),
		"Transfer-Encoding":  header("Transfer-Encoding", "chunked"),
		"Connection":         header("Connection", "X-A"),
		"CR LF in URL":       {Method: "GET", URL: s.URL + "/ HTTP/1.1\r\nX-B: b"},
		"request in method":  {Method: "GET / HTTP/1.1", URL: s.URL},
		"CR LF in bearer":    {Method: "GET", URL: s.URL, Bearer: "a\r\nX-B: b"},
		"CR LF in type":      {Method: "POST", URL: s.URL, Body: []byte("x"), ContentType: "a/b\r\nX-B: b"},
		"scheme of a socket": {Method: "GET", URL: "unix:///run/x.sock"},
	}
	for name, req := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := c.Do(t.Context(), grant, req)
			wantError(t, err, hostapi.CodeInvalidArgument)
		})
	}
	t.Cleanup(func() { s.wantHits(t, 0) })
}

// A URL whose host is an allowed address needs no rule, so only the deny rule can
// refuse another spelling.
func TestDenyOfLiteralInEverySpelling(t *testing.T) {
	t.Parallel()
	c := newClient(t, egress.Config{
		AllowAddrs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("fe80::/10")},
		Deny:       rules(t, "127.0.0.1:8080", "[fe80::1]:8080"),
		Transport:  answers(func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") }),
	})
	for _, target := range []string{
		"http://127.0.0.1:8080/", "http://127.0.0.1:08080/", "http://127.0.0.1:0000008080/", "http://127.0.0.1.:8080/",
		"http://[::ffff:127.0.0.1]:8080/", "http://[::ffff:7f00:1]:08080/",
		"http://[fe80::1]:8080/", "http://[FE80:0::1]:08080/", "http://[fe80::1%25eth0]:8080/", "http://[fe80::1%25eth0]:08080/",
	} {
		_, err := get(t, c, target, options(t))
		wantError(t, err, hostapi.CodeDenied)
	}
}

func TestLiteralInAllowAddrsNeedsNoRule(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	c := newClient(t, egress.Config{AllowAddrs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	if _, err := get(t, c, s.URL, options(t)); err != nil {
		t.Errorf("address in AllowAddrs: %v", err)
	}
	_, err := get(t, c, "http://localhost:"+s.port(), options(t))
	wantError(t, err, hostapi.CodeDenied, "no rule allows it")
	s.wantHits(t, 1)
}

// TestMethodOverride checks that a header that makes frameworks take a request for one
// with another method is a request with that method, too, for rules.
func TestMethodOverride(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		allow, deny, header, value string
		want                       hostapi.Code
	}{
		{allow: "GET,POST a.test", header: "X-HTTP-Method-Override", value: "DELETE", want: hostapi.CodeDenied},
		{allow: "a.test", deny: "DELETE a.test", header: "x-http-method", value: " delete ", want: hostapi.CodeDenied},
		{allow: "a.test", deny: "DELETE a.test", header: "X-Method-Override", value: "DELETE", want: hostapi.CodeDenied},
		{allow: "a.test", deny: "DELETE a.test", header: "X-HTTP-Method-Override", value: "PATCH"},
		{allow: "GET,POST a.test", header: "X-HTTP-Method-Override", value: "GET"},
	} {
		sent := 0
		cfg := egress.Config{Allow: rules(t, tt.allow), Transport: answers(func(http.ResponseWriter, *http.Request) { sent++ })}
		if tt.deny != "" {
			cfg.Deny = rules(t, tt.deny)
		}
		grant := &hostapi.Grant{Limits: hostapi.DefaultLimits()}
		_, err := newClient(t, cfg).Do(t.Context(), grant, &hostapi.Request{
			Method: "POST", URL: "http://a.test/", Header: []hostapi.Param{{Name: tt.header, Value: tt.value}},
		})
		if hostapi.CodeOf(err) != tt.want || (sent == 1) != (tt.want == "") {
			t.Errorf("%+v: error %v, sent %d", tt, err, sent)
		}
	}
}
