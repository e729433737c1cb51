// Package jws signs and verifies JSON Web Signatures in compact serialization
// (RFC 7515 §7.1) with RSA keys.
package jws

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // for crypto.SHA256
	_ "crypto/sha512" // for crypto.SHA384 and crypto.SHA512
	"encoding/base64"
	"encoding/json"
	"strings"
)

// Verify reports whether text is a token with a valid signature for the public key.
func Verify(key *rsa.PublicKey, token string) bool {
	i := strings.LastIndexByte(token, '.')
	if i < 0 {
		return false
	}
	encodedHeader, encodedPayload, ok := strings.Cut(token[:i], ".")
	if !ok {
		return false
	}
	var parts [3][]byte
	for n, encoded := range []string{encodedHeader, encodedPayload, token[i+1:]} {
		part, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
		if err != nil || strings.ContainsAny(encoded, "\r\n") {
			return false
		}
		parts[n] = part
	}
	header := fieldsOf(parts[0])
	if _, critical := header["crit"]; critical { // an extension that must be understood (RFC 7515 §4.1.11)
		return false
	}
	alg, ok := algorithmOf(header)
	return ok && alg.verify(key, []byte(token[:i]), parts[2])
}

// Algorithm is a digital signature algorithm for RSA keys (RFC 7518 §3.3, §3.5).
type Algorithm struct {
	hash crypto.Hash
	pss  bool
}

// fieldsOf decodes a header. It does not decode into a struct, because the names of a
// struct's fields match without regard to case.
func fieldsOf(header []byte) map[string]any {
	var fields map[string]any
	if err := json.Unmarshal(header, &fields); err != nil {
		return nil
	}
	return fields
}

// AlgorithmOf returns the algorithm that a header in JSON names, if it is supported.
func AlgorithmOf(header []byte) (alg Algorithm, ok bool) { return algorithmOf(fieldsOf(header)) }

func algorithmOf(header map[string]any) (Algorithm, bool) {
	switch header["alg"] {
	case "RS256":
		return Algorithm{hash: crypto.SHA256}, true
	case "RS384":
		return Algorithm{hash: crypto.SHA384}, true
	case "RS512":
		return Algorithm{hash: crypto.SHA512}, true
	case "PS256":
		return Algorithm{hash: crypto.SHA256, pss: true}, true
	case "PS384":
		return Algorithm{hash: crypto.SHA384, pss: true}, true
	case "PS512":
		return Algorithm{hash: crypto.SHA512, pss: true}, true
	}
	return Algorithm{}, false
}

func (alg Algorithm) digest(message []byte) []byte {
	h := alg.hash.New()
	h.Write(message)
	return h.Sum(nil)
}

// Sign returns the token of a header and a payload. It fails if the key is too small for
// the algorithm.
func (alg Algorithm) Sign(key *rsa.PrivateKey, header, payload []byte) (token string, err error) {
	signed := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(payload)
	signature, err := alg.signature(key, []byte(signed))
	if err != nil {
		return "", err
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

func (alg Algorithm) signature(key *rsa.PrivateKey, message []byte) ([]byte, error) {
	if alg.pss {
		return rsa.SignPSS(rand.Reader, key, alg.hash, alg.digest(message), alg.saltLength())
	}
	return rsa.SignPKCS1v15(nil, key, alg.hash, alg.digest(message))
}

func (alg Algorithm) verify(key *rsa.PublicKey, message, signature []byte) bool {
	if alg.pss {
		return rsa.VerifyPSS(key, alg.hash, alg.digest(message), signature, alg.saltLength()) == nil
	}
	return rsa.VerifyPKCS1v15(key, alg.hash, alg.digest(message), signature) == nil
}

// The salt is as long as the hash (RFC 7518 §3.5).
func (alg Algorithm) saltLength() *rsa.PSSOptions {
	return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
}
