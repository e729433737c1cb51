package connection_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// realToken has every character that some encoding changes.
const realToken = `tok/en+1=2&3 "4" <5> ü`

const several = `
[connections.pat]
grant = "static"
token = '` + realToken + `'
allow_plaintext = true
hosts = ["api.example.com", "api.example.com:8443", "*.wild.example.com", "127.0.0.1:8080"]
sealed_in = ["basic", "query:t", "query:u", "form:t", "header:x-api-key", "header:X-Token", "body"]

[connections.other]
grant = "static"
token = "other-token-of-its-own"
allow_plaintext = true
hosts = ["other.example.com"]

[connections.key]
grant = "static"
token = "key-token-of-its-own"
allow_plaintext = true
header = { name = "X-Api-Key" }
sealed_in = ["query:t"]
hosts = ["api.example.com"]

[connections.zoho]
grant = "static"
token = "zoho-token-of-its-own"
allow_plaintext = true
header = { scheme = "Zoho-oauthtoken" }
hosts = ["api.example.com"]

[connections.nowhere]
grant = "static"
token = "nowhere-token-of-its-own"
allow_plaintext = true

[connections.user]
grant = "basic"
username = "älice"
password = "pass:word-canary"
allow_plaintext = true
hosts = ["api.example.com"]
`

// world is a Manager for the connections above and a record of the requests it sends to
// any host. Every host responds with answer, or 200 without a body.
type world struct {
	*connection.Manager
	provider connectiontest.Provider
	answer   http.HandlerFunc
	grant    hostapi.Grant
}

func newWorld(t *testing.T, answer http.HandlerFunc) *world {
	t.Helper()
	w := &world{answer: answer}
	w.provider.Bend = func(rw http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/redirect" {
			return false
		}
		if w.answer != nil {
			w.answer(rw, r)
		}
		return true
	}
	w.Manager = newManager(t, &w.provider, several)
	w.grant = hostapi.Grant{
		Connections: []string{"pat", "other", "key", "zoho", "nowhere", "user"},
		Allow:       []hostapi.Rule{{Host: "evil.example.com"}, {Host: "api.example.com", Scheme: "http"}, {Host: "api.example.com", Port: "444"}},
		Limits:      hostapi.DefaultLimits(),
	}
	return w
}

// sealed returns the stand-in of the connection "pat".
func (w *world) sealed(t *testing.T) string {
	t.Helper()
	s, err := w.OAuth2Token(t.Context(), &hostapi.Grant{Connections: []string{"pat"}}, "pat")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) do(t *testing.T, req hostapi.Request) (*hostapi.Response, error) {
	t.Helper()
	if req.Method == "" {
		req.Method = http.MethodGet
	}
	return w.Do(t.Context(), &w.grant, &req)
}

// sent returns the only request that was sent.
func (w *world) sent(t *testing.T) connectiontest.Recorded {
	t.Helper()
	requests := w.provider.Requests()
	if len(requests) != 1 {
		t.Fatalf("%d requests were sent, want 1", len(requests))
	}
	return requests[0]
}

func TestStandInIsReplacedOnTheWire(t *testing.T) {
	t.Parallel()
	const api = "https://api.example.com/v1"
	const text, form, json, xml = "text/plain", "application/x-www-form-urlencoded", "application/problem+json; charset=utf-8", "application/xml"
	tests := []struct {
		name    string
		req     func(s string) hostapi.Request
		header  string // whose value is wanted
		want    string
		uri     string
		body    string
		bodyHas string
	}{
		{
			name: "bearer", req: func(s string) hostapi.Request { return hostapi.Request{URL: api, Bearer: s} },
			header: "Authorization", want: "Bearer " + realToken,
		},
		{name: "authorization", req: func(s string) hostapi.Request {
			return hostapi.Request{URL: api, Authorization: &hostapi.Authorization{Scheme: "Token", Credentials: s}}
		}, header: "Authorization", want: "Token " + realToken},
		{name: "basic", req: func(s string) hostapi.Request {
			return hostapi.Request{URL: api, Basic: &hostapi.Basic{Username: "x", Password: s}}
		}, header: "Authorization", want: "Basic " + base64.StdEncoding.EncodeToString([]byte("x:"+realToken))},
		{name: "other header", req: func(s string) hostapi.Request {
			return hostapi.Request{URL: api, Header: []hostapi.Param{{Name: "X-Api-Key", Value: "Key " + s}}}
		}, header: "X-Api-Key", want: "Key " + realToken},
		{name: "query parameter", req: func(s string) hostapi.Request {
			return hostapi.Request{URL: api + "?a=1", QueryParam: []hostapi.Param{{Name: "t", Value: s}}}
		}, uri: "/v1?a=1&t=" + url.QueryEscape(realToken)},
		{
			name: "query of the URL", req: func(s string) hostapi.Request { return hostapi.Request{URL: api + "?t=" + s + "&u=" + s} },
			uri: "/v1?t=" + url.QueryEscape(realToken) + "&u=" + url.QueryEscape(realToken),
		},
		{name: "form", req: func(s string) hostapi.Request {
			return hostapi.Request{Method: "POST", URL: api, FormParam: []hostapi.Param{{Name: "t", Value: s}, {Name: "a", Value: "b c"}}}
		}, body: "t=" + url.QueryEscape(realToken) + "&a=b+c"},
		{name: "form as body", req: func(s string) hostapi.Request {
			return hostapi.Request{Method: "POST", URL: api, Body: []byte("t=" + s), ContentType: form}
		}, body: "t=" + url.QueryEscape(realToken)},
		{name: "JSON", req: func(s string) hostapi.Request {
			return hostapi.Request{Method: "POST", URL: api, Body: []byte(`{"t":"` + s + `"}`), ContentType: json}
		}, body: `{"t":"tok/en+1=2&3 \"4\" <5> ü"}`},
		{name: "XML", req: func(s string) hostapi.Request {
			return hostapi.Request{Method: "POST", URL: api, Body: []byte("<t>" + s + "</t>"), ContentType: xml}
		}, body: "<t>tok/en+1=2&amp;3 &#34;4&#34; &lt;5&gt; ü</t>"},
		{name: "text", req: func(s string) hostapi.Request {
			return hostapi.Request{Method: "POST", URL: api, Body: []byte(s + " " + s), ContentType: text}
		}, body: realToken + " " + realToken},
		{name: "multipart", req: func(s string) hostapi.Request {
			return hostapi.Request{Method: "POST", URL: api, Multipart: []hostapi.Part{{Name: "t", Content: []byte(s)}}}
		}, bodyHas: "\r\n\r\n" + realToken + "\r\n--"},
		{name: "port of a listed host", req: func(s string) hostapi.Request {
			return hostapi.Request{URL: "https://API.example.com.:8443/", Bearer: s}
		}, header: "Authorization", want: "Bearer " + realToken},
		{name: "one label", req: func(s string) hostapi.Request {
			return hostapi.Request{URL: "https://a.wild.example.com/", Bearer: s}
		}, header: "Authorization", want: "Bearer " + realToken},
		{name: "loopback without TLS", req: func(s string) hostapi.Request {
			return hostapi.Request{URL: "http://127.0.0.1:8080/", Bearer: s}
		}, header: "Authorization", want: "Bearer " + realToken},
		{name: "mentioned", req: func(string) hostapi.Request {
			return hostapi.Request{URL: "https://evil.example.com/", Bearer: hostapi.SealedPrefix + "tokens-are-described-in-the-manual"}
		}, header: "Authorization", want: "Bearer " + hostapi.SealedPrefix + "tokens-are-described-in-the-manual"},
		{name: "cut off", req: func(s string) hostapi.Request {
			return hostapi.Request{URL: "https://evil.example.com/", Bearer: s[:len(s)-1]}
		}, header: "X-None", want: ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			if _, err := w.do(t, tt.req(w.sealed(t))); err != nil {
				t.Fatal(err)
			}
			r := w.sent(t)
			if tt.header != "" && r.Header.Get(tt.header) != tt.want {
				t.Errorf("%s = %q, want %q", tt.header, r.Header.Get(tt.header), tt.want)
			}
			if tt.uri != "" && r.URI != tt.uri {
				t.Errorf("URI = %q, want %q", r.URI, tt.uri)
			}
			if tt.body != "" && string(r.Body) != tt.body {
				t.Errorf("body = %q, want %q", r.Body, tt.body)
			}
			if !bytes.Contains(r.Body, []byte(tt.bodyHas)) {
				t.Errorf("body = %q, want %q in it", r.Body, tt.bodyHas)
			}
		})
	}
}

func TestAuthSetting(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, connection, header, want string }{
		{"token", "pat", "Authorization", "Bearer " + realToken},
		{"C17 custom header", "key", "X-Api-Key", "key-token-of-its-own"},
		{"C17 custom scheme", "zoho", "Authorization", "Zoho-oauthtoken zoho-token-of-its-own"},
		{"user and password", "user", "Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("älice:pass:word-canary"))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			if _, err := w.do(t, hostapi.Request{URL: "https://api.example.com/", AuthSetting: tt.connection}); err != nil {
				t.Fatal(err)
			}
			sent := w.sent(t).Header
			if got := sent.Get(tt.header); got != tt.want {
				t.Errorf("%s = %q, want %q", tt.header, got, tt.want)
			}
			if tt.header != "Authorization" && sent.Get("Authorization") != "" {
				t.Errorf("Authorization = %q beside it", sent.Get("Authorization"))
			}
			if got, _ := w.State(tt.connection); got != connection.StateReady {
				t.Errorf("State = %q, want ready", got)
			}
		})
	}
}

// What must not be sent is refused before any request, and the error has connection and
// host.
func TestS01RefusedBeforeSending(t *testing.T) {
	t.Parallel()
	bearer := func(u string) func(string) hostapi.Request {
		return func(s string) hostapi.Request { return hostapi.Request{URL: u, Bearer: s} }
	}
	tests := []struct {
		name string
		req  func(s string) hostapi.Request
		code hostapi.Code
		want []string
	}{
		{"other host", bearer("https://evil.example.com/"), hostapi.CodeDenied, []string{`connection "pat" may not send its token to evil.example.com`}},
		{"another connection's host", bearer("https://other.example.com/"), hostapi.CodeDenied, []string{`"pat"`, "other.example.com"}},
		{"other port", bearer("https://api.example.com:444/"), hostapi.CodeDenied, []string{`"pat"`, "api.example.com:444"}},
		{"subdomain", bearer("https://x.api.example.com/"), hostapi.CodeDenied, []string{`"pat"`, "x.api.example.com"}},
		{"two labels", bearer("https://a.b.wild.example.com/"), hostapi.CodeDenied, []string{`"pat"`}},
		{"suffix", bearer("https://evilapi.example.com/"), hostapi.CodeDenied, []string{`"pat"`}},
		{"http", bearer("http://api.example.com/"), hostapi.CodeDenied, []string{`"pat"`, "api.example.com", "https"}},
		{"http, port of https", bearer("http://api.example.com:8443/"), hostapi.CodeDenied, []string{"https"}},
		{"user information", bearer("https://api.example.com@evil.example.com/"), hostapi.CodeInvalidArgument, nil},
		{"in basic", func(s string) hostapi.Request {
			return hostapi.Request{URL: "https://evil.example.com/", Basic: &hostapi.Basic{Username: s, Password: "x"}}
		}, hostapi.CodeDenied, []string{"evil.example.com"}},
		{"in a header", func(s string) hostapi.Request {
			return hostapi.Request{URL: "https://evil.example.com/", Header: []hostapi.Param{{Name: "Cookie", Value: "a=" + s}}}
		}, hostapi.CodeDenied, []string{"evil.example.com"}},
		{"in the query", func(s string) hostapi.Request {
			return hostapi.Request{URL: "https://evil.example.com/?a=b", QueryParam: []hostapi.Param{{Name: "t", Value: s}}}
		}, hostapi.CodeDenied, []string{"evil.example.com"}},
		{"in a form", func(s string) hostapi.Request {
			return hostapi.Request{Method: "POST", URL: "https://evil.example.com/", FormParam: []hostapi.Param{{Name: "t", Value: s}}}
		}, hostapi.CodeDenied, []string{"evil.example.com"}},
		{"in a body", func(s string) hostapi.Request {
			return hostapi.Request{Method: "POST", URL: "https://evil.example.com/", Body: []byte("x" + s)}
		}, hostapi.CodeDenied, []string{"evil.example.com"}},
		{"in a path", func(s string) hostapi.Request { return hostapi.Request{URL: "https://api.example.com/" + s} }, hostapi.CodeDenied, []string{"path"}},
		{"in a host", func(s string) hostapi.Request { return hostapi.Request{URL: "https://" + s + ".wild.example.com/"} }, hostapi.CodeDenied, []string{"host"}},
		{"authSetting", func(string) hostapi.Request {
			return hostapi.Request{URL: "https://evil.example.com/", AuthSetting: "user"}
		}, hostapi.CodeDenied, []string{`connection "user" may not send its token to evil.example.com`}},
		{"no hosts", func(string) hostapi.Request {
			return hostapi.Request{URL: "https://api.example.com/", AuthSetting: "nowhere"}
		}, hostapi.CodeDenied, []string{`"nowhere"`, "api.example.com"}},
		{"unknown authSetting", func(string) hostapi.Request {
			return hostapi.Request{URL: "https://api.example.com/", AuthSetting: "ptt"}
		}, hostapi.CodeUnknownConnection, []string{"ptt"}},
		{"authSetting and its header", func(string) hostapi.Request {
			return hostapi.Request{URL: "https://api.example.com/", AuthSetting: "key", Header: []hostapi.Param{{Name: "x-api-key", Value: "a"}}}
		}, hostapi.CodeInvalidArgument, []string{"X-Api-Key"}},
		{"two connections, one host", func(s string) hostapi.Request {
			return hostapi.Request{URL: "https://other.example.com/", AuthSetting: "other", QueryParam: []hostapi.Param{{Name: "t", Value: s}}}
		}, hostapi.CodeDenied, []string{`"pat"`, "other.example.com"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.grant.Allow = append(w.grant.Allow, hostapi.Rule{Host: "*.example.com"}, hostapi.Rule{Host: "api.example.com", Port: "8443"},
				hostapi.Rule{Host: "*.api.example.com"}, hostapi.Rule{Host: "*.b.wild.example.com"})
			_, err := w.do(t, tt.req(w.sealed(t)))
			e := asError(t, err)
			if e.Code != tt.code {
				t.Errorf("error = %v, want code %s", e, tt.code)
			}
			for _, want := range tt.want {
				if !strings.Contains(e.Error(), want) {
					t.Errorf("error = %q, want %q in it", e, want)
				}
			}
			if n := len(w.provider.Requests()); n != 0 {
				t.Errorf("%d requests were sent, want none", n)
			}
			assertNoSecret(t, err, realToken, "pass:word-canary", "nowhere-token-of-its-own")
		})
	}
}

// A stand-in of another process is useless to an API, so it is refused rather than
// sent.
func TestStandInOfAnotherManager(t *testing.T) {
	t.Parallel()
	old := newWorld(t, nil).sealed(t)
	const api = "https://api.example.com/"
	for name, req := range map[string]hostapi.Request{
		"bearer":    {URL: api, Bearer: old},
		"basic":     {URL: api, Basic: &hostapi.Basic{Username: "x", Password: old}},
		"header":    {URL: api, Header: []hostapi.Param{{Name: "X-Key", Value: "a" + old + "z"}}},
		"query":     {URL: api + "?a=" + old},
		"parameter": {URL: api, QueryParam: []hostapi.Param{{Name: "t", Value: old}}},
		"path":      {URL: api + old},
		"form":      {Method: "POST", URL: api, FormParam: []hostapi.Param{{Name: "t", Value: old}}},
		"body":      {Method: "POST", URL: api, Body: []byte(`{"t":"` + old + `"}`), ContentType: "application/json"},
		"multipart": {Method: "POST", URL: api, Multipart: []hostapi.Part{{Name: "t", Content: []byte(old)}}},
		"other":     {URL: "https://evil.example.com/", Bearer: old},
		"beside":    {URL: api, AuthSetting: "pat", QueryParam: []hostapi.Param{{Name: "t", Value: old}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			_, err := w.do(t, req)
			if e := asError(t, err); e.Code != hostapi.CodeDenied || e.Message != "the request has an unknown sealed token" {
				t.Errorf("error = %v", err)
			}
			if n := len(w.provider.Requests()); n != 0 {
				t.Errorf("%d requests were sent, want none", n)
			}
		})
	}
}

func TestStandInOfAnotherTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	s := w.sealed(t)
	w.grant.Connections = []string{"other"}
	_, err := w.do(t, hostapi.Request{URL: "https://api.example.com/", Bearer: s})
	if e := asError(t, err); e.Code != hostapi.CodeDenied || e.Name != "pat" {
		t.Errorf("error = %v, want denied", err)
	}
	if _, err := w.Do(t.Context(), nil, &hostapi.Request{Method: "GET", URL: "https://api.example.com/"}); hostapi.CodeOf(err) != hostapi.CodeDenied {
		t.Errorf("Do without grant = %v, want denied", err)
	}
	if n := len(w.provider.Requests()); n != 0 {
		t.Errorf("%d requests were sent, want none", n)
	}
}

// A task may reach the hosts of its connections, by https, without a rule.
func TestHostsAreAllowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.grant.Allow = nil
	if _, err := w.do(t, hostapi.Request{URL: "https://api.example.com/"}); err != nil {
		t.Errorf("a host of a granted connection: %v", err)
	}
	if _, err := w.do(t, hostapi.Request{URL: "http://api.example.com/"}); hostapi.CodeOf(err) != hostapi.CodeDenied {
		t.Errorf("without TLS = %v, want denied", err)
	}
	w.grant.Connections = []string{"other"}
	if _, err := w.do(t, hostapi.Request{URL: "https://api.example.com/"}); hostapi.CodeOf(err) != hostapi.CodeDenied {
		t.Errorf("a host of another connection = %v, want denied", err)
	}
}

func TestS02RedirectToAnotherOriginCarriesNothing(t *testing.T) {
	t.Parallel()
	targets := []string{"https://evil.example.com/in", "https://api.example.com:8443/in", "https://a.wild.example.com/in"}
	for _, to := range targets {
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(fmt.Sprintf("%s %d", to, status), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusUnauthorized) })
				s := w.sealed(t)
				u := "https://api.example.com/redirect?status=" + fmt.Sprint(status) + "&to=" + url.QueryEscape(to)
				_, err := w.do(t, hostapi.Request{
					Method: "POST", URL: u, AuthSetting: "key", Body: []byte(`{"t":"` + s + `"}`), ContentType: "application/json",
					Header: []hostapi.Param{{Name: "X-Token", Value: s}},
				})
				if err != nil {
					t.Fatal(err)
				}
				requests := w.provider.Requests()
				if len(requests) != 2 || requests[0].Header.Get("X-Api-Key") != "key-token-of-its-own" ||
					requests[0].Header.Get("X-Token") != realToken || !strings.Contains(string(requests[0].Body), `tok/en+1`) {
					t.Fatalf("first of %d requests lacks the token: %v", len(requests), requests[0])
				}
				last := requests[1]
				assertNoSecret(t, fmt.Sprint(last, string(last.Body)), realToken, "key-token-of-its-own")
				if status >= 307 && string(last.Body) != `{"t":"`+s+`"}` {
					t.Errorf("body = %q, want the stand-in", last.Body)
				}
				if got, _ := w.State("key"); got != connection.StateReady {
					t.Errorf("State = %q, though it was not the API that answered 401", got)
				}
			})
		}
	}
}

func TestRedirectWithinTheOriginKeepsTheToken(t *testing.T) {
	t.Parallel()
	for _, status := range []int{302, 303, 307, 308} {
		w := newWorld(t, nil)
		s := w.sealed(t)
		_, err := w.do(t, hostapi.Request{
			Method: "POST", URL: "https://api.example.com/redirect?to=/in&status=" + fmt.Sprint(status),
			AuthSetting: "pat", FormParam: []hostapi.Param{{Name: "t", Value: s}},
		})
		if err != nil {
			t.Fatal(err)
		}
		requests := w.provider.Requests()
		if len(requests) != 2 || requests[1].Header.Get("Authorization") != "Bearer "+realToken {
			t.Fatalf("%d: second of %d requests lacks the token", status, len(requests))
		}
		want := ""
		if status >= 307 {
			want = "t=" + url.QueryEscape(realToken)
		}
		if got := string(requests[1].Body); got != want {
			t.Errorf("%d: body = %q, want %q", status, got, want)
		}
	}
}

// The credential is not sent again when a redirect leads back to the first origin.
func TestRedirectBackCarriesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	back := "https://evil.example.com/redirect?to=" + url.QueryEscape("https://api.example.com/in")
	if _, err := w.do(t, hostapi.Request{URL: "https://api.example.com/redirect?to=" + url.QueryEscape(back), AuthSetting: "key"}); err != nil {
		t.Fatal(err)
	}
	requests := w.provider.Requests()
	if len(requests) != 3 || requests[0].Header.Get("X-Api-Key") == "" {
		t.Fatalf("%d requests, want 3, the first with the token", len(requests))
	}
	for _, r := range requests[1:] {
		assertNoSecret(t, fmt.Sprint(r), "key-token-of-its-own")
	}
}

// A redirect to a URL that contains the token is refused.
func TestRedirectWithTheTokenInItsURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.answer = func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "https://evil.example.com/?got="+url.QueryEscape(r.URL.Query().Get("t")), http.StatusFound)
	}
	_, err := w.do(t, hostapi.Request{URL: "https://api.example.com/x", QueryParam: []hostapi.Param{{Name: "t", Value: w.sealed(t)}}})
	if e := asError(t, err); e.Code != hostapi.CodeDenied || e.Name != "api.example.com" {
		t.Errorf("error = %v, want denied", err)
	}
	assertNoSecret(t, err, realToken)
	w.sent(t)
}

func TestRevokedStaticTokenNeedsReauth(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"pat", "user"} {
		w := newWorld(t, nil)
		status := http.StatusOK
		w.answer = func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(status) }
		for _, tt := range []struct {
			status int
			want   connection.State
		}{{200, connection.StateReady}, {401, connection.StateNeedsReauth}, {401, connection.StateNeedsReauth}, {204, connection.StateReady}} {
			status = tt.status
			before := len(w.provider.Requests())
			got, err := w.do(t, hostapi.Request{URL: "https://api.example.com/", AuthSetting: name})
			if err != nil || got.Status != tt.status {
				t.Fatalf("status = %v, %v, want %d", got, err, tt.status)
			}
			if got, _ := w.State(name); got != tt.want {
				t.Errorf("State after %d = %q, want %q", tt.status, got, tt.want)
			}
			if n := len(w.provider.Requests()) - before; n != 1 {
				t.Errorf("%d requests, want 1: a 401 is not retried", n)
			}
		}
	}
}

// The URL of a failed request contains its token.
func TestNetworkErrorHoldsNoToken(t *testing.T) {
	t.Parallel()
	m := managerFor(t, parse(t, strings.ReplaceAll(several, "127.0.0.1:8080", nowhere)), egress.Config{})
	grant := &hostapi.Grant{Connections: []string{"pat"}, Limits: hostapi.DefaultLimits()}
	sealed, err := m.OAuth2Token(t.Context(), grant, "pat")
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Do(t.Context(), grant, &hostapi.Request{
		Method: "POST", URL: "http://" + nowhere + "/x?t=" + sealed, Bearer: sealed, Body: []byte(sealed),
	})
	if hostapi.CodeOf(err) != hostapi.CodeNetwork {
		t.Errorf("Do = %v, want network", err)
	}
	assertNoSecret(t, err, realToken)
}

// The full path over real sockets, with the provider's own messages.
func TestPlayground(t *testing.T) {
	t.Parallel()
	p := &connectiontest.Provider{}
	s := start(t, p)
	set := parse(t, s.OAuthTOML())
	m := managerFor(t, set, set.Egress())
	grant := &hostapi.Grant{Connections: set.Names(), Limits: hostapi.DefaultLimits()}
	for name, want := range map[string]string{
		"playground":          `"client":"demo"`,
		"playground password": `"user":"alice"`,
		"playground token":    `"user":"alice"`,
	} {
		sealed, err := m.OAuth2Token(t.Context(), grant, name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.Do(t.Context(), grant, &hostapi.Request{
			Method: "POST", URL: s.URL + "/api/echo", Bearer: sealed, FormParam: []hostapi.Param{{Name: "note", Value: "hello"}},
		})
		if err != nil || got.Status != http.StatusOK || !strings.Contains(string(got.Body), want) || !strings.Contains(string(got.Body), `"note":["hello"]`) {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
	if _, err := m.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: "http://localhost" + strings.TrimPrefix(s.Host(), "127.0.0.1"), AuthSetting: "playground"}); hostapi.CodeOf(err) != hostapi.CodeDenied {
		t.Errorf("by another name of the host = %v, want denied", err)
	}
}

// A host without a port does not allow a private address.
func TestHostsOpenNoPrivateAddress(t *testing.T) {
	t.Parallel()
	s := start(t, &connectiontest.Provider{})
	port := strings.TrimPrefix(s.Host(), "127.0.0.1:")
	set := parse(t, `
[connections.named]
grant = "static"
token = "demo-token"
allow_plaintext = true
hosts = ["localhost:`+port+`"]

[connections.portless]
grant = "static"
token = "demo-token"
allow_plaintext = true
hosts = ["localhost", "127.0.0.1"]
`)
	m := managerFor(t, set, egress.Config{})
	grant := &hostapi.Grant{Connections: set.Names(), Limits: hostapi.DefaultLimits()}
	got, err := m.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: "http://localhost:" + port + "/api/items", AuthSetting: "named"})
	if err != nil || got.Status != http.StatusOK {
		t.Errorf("by the name and port that are listed: %v, %v", got, err)
	}
	for _, u := range []string{"http://localhost/", "http://127.0.0.1/"} {
		if _, err := m.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: u, AuthSetting: "portless"}); hostapi.CodeOf(err) != hostapi.CodeDenied {
			t.Errorf("%s = %v, want denied", u, err)
		}
	}
}
