package connection_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// certificate writes a self-signed client certificate and its key into dir.
func certificate(t *testing.T, dir, name string) (parsed *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, filepath.Join(dir, name+".pem"), "CERTIFICATE", der)
	writePEM(t, filepath.Join(dir, name+".key"), "PRIVATE KEY", keyDER)
	if parsed, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return parsed
}

func writePEM(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	known := certificate(t, dir, "known")
	certificate(t, dir, "stranger")
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := ""
		if len(r.TLS.PeerCertificates) > 0 {
			name = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		_, _ = io.WriteString(w, `{"access_token":"for:`+name+`","expires_in":60}`)
	}))
	clients := x509.NewCertPool()
	clients.AddCert(known)
	s.TLS = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: clients, MinVersion: tls.VersionTLS12}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	writePEM(t, filepath.Join(dir, "ca.pem"), "CERTIFICATE", s.Certificate().Raw)
	sum := sha256.Sum256(s.Certificate().Raw)
	pin := hex.EncodeToString(sum[:])

	tests := []struct{ name, toml, token, err string }{
		{"not trusted", "", "", "certificate"},
		{"own roots", `tls = { ca_file = "ca.pem" }`, "for:", ""},
		{"pin", `tls = { pin_sha256 = "` + strings.ToUpper(pin) + `" }`, "for:", ""},
		{"one of the pins", `tls = { pin_sha256 = ["` + strings.Repeat("00", 32) + `", "` + pin + `"] }`, "for:", ""},
		{"pin of another", `tls = { pin_sha256 = "` + strings.Repeat("00", 32) + `" }`, "", "certificate"},
		{"insecure", `tls = { insecure = true }`, "for:", ""},
		{"client certificate", `tls = { ca_file = "ca.pem", cert_file = "known.pem", key_file = "known.key" }`, "for:known", ""},
		{"certificate of a stranger", `tls = { ca_file = "ca.pem", cert_file = "stranger.pem", key_file = "stranger.key" }`, "", "refused the TLS handshake"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			auth := "client_secret = \"env:S\"\n"
			if strings.Contains(tt.toml, "cert_file") {
				auth = "token_endpoint_auth_method = \"self_signed_tls_client_auth\"\n"
			}
			toml := fmt.Sprintf("[connections.crm]\ngrant = \"client_credentials\"\ntoken_endpoint = %q\nclient_id = \"id\"\n%s%s\n", s.URL+"/token", auth, tt.toml)
			set, err := connection.Parse("oauth.toml", []byte(toml), connection.ParseOptions{Dir: dir, LookupEnv: lookup(map[string]string{"S": "hunter2"})})
			if err != nil {
				t.Fatal(err)
			}
			client := egress.New(egress.Config{})
			t.Cleanup(client.Close)
			m, err := connection.NewManager(connection.Config{Set: set, Egress: client})
			if err != nil {
				t.Fatal(err)
			}
			token, err := m.Token(t.Context(), "crm", 0)
			if tt.err != "" {
				if code := hostapi.CodeOf(err); code != hostapi.CodeNetwork || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want a network error with %q", err, tt.err)
				}
				return
			}
			if err != nil || token.AccessToken() != tt.token {
				t.Errorf("token %q, %v; want %q", token.AccessToken(), err, tt.token)
			}
			if insecure := strings.Contains(strings.Join(set.Warnings(), "\n"), "insecure"); insecure != (tt.name == "insecure") {
				t.Errorf("warnings %v", set.Warnings())
			}
		})
	}
}

// A pin is of the server's own certificate: one that is sent along proves nothing.
func TestPinIsOfTheLeaf(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pinned := certificate(t, dir, "pinned")
	certificate(t, dir, "evil")
	for _, chain := range [][]string{{"evil", "pinned"}, {"pinned", "evil"}} {
		var served tls.Certificate
		for i, name := range chain {
			pair, err := tls.LoadX509KeyPair(filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key"))
			if err != nil {
				t.Fatal(err)
			}
			if served.Certificate = append(served.Certificate, pair.Certificate...); i == 0 {
				served.PrivateKey = pair.PrivateKey
			}
		}
		s := httptest.NewUnstartedServer(bend(http.StatusOK, `{"access_token":"T"}`))
		s.TLS = &tls.Config{Certificates: []tls.Certificate{served}, MinVersion: tls.VersionTLS12}
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		t.Cleanup(s.Close)
		sum := sha256.Sum256(pinned.Raw)
		set := parse(t, strings.Replace(crm, "https://id.example.com", s.URL, 1)+fmt.Sprintf("tls = { pin_sha256 = \"%x\" }\n", sum))
		_, err := managerFor(t, set, egress.Config{}).Token(t.Context(), "crm", 0)
		if ok := chain[0] == "pinned"; ok != (err == nil) {
			t.Errorf("with the chain %v: %v", chain, err)
		}
	}
}
