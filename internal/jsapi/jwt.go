package jsapi

import (
	"crypto/rsa"
	"fmt"

	"github.com/dop251/goja"

	"github.com/postern-dev/postern/internal/jws"
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
	alg, ok := jws.AlgorithmOf(header)
	if !ok {
		return nil, invalid(c.op, "header has no alg that an RSA key signs", `such as {alg: "RS256", typ: "JWT"}`)
	}
	token, err := alg.Sign(key, header, payload)
	if err != nil {
		return nil, invalid(c.op, fmt.Sprintf("a key of %d bits cannot sign this: %v", key.N.BitLen(), err), "")
	}
	return a.vm.ToValue(token), nil
}

// jwtVerify reports whether a token was signed with the private key of a public one.
// It does not look at the claims: exp and aud are for the script to check.
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
	return a.vm.ToValue(jws.Verify(key, token)), nil
}

// jsonObject returns argument i, an object, as JSON.stringify writes it.
func (c call) jsonObject(i int, name string) ([]byte, error) {
	o, ok := c.arg(i).(*goja.Object)
	if !ok {
		return nil, invalid(c.op, name+" is not an object", "give the object itself, not its JSON text")
	}
	return o.MarshalJSON()
}
