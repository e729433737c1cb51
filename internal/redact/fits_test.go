package redact

import (
	"encoding/base64"
	hexadecimal "encoding/hex"
	"strings"
	"testing"
)

// A secret is found in the shortest text that can have it.
func TestShortestTexts(t *testing.T) {
	t.Parallel()
	const letters = "Xq7-token_2f8Zk3Wm9Rb4~a.Xq7-token_2f8Zk3Wm9Rb4~a.9"
	for n := 1; n <= len(letters); n++ {
		secret := letters[:n]
		var plain, escaped Set
		plain.Hide(secret)
		escaped.Hide(secret + "\n&")
		texts := map[string]string{
			"verbatim": secret, "UTF-16": strings.Join(strings.Split(secret, ""), "\x00"), "lines": strings.Join(strings.Split(secret, ""), "\r\n"),
			"URL": "%" + hexadecimal.EncodeToString([]byte(secret[:1])) + secret[1:],
		}
		if n >= minEncoded {
			texts["hex"] = hexadecimal.EncodeToString([]byte(secret))
			for shift := range 3 {
				text := string(inBase64(secret, shift))
				texts["base64 after "+strings.Repeat("x", shift)] = text
				texts["base64 in lines after "+strings.Repeat("x", shift)] = text[:n/2] + "\r\n" + text[n/2:]
			}
			texts["base64"] = base64.URLEncoding.EncodeToString([]byte(secret))
		}
		for name, text := range texts {
			for _, around := range []string{"", " ", `"`} {
				if text := around + text + around; !plain.Found(text) {
					t.Errorf("%d characters, %s: not found in %q", n, name, text)
				}
			}
			if text := secret + "&"; !escaped.Found(text) {
				t.Errorf("%d characters: not found in %q", n, text)
			}
		}
		if n >= MinLength && (plain.Found(secret[1:]) || plain.Found(secret[:n/2]+" "+secret[n/2:])) {
			t.Errorf("%d characters: found in less", n)
		}
	}
}
