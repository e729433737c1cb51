package jsapi

import (
	"fmt"
	"testing"
)

// A sealed token is refused where a script would sign or verify with it: the result would be
// that of the stand-in. What merely mentions one, or encodes it, works.
func TestSealedTokensDoNotSign(t *testing.T) {
	t.Parallel()
	const standIn = "postern_sealed_c3RhbmQtaW4tZm9yLWNybQ"
	const refused = " has a sealed token, which only a request can use"
	with := func(expression string) string {
		return fmt.Sprintf("((token, bytes) => (%s))(%q, t => base64.decodeFromStringToByteArray(base64.encodeToString(t)))", expression, standIn)
	}
	check(t, []expectation{
		{with(`hmac.sha256(token, "message")`), "!sha256: secret" + refused},
		{with(`hmac.sha1("secret", "GET&" + token)`), "!sha1: message" + refused},
		{with(`hmac.md5(bytes(token), "message")`), "!md5: secret" + refused},
		{with(`rsa.readKeyFromPkcs8(token)`), "!readKeyFromPkcs8: pem" + refused},
		{with(`rsa.readKeyFromX509("-----BEGIN " + token)`), "!readKeyFromX509: pem" + refused},
		{with(`jwt.build({alg: "RS256"}, {nested: [{token}]}, null)`), "!build: payload" + refused},
		{with(`jwt.build({alg: "RS256", kid: token}, {}, null)`), "!build: header" + refused},
		{with(withKeys(t, `jwt.verify(token, e)`)), "!verify: token" + refused},
		{
			with(`(() => { try { hmac.sha256(token, "") } catch (e) { return e.hint } })()`),
			"send the token as the credential of a request, or set sealed = false for the connection if the script has to sign with it",
		},

		{`hmac.sha256("secret", "postern_sealed_ tokens are described on this page of the documentation").getLength()`, 32},
		{with(`digest.sha256(token).getLength()`), 32},
		{with(`base64.decodeFromString(base64.encodeToString("user:" + token))`), "user:" + standIn},
	})
}
