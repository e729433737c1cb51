package connection_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// networked returns a manager of toml that uses the network.
func networked(t *testing.T, dir, toml string, env map[string]string, config egress.Config) *connection.Manager {
	t.Helper()
	set, err := connection.Parse("oauth.toml", []byte(toml), connection.ParseOptions{Dir: dir, LookupEnv: lookup(env)})
	if err != nil {
		t.Fatal(err)
	}
	client := egress.New(config)
	t.Cleanup(client.Close)
	m, err := connection.NewManager(connection.Config{Set: set, Egress: client})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The certificate of the server is for example.com and 127.0.0.1.
func TestTLSNameAndVersion(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"access_token":"asked for [%s] in %x","expires_in":60}`, r.TLS.ServerName, r.TLS.Version)
	}))
	s.TLS = &tls.Config{MaxVersion: tls.VersionTLS12} // an old server
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	dir := t.TempDir()
	writePEM(t, filepath.Join(dir, "ca.pem"), "CERTIFICATE", s.Certificate().Raw)
	host := strings.TrimPrefix(s.URL, "https://")
	for _, tt := range []struct{ name, tls, token, err string }{
		{"neither", ``, `asked for [] in 303`, ""},
		{"name", `, server_name = "Example.com"`, `asked for [example.com] in 303`, ""},
		{"name of another", `, server_name = "other.example"`, "", "its TLS certificate is for another name"},
		{"address", `, server_name = "127.0.0.1"`, `asked for [] in 303`, ""},
		{"old version", `, min_version = "1.2"`, `asked for [] in 303`, ""},
		{"new version", `, min_version = "1.3"`, "", "refused the TLS handshake"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := networked(t, dir, fmt.Sprintf(`[connections.crm]
grant = "client_credentials"
token_endpoint = "https://%[1]s/token"
client_id = "id"
client_secret = "env:S"
hosts = ["%[1]s"]
tls = { ca_file = "ca.pem"%s }
`, host, tt.tls), map[string]string{"S": "hunter2"}, egress.Config{})
			got, err := m.Token(t.Context(), "crm", 0)
			if tt.err != "" {
				if hostapi.CodeOf(err) != hostapi.CodeNetwork || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want a network error with %q", err, tt.err)
				}
				return
			}
			if err != nil || got.AccessToken() != tt.token {
				t.Fatalf("token %q, %v; want %q", got.AccessToken(), err, tt.token)
			}
			answer, err := m.Do(t.Context(), &hostapi.Grant{Connections: []string{"crm"}, Limits: hostapi.DefaultLimits()},
				&hostapi.Request{Method: "GET", URL: "https://" + host + "/", AuthSetting: "crm"})
			if err != nil || answer.Status != http.StatusOK {
				t.Errorf("the API: %v", err)
			}
		})
	}
}

// forwarder is a proxy that records its requests.
type forwarder struct {
	next http.RoundTripper

	mu    sync.Mutex
	asked []string
}

func (f *forwarder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.asked = append(f.asked, r.Method+" "+r.Host+r.URL.Path+" "+r.Header.Get("Proxy-Authorization"))
	f.mu.Unlock()
	r.RequestURI = ""
	r.Header.Del("Proxy-Authorization")
	response, err := f.next.RoundTrip(r)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body)
}

func (f *forwarder) all() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked)
}

func TestProxyOfConnection(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(new(server))
	next := s.Client().Transport
	own, common := &forwarder{next: next}, &forwarder{next: next}
	ownServer, commonServer := httptest.NewServer(own), httptest.NewServer(common)
	for _, server := range []*httptest.Server{s, ownServer, commonServer} {
		t.Cleanup(server.Close)
	}
	host := strings.TrimPrefix(s.URL, "http://")
	toml := fmt.Sprintf(`[egress]
proxy = %q
allow = [%[2]q]
`, commonServer.URL, host)
	for _, name := range []string{"plain", "proxied"} {
		toml += fmt.Sprintf(`[connections.%s]
grant = "client_credentials"
token_endpoint = "http://%[2]s/%[1]s/token"
client_id = "id"
client_secret = "env:S"
hosts = [%[2]q]
`, name, host)
	}
	toml += "proxy = \"env:PROXY\"\n"
	env := map[string]string{"S": "hunter2", "PROXY": strings.Replace(ownServer.URL, "http://", "http://u:hunter3@", 1)}
	set, err := connection.Parse("oauth.toml", []byte(toml), connection.ParseOptions{LookupEnv: lookup(env)})
	if err != nil {
		t.Fatal(err)
	}
	m := networked(t, "", toml, env, set.Egress())
	grant := &hostapi.Grant{Connections: []string{"plain", "proxied"}, Limits: hostapi.DefaultLimits()}
	for _, name := range []string{"plain", "proxied", ""} {
		if _, err := m.Do(t.Context(), grant, &hostapi.Request{Method: "GET", URL: s.URL + "/api/" + name, AuthSetting: name}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	const pair = " Basic dTpodW50ZXIz" // u:hunter3
	if got, want := own.all(), []string{"POST " + host + "/proxied/token" + pair, "GET " + host + "/api/proxied" + pair}; !slices.Equal(got, want) {
		t.Errorf("its own proxy was asked for %q, want %q", got, want)
	}
	if got, want := common.all(), []string{"POST " + host + "/plain/token ", "GET " + host + "/api/plain ", "GET " + host + "/api/ "}; !slices.Equal(got, want) {
		t.Errorf("the other proxy was asked for %q, want %q", got, want)
	}
	env["PROXY"] = "http://u:hunter3@" + nowhere
	_, err = networked(t, "", toml, env, set.Egress()).Token(t.Context(), "proxied", 0)
	if hostapi.CodeOf(err) != hostapi.CodeNetwork || !strings.Contains(err.Error(), "the proxy: ") {
		t.Errorf("without the proxy: %v", err)
	}
	assertNoSecret(t, err, "hunter3")
}

// rawServer responds to every request with a token, and keeps the header lines as
// received.
func rawServer(t *testing.T) (host string, headers func() [][]string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	var mu sync.Mutex
	var all [][]string
	serve := func(c net.Conn) {
		defer c.Close() //nolint:errcheck // the answer is out
		var raw bytes.Buffer
		if _, err := http.ReadRequest(bufio.NewReaderSize(io.TeeReader(c, &raw), 64<<10)); err != nil {
			return
		}
		head, _, _ := strings.Cut(raw.String(), "\r\n\r\n")
		mu.Lock()
		all = append(all, strings.Split(head, "\r\n")[1:])
		mu.Unlock()
		const body = `{"access_token":"abc-token-abc","token_type":"Bearer","expires_in":60}`
		_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
	}
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return listener.Addr().String(), func() [][]string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

// Some servers accept a header only in the case of their documentation.
func TestHeadersVerbatim(t *testing.T) {
	t.Parallel()
	host, headers := rawServer(t)
	m := networked(t, "", fmt.Sprintf(`[connections.crm]
grant = "client_credentials"
token_endpoint = "http://%[1]s/token"
client_id = "id"
client_secret = "env:S"
token_headers = { X-tenantID = "acme", accept = "application/vnd.api+json", content-type = "application/x-www-form-urlencoded; charset=utf-8", user-agent = "Acme", x-api-KEY = "env:KEY" }
header = { name = "x-tokenID" }
hosts = ["%[1]s"]
`, host), map[string]string{"S": "hunter2", "KEY": "hunter3"}, egress.Config{})
	grant := &hostapi.Grant{Connections: []string{"crm"}, Limits: hostapi.DefaultLimits()}
	request := hostapi.Request{Method: "GET", URL: "http://" + host + "/", AuthSetting: "crm"}
	if _, err := m.Do(t.Context(), grant, &request); err != nil {
		t.Fatal(err)
	}
	sent := headers()
	if len(sent) != 2 {
		t.Fatalf("%d requests, want 2", len(sent))
	}
	for i, want := range [][]string{
		{
			"X-tenantID: acme", "accept: application/vnd.api+json", "content-type: application/x-www-form-urlencoded; charset=utf-8",
			"User-Agent: Acme", "x-api-KEY: hunter3", "Authorization: Basic aWQ6aHVudGVyMg==",
		},
		{"x-tokenID: abc-token-abc", "User-Agent: postern"},
	} {
		for _, line := range want {
			name, _, _ := strings.Cut(line, ":")
			same := slices.DeleteFunc(slices.Clone(sent[i]), func(l string) bool {
				other, _, _ := strings.Cut(l, ":")
				return !strings.EqualFold(other, name)
			})
			if len(same) != 1 || same[0] != line {
				t.Errorf("request %d has %q, want %q once", i, same, line)
			}
		}
	}
	// A script that sets it, in any case, gets an error.
	request.Header = []hostapi.Param{{Name: "X-TOKENid", Value: "x"}}
	if _, err := m.Do(t.Context(), grant, &request); hostapi.CodeOf(err) != hostapi.CodeInvalidArgument || !strings.Contains(err.Error(), "the header x-tokenID as well") {
		t.Errorf("beside a header of the script: %v", err)
	}
	request.Header[0].Value = "" // which sets nothing
	if _, err := m.Do(t.Context(), grant, &request); err != nil {
		t.Fatal(err)
	}
	last := headers()[2]
	if lines := strings.ToLower(strings.Join(last, "\n")); strings.Count(lines, "x-tokenid:") != 1 {
		t.Errorf("beside an empty header: %q", last)
	}
}
