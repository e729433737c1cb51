package oauthtoml

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"strings"
)

// keyHint describes a usable key.
const keyHint = "write file:PATH of a private key in PEM, RSA or EC P-256, that is not encrypted"

// parsePrivateKey returns the private key in text: PKCS #8 (RFC 5208), PKCS #1 (RFC
// 8017 appendix A.1.2) or SEC 1 (RFC 5915), in PEM. Other blocks, such as curve
// parameters or a certificate, are skipped. If there is no usable key, the problem says
// what text is and how to convert it.
func parsePrivateKey(text string) (crypto.Signer, *Problem) {
	block := privateBlock(text)
	if block == nil {
		return nil, notAKey(text)
	}
	if p := unreadable(block); p != nil {
		return nil, p
	}
	key, err := parseKeyDER(block.Bytes)
	if err != nil {
		return nil, damaged(block)
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return k, nil
	case *ecdsa.PrivateKey:
		if k.Curve == elliptic.P256() {
			return k, nil
		}
		return nil, &Problem{"is an EC key on the curve " + k.Curve.Params().Name + ", and only P-256 is supported", newECKey}
	case ed25519.PrivateKey:
		return nil, &Problem{"is an Ed25519 key, which is not supported", newECKey}
	}
	return nil, &Problem{"is a private key of a kind that is not supported", newECKey}
}

const newECKey = "make one: openssl ecparam -name prime256v1 -genkey -noout -out key.pem"

// privateBlock returns the first private key among the blocks of a PEM text, RFC 7468;
// nil if there is none.
func privateBlock(text string) *pem.Block {
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || strings.HasSuffix(block.Type, "PRIVATE KEY") {
			return block
		}
	}
}

// unreadable returns the problem with a private key that is encrypted or in a
// proprietary format; nil if it is neither.
func unreadable(block *pem.Block) *Problem {
	switch {
	case block.Type == "OPENSSH PRIVATE KEY":
		return &Problem{"is a private key in the form of OpenSSH", "convert a copy of it: ssh-keygen -p -m PKCS8 -N '' -f COPY"}
	case block.Type == "ENCRYPTED PRIVATE KEY", strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
		return &Problem{"is an encrypted private key", "decrypt it: openssl pkey -in key.pem -out plain.pem, and chmod 600 plain.pem"}
	case block.Type == "DSA PRIVATE KEY":
		return &Problem{"is a DSA key, which is not supported", newECKey}
	}
	return nil
}

// parseKeyDER parses a private key of any format, since some tools use the wrong block
// type.
func parseKeyDER(der []byte) (any, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	return x509.ParseECPrivateKey(der)
}

// damaged returns why a private key cannot be parsed: mostly a curve that the standard
// library does not support.
func damaged(block *pem.Block) *Problem {
	var sec1 struct {
		Version int
		Key     []byte
		Curve   asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
	}
	var pkcs8 struct {
		Version   int
		Algorithm struct {
			Algorithm asn1.ObjectIdentifier
			Curve     asn1.RawValue `asn1:"optional"`
		}
		Key []byte
	}
	ecPublicKey := asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1} // RFC 5480 §2.1.1
	_, errSEC1 := asn1.Unmarshal(block.Bytes, &sec1)
	_, errPKCS8 := asn1.Unmarshal(block.Bytes, &pkcs8)
	switch {
	case errSEC1 == nil && len(sec1.Curve) > 0, block.Type == "EC PRIVATE KEY" && errSEC1 == nil,
		errPKCS8 == nil && pkcs8.Algorithm.Algorithm.Equal(ecPublicKey):
		return &Problem{"is an EC key on a curve that is not supported; only P-256 is", newECKey}
	case errPKCS8 == nil:
		return &Problem{"is a private key of a kind that is not supported", newECKey}
	}
	return &Problem{"is a private key in PEM that is damaged", "copy it again from where it was created"}
}

// notAKey returns what a text without a private key is instead.
func notAKey(text string) *Problem {
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return notAKeyBlock(block.Type)
	}
	trimmed := strings.TrimSpace(text)
	begins := func(any ...string) bool {
		for _, prefix := range any {
			if strings.HasPrefix(trimmed, prefix) {
				return true
			}
		}
		return false
	}
	switch {
	case begins("-----BEGIN"):
		return &Problem{"is PEM that is damaged", "it needs its line breaks, and a line -----END at its end"}
	case begins("ssh-", "ecdsa-sha2-"):
		return &Problem{"is a public key of OpenSSH", keyHint}
	case begins("PuTTY-User-Key-File"):
		return &Problem{"is a private key in the form of PuTTY", "convert it: puttygen key.ppk -O private-openssh-new -o key, then ssh-keygen -p -m PKCS8 -N '' -f key"}
	case begins("{"):
		return &Problem{"is JSON, such as a JSON Web Key, and not PEM", "convert it to PKCS #8 in PEM"}
	case begins("\x30"):
		return &Problem{"is binary, such as DER or PKCS #12, and not PEM", "convert it: openssl pkey -inform DER -in key.der -out key.pem; of PKCS #12: openssl pkcs12 -in key.p12 -nodes -nocerts -out key.pem"}
	}
	return &Problem{"is not a private key in PEM", keyHint}
}

func notAKeyBlock(kind string) *Problem {
	switch kind {
	case "PUBLIC KEY", "RSA PUBLIC KEY", "SSH2 PUBLIC KEY":
		return &Problem{"is a public key, and the private one is needed", keyHint}
	case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
		return &Problem{"is a certificate, and the private key is needed", keyHint}
	case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
		return &Problem{"is a certificate request, and the private key is needed", keyHint}
	case "EC PARAMETERS":
		return &Problem{"has the parameters of a curve and no key", newECKey}
	case "PGP PRIVATE KEY BLOCK", "PGP PUBLIC KEY BLOCK":
		return &Problem{"is a key of OpenPGP", keyHint}
	}
	return &Problem{"is PEM without a private key", keyHint}
}
