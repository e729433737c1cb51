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

// jwtBuild signs a payload with the algorithm in the header's alg. Header and payload are
// encoded as by JSON.stringify.
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

// jwtVerify reports whether a token has a valid signature for a public key. It does not
// check claims such as exp and aud; the script must do that.
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
	if err := unsealed(c.op, "token", token); err != nil {
		return nil, err // not false: the token may well be valid
	}
	return a.vm.ToValue(jws.Verify(key, token)), nil
}

// jsonObject returns argument i, which must be an object, encoded as by JSON.stringify.
func (c call) jsonObject(i int, name string) ([]byte, error) {
	o, ok := c.arg(i).(*goja.Object)
	if !ok {
		return nil, invalid(c.op, name+" is not an object", "give the object itself, not its JSON text")
	}
	text, err := o.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return text, unsealed(c.op, name, string(text))
}
