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

// What a script holds of a key: it can pass it on, and see nothing of it.
var (
	privateKeyClass = newClass("private key", nil) //nolint:gochecknoglobals // a table, never changed
	publicKeyClass  = newClass("public key", nil)  //nolint:gochecknoglobals // as above
)

// Sizes of keys, in bits, that are used. Smaller ones can be broken; the time
// that a signature takes grows with the cube of the size.
const (
	minKeyBits = 1024
	maxKeyBits = 8192
)

// maxPrivateKeyBytes is more than the DER of a private key of maxKeyBits has. To
// read one takes time as a signature does.
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

// rsaReadKeyFromX509 reads the public key of a PEM certificate, or a bare
// public key.
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

// pemOf reads the PEM (RFC 7468) that is the first argument. Its line breaks may
// be those of JSON text, a backslash and an n, or be lost as in a field of one
// line; its lines may be indented.
func pemOf(c call) (*pem.Block, error) {
	if err := c.need(1, "(pem)"); err != nil {
		return nil, err
	}
	text, err := c.text(0, "pem")
	if err != nil {
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
