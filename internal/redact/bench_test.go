package redact

import (
	"encoding/base64"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
)

// BenchmarkText tells the time a megabyte takes in which nothing is found: texts as
// they are, then texts made to take long.
func BenchmarkText(b *testing.B) {
	const plain, odd = "plain-token-1234567890", `c4nabc+na/ry"\‹é>&=% ~x`
	var noise strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&noise, "%d ordinary words, %x\n", i, i*7919)
	}
	lines := base64.StdEncoding.EncodeToString([]byte(noise.String()))
	texts := []struct{ name, text string }{
		{"JSON", `{"name": "Ada \u00e9 & co", "url": "https://example.com/?q=a%20b"}`},
		{"HTML", `<p class="note">Ada &amp; co say &quot;hello&quot;, <a href="/?a=1&amp;b=2">here</a></p>` + "\n"},
		{"words", "the quick brown fox jumps over the lazy dog\n"},
		{"base64", lines},
		{"ampersands", "&"},
		{"percents", "%"},
		{"backslashes", `\`},
		{"amps", "&amp;amp;"},
		{"percent escapes", "%25"},
		{"more percent escapes", "%2525252525"},
		{"backslash escapes", `\\u005c`},
		{"more backslash escapes", `\u005cu005cu0035cu005cu005cu0030u0030u0035c`},
		{"references", "&#x26;#x26;"},
		{"line breaks in a URL", "%0A"},
		{"line breaks in JSON", `\n`},
		{"names", "&redirect_uri"},
		{"near match", plain[:len(plain)-1] + " "},
		{"odd near match", odd[:len(odd)-1]},
		{"near match in base64", base64.StdEncoding.EncodeToString([]byte(plain[:len(plain)-1]))},
		{"near match in URL", url.QueryEscape(url.QueryEscape(url.QueryEscape(odd[:len(odd)-1])))},
		{"near match in URL in base64", base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(url.QueryEscape(odd[:len(odd)-1]))))},
		{"backslashes in base64", base64.StdEncoding.EncodeToString([]byte(`\\\\\\`))},
	}
	for _, secret := range []struct{ name, text string }{{"plain", plain}, {"odd", odd}, {"digits", "1234-5678-9012-3456"}, {"leads", `%\&%\&%\&%\&%\&%`}} {
		s := &Set{}
		s.Hide(secret.text)
		for _, tt := range texts {
			b.Run(secret.name+"/"+tt.name, func(b *testing.B) {
				text := strings.Repeat(tt.text, 1<<20/len(tt.text)+1)[:1<<20]
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					_ = textOf(b, s, text)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(text)), "ns/byte")
			})
		}
	}
}

// BenchmarkFound tells the time that a response takes which repeats a secret in every form.
func BenchmarkFound(b *testing.B) {
	for _, secret := range []struct{ name, text string }{{"plain", "plain-token-1234567890"}, {"odd", `c4nabc+na/ry"\‹é>&=% ~x1234567890abcdef`}} {
		b.Run(secret.name, func(b *testing.B) {
			var text strings.Builder
			for i := range 3 {
				for _, form := range []string{secret.text, url.QueryEscape(secret.text), html.EscapeString(secret.text), fmt.Sprintf("%q", secret.text)} {
					fmt.Fprintf(&text, "%s\n%s\n", form, base64.StdEncoding.EncodeToString([]byte("abc"[:i]+form)))
				}
			}
			s := &Set{}
			s.Hide(secret.text)
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Text(b.Context(), text.String(), s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
