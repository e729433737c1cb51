package jsapi

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/dop251/goja"
)

// rsaClass is the global rsa: it reads keys for jwt.
var rsaClass = newClass("rsa", members{ //nolint:gochecknoglobals // a table, never changed
	"readKeyFromPkcs8": rsaReadKeyFromPkcs8,
	"readKeyFromX509":  rsaReadKeyFromX509,
})

// Opaque keys: a script can pass them on but not read them.
var (
	privateKeyClass = newClass("private key", nil) //nolint:gochecknoglobals // a table, never changed
	publicKeyClass  = newClass("public key", nil)  //nolint:gochecknoglobals // as above
)

// Minimum and maximum size of keys in bits. Smaller keys can be broken; the time of a
// signature grows with the cube of the size.
const (
	minKeyBits = 1024
	maxKeyBits = 8192
)

// maxPrivateKeyBytes is larger than the DER of a private key of maxKeyBits. Parsing a key
// takes as long as a signature.
const maxPrivateKeyBytes = 5 << 10

// rsaReadKeyFromPkcs8 reads the PEM of a PKCS #8 or PKCS #1 private key.
func rsaReadKeyFromPkcs8(a *API, c call) (goja.Value, error) {
	block, err := pemOf(c)
	if err != nil {
		return nil, err
	}
	if len(block.Bytes) > maxPrivateKeyBytes {
		return nil, invalid(c.op, fmt.Sprintf("the PEM holds %d bytes, more than a key of %d bits", len(block.Bytes), maxKeyBits), "")
	}
	var parsed any
	switch block.Type {
	case "PRIVATE KEY":
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		return nil, invalid(c.op, "the PEM is not a PRIVATE KEY", "an ENCRYPTED PRIVATE KEY has to be decrypted first")
	}
	if err != nil {
		return nil, invalid(c.op, "the private key cannot be read", "is it whole?")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, invalid(c.op, "the private key is not an RSA key", "")
	}
	if err := checkKeySize(c, &key.PublicKey); err != nil {
		return nil, err
	}
	return a.object(privateKeyClass, key), nil
}

// rsaReadKeyFromX509 reads the public key of a PEM certificate, or a PEM public key.
func rsaReadKeyFromX509(a *API, c call) (goja.Value, error) {
	block, err := pemOf(c)
	if err != nil {
		return nil, err
	}
	var parsed any
	switch block.Type {
	case "CERTIFICATE":
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
			parsed = certificate.PublicKey
		}
	case "PUBLIC KEY":
		parsed, err = x509.ParsePKIXPublicKey(block.Bytes)
	default:
		return nil, invalid(c.op, "the PEM is not a CERTIFICATE or PUBLIC KEY", "")
	}
	if err != nil {
		return nil, invalid(c.op, "the "+strings.ToLower(block.Type)+" cannot be read", "is it whole?")
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, invalid(c.op, "the public key is not an RSA key", "")
	}
	if err := checkKeySize(c, key); err != nil {
		return nil, err
	}
	return a.object(publicKeyClass, key), nil
}

// pemOf decodes the PEM (RFC 7468) in the first argument. Line breaks may be escaped as in
// JSON or missing, as in a field of one line, and lines may be indented.
func pemOf(c call) (*pem.Block, error) {
	if err := c.need(1, "(pem)"); err != nil {
		return nil, err
	}
	text, err := c.text(0, "pem")
	if err != nil {
		return nil, err
	}
	if err := unsealed(c.op, "pem", text); err != nil {
		return nil, err
	}
	text = strings.NewReplacer(
		`\r`, "", `\n`, "\n",
		"-----BEGIN ", "\n-----BEGIN ", "-----END ", "\n-----END ",
		"KEY-----", "KEY-----\n", "CERTIFICATE-----", "CERTIFICATE-----\n",
	).Replace(text)
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, invalid(c.op, "the text is not PEM", "it goes from -----BEGIN to -----END …-----")
	}
	return block, nil
}

func checkKeySize(c call, key *rsa.PublicKey) error {
	if bits := key.N.BitLen(); bits < minKeyBits || bits > maxKeyBits {
		return invalid(c.op, fmt.Sprintf("the key has %d bits; it must have %d to %d", bits, minKeyBits, maxKeyBits), "")
	}
	return nil
}
