package jws_test

import (
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/jws"
)

func TestSignedTokensVerify(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"} {
		alg, ok := jws.AlgorithmOf([]byte(`{"alg":"` + name + `"}`))
		if !ok {
			t.Errorf("%s is unknown", name)
			continue
		}
		token, err := alg.Sign(key, []byte(`{"alg":"`+name+`"}`), []byte(`{"sub":"a"}`))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !jws.Verify(&key.PublicKey, token) {
			t.Errorf("%s: %s does not verify", name, token)
		}
		parts := strings.Split(token, ".")
		for why, wrong := range map[string]string{
			"another payload":        parts[0] + ".e30." + parts[2],
			"no signature":           parts[0] + "." + parts[1] + ".",
			"two parts":              parts[0] + "." + parts[1],
			"a line break":           token + "\n",
			"padding":                parts[0] + "." + parts[1] + "=." + parts[2],
			"the name of the member": strings.Replace(token, parts[0], "eyJBTEciOiJSUzI1NiJ9", 1), // {"ALG":"RS256"}
		} {
			if jws.Verify(&key.PublicKey, wrong) {
				t.Errorf("%s: %s verifies", name, why)
			}
		}
		if jws.Verify(&other.PublicKey, token) {
			t.Errorf("%s: the token verifies with another key", name)
		}
	}
}

func TestUnknownAlgorithms(t *testing.T) {
	t.Parallel()
	for _, header := range []string{``, `[]`, `{}`, `{"alg":"none"}`, `{"alg":"HS256"}`, `{"ALG":"RS256"}`, `{"alg":1}`} {
		if _, ok := jws.AlgorithmOf([]byte(header)); ok {
			t.Errorf("%s names an algorithm", header)
		}
	}
}

// An extension that must be understood makes a token invalid, RFC 7515 §4.1.11.
func TestCriticalHeader(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	header := []byte(`{"alg":"RS256","crit":["exp"]}`)
	alg, _ := jws.AlgorithmOf(header)
	token, err := alg.Sign(key, header, []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if jws.Verify(&key.PublicKey, token) {
		t.Errorf("%s verifies", token)
	}
}
