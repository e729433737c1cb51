package server_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/server"
)

// serve serves on a separate listener, as the command does, with short times.
func serve(t *testing.T) (address string) {
	t.Helper()
	return serveWith(t, server.Config{ReadHeaderTimeout: 300 * time.Millisecond, ReadTimeout: 600 * time.Millisecond}, nil)
}

// serveWith is serve with other bounds, and with TLS if there is a certificate.
func serveWith(t *testing.T, config server.Config, pair *tls.Certificate) (address string) {
	t.Helper()
	set, err := connection.Parse("oauth.toml", nil, connection.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	listener := newListener(t)
	address = listener.Addr().String()
	config.URL = "http://" + address
	if pair != nil {
		config.URL = "https://" + address
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{*pair}, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12}) // as the command does
	}
	config.Version, config.DB = "test", databasetest.Open(t, databasetest.SQLiteURL(t))
	config.Key, config.Connections, config.InProcess, config.Log = []byte("0123456789abcdef0123456789abcdef"), set, true, slog.New(slog.DiscardHandler)
	s, err := server.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil { //nolint:usetesting // that of the test has ended
			t.Error(err)
		}
	})
	serveOn(t, s, listener)
	return address
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second)) // so that a server that waits fails the test
	return conn
}

// Clients that are slow on purpose are cut off, and others are served meanwhile.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	address := serve(t)
	const many = 100
	var open []net.Conn
	for range many {
		conn := dial(t, address)
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: "+address+"\r\n") // and no end
		open = append(open, conn)
	}
	slowBody := dial(t, address)
	_, _ = io.WriteString(slowBody, "POST /signin HTTP/1.1\r\nHost: "+address+"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nemail=")
	response, err := http.Get("http://" + address + "/healthz") //nolint:noctx // of this test's server
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("with %d half-open connections: %v, %v", many, response, err)
	}
	_ = response.Body.Close()
	for _, conn := range append(open, slowBody) {
		if _, err := io.Copy(io.Discard, conn); err != nil && errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("a connection was not closed")
		}
	}
}

// Requests that are malformed or too large are refused.
func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	address := serve(t)
	host := "Host: " + address + "\r\n"
	for name, tt := range map[string]struct {
		request string
		status  int
	}{
		"huge header":         {"GET / HTTP/1.1\r\n" + host + "X-A: " + strings.Repeat("a", 1<<20) + "\r\n\r\n", 431},
		"many headers":        {"GET / HTTP/1.1\r\n" + host + strings.Repeat("X-A: aaaaaaaaaaaaaaaa\r\n", 1<<14) + "\r\n", 431},
		"other host":          {"GET /healthz/x HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421},
		"no host":             {"GET / HTTP/1.1\r\n\r\n", 400},
		"two hosts":           {"GET / HTTP/1.1\r\n" + host + host + "\r\n", 400},
		"two lengths":         {"POST /signin HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
		"unknown encoding":    {"POST /signin HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked, x\r\n\r\n", 501},
		"line break in path":  {"GET /a%0d%0aX-B:%20c HTTP/1.1\r\n" + host + "\r\n", 303}, // to sign in
		"space in a header":   {"GET / HTTP/1.1\r\n" + host + "X-A : b\r\n\r\n", 400},
		"absolute other host": {"GET http://evil.example/ HTTP/1.1\r\n" + host + "\r\n", 421},
	} {
		conn := dial(t, address)
		_, _ = io.WriteString(conn, tt.request) // the server may have closed it before all is sent
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_ = response.Body.Close()
		if response.StatusCode != tt.status || response.Header.Get("X-B") != "" {
			t.Errorf("%s: %d %v", name, response.StatusCode, response.Header)
		}
	}
}

// Paths and headers that other software reads in other ways lead around no check.
func TestTricks(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token, readOnly := s.token(authserver.ScopeAll), s.token(authserver.ScopeRead)
	s.register(token, "keep", "1")
	s.client.Jar = nil // no session
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, path := range []string{
		"/v1/tasks", "//v1/tasks", "/v1//tasks", "/v1/./tasks", "/v1/../v1/tasks", "/v1/openapi.json/../tasks", "/healthz/../v1/tasks", "/static/../v1/tasks",
		"/v1/openapi.json%2f..%2ftasks", "/v1/%74asks", "/V1/tasks", "/v1/tasks;a=b", "/v1/tasks%00", "/v1/tasks%3f", "/static/%2e%2e/templates/layout.html",
		"/static/..%2ftemplates%2flayout.html", "/static/..%5ctemplates", "/static/", "/.git/config", "/tasks", "/tasks/../connections", "/hooks/keep/..%2f..%2fv1%2ftasks",
	} {
		r, body := s.send("", http.MethodGet, path, "", "")
		if r.StatusCode < 300 || r.StatusCode >= 500 || strings.Contains(body, "keep") || strings.Contains(body, "{{") {
			t.Errorf("%s: %d %s", path, r.StatusCode, body)
		}
	}
	for _, header := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
		r, _ := s.send(token, http.MethodPost, "/v1/tasks/keep", "", "", header, http.MethodDelete)
		if r.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", header, r.StatusCode)
		}
		if r, _ := s.send(readOnly, http.MethodGet, "/v1/tasks/keep?_method=DELETE", "", "", header, http.MethodDelete); r.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s with a token for reading: %d", header, r.StatusCode)
		}
	}
	for _, headers := range [][]string{{"X-Original-URL", "/v1/tasks"}, {"X-Rewrite-URL", "/v1/tasks"}, {"X-Forwarded-Host", "evil.example"}, {"X-Forwarded-User", "ops@example.com"}, {"X-Remote-User", "ops@example.com"}} {
		if r, body := s.send("", http.MethodGet, "/tasks", "", "", headers...); r.StatusCode != http.StatusSeeOther || strings.Contains(r.Header.Get("Location"), "evil") {
			t.Errorf("%v: %d %v %s", headers, r.StatusCode, r.Header, body)
		}
	}
	if r := s.api(token, http.MethodGet, "/v1/tasks/keep", nil, nil); r.StatusCode != http.StatusOK {
		t.Errorf("the task is gone: %d", r.StatusCode)
	}
	if strings.Contains(s.log.String(), "level=ERROR") {
		t.Errorf("log: %s", s.log)
	}
}

// A cookie that was made up, or belongs to a session that has ended, is that of no user.
func TestCookies(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	cookies := s.client.Jar.Cookies(u)
	if len(cookies) != 1 {
		t.Fatalf("cookies: %v", cookies)
	}
	name, value := cookies[0].Name, cookies[0].Value
	s.post("/", "/signout", nil)
	s.client.Jar = nil
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for what, cookie := range map[string]string{
		"replayed": value, "empty": "", "changed": value[:len(value)-1] + "A", "long": strings.Repeat("a", 8000), "quotes": `"' OR 1=1 --`, "null": "%00",
	} {
		if r, _ := s.send("", http.MethodGet, "/tasks", "", "", "Cookie", name+"="+cookie); r.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d", what, r.StatusCode)
		}
		if r, _ := s.send("", http.MethodGet, "/v1/tasks", "", "", "Cookie", name+"="+cookie); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s, for the API: %d", what, r.StatusCode)
		}
	}
}

// JSON that is deep or wide is refused, or is no more work than its size.
func TestJSONBombs(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	s.register(token, "keep", "1")
	var wide strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&wide, `,"k%d":0`, i)
	}
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, tt := range map[string]struct {
		body   string
		status []int
	}{
		"deep":             {`{"task":"keep","data":{"q":` + deep(1_000_000) + `}}`, []int{400, 422}},
		"deep objects":     {`{"task":"keep","data":` + strings.Repeat(`{"a":`, 1_000_000), []int{400, 422}},
		"wide":             {`{"task":"keep"` + wide.String() + `}`, []int{422}},
		"large number":     {`{"task":"keep","version":1e400}`, []int{400, 422}},
		"long number":      {`{"task":"keep","data":{"q":` + strings.Repeat("9", 1_000_000) + `}}`, []int{400}},
		"not UTF-8":        {"{\"task\":\"keep\",\"data\":{\"q\":\"\xff\"}}", []int{400, 422}},
		"another case":     {`{"task":"keep","Task":"keep"}`, []int{422}},
		"null":             {`null`, []int{400, 422}},
		"array":            {`[]`, []int{400, 422}},
		"empty":            {``, []int{400, 422}},
		"twice":            {`{"task":"nosuch","task":"keep"}{}`, []int{201, 400, 422}},
		"negative timeout": {`{"task":"keep","timeout_s":-1}`, []int{422}},
		"huge timeout":     {`{"task":"keep","timeout_s":1e300}`, []int{422}},
		"too large":        {`{"task":"keep","data":{"q":"` + strings.Repeat("a", 25<<20) + `"}}`, []int{413}},
	} {
		r, text := s.send(token, http.MethodPost, "/v1/runs", "application/json", tt.body)
		ok := false
		for _, status := range tt.status {
			ok = ok || r.StatusCode == status
		}
		if !ok || len(text) > 8<<10 {
			t.Errorf("%s: %d %.300s", name, r.StatusCode, text)
		}
	}
	if strings.Contains(s.log.String(), "level=ERROR") {
		t.Errorf("log: %s", s.log)
	}
}

// A query that cannot be decoded, and a cursor that was cut off, do not select something else.
func TestDamagedQuery(t *testing.T) {
	t.Parallel()
	s := start(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	s.register(token, "keep", "1")
	for _, name := range []string{"a", "b"} {
		s.send(token, http.MethodPost, "/v1/runs?wait=30", "application/json", `{"task":"keep"}`)
		if r := s.api(token, http.MethodPost, "/v1/clients", map[string]any{"client_name": name, "redirect_uris": []string{"https://a.test/cb"}}, nil); r.StatusCode != http.StatusCreated {
			t.Fatalf("client: %d", r.StatusCode)
		}
	}
	if r, text := s.send(token, http.MethodGet, "/v1/runs?task=%zz", "", ""); r.StatusCode != http.StatusBadRequest || !strings.Contains(text, "the query of the URL is malformed") {
		t.Errorf("query: %d %s", r.StatusCode, text)
	}
	for _, list := range []string{"/v1/runs?limit=1", "/v1/clients?limit=1"} {
		var page struct {
			Next string `json:"next"`
		}
		s.api(token, http.MethodGet, list, nil, &page)
		if r, _ := s.send(token, http.MethodGet, list+"&cursor="+page.Next, "", ""); page.Next == "" || r.StatusCode != http.StatusOK {
			t.Fatalf("%s: %q, %d", list, page.Next, r.StatusCode)
		}
		for n := range len(page.Next) - 1 {
			if r, text := s.send(token, http.MethodGet, list+"&cursor="+page.Next[:n+1], "", ""); r.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s, %d letters of the cursor: %d %s", list, n+1, r.StatusCode, text)
			}
		}
	}
}

// The body of a request to the API may take as long as the server's time for requests, and no longer.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.SQLiteURL(t))
	s := startWith(t, db, "", "", func(c *server.Config) { c.ReadTimeout = 300 * time.Millisecond })
	s.setUp()
	token := s.token(authserver.ScopeAll)
	body, half := io.Pipe()
	defer half.Close() //nolint:errcheck // of a pipe
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/v1/runs", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	go func() { _, _ = half.Write([]byte(`{"task": `)) }() // and no more
	began := time.Now()
	response, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()   //nolint:errcheck // read
	const usual = 5 * time.Second // of the library
	if took := time.Since(began); response.StatusCode != http.StatusRequestTimeout || took > usual-time.Second {
		t.Errorf("%d after %v, want 408 after 300 ms", response.StatusCode, took)
	}
}
