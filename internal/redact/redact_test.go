package redact

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	secretText = "REAL+tok/en=ü\"&<\\7"
	standIn    = "stand-in"
)

// forms are encodings of a secret in a response or a log.
func forms(secret string) map[string]string {
	jsonText := func(s string) string {
		b, err := json.Marshal(s)
		if err != nil {
			return err.Error()
		}
		return string(b[1 : len(b)-1])
	}
	everyByte := func(format string) string {
		var b strings.Builder
		for _, c := range []byte(secret) {
			fmt.Fprintf(&b, format, c)
		}
		return b.String()
	}
	everyUnit := func(format string) string {
		var b strings.Builder
		for _, c := range utf16.Encode([]rune(secret)) {
			fmt.Fprintf(&b, format, c)
		}
		return b.String()
	}
	everyRune := func(format string) string {
		var b strings.Builder
		for _, c := range secret {
			fmt.Fprintf(&b, format, c)
		}
		return b.String()
	}
	utf16Of := func(big bool) string {
		var b strings.Builder
		for _, c := range []byte(secret) {
			if big {
				b.WriteByte(0)
			}
			b.WriteByte(c)
			if !big {
				b.WriteByte(0)
			}
		}
		return b.String()
	}
	var xmlText strings.Builder
	if err := xml.EscapeText(&xmlText, []byte(secret)); err != nil {
		xmlText.WriteString(err.Error())
	}
	query := url.QueryEscape(secret)
	all := map[string]string{
		"raw": secret, "query": query, "path": url.PathEscape(secret), "twice": url.QueryEscape(query),
		"every byte": everyByte("%%%02X"), "json": jsonText(secret), "json in json": jsonText(jsonText(secret)),
		"json with slash": strings.ReplaceAll(jsonText(secret), "/", `\/`), "every unit": everyUnit(`\u%04x`), "every unit upper": everyUnit(`\u%04X`),
		"xml": xmlText.String(), "decimal references": everyRune("&#%d;"), "hex references": everyRune("&#x%X;"),
		"base64": base64.StdEncoding.EncodeToString([]byte(secret)), "base64url": base64.RawURLEncoding.EncodeToString([]byte(secret)),
		"base64 after one": base64.StdEncoding.EncodeToString([]byte("x" + secret + "yz")), "base64 after two": base64.StdEncoding.EncodeToString([]byte("xy" + secret)),
		"base64 in a query": url.QueryEscape(base64.StdEncoding.EncodeToString([]byte("user:" + secret))),
	}
	all["lower hex"] = strings.NewReplacer("%2B", "%2b", "%2F", "%2f", "%3D", "%3d", "%C3%BC", "%c3%bc", "%5C", "%5c", "%3C", "%3c").Replace(query)
	if !strings.ContainsFunc(secret, func(r rune) bool { return r > 0x7f }) {
		all["UTF-16LE"], all["UTF-16BE"] = utf16Of(false), utf16Of(true)
	}
	return all
}

func TestForms(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{secretText, "plain-token-1234567890", "ya29.a0Af_B-yC1", "%41%2541&amp;\\u0041", "ends with space "} {
		s := &Set{}
		s.Replace(secret, standIn)
		for name, form := range forms(secret) {
			for _, text := range []string{form, "before " + form + " after", form + form} {
				if got := textOf(t, s, text); got == text || strings.Contains(got, form) || !strings.Contains(got, standIn) {
					t.Errorf("%s of %q: %q stays %q", name, secret, text, got)
				}
				if !s.Found(text) {
					t.Errorf("%s of %q: not found in %q", name, secret, text)
				}
				if got, want := bytesOf(t, s, text), textOf(t, s, text); got != want {
					t.Errorf("Bytes gives %q, Text %q", got, want)
				}
			}
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	s := &Set{}
	s.Hide("secret")
	s.Hide("secret-long")
	s.Replace("token", "sealed")
	s.Hide("")
	s.Hide("secret")
	tests := []struct{ text, want string }{
		{"", ""},
		{"nothing of it", "nothing of it"},
		{"a secret, secret-long and token", "a [redacted], [redacted] and sealed"},
		{"secretsecret", "[redacted][redacted]"},
		{"SECRET", "SECRET"},
		{"sec\r\nret", "[redacted]"},
		{`100%, a\b, R&D; &#; &#x; %zz \u12`, `100%, a\b, R&D; &#; &#x; %zz \u12`},
		{"%", "%"},
		{`\`, `\`},
		{"&", "&"},
		{`\u`, `\u`},
		{`se\`, `se\`},
	}
	for _, tt := range tests {
		if got := textOf(t, s, tt.text); got != tt.want {
			t.Errorf("Text(%q) = %q, want %q", tt.text, got, tt.want)
		}
		if got := s.Found(tt.text); got != (tt.text != tt.want) {
			t.Errorf("Found(%q) = %t", tt.text, got)
		}
	}
	if !s.FoundFold("http://SeCreT.example/") || s.FoundFold("http://example/") {
		t.Error("FoundFold")
	}
	zero := &Set{}
	if !zero.Empty() || textOf(t, zero, "secret") != "secret" || zero.Found("secret") || s.Empty() {
		t.Error("the zero Set is not empty")
	}
}

func TestPrintsNothing(t *testing.T) {
	t.Parallel()
	s := &Set{}
	s.Hide("plain-token-1234567890")
	if got := fmt.Sprintf("%v %+v %#v", struct{ s Set }{*s}, s, *s); strings.Contains(got, "plain") {
		t.Errorf("printed %s", got)
	}
}

func FuzzText(f *testing.F) {
	f.Add(secretText, "a ", " b")
	f.Add("%%%%%%%%", "%25", "%2525")
	f.Add(`\\\\\\\\`, `\`, "u0041")
	f.Add("&&&&", "&amp;", "&#38;")
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		if len(secret) < 4 || !utf8.ValidString(secret) || strings.ContainsFunc(secret, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return
		}
		s := &Set{}
		s.Hide(secret)
		for name, form := range forms(secret) {
			if len(form) < 4 || strings.HasPrefix(name, "base64") && len(secret) < 12 {
				continue
			}
			if !s.Found(form) {
				t.Errorf("%s: %q is not found in %q", name, secret, form)
			}
		}
		_ = textOf(t, s, before+secret+after)
	})
}

func TestUnion(t *testing.T) {
	t.Parallel()
	var short, long, none Set
	short.Replace("keyprefix", "<short>")
	long.Replace("keyprefix-and-more", "<long>")
	const text = "keyprefix keyprefix-and-more a2V5cHJlZml4LWFuZC1tb3Jl"
	for _, sets := range [][]*Set{{&short, &long}, {&long, &short}, {nil, &none, &short, &none, &long}} {
		if got, want := textOf(t, Union(sets...), text), "<short> <long> <long>"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got, want := textOf(t, &short, "keyprefix-and-more"), "<short>-and-more"; got != want {
		t.Errorf("a Set has changed: got %q, want %q", got, want)
	}
	if !Union().Empty() || !Union(&none, nil).Empty() {
		t.Error("a union of nothing is not empty")
	}
}

// textOf is [Text] without a deadline.
func textOf(tb testing.TB, s *Set, text string) string {
	tb.Helper()
	out, err := Text(tb.Context(), text, s)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// bytesOf is [Bytes] without a deadline.
func bytesOf(tb testing.TB, s *Set, text string) string {
	tb.Helper()
	out, err := Bytes(tb.Context(), []byte(text), s)
	if err != nil {
		tb.Fatal(err)
	}
	return string(out)
}

// A secret of what a search skips cannot be found, and leaves the text as it is.
func TestSecretOfLineBreaks(t *testing.T) {
	t.Parallel()
	s := &Set{}
	s.Hide("\r\n\n")
	const text = "one\r\n\ntwo &amp; three"
	if got := textOf(t, s, text); got != text {
		t.Errorf("the text is %q, want %q", got, text)
	}
}
