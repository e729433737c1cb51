package server_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// What the API cannot read, or the client does not accept, is refused with a problem that says what would do.
func TestMediaTypes(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	s.register(token, "greet", greeting)
	const run = `{"task": "greet", "data": {"q_name": "Ada"}}`
	var started struct{ ID string }
	s.api(token, http.MethodPost, "/v1/runs?wait=30", json.RawMessage(run), &started)
	for _, test := range []struct {
		method, path, kind, body string
		header                   []string
		want                     int
		more                     string // name and value of a header of the response
	}{
		{method: "POST", path: "/v1/runs", kind: "text/plain", body: run, want: 415, more: "Accept: application/json, multipart/form-data"},
		{method: "POST", path: "/v1/runs", kind: "application/json; charset=utf-8", body: run, want: 201},
		{method: "POST", path: "/v1/runs", kind: "nonsense", body: run, want: 415},
		{method: "PUT", path: "/v1/tasks/greet", kind: "application/x-www-form-urlencoded", body: "a=b", want: 415, more: "Accept: application/json"},
		{method: "POST", path: "/v1/runs", kind: "application/json", body: run, header: []string{"Content-Encoding", "gzip"}, want: 415, more: "Accept-Encoding: identity"},
		{method: "POST", path: "/v1/runs", kind: "application/json", body: run, header: []string{"Content-Encoding", "identity"}, want: 201},
		{method: "POST", path: "/v1/runs/" + started.ID + "/retry", kind: "text/plain", body: "x", want: 201}, // it takes no body
		{method: "GET", path: "/v1/me", header: []string{"Accept", "text/html"}, want: 406},
		{method: "GET", path: "/v1/me", header: []string{"Accept", "text/html, application/xml;q=0.9, */*;q=0.8"}, want: 200},
		{method: "GET", path: "/v1/me", header: []string{"Accept", "*/*, application/json;q=0"}, want: 406},
		{method: "GET", path: "/v1/me", header: []string{"Accept", "application/*"}, want: 200},
		{method: "GET", path: "/v1/me", header: []string{"Accept", "text/event-stream"}, want: 406},
		{method: "HEAD", path: "/v1/me", header: []string{"Accept", "text/html"}, want: 406},
		{method: "DELETE", path: "/v1/tasks/nosuch", header: []string{"Accept", "text/html"}, want: 404},
		{method: "GET", path: "/v1/runs/" + started.ID + "/log", header: []string{"Accept", "application/json;q=0.1, text/event-stream"}, want: 200},
		{method: "GET", path: "/v1/runs/" + started.ID + "/log", header: []string{"Accept", "text/html"}, want: 406},
	} {
		r, body := s.send(token, test.method, test.path, test.kind, test.body, test.header...)
		if r.StatusCode != test.want {
			t.Errorf("%s %s %s %v: %d %s, want %d", test.method, test.path, test.kind, test.header, r.StatusCode, body, test.want)
			continue
		}
		var problem struct {
			Status       int
			Detail, Hint string
		}
		if test.want == http.StatusUnsupportedMediaType || test.want == http.StatusNotAcceptable && test.method != http.MethodHead {
			err := json.Unmarshal([]byte(body), &problem)
			if err != nil || problem.Status != test.want || problem.Detail == "" || problem.Hint == "" || r.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s %s %v: %s", test.method, test.path, test.header, body)
			}
		}
		if name, value, _ := strings.Cut(test.more, ": "); test.more != "" && r.Header.Get(name) != value {
			t.Errorf("%s %s: %s is %q, want %q", test.method, test.path, name, r.Header.Get(name), value)
		}
	}
	for _, path := range []string{"/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"} { // errors of OAuth, RFC 6749 §5.2
		if r, body := s.send(token, http.MethodGet, path, "", ""); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "POST" || !strings.Contains(body, `"error":"invalid_request"`) {
			t.Errorf("GET %s: %d %s", path, r.StatusCode, body)
		}
		if r, body := s.send(token, http.MethodPost, path, "application/json", "{}"); r.StatusCode != http.StatusBadRequest || !strings.Contains(body, "application/x-www-form-urlencoded") {
			t.Errorf("POST %s: %d %s", path, r.StatusCode, body)
		}
	}
	if r, body := s.send("", http.MethodGet, "/hooks/greet/x", "", ""); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "POST" || !strings.Contains(body, `"status":405`) {
		t.Errorf("GET of a webhook: %d %s", r.StatusCode, body)
	}
	if r, body := s.send("", http.MethodPost, "/hooks/greet", "", ""); r.StatusCode != http.StatusNotFound || !strings.Contains(body, `"status":404`) {
		t.Errorf("POST of no webhook: %d %s", r.StatusCode, body)
	}
}

// Who tries too often is told when to try again.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}, "client_id": {"nosuch"}, "client_secret": {"x"}}
	for path, form := range map[string]url.Values{"/oauth2/token": form, "/signin": {"email": {"ops@example.com"}, "password": {"wrong"}}} {
		for try := 1; ; try++ {
			r, body := s.send("", http.MethodPost, path, "application/x-www-form-urlencoded", form.Encode())
			if r.StatusCode == http.StatusTooManyRequests {
				if seconds, err := strconv.Atoi(r.Header.Get("Retry-After")); err != nil || seconds < 1 {
					t.Errorf("%s: Retry-After is %q", path, r.Header.Get("Retry-After"))
				}
				break
			}
			if r.StatusCode != http.StatusUnauthorized || try > 100 {
				t.Errorf("%s, try %d: %d %s", path, try, r.StatusCode, body)
				break
			}
		}
	}
}
