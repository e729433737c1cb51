package egress_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// redirect answers with a redirect to location, which net/http's own helper
// would tidy up.
func redirect(w http.ResponseWriter, status int, location string) {
	w.Header()["Location"] = []string{location}
	w.WriteHeader(status)
}

func TestRedirectLimit(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		if err != nil {
			t.Error(err)
		}
		if n > 0 {
			redirect(w, http.StatusFound, "/"+strconv.Itoa(n-1))
		}
	})
	c := newClient(t, egress.Config{})
	opts := options(t, s.place())
	opts.Limits.Redirects = 3
	resp, err := get(t, c, s.URL+"/3", opts)
	if err != nil || resp.Status != http.StatusOK {
		t.Errorf("3 redirects: %v, %v; want status 200", resp, err)
	}
	s.wantHits(t, 4)
	_, err = get(t, c, s.URL+"/4", opts)
	wantError(t, err, hostapi.CodeLimit, "redirect limit of 3 reached")
	s.wantHits(t, 4+4)

	opts.Limits.Redirects = 0
	resp, err = get(t, c, s.URL+"/1", opts)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := resp.Status, http.StatusFound; got != want {
		t.Errorf("status %d, want %d", got, want)
	}
	if got, want := resp.Header.Get("Location"), "/0"; got != want {
		t.Errorf("location %q, want %q", got, want)
	}
	s.wantHits(t, 4+4+1)
}

func TestE06RedirectIsChecked(t *testing.T) {
	t.Parallel()
	victim := newServer(t, nil)
	var location string
	var status int
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { redirect(w, status, location) })
	c := newClient(t, egress.Config{Deny: rules(t, s.place()+"/denied")})
	// Allowed by name, each without its port.
	allow := []string{s.place(), "localhost", "169.254.169.254", "10.0.0.1", "ftp.test", "u.test"}
	tests := []struct {
		location string
		code     hostapi.Code
		text     string
	}{
		{victim.URL, hostapi.CodeDenied, "a redirect leads here, but no rule allows it"},
		{"//" + victim.place() + "/", hostapi.CodeDenied, victim.place()},
		{"http://[::ffff:127.0.0.1]:" + victim.port(), hostapi.CodeDenied, victim.place()},
		{"http://127.0.0.1:" + victim.port() + "#@" + s.place(), hostapi.CodeDenied, victim.place()},
		{"http://169.254.169.254/latest/meta-data", hostapi.CodeDenied, "169.254.169.254 is a cloud's metadata address"},
		{"http://10.0.0.1/", hostapi.CodeDenied, "10.0.0.1 is a private address"},
		{"http://localhost/", hostapi.CodeDenied, "resolves to"},
		{"/denied", hostapi.CodeDenied, "a rule denies it"},
		{"http://user:password@u.test/", hostapi.CodeDenied, "user name or password"},
		{"ftp://ftp.test/", hostapi.CodeDenied, "only http and https"},
		{"file:///etc/passwd", hostapi.CodeDenied, "only http and https"},
		{"gopher://ftp.test:70/", hostapi.CodeDenied, "only http and https"},
		{"data:text/plain,x", hostapi.CodeDenied, "only http and https"},
		{"javascript:alert(1)", hostapi.CodeDenied, "only http and https"},
		{"http:///x", hostapi.CodeDenied, "no host"},
		{"http://[", hostapi.CodeNetwork, "not a URL"},
		{"http://a b/", hostapi.CodeNetwork, "not a URL"},
	}
	for _, status = range []int{http.StatusFound, http.StatusTemporaryRedirect} {
		for _, tt := range tests {
			location = tt.location
			_, err := c.Send(newRequest(t, http.MethodPost, s.URL, "body"), options(t, allow...))
			wantError(t, err, tt.code, tt.text)
			if strings.Contains(err.Error(), "password@") {
				t.Errorf("error %q repeats the password", err)
			}
		}
	}
	victim.wantHits(t, 0)
	s.wantHits(t, int64(2*len(tests)))
}

func TestE08RedirectFromHTTPSToHTTP(t *testing.T) {
	t.Parallel()
	plain := newServer(t, nil)
	c, target, allow := newHTTP2(t, func(w http.ResponseWriter, _ *http.Request) { redirect(w, http.StatusFound, plain.URL) })
	_, err := get(t, c, target, options(t, allow, plain.place()))
	wantError(t, err, hostapi.CodeDenied, "from https to http", plain.place())
	plain.wantHits(t, 0)
}

// hops is a network in memory of hosts that redirect. It records every request.
type hops struct {
	to   map[string]string // URL to location
	seen []*http.Request
	body []string
	code int
}

func (h *hops) RoundTrip(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		body = string(b)
	}
	h.seen, h.body = append(h.seen, req), append(h.body, body)
	return answers(func(w http.ResponseWriter, r *http.Request) {
		if location := h.to[r.URL.String()]; location != "" {
			redirect(w, h.code, location)
		}
	})(req)
}

func TestCredentialsStayAtOrigin(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		urls []string // where the redirects lead
		keep []bool   // whether credentials are sent there
	}{
		{"same origin", []string{"https://a.test/", "https://a.test/2", "https://a.test/3"}, []bool{true, true, true}},
		{"other host", []string{"https://a.test/", "https://b.test/"}, []bool{true, false}},
		{"subdomain", []string{"https://a.test/", "https://x.a.test/"}, []bool{true, false}},
		{"subdomain and on", []string{"https://a.test/", "https://x.a.test/", "https://x.a.test/2"}, []bool{true, false, false}},
		{"subdomain and back", []string{"https://a.test/", "https://x.a.test/", "https://a.test/2", "https://a.test/3"}, []bool{true, false, false, false}},
		{"other port", []string{"https://a.test/", "https://a.test:444/"}, []bool{true, false}},
		{"other scheme", []string{"http://a.test/", "https://a.test/"}, []bool{true, false}},
		{"and back", []string{"https://a.test/", "https://b.test/", "https://a.test/2", "https://a.test/3"}, []bool{true, false, false, false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			network := &hops{to: map[string]string{}, code: http.StatusTemporaryRedirect}
			for i := range tt.urls[1:] {
				network.to[tt.urls[i]] = tt.urls[i+1]
			}
			c := newClient(t, egress.Config{Transport: network})
			req := newRequest(t, http.MethodPost, tt.urls[0], "body")
			for _, name := range []string{"Authorization", "Cookie", "Proxy-Authorization", "Referer", "X-Other"} {
				req.Header.Set(name, "value of "+name)
			}
			if _, err := c.Send(req, options(t, "a.test", "x.a.test", "b.test", "a.test:444")); err != nil {
				t.Fatal(err)
			}
			if got, want := len(network.seen), len(tt.urls); got != want {
				t.Fatalf("%d hops, want %d", got, want)
			}
			for i, hop := range network.seen {
				for _, name := range []string{"Authorization", "Cookie", "Proxy-Authorization"} {
					if got := hop.Header.Get(name) != ""; got != tt.keep[i] {
						t.Errorf("%s: %s sent: %v, want %v", hop.URL, name, got, tt.keep[i])
					}
				}
				if got, want := hop.Header.Get("Referer") != "", i == 0; got != want {
					t.Errorf("%s: Referer sent: %v, want %v", hop.URL, got, want)
				}
				if got, want := hop.Header.Get("X-Other"), "value of X-Other"; got != want {
					t.Errorf("%s: X-Other %q, want %q", hop.URL, got, want)
				}
				if got, want := network.body[i], "body"; got != want {
					t.Errorf("%s: body %q, want %q", hop.URL, got, want)
				}
			}
		})
	}
}

func TestRedirectMakesNoReferer(t *testing.T) {
	t.Parallel()
	network := &hops{to: map[string]string{"https://a.test/?secret": "/2"}, code: http.StatusFound}
	c := newClient(t, egress.Config{Transport: network})
	if _, err := get(t, c, "https://a.test/?secret", options(t, "a.test")); err != nil {
		t.Fatal(err)
	}
	if got := network.seen[1].Header.Get("Referer"); got != "" {
		t.Errorf("Referer %q, want none", got)
	}
}

// RFC 9110 §15.4.
func TestRedirectMethod(t *testing.T) {
	t.Parallel()
	tests := []struct {
		method string
		status int
		want   string
	}{
		{"POST", 301, "GET"},
		{"POST", 302, "GET"},
		{"POST", 303, "GET"},
		{"PUT", 303, "GET"},
		{"HEAD", 303, "HEAD"},
		{"POST", 307, "POST body text/plain"},
		{"POST", 308, "POST body text/plain"},
		{"DELETE", 308, "DELETE body text/plain"},
		{"PUT", 301, "PUT body text/plain"},
		{"PUT", 302, "PUT body text/plain"},
		{"PATCH", 301, "PATCH body text/plain"},
		{"PATCH", 302, "PATCH body text/plain"},
		{"DELETE", 301, "DELETE body text/plain"},
		{"DELETE", 302, "DELETE body text/plain"},
		{"OPTIONS", 302, "OPTIONS body text/plain"},
		{"QUERY", 302, "QUERY body text/plain"},
		{"QUERY", 303, "GET"},
		{"PROPFIND", 301, "PROPFIND body text/plain"},
		{"GET", 302, "GET body text/plain"},
		{"HEAD", 301, "HEAD body text/plain"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.method, tt.status), func(t *testing.T) {
			t.Parallel()
			network := &hops{to: map[string]string{"http://a.test/": "/2"}, code: tt.status}
			c := newClient(t, egress.Config{Transport: network})
			req := newRequest(t, tt.method, "http://a.test/", "body")
			req.Header.Set("Content-Type", "text/plain")
			if _, err := c.Send(req, options(t, "a.test")); err != nil {
				t.Fatal(err)
			}
			last := network.seen[1]
			if got := strings.TrimSpace(last.Method + " " + network.body[1] + " " + last.Header.Get("Content-Type")); got != tt.want {
				t.Errorf("%q after the redirect, want %q", got, tt.want)
			}
		})
	}
}

// What describes a body goes with the body, RFC 9110 §15.4.
func TestRedirectDropsContentFields(t *testing.T) {
	t.Parallel()
	names := []string{"Content-Type", "Content-Encoding", "Content-Language", "Content-Location", "Content-Md5", "Digest", "Repr-Digest", "Last-Modified"}
	for status, kept := range map[int]bool{301: false, 303: false, 307: true} {
		network := &hops{to: map[string]string{"http://a.test/": "/2"}, code: status}
		req := newRequest(t, http.MethodPost, "http://a.test/", "body")
		for _, name := range append(names, "Accept", "X-Content") {
			req.Header.Set(name, "value")
		}
		if _, err := newClient(t, egress.Config{Transport: network}).Send(req, options(t, "a.test")); err != nil {
			t.Fatal(err)
		}
		last := network.seen[1]
		for _, name := range names {
			if got := last.Header.Get(name) != ""; got != kept {
				t.Errorf("%d: %s sent: %v, want %v", status, name, got, kept)
			}
		}
		if last.Header.Get("Accept") == "" || last.Header.Get("X-Content") == "" {
			t.Errorf("%d: %v", status, last.Header)
		}
		if length := map[bool]int64{true: 4}[kept]; last.ContentLength != length {
			t.Errorf("%d: Content-Length %d, want %d", status, last.ContentLength, length)
		}
	}
}

// A body that can be read once is not sent twice: the redirect is the answer.
func TestRedirectOfBodyThatCannotBeSentAgain(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]int{301: 301, 307: 307, 303: 200} {
		network := &hops{to: map[string]string{"http://a.test/": "/2"}, code: status}
		req := newRequest(t, http.MethodPut, "http://a.test/", "body")
		req.GetBody = nil
		resp, err := newClient(t, egress.Config{Transport: network}).Send(req, options(t, "a.test"))
		if err != nil || resp.Status != want {
			t.Errorf("%d: %v, %v; want status %d", status, resp, err, want)
		}
	}
}

// The rule for the first hop's method says nothing about the next one's.
func TestRedirectIsCheckedWithItsMethod(t *testing.T) {
	t.Parallel()
	network := &hops{to: map[string]string{"http://a.test/": "/2"}, code: http.StatusSeeOther}
	c := newClient(t, egress.Config{Transport: network})
	_, err := c.Send(newRequest(t, http.MethodPost, "http://a.test/", "body"), options(t, "POST a.test"))
	wantError(t, err, hostapi.CodeDenied, "get a.test:80")
	if got, want := len(network.seen), 1; got != want {
		t.Errorf("%d requests sent, want %d", got, want)
	}
}

func TestHop(t *testing.T) {
	t.Parallel()
	network := &hops{to: map[string]string{"http://a.test/?key=stand-in": "http://b.test/", "http://a.test/?key=real": "http://b.test/"}, code: 307}
	c := newClient(t, egress.Config{Transport: network})
	opts := options(t, "a.test", "b.test")
	var asked []string
	opts.Hop = func(req *http.Request) error {
		asked = append(asked, fmt.Sprint(req.URL.Host, " ", req.Header.Get("Authorization")))
		if req.URL.Host == "a.test" {
			req.Header.Set("Authorization", "Bearer real")
			req.Header.Add("X-Key", "real")
			req.URL.RawQuery = "key=real"
			req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("real")), nil }
			req.Body, _ = req.GetBody()
			req.ContentLength = int64(len("real"))
		}
		return nil
	}
	req := newRequest(t, http.MethodPost, "http://a.test/?key=stand-in", "stand-in")
	req.Header.Set("Authorization", "Bearer stand-in")
	if _, err := c.Send(req, opts); err != nil {
		t.Fatal(err)
	}
	if want := []string{"a.test Bearer stand-in", "b.test "}; !slices.Equal(asked, want) {
		t.Errorf("asked about %q, want %q", asked, want)
	}
	if got, want := network.body, []string{"real", "stand-in"}; !slices.Equal(got, want) {
		t.Errorf("bodies %q, want %q", got, want)
	}
	first, second := network.seen[0], network.seen[1]
	if got, want := first.URL.RawQuery+first.Header.Get("Authorization")+first.Header.Get("X-Key"), "key=realBearer realreal"; got != want {
		t.Errorf("first hop sent %q, want %q", got, want)
	}
	if got := second.URL.RawQuery + second.Header.Get("Authorization") + second.Header.Get("X-Key"); got != "" {
		t.Errorf("second hop sent %q, want nothing", got)
	}
	if got, want := req.Header.Get("Authorization"), "Bearer stand-in"; got != want {
		t.Errorf("the request itself now has %q, want %q", got, want)
	}
}

func TestHopIsNotAskedAboutDenied(t *testing.T) {
	t.Parallel()
	network := &hops{to: map[string]string{"http://a.test/": "http://b.test/"}, code: 307}
	c := newClient(t, egress.Config{Transport: network})
	opts := options(t, "a.test")
	asked := 0
	opts.Hop = func(*http.Request) error { asked++; return nil }
	_, err := get(t, c, "http://a.test/", opts)
	wantError(t, err, hostapi.CodeDenied, "b.test:80")
	if asked != 1 {
		t.Errorf("asked %d times, want once", asked)
	}
}

func TestHopError(t *testing.T) {
	t.Parallel()
	for _, redirects := range []int{0, 5} {
		network := &hops{to: map[string]string{"http://a.test/": "http://b.test/"}, code: 307}
		c := newClient(t, egress.Config{Transport: network})
		opts := options(t, "a.test", "b.test")
		opts.Limits.Redirects = redirects
		want := errors.New("no token")
		opts.Hop = func(*http.Request) error { return want }
		_, err := get(t, c, "http://a.test/", opts)
		if err != want { //nolint:errorlint // it must come back as it is
			t.Errorf("error %v, want %v itself", err, want)
		}
		if got := len(network.seen); got != 0 {
			t.Errorf("%d requests sent, want none", got)
		}
	}
}

func TestHopMayNotChangePlace(t *testing.T) {
	t.Parallel()
	changes := map[string]func(*http.Request){
		"method": func(req *http.Request) { req.Method = http.MethodDelete },
		"scheme": func(req *http.Request) { req.URL.Scheme = "https" },
		"host":   func(req *http.Request) { req.URL.Host = "b.test" },
		"Host":   func(req *http.Request) { req.Host = "b.test" },
		"URL":    func(req *http.Request) { req.URL = &url.URL{Scheme: "http", Host: "b.test"} },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			network := &hops{}
			c := newClient(t, egress.Config{Transport: network})
			opts := options(t, "a.test", "b.test")
			opts.Hop = func(req *http.Request) error { change(req); return nil }
			_, err := get(t, c, "http://a.test/", opts)
			wantError(t, err, hostapi.CodeInternal)
			if got := len(network.seen); got != 0 {
				t.Errorf("%d requests sent, want none", got)
			}
		})
	}
}

// FuzzLocation lets a server redirect anywhere: nothing but the two allowed
// origins is ever reached, and only the first with credentials.
func FuzzLocation(f *testing.F) {
	for _, seed := range []string{
		"/", "//b.test", "https://b.test/x", "http://a.test", "https://a.test@b.test/", "https://b.test#@a.test/", "https://c.test/",
		"https://a.test\\@c.test/", "https:c.test", "https:///c.test", "https://a.test:443/", "https://a.test:80/", "https://\u212a.test/",
		"https://b\u3002test/", "file:///etc/passwd", "https://[::1]/", "https://2130706433/", "?", "", "\t//c.test", "https://B.TEST./",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, location string) {
		var reached []string
		network := memory(func(req *http.Request) (*http.Response, error) {
			host, port := strings.TrimSuffix(strings.ToLower(req.URL.Hostname()), "."), req.URL.Port()
			if req.URL.Scheme != "https" || host != "a.test" && host != "b.test" || port != "" && port != "443" {
				t.Errorf("%q led to %s", location, req.URL)
			}
			if host != "a.test" && req.Header.Get("Authorization") != "" {
				t.Errorf("%q led to %s with credentials", location, req.URL)
			}
			reached = append(reached, host)
			w := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: req}
			if len(reached) == 1 {
				w.StatusCode, w.Header["Location"] = http.StatusFound, []string{location}
			}
			return w, nil
		})
		c := egress.New(egress.Config{Transport: network})
		req := newRequest(t, http.MethodGet, "https://a.test/", "")
		req.Header.Set("Authorization", "Bearer token")
		if _, err := c.Send(req, options(t, "https://a.test", "https://b.test")); err != nil {
			if _, ok := errors.AsType[*hostapi.Error](err); !ok {
				t.Errorf("%q: error %v (%T), want a *hostapi.Error", location, err, err)
			}
		}
	})
}
