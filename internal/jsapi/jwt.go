package jsapi

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/dop251/goja"
)

// jwtClass is the global jwt: JSON Web Signatures in their compact form
// (RFC 7515 §7.1), signed with RSA keys.
var jwtClass = newClass("jwt", members{ //nolint:gochecknoglobals // a table, never changed
	"build":  jwtBuild,
	"verify": jwtVerify,
})

// jwtBuild signs a payload. Header and payload are written as JSON.stringify
// writes them; the header's alg says how to sign.
func jwtBuild(a *API, c call) (goja.Value, error) {
	if err := c.need(3, "(header, payload, privateKey)"); err != nil {
		return nil, err
	}
	header, err := c.jsonObject(0, "header")
	if err != nil {
		return nil, err
	}
	payload, err := c.jsonObject(1, "payload")
	if err != nil {
		return nil, err
	}
	key, ok := stateOf[*rsa.PrivateKey](c.arg(2))
	if !ok {
		return nil, invalid(c.op, "privateKey is not a private key", "read it with rsa.readKeyFromPkcs8(pem)")
	}
	alg, ok := jwsAlgorithmOf(jwsHeader(header))
	if !ok {
		return nil, invalid(c.op, "header has no alg that an RSA key signs", `such as {alg: "RS256", typ: "JWT"}`)
	}
	signed := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(payload)
	signature, err := alg.sign(key, []byte(signed))
	if err != nil {
		return nil, invalid(c.op, fmt.Sprintf("a key of %d bits cannot sign this: %v", key.N.BitLen(), err), "")
	}
	return a.vm.ToValue(signed + "." + base64.RawURLEncoding.EncodeToString(signature)), nil
}

// jwtVerify reports whether the public key's owner signed the token. What is no
// token is not signed. It does not look at the claims: exp and aud are for the
// script to check.
func jwtVerify(a *API, c call) (goja.Value, error) {
	if err := c.need(2, "(token, publicKey)"); err != nil {
		return nil, err
	}
	token, err := c.text(0, "token")
	if err != nil {
		return nil, err
	}
	key, ok := stateOf[*rsa.PublicKey](c.arg(1))
	if !ok {
		return nil, invalid(c.op, "publicKey is not a public key", "read it with rsa.readKeyFromX509(pem)")
	}
	return a.vm.ToValue(jwsIsSignedBy(key, token)), nil
}

func jwsIsSignedBy(key *rsa.PublicKey, token string) bool {
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
	header := jwsHeader(parts[0])
	if _, critical := header["crit"]; critical { // what is not understood (RFC 7515 §4.1.11)
		return false
	}
	alg, ok := jwsAlgorithmOf(header)
	return ok && alg.verify(key, []byte(token[:i]), parts[2])
}

// jwsAlgorithm is a digital signature algorithm (RFC 7518 §3.3, §3.5).
type jwsAlgorithm struct {
	hash crypto.Hash
	pss  bool
}

// jwsHeader reads a header. Its members may not be those of a struct: their
// names would match in any case.
func jwsHeader(header []byte) map[string]any {
	var fields map[string]any
	if err := json.Unmarshal(header, &fields); err != nil {
		return nil
	}
	return fields
}

// jwsAlgorithmOf returns the algorithm that a header names, if it is one for RSA
// keys.
func jwsAlgorithmOf(header map[string]any) (jwsAlgorithm, bool) {
	switch header["alg"] {
	case "RS256":
		return jwsAlgorithm{hash: crypto.SHA256}, true
	case "RS384":
		return jwsAlgorithm{hash: crypto.SHA384}, true
	case "RS512":
		return jwsAlgorithm{hash: crypto.SHA512}, true
	case "PS256":
		return jwsAlgorithm{hash: crypto.SHA256, pss: true}, true
	case "PS384":
		return jwsAlgorithm{hash: crypto.SHA384, pss: true}, true
	case "PS512":
		return jwsAlgorithm{hash: crypto.SHA512, pss: true}, true
	}
	return jwsAlgorithm{}, false
}

func (alg jwsAlgorithm) digest(message []byte) []byte {
	h := alg.hash.New()
	h.Write(message)
	return h.Sum(nil)
}

func (alg jwsAlgorithm) sign(key *rsa.PrivateKey, message []byte) ([]byte, error) {
	if alg.pss {
		return rsa.SignPSS(rand.Reader, key, alg.hash, alg.digest(message), alg.saltLength())
	}
	return rsa.SignPKCS1v15(nil, key, alg.hash, alg.digest(message))
}

func (alg jwsAlgorithm) verify(key *rsa.PublicKey, message, signature []byte) bool {
	if alg.pss {
		return rsa.VerifyPSS(key, alg.hash, alg.digest(message), signature, alg.saltLength()) == nil
	}
	return rsa.VerifyPKCS1v15(key, alg.hash, alg.digest(message), signature) == nil
}

// saltLength is that of the hash (RFC 7518 §3.5).
func (alg jwsAlgorithm) saltLength() *rsa.PSSOptions {
	return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
}

// jsonObject returns argument i, an object, as JSON.stringify writes it.
func (c call) jsonObject(i int, name string) ([]byte, error) {
	o, ok := c.arg(i).(*goja.Object)
	if !ok {
		return nil, invalid(c.op, name+" is not an object", "give the object itself, not its JSON text")
	}
	return o.MarshalJSON()
}
