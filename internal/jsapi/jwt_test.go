package jsapi

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/jws"
)

// exampleToken is that of RFC 7515 §A.2, signed with exampleKey.
const exampleToken = "eyJhbGciOiJSUzI1NiJ9" +
	".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ" +
	".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"

// withKeys is an expression that sees the private and the public key as d and e.
func withKeys(t *testing.T, expression string) string {
	t.Helper()
	key := exampleKey(t)
	return fmt.Sprintf("((d, e) => (%s))(%s, %s)", expression,
		call1(t, "rsa.readKeyFromPkcs8", pkcs8PEM(t, key)), call1(t, "rsa.readKeyFromX509", certificatePEM(t, key)))
}

func segment(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func TestJwtBuild(t *testing.T) {
	t.Parallel()
	// What openssl dgst -sha256 -sign makes of the same text and key.
	const signature = "lcPh8hi-zzvLqYmZpjIOs9hZ7wb2t_6I4IB-rMPl6tmidP47wvmQi4ZmRTKOc7G5eotb5NsEcJDqHxFb426hBCh6SbFjF5nRjvrzEd5PYp4rFSfeu61uKdq2m7DCxPZgxylD7_1uxEpj6ZMg4rgFRherXs4IAlOu-s-8-gwUZNsirGT0n3vnuubhjSWu3MRH0vYeNprzgc1-80kK5wq29d63FHrbLB8QbajwFrVnzX-oyKDSpu7-bfcn8pg3Hwbc8tGVhgK5qEke0l2U5QRsriS_AVz8lVArjEoihL-G-0457xaQWSMJWX4RYe9m169j9-gnQ50RKJOmLM64rpptYw"
	header, payload := `{"typ":"at+jwt","alg":"RS256","kid":"1"}`, `{"iss":"joe","exp":1300819380,"b":[null,"<日本>"],"a":1.5}`
	want := segment(header) + "." + segment(payload) + "." + signature
	check(t, []expectation{
		{withKeys(t, "jwt.build("+header+", "+payload+", d)"), want},
		{withKeys(t, "jwt.build({typ: 'at+jwt', toJSON() { return "+header+" }}, {get iss() { return 'joe' }, exp: 1300819380, u: undefined, b: [undefined, '<日本>'], a: 1.5, f() {}}, d)"), want},
		{withKeys(t, "jwt.verify("+asJSON(t, want)+", e)"), true},
		{withKeys(t, `["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"].map(alg => jwt.verify(jwt.build({alg}, {a: 1}, d), e))`), []bool{true, true, true, true, true, true}},
		{withKeys(t, `jwt.build({alg: "RS256"}, [1, "é"], d).split(".")[1]`), segment(`[1,"é"]`)},
		{withKeys(t, `/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(jwt.build({alg: "RS512"}, {a: "~~~???"}, d))`), true},
		{withKeys(t, `jwt.build({typ: "JWT"}, {a: 1}, d)`), "!build: header has no alg that an RSA key signs"},
		{withKeys(t, `["none", "HS256", "ES256", "rs256", "", null, 1].map(alg => { try { return jwt.build({alg}, {a: 1}, d) } catch (e) { return e.code } }).join()`), strings.Repeat(",invalid_argument", 7)[1:]},
		{withKeys(t, `jwt.build({ALG: "RS256"}, {a: 1}, d)`), "!build: header has no alg that an RSA key signs"},
		{withKeys(t, `jwt.build({alg: "RS256"}, {get a() { throw new Error("mine") }}, d)`), "!mine"},
		{withKeys(t, `jwt.build({alg: "RS256"}, {a: 1}, e)`), "!build: privateKey is not a private key"},
		{withKeys(t, `jwt.build({alg: "RS256"}, {a: 1}, "-----BEGIN PRIVATE KEY-----")`), "!build: privateKey is not a private key"},
		{withKeys(t, `jwt.build('{"alg": "RS256"}', {a: 1}, d)`), "!build: header is not an object"},
		{withKeys(t, `jwt.build({alg: "RS256"}, "{}", d)`), "!build: payload is not an object"},
		{withKeys(t, `jwt.build({alg: "RS256"}, {a: 1})`), "!build: needs (header, payload, privateKey)"},
	})
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	got := evaluate(t, `jwt.build({alg: "PS512"}, {a: 1}, `+call1(t, "rsa.readKeyFromPkcs8", pkcs8PEM(t, small))+")")
	if !strings.HasPrefix(asJSON(t, got), `"!build: a key of 1024 bits cannot sign this`) {
		t.Errorf("a key too small for its algorithm: %v", got)
	}
	got = evaluate(t, withKeys(t, `(o => { o.o = o; return jwt.build({alg: "RS256"}, o, d) })({})`))
	if !strings.Contains(asJSON(t, got), "circular") {
		t.Errorf("a payload that contains itself: %v", got)
	}
}

func TestJwtVerify(t *testing.T) {
	t.Parallel()
	part := strings.Split(exampleToken, ".")
	header, payload, signature := part[0], part[1], part[2]
	tests := []struct {
		token string
		want  bool
	}{
		{exampleToken, true},
		{"", false},
		{"..", false},
		{"a.b.c", false},
		{header + "." + payload, false},
		{header + "." + payload + ".", false},
		{exampleToken + ".", false},
		{exampleToken + "=", false},
		{exampleToken + "\n", false},
		{" " + exampleToken, false},
		{"." + payload + "." + signature, false},
		{header + "." + segment(`{"iss":"eve"}`) + "." + signature, false},
		{header + "." + payload + "." + signature[:len(signature)-2], false},
		{header + "." + payload + "." + signature[:len(signature)-1] + "x", false}, // the same bytes, written in another way
		{header + "." + payload + "." + strings.ToLower(signature), false},
		{segment(`{"alg":"RS512"}`) + "." + payload + "." + signature, false},
		{segment(`{"alg":"none"}`) + "." + payload + ".", false},
		{segment(`{"alg":"HS256"}`) + "." + payload + "." + signature, false},
		{segment(`{}`) + "." + payload + "." + signature, false},
		{segment(`[]`) + "." + payload + "." + signature, false},
		{segment(`null`) + "." + payload + "." + signature, false},
	}
	for _, tt := range tests {
		if got := evaluate(t, withKeys(t, "jwt.verify("+asJSON(t, tt.token)+", e)")); got != tt.want {
			t.Errorf("verify(%q) = %v, want %v", tt.token, got, tt.want)
		}
	}
	check(t, []expectation{
		// A header may ask for what is not done here: the token is then not valid.
		{withKeys(t, `jwt.verify(jwt.build({alg: "RS256", crit: ["b64"], b64: false}, {a: 1}, d), e)`), false},
		{withKeys(t, `jwt.verify("a.b.c", d)`), "!verify: publicKey is not a public key"},
		{withKeys(t, `jwt.verify("a.b.c", null)`), "!verify: publicKey is not a public key"},
		{withKeys(t, `jwt.verify("a.b.c")`), "!verify: needs (token, publicKey)"},
		{withKeys(t, `jwt.verify(null, e)`), "!verify: token is null"},
	})
}

// No token but the one that was signed verifies.
func FuzzJwtVerify(f *testing.F) {
	key := exampleKey(f)
	f.Add(exampleToken)
	f.Add(strings.Replace(exampleToken, "J9.", "J9..", 1))
	f.Add(segment(`{"alg":"none"}`) + "..")
	f.Fuzz(func(t *testing.T, token string) {
		if got := jws.Verify(&key.PublicKey, token); got != (token == exampleToken) {
			t.Errorf("%q: signed = %v", token, got)
		}
	})
}
