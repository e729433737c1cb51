package store_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/postern-dev/postern/store"
)

func TestParseKey(t *testing.T) {
	t.Parallel()
	key := bytes.Repeat([]byte{0xfb, 0xff, 0x3e, 0x01}, 8) // both - and _ in base64
	for _, text := range []string{
		hex.EncodeToString(key),
		strings.ToUpper(hex.EncodeToString(key)),
		base64.StdEncoding.EncodeToString(key),
		base64.RawStdEncoding.EncodeToString(key),
		base64.URLEncoding.EncodeToString(key),
		base64.RawURLEncoding.EncodeToString(key),
		"\n " + base64.StdEncoding.EncodeToString(key) + "\r\n",
	} {
		if got, err := store.ParseKey(text); err != nil || !bytes.Equal(got, key) {
			t.Errorf("ParseKey(%q) = %x, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "=", "password", strings.Repeat("x", 32), strings.Repeat("g", 64), strings.Repeat("a", 63),
		base64.StdEncoding.EncodeToString(key[:31]), base64.StdEncoding.EncodeToString(append(key, 0)),
		base64.StdEncoding.EncodeToString(key) + "\n" + base64.StdEncoding.EncodeToString(key),
	} {
		_, err := store.ParseKey(text)
		wantConfigError(t, err, "32 bytes")
		if text != "" && text != "=" {
			wantNoSecret(t, err, text)
		}
	}
}

// Whatever text is a key, each way of writing that key gives it again.
func FuzzParseKey(f *testing.F) {
	f.Add("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	f.Add("30313233343536373839616263646566303132333435363738396162636465660")
	f.Add("-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_8")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := store.ParseKey(text)
		if err != nil {
			return
		}
		if len(key) != 32 {
			t.Fatalf("%q gives %d bytes", text, len(key))
		}
		for _, again := range []string{hex.EncodeToString(key), base64.URLEncoding.EncodeToString(key)} {
			if got, err := store.ParseKey(again); err != nil || !bytes.Equal(got, key) {
				t.Errorf("%q gives %x, and %q gives %x, %v", text, key, again, got, err)
			}
		}
	})
}
