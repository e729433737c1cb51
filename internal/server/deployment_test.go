package server_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/server"
	"github.com/postern-dev/postern/internal/testservers"
)

// documented returns the block of docs/SERVER.md in a language.
func documented(t *testing.T, language string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/SERVER.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindSubmatch(page)
	if m == nil {
		t.Fatalf("the page has no block in %s", language)
	}
	return string(m[1])
}

// replaced replaces each text, which must be there.
func replaced(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("there is no %q in %s", pairs[i], text)
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// behindProxy starts a server behind a reverse proxy, and a browser whose address is 127.0.0.2. The proxy is run at one address,
// with cert.pem and key.pem, before another one.
func behindProxy(t *testing.T, run func(front, back string, files map[string][]byte) bool) *site {
	t.Helper()
	sample := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(sample.Close)
	pair := sample.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	free := newListener(t)
	front := free.Addr().String() // the proxy listens there
	_ = free.Close()
	var web http.Handler
	back := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { web.ServeHTTP(w, r) }))
	t.Cleanup(back.Close)
	log := new(syncBuffer)
	const url = "https://postern.example.com"
	s := startWith(t, databasetest.Open(t, databasetest.SQLiteURL(t)), "", "", func(c *server.Config) {
		c.URL, c.TrustedProxies, c.Log = url, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, slog.New(slog.NewTextHandler(log, nil))
	})
	web = s.Handler()
	ok := run(front, strings.TrimPrefix(back.URL, "http://"), map[string][]byte{
		"cert.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}),
		"key.pem":  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
	})
	if !ok {
		t.Skip("no such proxy")
	}
	roots := x509.NewCertPool()
	roots.AddCert(sample.Certificate())
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	jar, _ := cookiejar.New(nil) // never fails
	browser := &http.Client{Jar: jar, Transport: &http.Transport{
		DialContext:     func(ctx context.Context, _, _ string) (net.Conn, error) { return from.DialContext(ctx, "tcp", front) },
		TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "example.com", MinVersion: tls.VersionTLS12},
	}}
	t.Cleanup(browser.CloseIdleConnections)
	return &site{t, s.Server, url, browser, log, nil}
}

// Behind nginx and Caddy, configured as docs/SERVER.md has it, a user signs in, large files come through, the lines of a log arrive
// while the run goes on, and the address in the log is that of the client, whatever the client claims.
func TestReverseProxy(t *testing.T) {
	t.Parallel()
	const cert, key = "/etc/postern/cert.pem", "/etc/postern/key.pem"
	t.Run("nginx", func(t *testing.T) {
		t.Parallel()
		checkProxy(t, behindProxy(t, func(front, back string, files map[string][]byte) bool {
			block := replaced(t, documented(t, "nginx"), "listen 443 ssl;", "listen "+front+" ssl;", cert, "cert.pem", key, "key.pem", "127.0.0.1:8080", back)
			return testservers.Nginx(t, block, files)
		}))
	})
	t.Run("Caddy", func(t *testing.T) {
		t.Parallel()
		checkProxy(t, behindProxy(t, func(front, back string, files map[string][]byte) bool {
			_, port, _ := strings.Cut(front, ":")
			site := replaced(t, documented(t, "caddyfile"), "postern.example.com {", "https://postern.example.com:"+port+" {\n\tbind 127.0.0.1", cert, "cert.pem", key, "key.pem", "127.0.0.1:8080", back)
			return testservers.Caddy(t, site, files)
		}))
	})
}

func checkProxy(t *testing.T, s *site) {
	t.Helper()
	s.setUp() // with a session: the cookie is for https
	token := s.token(authserver.ScopeAll)
	r, _ := s.send("", http.MethodGet, "/signin", "", "", "X-Forwarded-For", "203.0.113.9")
	if r.StatusCode != http.StatusOK || r.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("sign-in: %d %v", r.StatusCode, r.Header)
	}
	if log := s.log.String(); !strings.Contains(log, "path=/signin status=200") || strings.Contains(log, "203.0.113.9") || strings.Count(log, "address=127.0.0.2") < 2 {
		t.Errorf("log: %s", log)
	}
	release, end := context.WithCancel(t.Context())
	api := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release.Done() }))
	t.Cleanup(api.Close)
	t.Cleanup(end)
	s.api(token, http.MethodPut, "/v1/tasks/slow", map[string]any{
		"main": "slow.js", "files": map[string]any{"slow.js": fmt.Appendf(nil, `engine.log("begins"); httpClient.begin().get(%q);`, api.URL)},
		"options": map[string]any{"allow": []string{strings.TrimPrefix(api.URL, "http://")}},
	}, nil)
	request := map[string]any{"task": "slow", "files": []map[string]any{{"item": "q_file", "name": "a", "content_type": "a/b", "content": bytes.Repeat([]byte("a"), 8<<20)}}}
	var run struct{ ID string }
	if r := s.api(token, http.MethodPost, "/v1/runs", request, &run); r.StatusCode != http.StatusCreated {
		t.Fatalf("a large file: %d", r.StatusCode)
	}
	s.wantLine(token, run.ID, "begins")
}

// wantLine follows the log of a run until it has a line.
func (s *site) wantLine(token, run, line string) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/v1/runs/"+run+"/log", http.NoBody)
	if err != nil {
		s.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Accept", "text/event-stream")
	response, err := s.client.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // only read
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if strings.Contains(lines.Text(), line) {
			return
		}
	}
	s.Errorf("the line has not arrived: %v", lines.Err())
}

// The page has the Containerfile, which make container builds.
func TestContainerfile(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../../Containerfile")
	if err != nil {
		t.Fatal(err)
	}
	_, recipe, _ := strings.Cut(string(file), "\n")
	if got := documented(t, "dockerfile"); got != recipe {
		t.Errorf("the page has\n%swant\n%s", got, recipe)
	}
}
