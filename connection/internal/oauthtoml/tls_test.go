package oauthtoml

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern-dev/postern/hostapi"
)

// The client's key is as much a secret as any other.
func TestKeyFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certificate(t, dir, "known")
	key, err := os.ReadFile(filepath.Join(dir, "known.key"))
	if err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"open": 0o644, "group": 0o640, "own": 0o400} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, key, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // whatever the umask is
			t.Fatal(err)
		}
	}
	for file, want := range map[string]string{
		"own": "", "open": "can be read by others (mode 0644) | chmod 600 ", "group": "can be read by others (mode 0640)",
		"not-there": "no such file: ", "": "is missing",
	} {
		toml := "[connections.crm]\ngrant = \"static\"\ntoken = \"env:S\"\ntls = { cert_file = \"known.pem\", key_file = \"" + file + "\" }\n"
		_, err := parseAll(toml, Options{Dir: dir, LookupEnv: lookup(map[string]string{"S": "s"})})
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", file, err)
			}
			continue
		}
		wantConfigError(t, err, 4, "tls key_file: ")
		wantConfigError(t, err, 4, want)
		if _, err := Parse("oauth.toml", []byte(toml), Options{SkipSecrets: true}); err != nil && file != "" {
			t.Errorf("%s, without secrets: %v", file, err)
		}
	}
}

// A chain may have any certificate behind the first: it is the first that the server
// proves to be its own.
func TestPinIsOfTheFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pinned, other := certificate(t, dir, "pinned"), certificate(t, dir, "other")
	pin := fmt.Sprintf("%x", sha256.Sum256(pinned.Raw))
	c := parse(t, crm+"tls = { pin_sha256 = [\""+strings.Repeat("ab", 32)+"\", \""+pin+"\"] }\n").Connections["crm"]
	for name, tt := range map[string]struct {
		chain []*x509.Certificate
		ok    bool
	}{
		"pinned": {[]*x509.Certificate{pinned}, true}, "pinned before another": {[]*x509.Certificate{pinned, other}, true},
		"another before the pinned": {[]*x509.Certificate{other, pinned}, false}, "another": {[]*x509.Certificate{other}, false}, "none": {nil, false},
	} {
		err := c.TLS.VerifyConnection(tls.ConnectionState{PeerCertificates: tt.chain})
		if tt.ok != (err == nil) || err != nil && hostapi.CodeOf(err) != hostapi.CodeNetwork {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What tls says reaches the connections to the servers of this connection alone.
func TestTLSSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certificate(t, dir, "known")
	sums := make(map[[sha256.Size]byte]string)
	for _, tt := range []struct {
		settings string
		right    func(c *tls.Config) bool
	}{
		{`min_version = "1.3"`, func(c *tls.Config) bool { return c.MinVersion == tls.VersionTLS13 && !c.InsecureSkipVerify }},
		{`min_version = "1.2"`, func(c *tls.Config) bool { return c.MinVersion <= tls.VersionTLS12 && !c.InsecureSkipVerify }},
		{`server_name = "API.example.com"`, func(c *tls.Config) bool { return c.ServerName == "api.example.com" && !c.InsecureSkipVerify }},
		{`ca_file = "known.pem"`, func(c *tls.Config) bool { return c.RootCAs != nil && !c.InsecureSkipVerify }},
		{`insecure = true`, func(c *tls.Config) bool { return c.InsecureSkipVerify && c.VerifyConnection == nil }},
		{`pin_sha256 = "` + strings.Repeat("ab:", 31) + `ab"`, func(c *tls.Config) bool { return c.InsecureSkipVerify && c.VerifyConnection != nil }},
		{`cert_file = "known.pem", key_file = "known.key"`, func(c *tls.Config) bool {
			shown, err := c.GetClientCertificate(new(tls.CertificateRequestInfo))
			return err == nil && len(shown.Certificate) == 1
		}},
	} {
		f, err := parseAll(crm+"tls = { "+tt.settings+" }\n", Options{Dir: dir})
		if err != nil {
			t.Errorf("%s: %v", tt.settings, err)
			continue
		}
		c, err := f.Connections["crm"].WithSecrets(t.Context())
		if err != nil || !c.OwnRoute() || !tt.right(c.TLS) {
			t.Errorf("%s: %v, %+v", tt.settings, err, c.TLS)
			continue
		}
		if same, ok := sums[c.TLSSum]; ok && !strings.Contains(tt.settings, "min_version") {
			t.Errorf("%s counts as the same as %s", tt.settings, same)
		}
		sums[c.TLSSum] = tt.settings
	}
	for more, own := range map[string]bool{"": false, "proxy = \"http://proxy.example.com:8080\"\n": true} {
		if got := parse(t, crm+more).Connections["crm"].OwnRoute(); got != own {
			t.Errorf("%q: its own route is %t, want %t", more, got, own)
		}
	}
}
