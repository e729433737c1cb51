package oauthtoml

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
)

// TLSKeys returns the keys of the table tls.
func TLSKeys() keys {
	return keys{Known: []string{"ca_file", "cert_file", "key_file", "server_name", "min_version", "pin_sha256", "insecure"}}
}

// OwnRoute reports whether the connection has its own TLS settings or proxy.
func (c *Connection) OwnRoute() bool { return c.TLS != nil || c.Proxy != nil }

// ByCertificate reports whether the client authenticates by its TLS certificate, RFC
// 8705.
func (c *Connection) ByCertificate() bool {
	return c.AuthMethod == authTLS || c.AuthMethod == authSelfSignedTLS
}

// readTLS reads how the connection's servers are verified, and the client's
// certificate.
func (c *Connection) readTLS(t *table, opts Options) {
	const key = "tls"
	byCertificate := c.ByCertificate()
	if !t.has(key) {
		if byCertificate {
			t.fail("token_endpoint_auth_method", Problem{"needs the client's certificate", `write tls = { cert_file = "client.pem", key_file = "client.key" }`})
		}
		return
	}
	settings := t.table(key)
	settings.dropEmpty("ca_file", "cert_file", "key_file", "server_name", "pin_sha256")
	settings.check(TLSKeys())
	config := new(tls.Config)
	ca := settings.readRoots(config, opts)
	pair := settings.readCertificate(config, opts, byCertificate)
	config.ServerName = settings.serverName("server_name")
	if settings.one("min_version", "1.2", "1.3") == "1.3" {
		config.MinVersion = tls.VersionTLS13
	}
	pins := settings.pins("pin_sha256")
	insecure := settings.flag("insecure", false)
	switch {
	case insecure && pins != nil:
		settings.fail("insecure", Problem{"has no effect with pin_sha256", "remove it"})
	case pins != nil && settings.has("server_name"):
		settings.fail("server_name", Problem{"has no effect with pin_sha256", "remove it"})
	case insecure && settings.has("server_name"):
		settings.fail("server_name", Problem{"has no effect with insecure", "remove one of the two"})
	case insecure:
		config.InsecureSkipVerify = true
		c.warn("tls.insecure: certificates are not verified, so a man in the middle can read and change what is sent, secrets included")
	case pins != nil:
		// The certificate itself is pinned: its issuer and names do not matter.
		config.InsecureSkipVerify = true
		config.VerifyConnection = func(state tls.ConnectionState) error { return checkPin(state, pins) }
	}
	c.TLS = config
	c.TLSSum = sha256.Sum256(fmt.Appendf(nil, "%q %q %q %d %x %t", ca, pair, config.ServerName, config.MinVersion, pins, insecure))
}

// readRoots adds the certificates in ca_file to those of the system, and returns the
// file.
func (t *table) readRoots(config *tls.Config, opts Options) []byte {
	content := t.file("ca_file", opts)
	if content == nil {
		return nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(content) {
		t.fail("ca_file", Problem{"holds no certificate in PEM", ""})
	}
	config.RootCAs = roots
	return content
}

// readCertificate configures the client's certificate, and returns its file.
func (t *table) readCertificate(config *tls.Config, opts Options, needed bool) []byte {
	if needed || t.has("cert_file") || t.has("key_file") {
		t.need("cert_file", "write the file with the client's certificate in PEM")
		t.need("key_file", "write the file with its private key in PEM")
	}
	certificate, key := t.file("cert_file", opts), t.keyFile("key_file", opts)
	if certificate == nil || key == nil {
		return nil
	}
	pair, err := tls.X509KeyPair(certificate, []byte(key.Reveal()))
	if err != nil {
		if p := wrongKeyFile(key.Reveal()); p != nil {
			t.fail("key_file", *p)
		}
		if privateBlock(string(certificate)) != nil && !strings.Contains(string(certificate), "CERTIFICATE-----") {
			t.fail("cert_file", Problem{"is a private key, and the certificate is needed", ""})
		}
		t.fail("cert_file", Problem{"and key_file are not a certificate and its key in PEM", ""})
		return nil
	}
	// It is sent even if the server lists authorities that did not sign it, as a server
	// does that also accepts self-signed certificates.
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	return certificate
}

// wrongKeyFile returns what a file without a readable private key is instead; nil if it
// has one.
func wrongKeyFile(text string) *Problem {
	block := privateBlock(text)
	if block == nil {
		return notAKey(text)
	}
	if p := unreadable(block); p != nil {
		return p
	}
	if _, err := parseKeyDER(block.Bytes); err != nil {
		return damaged(block)
	}
	return nil
}

// keyFile returns the private key in the file at key; nil if the key is absent or
// secrets are skipped. The file must be private, like that of any secret.
func (t *table) keyFile(key string, opts Options) secret.Text {
	path := t.text(key)
	if path == "" {
		return nil
	}
	content, p := opts.fromFile(path)
	if p != nil {
		t.fail(key, *p)
	}
	return content
}

// maxTLSFile bounds a file of certificates, in bytes.
const maxTLSFile = 1 << 20

// file returns the content of the file at key; nil if the key is absent or secrets are
// skipped.
func (t *table) file(key string, opts Options) []byte {
	path := t.text(key)
	if path == "" || opts.SkipSecrets || t.doc.err != nil {
		return nil
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(opts.Dir, path)
	}
	content, _, p := opts.readRegular(path, maxTLSFile)
	if p != nil {
		t.fail(key, *p)
		return nil
	}
	return content
}

// serverName returns the host name or IP address at key.
func (t *table) serverName(key string) string {
	if !t.has(key) {
		return ""
	}
	rule, err := hostapi.ParseRule(t.text(key))
	if err != nil || rule.Methods != nil || rule.Scheme+rule.Port+rule.Path != "" || strings.HasPrefix(rule.Host, "*") {
		t.fail(key, Problem{"is not the name of a host", `write it as the certificate has it, such as "api.example.com"`})
	}
	return rule.Host
}

// pins returns the fingerprints at key, one or a list: SHA-256 in hexadecimal, with or
// without colons.
func (t *table) pins(key string) [][sha256.Size]byte {
	texts, many := t.texts(key)
	if many && len(texts) == 0 {
		t.fail(key, Problem{"is empty", "remove it, or write a fingerprint"})
	}
	var pins [][sha256.Size]byte
	for _, text := range texts {
		sum, err := hex.DecodeString(strings.ReplaceAll(text, ":", ""))
		if err != nil || len(sum) != sha256.Size {
			t.fail(key, Problem{"is not the SHA-256 fingerprint of a certificate", "postern connection trust NAME shows and writes it"})
			return nil
		}
		pins = append(pins, [sha256.Size]byte(sum))
	}
	return pins
}

func checkPin(state tls.ConnectionState, pins [][sha256.Size]byte) error {
	if len(state.PeerCertificates) > 0 && slices.Contains(pins, sha256.Sum256(state.PeerCertificates[0].Raw)) {
		return nil
	}
	return &hostapi.Error{
		Code: hostapi.CodeNetwork, Message: "its TLS certificate is not one that pin_sha256 names",
		Hint: "has the certificate been replaced, or is the connection intercepted? ask the server's operator for the right fingerprint",
	}
}
