package connection_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// The client's certificate is for the connection's own servers: a server they redirect
// to must not see it.
func TestCertificateStaysBehindOnRedirects(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certificate(t, dir, "client")
	roots := x509.NewCertPool()
	serve := func(h http.HandlerFunc) *httptest.Server {
		s := httptest.NewUnstartedServer(h)
		s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		t.Cleanup(s.Close)
		roots.AddCert(s.Certificate())
		return s
	}
	who := func(r *http.Request) string {
		if len(r.TLS.PeerCertificates) > 0 {
			return r.TLS.PeerCertificates[0].Subject.CommonName
		}
		return "anonymous"
	}
	elsewhere := serve(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, who(r)) })
	api := serve(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, elsewhere.URL, http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, who(r))
	})
	set, err := connection.Parse("oauth.toml", []byte(`[connections.api]
grant = "static"
token = "not-a-secret"
allow_plaintext = true
hosts = ["`+api.Listener.Addr().String()+`"]
tls = { cert_file = "client.pem", key_file = "client.key" }
`), connection.ParseOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	client := egress.New(egress.Config{RootCAs: roots})
	t.Cleanup(client.Close)
	m, err := connection.NewManager(connection.Config{Set: set, Egress: client})
	if err != nil {
		t.Fatal(err)
	}
	rule, err := hostapi.ParseRule(elsewhere.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/": "client", "/away": "anonymous"} {
		response, err := m.Do(t.Context(),
			&hostapi.Grant{Connections: []string{"api"}, Allow: []hostapi.Rule{rule}, Limits: hostapi.DefaultLimits()},
			&hostapi.Request{Method: http.MethodGet, URL: api.URL + path, AuthSetting: "api"})
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if got := string(response.Body); got != want {
			t.Errorf("%s: %s was asking, want %s", path, got, want)
		}
	}
}
