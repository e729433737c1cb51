package hostapitest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// Subject is a hostapi.Connector under test.
type Subject struct {
	Connector hostapi.Connector

	// URL has scheme, host and perhaps port of the API that the Connector can reach, as in
	// "http://127.0.0.1:40123". Only the grant's rules allow it.
	URL string

	// Connection is the name of a connection whose credential may be sent to the API.
	// Default "": the Connector has no connections.
	Connection string
}

// TestConnector tests that a Connector is one as its interface describes: it respects
// grants, rules and limits, ends with the context, keeps requests apart, and its errors
// are *hostapi.Error without secrets. Call it from a test:
//
//	func TestConnector(t *testing.T) {
//		hostapitest.TestConnector(t, func(t *testing.T, api http.Handler) hostapitest.Subject {
//			server := httptest.NewServer(api)
//			t.Cleanup(server.Close)
//			return hostapitest.Subject{Connector: newConnector(t), URL: server.URL}
//		})
//	}
//
// Each test calls open for a new Connector whose requests reach api; open registers its
// cleanup with t. The tests run in parallel.
func TestConnector(t *testing.T, open func(t *testing.T, api http.Handler) Subject) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(s *subject)
	}{
		{"Exchange", exchange},
		{"RequestIsKept", requestIsKept},
		{"MalformedRequests", malformedRequests},
		{"Rules", rules},
		{"RedirectsObeyRules", redirectsObeyRules},
		{"RedirectsEnd", redirectsEnd},
		{"ResponseBytes", responseBytes},
		{"RequestTime", requestTime},
		{"ContextEnds", contextEnds},
		{"Cookies", keepsCookies},
		{"UnknownConnection", unknownConnection},
		{"Connection", usesConnection},
		{"ManyAtOnce", manyAtOnce},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := &subject{t: t, api: &api{done: make(chan struct{}), reached: make(map[string]int)}}
			s.Subject = open(t, s.api)
			t.Cleanup(func() { close(s.api.done) }) // before the cleanup of open, which may wait for handlers
			test.run(s)
		})
	}
}

// subject is a Connector and the API that it reaches.
type subject struct {
	Subject
	t   *testing.T
	api *api
}

// api answers by path. It counts the requests to each.
type api struct {
	done chan struct{} // closed at the end of the test

	mu      sync.Mutex
	reached map[string]int // requests by path
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.reached[r.URL.Path]++
	a.mu.Unlock()
	w.Header().Set("Content-Type", "text/plain")
	switch r.URL.Path {
	case "/exchange":
		w.Header().Add("X-Two", "a")
		w.Header().Add("X-Two", "b")
		w.Header().Set("X-Seen", strings.Join([]string{r.Method, r.URL.RawQuery, r.Header.Get("X-One")}, " "))
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.Copy(w, r.Body) // an incomplete response fails the test
	case "/away":
		http.Redirect(w, r, "/hidden", http.StatusFound)
	case "/loop/3":
		_, _ = io.WriteString(w, "the end")
	case "/loop/0", "/loop/1", "/loop/2":
		n, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/loop/")) // it is a digit
		http.Redirect(w, r, "/loop/"+strconv.Itoa(n+1), http.StatusFound)
	case "/large":
		_, _ = w.Write(make([]byte, 10_000))
	case "/slow":
		select {
		case <-r.Context().Done():
		case <-a.done:
		}
	case "/cookies":
		w.Header().Set("Set-Cookie", "visit=first")
		_, _ = io.WriteString(w, r.Header.Get("Cookie")) //nolint:gosec // text for a test
	case "/credential":
		var all []string
		for _, values := range r.Header {
			all = append(all, values...)
		}
		if slices.ContainsFunc(all, func(v string) bool { return strings.Contains(v, hostapi.SealedPrefix) }) {
			w.WriteHeader(http.StatusUnauthorized)
		}
		slices.Sort(all)
		_, _ = io.WriteString(w, strings.Join(all, "\n"))
	default:
		_, _ = io.WriteString(w, r.URL.Path) //nolint:gosec // as above
	}
}

func (a *api) count(path string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.reached[path]
}

// grant allows requests to the path, or to any for "", within the default limits.
func (s *subject) grant(path string, connections ...string) *hostapi.Grant {
	s.t.Helper()
	rule, err := hostapi.ParseRule(s.URL + path)
	if err != nil {
		s.t.Fatalf("Subject.URL %q: %v", s.URL, err)
	}
	return &hostapi.Grant{Allow: []hostapi.Rule{rule}, Connections: connections, Limits: hostapi.DefaultLimits()}
}

func (s *subject) get(path string) *hostapi.Request {
	return &hostapi.Request{Method: http.MethodGet, URL: s.URL + path}
}

// do sends a request that must get a response.
func (s *subject) do(grant *hostapi.Grant, req *hostapi.Request) *hostapi.Response {
	s.t.Helper()
	resp, err := s.Connector.Do(s.t.Context(), grant, req)
	if err != nil {
		s.t.Fatalf("Do %s %s: %v", req.Method, req.URL, err)
	}
	if resp == nil {
		s.t.Fatalf("Do %s %s returned neither response nor error", req.Method, req.URL)
	}
	return resp
}

// want checks that err is an Error with that code.
func (s *subject) want(what string, err error, code hostapi.Code) {
	s.t.Helper()
	e, ok := err.(*hostapi.Error) //nolint:errorlint // the contract names the type
	switch {
	case err == nil:
		s.t.Errorf("%s: no error, want code %s", what, code)
	case !ok:
		s.t.Errorf("%s: error of type %T, want a *hostapi.Error: %v", what, err, err)
	case e.Code != code:
		s.t.Errorf("%s: code %s, want %s: %v", what, e.Code, code, err)
	}
}

// notReached checks that no request reached the path.
func (s *subject) notReached(path string) {
	s.t.Helper()
	if n := s.api.count(path); n != 0 {
		s.t.Errorf("%d requests reached %s, want none", n, path)
	}
}

func exchange(s *subject) {
	body := []byte("\x00\xff\r\nbody")
	resp := s.do(s.grant(""), &hostapi.Request{
		Method: "PUT", URL: s.URL + "/exchange?a=1", QueryParam: []hostapi.Param{{Name: "b", Value: "2 3"}},
		Header: []hostapi.Param{{Name: "X-One", Value: "one"}}, Body: body, ContentType: "application/octet-stream",
	})
	if resp.Status != http.StatusTeapot || string(resp.Body) != string(body) {
		s.t.Errorf("response %d %q, want 418 and the body of the request", resp.Status, resp.Body)
	}
	if got, want := resp.Header.Get("X-Seen"), "PUT a=1&b=2+3 one"; got != want {
		s.t.Errorf("the API saw %q, want %q", got, want)
	}
	if got := resp.Header.Values("X-Two"); !slices.Equal(got, []string{"a", "b"}) {
		s.t.Errorf("header X-Two %q, want a and b", got)
	}
	if n := s.api.count("/exchange"); n != 1 {
		s.t.Errorf("%d requests reached the API, want 1", n)
	}
}

func requestIsKept(s *subject) {
	request := func() *hostapi.Request {
		return &hostapi.Request{
			Method: "POST", URL: s.URL + "/exchange", Header: []hostapi.Param{{Name: "x-one", Value: "1"}},
			Multipart: []hostapi.Part{{Name: "file", FileName: "a.txt", Content: []byte("content")}},
		}
	}
	req, grant := request(), s.grant("")
	s.do(grant, req)
	if !reflect.DeepEqual(req, request()) {
		s.t.Error("Do changed the request")
	}
	if !reflect.DeepEqual(grant, s.grant("")) {
		s.t.Error("Do changed the grant")
	}
}

func malformedRequests(s *subject) {
	for name, req := range map[string]*hostapi.Request{
		"no request":    nil,
		"relative URL":  {Method: "GET", URL: "/exchange"},
		"no method":     {URL: s.URL + "/exchange"},
		"header":        {Method: "GET", URL: s.URL + "/exchange", Header: []hostapi.Param{{Name: "Host", Value: "a"}}},
		"two bodies":    {Method: "POST", URL: s.URL + "/exchange", Body: []byte("a"), FormParam: []hostapi.Param{{Name: "a"}}},
		"two passwords": {Method: "POST", URL: s.URL + "/exchange", Bearer: "a", Basic: &hostapi.Basic{}},
	} {
		_, err := s.Connector.Do(s.t.Context(), s.grant(""), req)
		s.want(name, err, hostapi.CodeInvalidArgument)
	}
	s.notReached("/exchange")
}

func rules(s *subject) {
	const secret = "a-secret-of-the-query"
	other := s.grant("/other")
	posts := s.grant("")
	posts.Allow[0].Methods = []string{"POST"}
	for name, grant := range map[string]*hostapi.Grant{
		"nil grant": nil, "zero grant": {}, "no rule": {Limits: hostapi.DefaultLimits()}, "other path": other, "other method": posts,
	} {
		_, err := s.Connector.Do(s.t.Context(), grant, s.get("/denied?key="+secret))
		s.want(name, err, hostapi.CodeDenied)
		if e, ok := errors.AsType[*hostapi.Error](err); ok && strings.Contains(e.Detail(), secret) {
			s.t.Errorf("%s: the error has the query of the URL: %v", name, err)
		}
	}
	s.notReached("/denied")
	s.do(posts, &hostapi.Request{Method: "POST", URL: s.URL + "/allowed"})
}

// A Connector need not follow redirects, but one that does obeys rules and limits.

func redirectsObeyRules(s *subject) {
	resp, err := s.Connector.Do(s.t.Context(), s.grant("/away"), s.get("/away"))
	if err != nil {
		s.want("redirect to a path that is not allowed", err, hostapi.CodeDenied)
	} else if resp.Status != http.StatusFound {
		s.t.Errorf("status %d, want the redirect or an error", resp.Status)
	}
	s.notReached("/hidden")
}

func redirectsEnd(s *subject) {
	grant := s.grant("")
	grant.Limits.Redirects = -1
	if resp := s.do(grant, s.get("/loop/0")); resp.Status != http.StatusFound {
		s.t.Errorf("status %d without redirects, want that of the redirect", resp.Status)
	}
	s.notReached("/loop/1")
	grant.Limits.Redirects = 2
	if _, err := s.Connector.Do(s.t.Context(), grant, s.get("/loop/0")); err != nil {
		s.want("three redirects", err, hostapi.CodeLimit)
	}
	s.notReached("/loop/3")
}

func responseBytes(s *subject) {
	grant := s.grant("")
	grant.Limits.ResponseBytes = 10_000
	if resp := s.do(grant, s.get("/large")); len(resp.Body) != 10_000 {
		s.t.Errorf("%d bytes, want 10,000", len(resp.Body))
	}
	grant.Limits.ResponseBytes = 9_999
	_, err := s.Connector.Do(s.t.Context(), grant, s.get("/large"))
	s.want("a response above the limit", err, hostapi.CodeLimit)
}

func requestTime(s *subject) {
	grant := s.grant("")
	grant.Limits.RequestTime = 20 * time.Millisecond
	_, err := s.Connector.Do(s.t.Context(), grant, s.get("/slow"))
	s.want("a slow API", err, hostapi.CodeTimeout)
}

func contextEnds(s *subject) {
	ctx, cancel := context.WithCancel(s.t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := s.Connector.Do(ctx, s.grant(""), s.get("/slow"))
	s.want("cancelled during the request", err, hostapi.CodeCanceled)
	if !errors.Is(err, context.Canceled) {
		s.t.Errorf("%v does not match context.Canceled", err)
	}
	_, err = s.Connector.Do(ctx, s.grant(""), s.get("/late"))
	s.want("cancelled before the request", err, hostapi.CodeCanceled)
	s.notReached("/late")

	ctx, cancel = context.WithTimeout(s.t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = s.Connector.Do(ctx, s.grant(""), s.get("/slow"))
	s.want("at the deadline", err, hostapi.CodeTimeout)
}

// jar keeps cookies without any rules.
type jar struct{ set []string }

func (j *jar) Cookie(*url.URL) string { return "kept=1" }

func (j *jar) SetCookie(_ *url.URL, values []string) { j.set = append(j.set, values...) }

func keepsCookies(s *subject) {
	grant, kept := s.grant(""), new(jar)
	grant.Cookies = kept
	if resp := s.do(grant, s.get("/cookies")); string(resp.Body) != "kept=1" {
		s.t.Errorf("the API got the cookies %q, want those of the jar", resp.Body)
	}
	if !slices.Equal(kept.set, []string{"visit=first"}) {
		s.t.Errorf("the jar got %q, want the cookie of the response", kept.set)
	}
	if resp := s.do(s.grant(""), s.get("/cookies")); len(resp.Body) != 0 {
		s.t.Errorf("without a jar, the API got the cookies %q", resp.Body)
	}
}
