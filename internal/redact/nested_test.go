package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// escapes are ways to escape a text, each character of it for itself.
var escapes = []struct { //nolint:gochecknoglobals // a table, never changed
	name  string
	inner bool // its result is also found in base64
	of    func(string) string
}{
	{"query", true, url.QueryEscape},
	{"path", true, url.PathEscape},
	{"component", true, func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }},
	{"JSON", true, func(s string) string { return jsonText(s, false) }},
	{"JSON for HTML", true, func(s string) string { return strings.ReplaceAll(jsonText(s, true), "/", `\/`) }},
	{"JSON in ASCII", false, func(s string) string {
		var b strings.Builder
		for _, c := range s {
			if text := jsonText(string(c), false); c < utf8.RuneSelf {
				b.WriteString(text)
				continue
			}
			for _, u := range utf16.Encode([]rune{c}) {
				fmt.Fprintf(&b, `\u%04x`, u)
			}
		}
		return b.String()
	}},
	{"HTML", true, html.EscapeString},
	{"names", false, strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;").Replace},
	{"references", false, func(s string) string {
		var b strings.Builder
		for _, c := range s {
			if unicode.IsLetter(c) || unicode.IsDigit(c) {
				b.WriteRune(c)
				continue
			}
			fmt.Fprintf(&b, "&#x%X;", c)
		}
		return b.String()
	}},
}

func jsonText(s string, escapeHTML bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escapeHTML)
	if err := e.Encode(s); err != nil {
		return err.Error()
	}
	return b.String()[1 : b.Len()-2]
}

// The text around a secret is unchanged.
func TestEscapedTwice(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{`c4nabc+na/ry"\‹é>&=% ~x`, `"begins and 𝄞 ends'`, "%41&amp;\\u0041+%2B", "plain-token-1234567890"} {
		s := &Set{}
		s.Replace(secret, standIn)
		for _, first := range escapes {
			for _, second := range escapes {
				both := func(s string) string { return second.of(first.of(s)) }
				before, after := both(`{"a <b>`)+`{"q": `, `", 'x'</p>\n%20 &amp;`+both(`, é"}`)
				text, want := before+both(secret)+after, before+standIn+after
				if got := textOf(t, s, text); got != want || !s.Found(text) {
					t.Errorf("%s, then %s, of %q:\n got %s\nwant %s", first.name, second.name, secret, got, want)
				}
			}
			if !first.inner {
				continue
			}
			for skip := range 3 {
				before := "xyzxyz"[:3+skip]
				text := base64.StdEncoding.EncodeToString([]byte(before + first.of(secret) + "zyx"))
				got := textOf(t, s, text)
				start, end, ok := strings.Cut(got, standIn)
				if !ok || !strings.HasPrefix(text, start) || len(start) != 4+skip*8/6 ||
					!strings.HasSuffix(text, end) || len(end) < 3 || len(end) > 8 {
					t.Errorf("%s in base64 at %d, of %q: got %s\nof %s", first.name, skip, secret, got, text)
				}
			}
		}
	}
}

// A secret is found under three escapes of any kind, one on top of the other.
func TestEscapedThreeTimes(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{`c4nabc+na/ry"\‹é>&=% ~x`, "100%-sure/token=="} {
		s := &Set{}
		s.Hide(secret)
		for _, first := range escapes {
			for _, second := range escapes {
				for _, third := range escapes {
					text := "a " + third.of(second.of(first.of(secret))) + " z"
					if got := textOf(t, s, text); got != "a "+Hidden+" z" {
						t.Errorf("%s, %s, then %s, of %q: %q stays %q", first.name, second.name, third.name, secret, text, got)
					}
				}
			}
		}
	}
}

// Base64 that was escaped, in lines, and in UTF-16, of a secret that was escaped.
func TestEscapedAroundBase64(t *testing.T) {
	t.Parallel()
	const secret = `c4nabc+na/ry"\‹é>&=% ~x`
	s := &Set{}
	s.Hide(secret)
	wide := func(s string) string { return strings.Join(strings.Split(s, ""), "\x00") + "\x00" }
	for _, inner := range escapes {
		if !inner.inner {
			continue
		}
		for _, outer := range escapes {
			for skip := range 3 {
				encoded := base64.StdEncoding.EncodeToString([]byte("??>"[:skip] + inner.of(secret) + "?"))
				lines := encoded[:9] + "\r\n" + encoded[9:20] + "\n" + encoded[20:]
				for _, text := range []string{outer.of(encoded), outer.of(lines), outer.of(outer.of(lines)), wide(encoded), wide(lines)} {
					if got := textOf(t, s, text); !strings.Contains(got, Hidden) {
						t.Errorf("%s, base64, %s: %s stays", inner.name, outer.name, got)
					}
				}
			}
		}
	}
	const ascii = `c4nabc+na/ry"\>&=% ~x`
	s.Hide(ascii)
	for _, e := range escapes {
		text := wide(e.of(ascii))
		if !s.Found(text) {
			t.Errorf("%s in UTF-16: not found", e.name)
		}
	}
	if !s.Found(base64.StdEncoding.EncodeToString([]byte(wide(ascii)))) {
		t.Error("UTF-16 in base64: not found")
	}
}

// A secret that has what looks like an escape, or that begins where the text before it could go
// on with one, is found under escapes of other kinds.
func TestSecretsLikeEscapes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ before, secret, after string }{
		{"", `00\0\"\b`, "0"},
		{"0", `000\b"00`, "0"},
		{"", "pass&amp;%41word", ""},
		{"", `p%5Cu0041&#x41;\x41`, ""},
		{"50%", "41+pass/word=", ""},
		{`C:\`, "u0041<pass>word", ""},
		{"&", "lt;pass+word", ""},
		{"", "pass<word&am", "p;"},
		{`\\\`, `\\\\\\\"`, `\\`},
	} {
		s := &Set{}
		s.Hide(tt.secret)
		for _, first := range escapes {
			for _, second := range escapes {
				for _, third := range escapes {
					of := func(s string) string { return third.of(second.of(first.of(s))) }
					text := of(tt.before + tt.secret + tt.after)
					want := of(tt.before) + Hidden + of(tt.after)
					if got := textOf(t, s, text); got != want && (got == text || strings.Contains(got, of(tt.secret))) {
						t.Errorf("%s, %s, then %s: %q becomes %q, want %q", first.name, second.name, third.name, text, got, want)
					}
				}
			}
		}
	}
}

// A secret is found where the end of the text before it and its own beginning look like an
// escape together, although only the secret was escaped.
func TestSecretsAfterHalfAnEscape(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"41+pass/word of <many> characters=", "u0041&pass/word of <many> characters=", "amp;pass/word of <many> characters=", `\pass/word of <many> characters`} {
		s := &Set{}
		s.Hide(secret)
		for _, before := range []string{"50%", "%4", `C:\`, `\u00`, `\u004`, "&", "&a", "&#", "&#x", "%25", "%2", `\\\`} {
			for _, first := range escapes {
				for _, second := range escapes {
					for name, escaped := range map[string]string{first.name: first.of(secret), first.name + ", " + second.name: second.of(first.of(secret))} {
						text := before + escaped + "!"
						if got := textOf(t, s, text); !strings.HasSuffix(got, Hidden+"!") || !strings.HasPrefix(text, strings.TrimSuffix(got, Hidden+"!")) {
							t.Errorf("%q after %q, escaped by %s: %q becomes %q", secret, before, name, text, got)
						}
					}
				}
			}
		}
	}
}

// FuzzNested places a secret in a text and escapes both together. Of a text without
// it, nothing changes.
func FuzzNested(f *testing.F) {
	f.Add(secretText, "a ", " b", uint64(1))
	f.Add(`\\\\\\\\`, `\`, "u0041", uint64(2))
	f.Add(`"\\\\\\\\\\!`, "0", "!", uint64(2))
	f.Add("%%%%%%%%", "%25", "%2525", uint64(3))
	f.Add("&&&&&&&&", "&amp;", "&#38;", uint64(4))
	f.Add(`00\0\"\b`, "", "0", uint64(6))
	f.Add(`000\b"00`, "0", "0", uint64(7))
	f.Add("𝄞€ü/\"\x7f++", "eyJ", "=\n", uint64(5))
	f.Fuzz(func(t *testing.T, secret, before, after string, seed uint64) {
		if len(secret) < MinLength || !utf8.ValidString(secret) || strings.ContainsFunc(secret, unicode.IsControl) {
			return
		}
		s := &Set{}
		s.Hide(secret)
		random := rand.New(rand.NewPCG(seed, 0))
		text, with, ways := before+after, before+secret+after, ""
		for range random.IntN(layers + 1) {
			e := escapes[random.IntN(len(escapes))]
			text, with, ways = e.of(text), e.of(with), ways+", "+e.name
		}
		got := textOf(t, s, with)
		if !s.Found(with) || got == with || s.Found(got) && !strings.ContainsAny(secret, Hidden) {
			t.Errorf("%q stays%s: %q", secret, ways, got)
		}
		if bytesOf(t, s, with) != got {
			t.Errorf("Bytes gives another text than %q", got)
		}
		letters := strings.Map(func(c rune) rune {
			if c < 0x80 && roles[c] != ordinary || c == '+' {
				return '.'
			}
			return c
		}, text)
		if got := textOf(t, s, letters); got != letters && !strings.Contains(letters, secret) && !foundInBase64(letters, secret) {
			t.Errorf("%q is not in %q, which becomes %q", secret, letters, got)
		}
	})
}

// foundInBase64 reports whether base64 in text has secret.
func foundInBase64(text, secret string) bool {
	text = strings.NewReplacer("-", "+", "_", "/", "\r", "", "\n", "").Replace(text)
	for from := range len(text) {
		run := text[from:]
		if n := strings.IndexFunc(run, func(c rune) bool { return c >= utf8.RuneSelf || !isBase64(byte(c&0x7f)) }); n >= 0 {
			run = run[:n]
		}
		for cut := range min(4, len(run)) {
			plain, err := base64.RawStdEncoding.DecodeString(run[:len(run)-cut])
			if err == nil && strings.Contains(string(plain), secret[:len(secret)/2]) {
				return true
			}
		}
	}
	return false
}
