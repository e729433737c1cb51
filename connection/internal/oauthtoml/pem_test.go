package oauthtoml

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

const clientTOML = `[connections.crm]
grant = "client_credentials"
token_endpoint = "https://id.example.com/token"
client_id = "a client"
`

// keyFiles are texts of private keys and of what is taken for one.
func keyFiles(t *testing.T) map[string]string {
	t.Helper()
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der := func(der []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	sec1 := der(x509.MarshalECPrivateKey(p256))
	parameters := block("EC PARAMETERS", der(asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7})))
	certificate := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotAfter: time.Now().Add(time.Hour)}
	certificatePEM := block("CERTIFICATE", der(x509.CreateCertificate(rand.Reader, certificate, certificate, &p256.PublicKey, p256)))
	encrypted := string(pem.EncodeToMemory(&pem.Block{
		Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00"}, Bytes: []byte("x"),
	}))
	// secp256k1, which the standard library does not know: openssl ecparam -name secp256k1 -genkey
	odd := der(asn1.Marshal(struct {
		Version int
		Key     []byte
		Curve   asn1.ObjectIdentifier `asn1:"explicit,tag:0"`
	}{1, bytes.Repeat([]byte{7}, 32), asn1.ObjectIdentifier{1, 3, 132, 0, 10}}))
	oddPKCS8 := der(asn1.Marshal(struct {
		Version   int
		Algorithm pkix.AlgorithmIdentifier
		Key       []byte
	}{0, pkix.AlgorithmIdentifier{
		Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}, Parameters: asn1.RawValue{FullBytes: der(asn1.Marshal(asn1.ObjectIdentifier{1, 3, 132, 0, 10}))},
	}, []byte{7}}))
	return map[string]string{
		"SEC 1":                    block("EC PRIVATE KEY", sec1),
		"SEC 1 after parameters":   parameters + block("EC PRIVATE KEY", sec1), // as openssl ecparam -genkey writes it
		"PKCS #8":                  block("PRIVATE KEY", der(x509.MarshalPKCS8PrivateKey(p256))),
		"PKCS #1":                  block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)),
		"PKCS #8 of RSA":           block("PRIVATE KEY", der(x509.MarshalPKCS8PrivateKey(rsaKey))),
		"under another name":       block("RSA PRIVATE KEY", der(x509.MarshalPKCS8PrivateKey(rsaKey))),
		"after its certificate":    certificatePEM + block("PRIVATE KEY", der(x509.MarshalPKCS8PrivateKey(p256))),
		"after what openssl tells": "Bag Attributes\n    friendlyName: x\nKey Attributes: <No Attributes>\n" + block("PRIVATE KEY", der(x509.MarshalPKCS8PrivateKey(p256))),
		"with the ends of Windows": strings.ReplaceAll(block("PRIVATE KEY", der(x509.MarshalPKCS8PrivateKey(p256))), "\n", "\r\n"),

		"P-384":              parameters + block("EC PRIVATE KEY", der(x509.MarshalECPrivateKey(p384))),
		"P-384 as PKCS #8":   block("PRIVATE KEY", der(x509.MarshalPKCS8PrivateKey(p384))),
		"secp256k1":          parameters + block("EC PRIVATE KEY", odd),
		"secp256k1, PKCS #8": block("PRIVATE KEY", oddPKCS8),
		"Ed25519":            block("PRIVATE KEY", der(x509.MarshalPKCS8PrivateKey(edKey))),
		"encrypted PKCS #8":  block("ENCRYPTED PRIVATE KEY", []byte("x")),
		"encrypted":          encrypted,
		"OpenSSH":            block("OPENSSH PRIVATE KEY", []byte("openssh-key-v1\x00")),
		"public":             block("PUBLIC KEY", der(x509.MarshalPKIXPublicKey(&p256.PublicKey))),
		"public RSA":         block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey)),
		"public OpenSSH":     "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI me@example.com",
		"certificate":        certificatePEM,
		"request":            block("CERTIFICATE REQUEST", []byte("x")),
		"parameters":         parameters,
		"PuTTY":              "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n",
		"JWK":                `{"kty":"EC","crv":"P-256"}`,
		"DER":                string(sec1),
		"damaged":            block("PRIVATE KEY", []byte("canary-of-a-key")),
		"cut off":            block("PRIVATE KEY", sec1)[:60],
		"on one line":        strings.ReplaceAll(block("PRIVATE KEY", sec1), "\n", " "),
		"text":               "canary-of-a-key",
	}
}

// A key file in any usual form is taken, and what is none is told what it is and what
// to do.
func TestSigningKeyForms(t *testing.T) {
	t.Parallel()
	files := keyFiles(t)
	want := map[string]string{ // "" is taken
		"SEC 1": "", "SEC 1 after parameters": "", "PKCS #8": "", "PKCS #1": "", "PKCS #8 of RSA": "", "under another name": "",
		"after its certificate": "", "after what openssl tells": "", "with the ends of Windows": "",
		"P-384": "is an EC key on the curve P-384|openssl ecparam -name prime256v1", "P-384 as PKCS #8": "is an EC key on the curve P-384|openssl ecparam",
		"secp256k1": "is an EC key on a curve that is not supported|openssl ecparam", "secp256k1, PKCS #8": "is an EC key on a curve that is not supported|openssl ecparam",
		"Ed25519": "is an Ed25519 key|openssl ecparam", "encrypted PKCS #8": "is an encrypted private key|openssl pkey", "encrypted": "is an encrypted private key|openssl pkey",
		"OpenSSH": "is a private key in the form of OpenSSH|ssh-keygen -p -m PKCS8", "public": "is a public key|private key", "public RSA": "is a public key|private key",
		"public OpenSSH": "is a public key of OpenSSH|private key", "certificate": "is a certificate,|private key", "request": "is a certificate request|private key",
		"parameters": "has the parameters of a curve and no key|openssl ecparam", "PuTTY": "is a private key in the form of PuTTY|puttygen", "JWK": "is JSON|PKCS #8",
		"DER": "is binary|openssl pkey -inform DER", "damaged": "is a private key in PEM that is damaged|copy it again", "cut off": "is PEM that is damaged|END",
		"on one line": "is PEM that is damaged|line breaks", "text": "is not a private key in PEM|RSA or EC P-256",
	}
	for name, content := range files {
		expected, ok := want[name]
		if !ok {
			t.Fatalf("nothing is expected of %s", name)
		}
		toml := clientTOML + "token_endpoint_auth_method = \"private_key_jwt\"\nsigning_key = \"env:KEY\"\n"
		set, err := parseAll(toml, Options{LookupEnv: lookup(map[string]string{"KEY": content})})
		if expected == "" {
			c, err := set.Connections["crm"].WithSecrets(t.Context())
			if err != nil || c.PrivateKey == nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		message, hint, _ := strings.Cut(expected, "|")
		e, ok := errors.AsType[*hostapi.Error](err)
		if !ok || e.Name != "signing_key" || e.Line != 6 || !strings.HasPrefix(e.Message, message) || !strings.Contains(e.Hint, hint) {
			t.Errorf("%s: %v, hint %q; want %q and %q", name, err, e.Hint, message, hint)
		}
		assertNoSecret(t, err, "canary-of-a-key")
	}
}

// The key of a certificate may be on any curve, and what is no key is told likewise.
func TestKeyFileForms(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certificate(t, dir, "known")
	files := keyFiles(t)
	known, err := os.ReadFile(filepath.Join(dir, "known.pem"))
	if err != nil {
		t.Fatal(err)
	}
	files["with its certificate"] = string(known) + files["encrypted"]
	for name, want := range map[string]string{
		"encrypted PKCS #8": "tls key_file: is an encrypted private key", "encrypted": "tls key_file: is an encrypted private key",
		"OpenSSH": "tls key_file: is a private key in the form of OpenSSH", "public": "tls key_file: is a public key", "certificate": "tls key_file: is a certificate,",
		"with its certificate": "tls key_file: is an encrypted private key", "secp256k1": "tls key_file: is an EC key on a curve that is not supported",
		"P-384": "tls cert_file: and key_file are not a certificate and its key", "Ed25519": "tls cert_file: and key_file are not a certificate and its key",
	} {
		if err := os.WriteFile(filepath.Join(dir, "key"), []byte(files[name]), 0o600); err != nil {
			t.Fatal(err)
		}
		toml := "[connections.crm]\ngrant = \"static\"\ntoken = \"env:S\"\ntls = { cert_file = \"known.pem\", key_file = \"key\" }\n"
		_, err := parseAll(toml, Options{Dir: dir, LookupEnv: lookup(map[string]string{"S": "s"})})
		wantConfigError(t, err, 4, want)
		toml = strings.Replace(strings.Replace(toml, "known.pem", "known.key", 1), "\"key\"", "\"known.key\"", 1)
		_, err = parseAll(toml, Options{Dir: dir, LookupEnv: lookup(map[string]string{"S": "s"})})
		wantConfigError(t, err, 4, "tls cert_file: is a private key, and the certificate is needed")
	}
}
