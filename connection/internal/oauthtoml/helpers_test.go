package oauthtoml

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

const crm = `
[connections.crm]
grant = "client_credentials"
token_endpoint = "https://id.example.com/token"
client_id = "demo"
client_secret = "demo-secret"
allow_plaintext = true
hosts = ["api.example.com"]
`

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := env[name]; return v, ok }
}

// parse reads text, which must be right.
func parse(t *testing.T, text string) *File {
	t.Helper()
	f, err := Parse("oauth.toml", []byte(text), Options{})
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return f
}

// parseAll parses data and looks up the secrets of all connections.
func parseAll(data string, opts Options) (*File, error) {
	f, err := Parse("oauth.toml", []byte(data), opts)
	if err == nil {
		err = CheckSecrets(context.Background(), slices.Collect(maps.Values(f.Connections)))
	}
	return f, err
}

// wantConfigError fails unless err is a configuration error at that line whose
// text, place aside, has want in it.
func wantConfigError(t *testing.T, err error, line int, want string) {
	t.Helper()
	e, ok := errors.AsType[*hostapi.Error](err)
	if !ok || e.Code != hostapi.CodeConfig {
		t.Fatalf("error = %v, want one of code config", err)
	}
	if e.File != "oauth.toml" || e.Line != line {
		t.Errorf("place = %s:%d, want oauth.toml:%d (%v)", e.File, e.Line, line, e)
	}
	if text := e.Error() + " | " + e.Hint; !strings.Contains(text, want) {
		t.Errorf("error = %q, want %q in it", text, want)
	}
}

// assertNoSecret fails if err shows one of the secrets.
func assertNoSecret(t *testing.T, err error, secrets ...string) {
	t.Helper()
	text := fmt.Sprintf("%v\n%+v\n%#v", err, err, err)
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		text += fmt.Sprintf("\n%+v", *e)
	}
	for _, s := range secrets {
		if strings.Contains(text, s) {
			t.Errorf("%q is in\n%s", s, text)
		}
	}
}

func rsaPEM(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

// certificate writes a self-signed client certificate and its key into dir.
func certificate(t *testing.T, dir, name string) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{".pem": {Type: "CERTIFICATE", Bytes: der}, ".key": {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(filepath.Join(dir, name+file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
