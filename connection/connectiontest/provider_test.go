package connectiontest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/connection/connectiontest"
	"github.com/postern-dev/postern/hostapi"
)

// call sends one request to p, in memory.
func call(p *connectiontest.Provider, method, target string, header http.Header, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), method, target, strings.NewReader(body))
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

func form(authorization string) http.Header {
	h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if authorization != "" {
		h.Set("Authorization", authorization)
	}
	return h
}

func basic(user, password string) string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(user, password)
	return r.Header.Get("Authorization")
}

// decode returns the JSON object in w.
func decode(t *testing.T, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("answer is not JSON: %v: %s", err, w.Body)
	}
	return v
}

// issue returns an access token of the demo client.
func issue(t *testing.T, p *connectiontest.Provider, params string) string {
	t.Helper()
	w := call(p, "POST", "/token", form(basic("demo", "demo-secret")), "grant_type=client_credentials"+params)
	token, ok := decode(t, w)["access_token"].(string)
	if !ok {
		t.Fatalf("no token: %s", w.Body)
	}
	return token
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	first, err := connectiontest.Start("", &connectiontest.Provider{})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close() //nolint:errcheck // the test ends
	for _, tt := range []struct {
		addr string
		code hostapi.Code
		hint string
	}{
		{"8085", hostapi.CodeConfig, "127.0.0.1:8085"},
		{"0.0.0.0:0", hostapi.CodeConfig, "loopback"},
		{":0", hostapi.CodeConfig, "loopback"},
		{"example.com:0", hostapi.CodeConfig, "loopback"},
		{"127.0.0.1:port", hostapi.CodeNetwork, ""},
		{first.Host(), hostapi.CodeNetwork, "127.0.0.1:0"},
	} {
		server, err := connectiontest.Start(tt.addr, &connectiontest.Provider{})
		e, ok := errors.AsType[*hostapi.Error](err)
		if server != nil || !ok || e.Code != tt.code || e.Name != tt.addr || !strings.Contains(e.Hint, tt.hint) {
			t.Errorf("Start(%q) = %v, %#v, want %s with %q", tt.addr, server, err, tt.code, tt.hint)
		}
	}
}

func TestToken(t *testing.T) {
	t.Parallel()
	const demo = "client_id=demo&client_secret=demo-secret"
	tests := []struct {
		name          string
		method        string
		authorization string
		contentType   string
		body          string
		status        int
		code          string
	}{
		{name: "basic", authorization: basic("demo", "demo-secret"), body: "grant_type=client_credentials", status: 200},
		{name: "basic, form-encoded", authorization: basic("odd+id%25", "a%3Ab%2Bc+d"), body: "grant_type=client_credentials", status: 200},
		{name: "basic, not encoded", authorization: basic("odd id%", "a:b+c d"), body: "grant_type=client_credentials", status: 400, code: "invalid_request"},
		{name: "post", body: demo + "&grant_type=client_credentials", status: 200},
		{name: "public client", body: "client_id=app&grant_type=password&username=alice&password=wonderland", status: 200},
		{name: "public client without user", body: "client_id=app&grant_type=client_credentials", status: 400, code: "unauthorized_client"},
		{name: "password", body: demo + "&grant_type=password&username=alice&password=wonderland", status: 200},
		{name: "wrong password", body: demo + "&grant_type=password&username=alice&password=x", status: 400, code: "invalid_grant"},
		{name: "unknown user", body: demo + "&grant_type=password&username=bob&password=", status: 400, code: "invalid_grant"},
		{name: "no user", body: demo + "&grant_type=password", status: 400, code: "invalid_request"},
		{name: "wrong secret", authorization: basic("demo", "x"), body: "grant_type=client_credentials", status: 401, code: "invalid_client"},
		{name: "unknown client", body: "client_id=x&client_secret=&grant_type=client_credentials", status: 401, code: "invalid_client"},
		{name: "no client", body: "grant_type=client_credentials", status: 401, code: "invalid_client"},
		{name: "not basic", authorization: "Bearer x", body: "grant_type=client_credentials", status: 401, code: "invalid_client"},
		{name: "two methods", authorization: basic("demo", "demo-secret"), body: demo + "&grant_type=client_credentials", status: 400, code: "invalid_request"},
		{name: "parameter twice", body: demo + "&grant_type=client_credentials&scope=a&scope=b", status: 400, code: "invalid_request"},
		{name: "resource twice", body: demo + "&grant_type=client_credentials&resource=a&resource=b", status: 200},
		{name: "no grant", body: demo, status: 400, code: "invalid_request"},
		{name: "other grant", body: demo + "&grant_type=magic", status: 400, code: "unsupported_grant_type"},
		{name: "bad scope", body: demo + "&grant_type=client_credentials&scope=a++b", status: 400, code: "invalid_scope"},
		{name: "JSON", contentType: "application/json", body: "{}", status: 400, code: "invalid_request"},
		{name: "GET", method: "GET", body: demo, status: 405, code: "invalid_request"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &connectiontest.Provider{Clients: map[string]string{"demo": "demo-secret", "odd id%": "a:b+c d", "app": ""}}
			header := form(tt.authorization)
			if tt.contentType != "" {
				header.Set("Content-Type", tt.contentType)
			}
			method := tt.method
			if method == "" {
				method = "POST"
			}
			w := call(p, method, "/token", header, tt.body)
			answer := decode(t, w)
			if w.Code != tt.status || tt.code != "" && answer["error"] != tt.code {
				t.Errorf("answer = %d %v, want %d %s", w.Code, answer, tt.status, tt.code)
			}
			if w.Header().Get("Cache-Control") != "no-store" {
				t.Error("the answer may be cached")
			}
			if (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
				t.Errorf("WWW-Authenticate = %q with status %d", w.Header().Get("WWW-Authenticate"), w.Code)
			}
			if tt.status == 200 && (answer["token_type"] != "Bearer" || answer["expires_in"] != 3600.0 || answer["access_token"] == "") {
				t.Errorf("answer = %v", answer)
			}
		})
	}
}

func TestTokenExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &connectiontest.Provider{TokenLifetime: time.Minute}
		bearer := http.Header{"Authorization": {"Bearer " + issue(t, p, "")}}
		if w := call(p, "GET", "/api/items", bearer, ""); w.Code != http.StatusOK {
			t.Errorf("a fresh token: %d", w.Code)
		}
		<-time.After(61 * time.Second)
		if w := call(p, "GET", "/api/items", bearer, ""); w.Code != http.StatusUnauthorized {
			t.Errorf("an expired token: %d, want 401", w.Code)
		}
	})
}

func TestBearer(t *testing.T) {
	t.Parallel()
	p := &connectiontest.Provider{}
	live := issue(t, p, "")
	revoked := &connectiontest.Provider{}
	dead := issue(t, revoked, "")
	revoked.Revoke()
	tests := []struct {
		name      string
		provider  *connectiontest.Provider
		header    []string
		status    int
		challenge string
	}{
		{"live", p, []string{"Bearer " + live}, 200, ""},
		{"scheme in another case", p, []string{"bearer " + live}, 200, ""},
		{"fixed", p, []string{"Bearer demo-token"}, 200, ""},
		{"none", p, nil, 401, `Bearer realm="api"`},
		{"basic", p, []string{basic("demo", "demo-secret")}, 401, `Bearer realm="api"`},
		{"made up", p, []string{"Bearer x"}, 401, `Bearer realm="api", error="invalid_token"`},
		{"revoked", revoked, []string{"Bearer " + dead}, 401, `Bearer realm="api", error="invalid_token"`},
		{"empty", p, []string{"Bearer "}, 400, `Bearer realm="api", error="invalid_request"`},
		{"two", p, []string{"Bearer " + live, "Bearer " + live}, 400, `Bearer realm="api", error="invalid_request"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{}
			if tt.header != nil {
				header["Authorization"] = tt.header
			}
			for _, path := range []string{"/api/items", "/api/echo"} {
				w := call(tt.provider, "GET", path, header, "")
				if w.Code != tt.status || w.Header().Get("WWW-Authenticate") != tt.challenge {
					t.Errorf("%s = %d %q, want %d %q", path, w.Code, w.Header().Get("WWW-Authenticate"), tt.status, tt.challenge)
				}
			}
		})
	}
}

func TestEcho(t *testing.T) {
	t.Parallel()
	p := &connectiontest.Provider{}
	token := issue(t, p, "&scope=read+write")
	w := call(p, "PUT", "/api/echo?a=1&a=2&t="+token, form("Bearer "+token), "x=ü&t="+token)
	if strings.Contains(w.Body.String(), token) {
		t.Errorf("the echo has the token: %s", w.Body)
	}
	got, err := json.Marshal(decode(t, w))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"client":"demo","content_type":"application/x-www-form-urlencoded","form":{"t":["[token]"],"x":["ü"]},` +
		`"method":"PUT","path":"/api/echo","query":{"a":["1","2"],"t":["[token]"]},"scope":"read write","user":""}`
	if string(got) != want {
		t.Errorf("echo = %s\nwant   %s", got, want)
	}
	if w := call(p, "POST", "/api/echo", form("Bearer "+token), "%zz"); w.Code != http.StatusBadRequest {
		t.Errorf("a broken form: %d, want 400", w.Code)
	}
	if w := call(p, "POST", "/api/items", form("Bearer "+token), ""); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST of items: %d, want 405", w.Code)
	}
	if w := call(p, "GET", "/nothing", nil, ""); w.Code != http.StatusNotFound {
		t.Errorf("no such path: %d, want 404", w.Code)
	}
}

func TestRedirect(t *testing.T) {
	t.Parallel()
	p := &connectiontest.Provider{}
	for query, want := range map[string]int{
		"to=https://a.example.com/?b=c":   302,
		"to=/x&status=307":                307,
		"to=/x&status=200":                400,
		"to=/x&status=x":                  400,
		"status=302":                      400,
		"to=https://a.example.com&status": 302,
	} {
		w := call(p, "GET", "/redirect?"+query, nil, "")
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if w.Code != want || want < 400 && w.Header().Get("Location") != values.Get("to") {
			t.Errorf("%s = %d %q, want %d", query, w.Code, w.Header().Get("Location"), want)
		}
	}
}

func TestBendAndRequests(t *testing.T) {
	t.Parallel()
	p := &connectiontest.Provider{Bend: func(w http.ResponseWriter, r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) == "" {
			return false
		}
		w.WriteHeader(http.StatusTeapot)
		return true
	}}
	if w := call(p, "POST", "/token?a=b", http.Header{"X-A": {"b"}}, "hello"); w.Code != http.StatusTeapot {
		t.Errorf("bent answer = %d", w.Code)
	}
	if w := call(p, "GET", "/", nil, ""); w.Code != http.StatusOK {
		t.Errorf("answer = %d, want the provider's own", w.Code)
	}
	got := p.Requests()
	if len(got) != 2 || got[0].Method != "POST" || got[0].URI != "/token?a=b" || got[0].Path != "/token" ||
		got[0].Header.Get("X-A") != "b" || string(got[0].Body) != "hello" || p.Count("/token") != 1 {
		t.Errorf("Requests = %+v", got)
	}
	for range 1100 {
		call(p, "GET", "/x", nil, "")
	}
	if n := len(p.Requests()); n != 1000 {
		t.Errorf("%d requests are kept, want 1000", n)
	}
}

func TestServer(t *testing.T) {
	t.Parallel()
	s, err := connectiontest.Start("", &connectiontest.Provider{
		Clients: map[string]string{"public": "", "my \"client\"": "a\\b\n"}, Users: map[string]string{}, Tokens: map[string]string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "http://" + s.Host(); s.URL != want {
		t.Errorf("URL = %q, want %q", s.URL, want)
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/.well-known/oauth-authorization-server", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	var client http.Client
	defer client.CloseIdleConnections()
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	var metadata map[string]any
	err = json.NewDecoder(response.Body).Decode(&metadata)
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
	if err != nil || metadata["issuer"] != s.URL || metadata["token_endpoint"] != s.URL+"/token" {
		t.Errorf("metadata = %v, %v", metadata, err)
	}
	toml := s.OAuthTOML()
	for _, want := range []string{"client_id = \"my \\\"client\\\"\"\n", "client_secret = \"a\\\\b\\u000a\"\n", "[connections.playground]"} {
		if !strings.Contains(toml, want) {
			t.Errorf("OAuthTOML = %s\nwant %s in it", toml, want)
		}
	}
	if strings.Contains(toml, "playground password") || strings.Contains(toml, "playground token") {
		t.Errorf("OAuthTOML = %s\nhas connections without an account", toml)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := client.Do(r); err == nil { //nolint:bodyclose // there is no answer
		t.Error("the server answers after Close")
	}
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:80", "example.com:80", "127.0.0.1"} {
		if s, err := connectiontest.Start(addr, new(connectiontest.Provider)); err == nil {
			t.Errorf("Start(%q) listens on %s, want an error", addr, s.URL)
		}
	}
}
