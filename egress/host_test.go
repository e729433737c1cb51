package egress_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// A panic in what the embedding program supplied is an error that says in what. It ends
// neither the process nor the client.
func TestPanicOfTheHost(t *testing.T) {
	t.Parallel()
	self := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Set-Cookie", "a=b") }))
	self.Config.ErrorLog = quiet(t)
	self.StartTLS()
	t.Cleanup(self.Close)
	place := strings.TrimPrefix(self.URL, "https://")
	good := egress.Config{RootCAs: authorities(self)}
	broken := true
	may := func() {
		if broken {
			panic("canary")
		}
	}
	transport := func(how string) egress.Config {
		return egress.Config{Transport: memory(func(r *http.Request) (*http.Response, error) {
			resp := &http.Response{StatusCode: 200, Header: http.Header{}, Body: panickingBody{how, may}, Request: r}
			if how == "" {
				may()
			}
			return resp, nil
		})}
	}
	wrapped := func(may func()) egress.Config {
		cfg := good
		cfg.WrapTransport = func(next http.RoundTripper) http.RoundTripper {
			return memory(func(r *http.Request) (*http.Response, error) { may(); return next.RoundTrip(r) })
		}
		return cfg
	}
	tests := []struct {
		name  string
		cfg   egress.Config
		tls   *tls.Config
		bend  func(*egress.Options)
		whose string
	}{
		{name: "transport", cfg: transport(""), whose: "the Transport of the egress.Config"},
		{name: "reading the body", cfg: transport("read"), whose: "the body of a response of the Transport of the egress.Config"},
		{name: "WrapTransport", cfg: wrapped(may), whose: "the WrapTransport of the egress.Config"},
		{name: "Hop", cfg: good, bend: func(o *egress.Options) { o.Hop = func(*http.Request) error { may(); return nil } }, whose: "the Hop of the egress.Options"},
		{name: "AllowAt", cfg: good, bend: func(o *egress.Options) { o.AllowAt = func(*url.URL) []hostapi.Rule { may(); return nil } }, whose: "the AllowAt of the egress.Options"},
		{name: "Cookie", cfg: good, bend: func(o *egress.Options) { o.Cookies = panickingJar{may, func() {}} }, whose: "the cookie jar"},
		{name: "SetCookie", cfg: good, bend: func(o *egress.Options) { o.Cookies = panickingJar{func() {}, may} }, whose: "the cookie jar"},
		{name: "tls.Config", cfg: good, tls: &tls.Config{MinVersion: tls.VersionTLS12, VerifyConnection: func(tls.ConnectionState) error { may(); return nil }}, whose: "a function of the tls.Config"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t, tt.cfg)
			if tt.tls != nil {
				c = c.WithTLS(tt.tls)
			}
			opts := options(t, place)
			if tt.bend != nil {
				tt.bend(&opts)
			}
			broken = true
			_, err := get(t, c, self.URL, opts)
			wantError(t, err, hostapi.CodeInternal, tt.whose+" panicked")
			if p, ok := errors.AsType[*hostapi.PanicError](err); !ok || p.Value != "canary" || !strings.Contains(string(p.Stack), "host_test.go") {
				t.Errorf("the cause is %#v, want the panic", p)
			}
			broken = false
			if resp, err := get(t, c, self.URL, opts); err != nil || resp.Status != http.StatusOK {
				t.Errorf("afterwards: %v, %v", resp, err)
			}
		})
	}
}

// What the program wraps around the transport gets every request, and the address of a
// destination is still checked.
func TestWrapTransport(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/redirect" {
			redirect(w, http.StatusFound, "/")
		}
	})
	var seen []string
	cfg := egress.Config{WrapTransport: func(next http.RoundTripper) http.RoundTripper {
		return memory(func(r *http.Request) (*http.Response, error) {
			seen = append(seen, r.URL.Path+" "+r.Header.Get("Authorization"))
			return next.RoundTrip(r)
		})
	}}
	c := newClient(t, cfg)
	opts := options(t, s.place())
	opts.Hop = func(r *http.Request) error { r.Header.Set("Authorization", "token"); return nil }
	if _, err := get(t, c, s.URL+"/redirect", opts); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(seen), "[/redirect token / token]"; got != want {
		t.Errorf("it got %s, want %s", got, want)
	}
	cfg.DNS = nameServer(t, func(string, int) []string { return []string{"127.0.0.1"} })
	_, err := get(t, newClient(t, cfg), "http://a.test/", options(t, "a.test"))
	wantError(t, err, hostapi.CodeDenied, "a loopback address")
	s.wantHits(t, 2)

	seen = nil
	if _, err := get(t, c.WithProxy(parse(t, s.URL)), "http://api.test/", options(t, "api.test:80")); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1 {
		t.Errorf("it got %q of a client with a proxy, want one request", seen)
	}
}

// A transport that returns neither a response nor an error fails the request.
func TestTransportWithoutResponse(t *testing.T) {
	t.Parallel()
	c := newClient(t, egress.Config{Transport: memory(func(*http.Request) (*http.Response, error) { return nil, nil })}) //nolint:nilnil // the mistake
	_, err := get(t, c, "https://api.example.com/", options(t, "api.example.com"))
	wantError(t, err, hostapi.CodeNetwork, "no valid HTTP response")
}

type panickingBody struct {
	how string
	may func()
}

func (b panickingBody) Read([]byte) (int, error) {
	if b.how == "read" {
		b.may()
	}
	return 0, io.EOF
}

func (panickingBody) Close() error { return nil }

type panickingJar struct{ cookie, set func() }

func (j panickingJar) Cookie(*url.URL) string       { j.cookie(); return "" }
func (j panickingJar) SetCookie(*url.URL, []string) { j.set() }
