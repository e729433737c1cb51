package jsapi

import "testing"

func TestHmac(t *testing.T) {
	t.Parallel()
	check(t, []expectation{
		// RFC 2202 §2 and §3, and RFC 4231 §4.3, each the second test case
		{`hex.encodeToString(hmac.md5("Jefe", "what do ya want for nothing?"))`, "750c783e6ab0b503eaa86e310a5db738"},
		{`hex.encodeToString(hmac.sha1("Jefe", "what do ya want for nothing?"))`, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
		{`hex.encodeToString(hmac.sha256("Jefe", "what do ya want for nothing?"))`, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{`hex.encodeToString(hmac.sha512("Jefe", "what do ya want for nothing?"))`, "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
		// RFC 4231 §4.4: bytes that are no text
		{`hex.encodeToString(hmac.sha256(hex.decodeFromString("aa".repeat(20)), hex.decodeFromString("dd".repeat(50))))`, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
		{`hex.encodeToString(hmac.sha256("é", "日本")) === hex.encodeToString(hmac.sha256(new Uint8Array([0xc3, 0xa9]), base64.decodeFromStringToByteArray("5pel5pys")))`, true},
		{`hmac.sha256("", "").getLength()`, 32},
		{`hmac.sha256("secret")`, "!sha256: needs (secret, message)"},
		{`hmac.sha256(null, "message")`, "!sha256: secret is null"},
		{`hmac.sha256("secret", undefined)`, "!sha256: message is undefined"},
	})
}
