package jsapi

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"
)

// exampleKey is the key of RFC 7515 §A.2.
func exampleKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	number := func(s string) *big.Int {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return new(big.Int).SetBytes(b)
	}
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{
			N: number("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"),
			E: 65537,
		},
		D: number("Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ"),
		Primes: []*big.Int{
			number("4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc"),
			number("uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc"),
		},
	}
	if err := key.Validate(); err != nil {
		t.Fatal(err)
	}
	key.Precompute()
	return key
}

// smallKey has 512 bits.
func smallKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	one := big.NewInt(1)
	for {
		p, err := rand.Prime(rand.Reader, 256)
		if err != nil {
			t.Fatal(err)
		}
		q, err := rand.Prime(rand.Reader, 256)
		if err != nil {
			t.Fatal(err)
		}
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		if d := new(big.Int).ModInverse(big.NewInt(65537), phi); d != nil {
			key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}, D: d, Primes: []*big.Int{p, q}}
			key.Precompute()
			return key
		}
	}
}

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func pkcs8PEM(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pemText("PRIVATE KEY", der)
}

func publicPEM(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pemText("PUBLIC KEY", der)
}

func certificatePEM(t *testing.T, key *rsa.PrivateKey) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "example"}, NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pemText("CERTIFICATE", der)
}

// call1 writes a call with text as its argument.
func call1(t *testing.T, function, text string) string {
	t.Helper()
	return function + "(" + asJSON(t, text) + ")"
}

func TestRSAKeysAreRead(t *testing.T) {
	t.Parallel()
	key := exampleKey(t)
	private, certificate := pkcs8PEM(t, key), certificatePEM(t, key)
	const header, payload = `{alg: "RS256"}`, `{a: 1}`
	signed := "jwt.build(" + header + ", " + payload + ", " + call1(t, "rsa.readKeyFromPkcs8", private) + ")"
	for name, text := range map[string]string{
		"as written":      private,
		"PKCS #1":         pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)),
		"indented":        "\n  \t" + strings.ReplaceAll(private, "\n", "\n    ") + "\n",
		"Windows":         strings.ReplaceAll(private, "\n", "\r\n"),
		"JSON":            strings.ReplaceAll(private, "\n", `\n`),
		"JSON of Windows": strings.ReplaceAll(private, "\n", `\r\n`),
		"one line":        strings.ReplaceAll(private, "\n", " "),
		"no breaks":       strings.ReplaceAll(private, "\n", ""),
		"text around it":  "Bag Attributes\n    friendlyName: a\n" + private + "the end",
	} {
		same := "jwt.build(" + header + ", " + payload + ", " + call1(t, "rsa.readKeyFromPkcs8", text) + ") === " + signed
		if got := evaluate(t, same); got != true {
			t.Errorf("private key, %s: %v", name, got)
		}
	}
	for name, text := range map[string]string{
		"as written": certificate,
		"indented":   "\n    " + strings.ReplaceAll(certificate, "\n", "\n    "),
		"JSON":       strings.ReplaceAll(certificate, "\n", `\n`),
		"one line":   strings.ReplaceAll(certificate, "\n", " "),
		"bare key":   publicPEM(t, &key.PublicKey),
	} {
		if got := evaluate(t, "jwt.verify("+signed+", "+call1(t, "rsa.readKeyFromX509", text)+")"); got != true {
			t.Errorf("public key, %s: %v", name, got)
		}
	}
}

// A script cannot see what is in a key.
func TestRSAKeysAreOpaque(t *testing.T) {
	t.Parallel()
	key := exampleKey(t)
	for _, read := range []string{call1(t, "rsa.readKeyFromPkcs8", pkcs8PEM(t, key)), call1(t, "rsa.readKeyFromX509", certificatePEM(t, key))} {
		got := asJSON(t, evaluate(t, fmt.Sprintf("(k => [String(k), JSON.stringify(k), Object.keys(k)])(%s)", read)))
		if want := `["[object Object]","{}",[]]`; got != want {
			t.Errorf("a key is %s, want %s", got, want)
		}
	}
}

func TestRSARefuses(t *testing.T) {
	t.Parallel()
	key, small := exampleKey(t), smallKey(t)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	large := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 8192), E: 65537}
	private, certificate := pkcs8PEM(t, key), certificatePEM(t, key)
	const readPrivate, readPublic = "rsa.readKeyFromPkcs8", "rsa.readKeyFromX509"
	tests := []struct{ function, pem, want string }{
		{readPrivate, "", "!readKeyFromPkcs8: the text is not PEM"},
		{readPrivate, "MIIEvQIBADAN", "!readKeyFromPkcs8: the text is not PEM"},
		{readPrivate, private[:len(private)/2], "!readKeyFromPkcs8: the text is not PEM"},
		{readPrivate, certificate, "!readKeyFromPkcs8: the PEM is not a PRIVATE KEY"},
		{readPrivate, strings.ReplaceAll(private, "PRIVATE", "ENCRYPTED PRIVATE"), "!readKeyFromPkcs8: the PEM is not a PRIVATE KEY"},
		{readPrivate, pemText("PRIVATE KEY", []byte("no key")), "!readKeyFromPkcs8: the private key cannot be read"},
		{readPrivate, pemText("RSA PRIVATE KEY", []byte("no key")), "!readKeyFromPkcs8: the private key cannot be read"},
		{readPrivate, pkcs8PEM(t, curve), "!readKeyFromPkcs8: the private key is not an RSA key"},
		{readPrivate, pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(small)), "!readKeyFromPkcs8: the key has 512 bits; it must have 1024 to 8192"},
		{readPrivate, pemText("PRIVATE KEY", make([]byte, 6000)), "!readKeyFromPkcs8: the PEM holds 6000 bytes, more than a key of 8192 bits"},
		{readPublic, private, "!readKeyFromX509: the PEM is not a CERTIFICATE or PUBLIC KEY"},
		{readPublic, pemText("CERTIFICATE", []byte("none")), "!readKeyFromX509: the certificate cannot be read"},
		{readPublic, pemText("PUBLIC KEY", []byte("none")), "!readKeyFromX509: the public key cannot be read"},
		{readPublic, publicPEM(t, &curve.PublicKey), "!readKeyFromX509: the public key is not an RSA key"},
		{readPublic, publicPEM(t, &small.PublicKey), "!readKeyFromX509: the key has 512 bits; it must have 1024 to 8192"},
		{readPublic, publicPEM(t, large), "!readKeyFromX509: the key has 8193 bits; it must have 1024 to 8192"},
	}
	for _, tt := range tests {
		if got := evaluate(t, call1(t, tt.function, tt.pem)); got != tt.want {
			t.Errorf("%s(%.60q) = %v, want %s", tt.function, tt.pem, got, tt.want)
		}
	}
	check(t, []expectation{
		{"rsa.readKeyFromPkcs8()", "!readKeyFromPkcs8: needs (pem)"},
		{"rsa.readKeyFromX509(null)", "!readKeyFromX509: pem is null"},
	})
}
