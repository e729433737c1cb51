package connection_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// transformations are what an API may do to a token before it returns it, with the names that
// they have in docs/SECURITY.md.
func transformations() map[string]func(string) string {
	each := func(format string) func(string) string {
		return func(s string) string {
			var b strings.Builder
			for i := range len(s) {
				_, _ = fmt.Fprintf(&b, format, s[i]) // never fails
			}
			return b.String()
		}
	}
	inJSON := func(s string) string {
		text, err := json.Marshal(s)
		if err != nil {
			panic(err)
		}
		return string(text[1 : len(text)-1])
	}
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	lines := func(s string) string { return s[:len(s)/2] + "\r\n" + s[len(s)/2:] }
	return map[string]func(string) string{
		"none":                                         func(s string) string { return s },
		"escapes of URLs":                              url.QueryEscape,
		"each character escaped in URLs":               each("%%%02x"),
		"escapes of JSON":                              inJSON,
		"each character escaped in JSON":               each(`\u%04x`),
		"escapes of HTML and XML":                      html.EscapeString,
		"three escapes on each other":                  func(s string) string { return url.QueryEscape(inJSON(html.EscapeString(s))) },
		"base64, base64url":                            encode,
		"base64 in lines":                              func(s string) string { return lines(encode(s)) },
		"base64 of a longer text":                      func(s string) string { return encode("user:" + s + "!") },
		"base64, then an escape":                       func(s string) string { return url.QueryEscape(encode(s + "?>")) },
		"an escape for URLs, then base64":              func(s string) string { return encode("t=" + url.QueryEscape(s)) },
		"hexadecimal digits":                           func(s string) string { return hex.EncodeToString([]byte(s)) },
		"UTF-16":                                       func(s string) string { return strings.Join(strings.Split(s, ""), "\x00") },
		"line breaks and NULs in it":                   func(s string) string { return lines(s[:4] + "\x00" + s[4:]) },
		"a longer text around it":                      func(s string) string { return "100%" + s + `\u` },
		"each character as its number in HTML and XML": each("&#%d;"),
		"each character escaped with \\x":              each(`\x%02x`),
		"hexadecimal digits in lines":                  func(s string) string { return lines(hex.EncodeToString([]byte(s))) },
		"UTF-16, then base64":                          func(s string) string { return encode(strings.Join(strings.Split(s, ""), "\x00")) },
		"UTF-16, then an escape of JSON":               func(s string) string { return inJSON(strings.Join(strings.Split(s, ""), "\x00")) },
		"each character escaped in quoted-printable":   each("=%02X"),
		"each character escaped in octal digits":       each(`\%03o`),
		"each character escaped with \\u{…}":           each(`\u{%x}`),
		"each character escaped with %u":               each("%%u%04x"),
		"hexadecimal digits with separators":           each("%02x:"),
		"hexadecimal digits, then base64":              func(s string) string { return encode(hex.EncodeToString([]byte(s))) },
		"base64, then hexadecimal digits":              func(s string) string { return hex.EncodeToString([]byte(encode(s))) },
		"numbers of its characters":                    each("%d, "),
		"invisible characters in it":                   each("%c\u200b"),
		"another case of letters":                      strings.ToUpper,
		"two escapes, then base64":                     func(s string) string { return encode(url.QueryEscape(url.QueryEscape(s))) },
		"base64 of base64":                             func(s string) string { return encode(encode(s)) },
		"base32":                                       func(s string) string { return base32.StdEncoding.EncodeToString([]byte(s)) },
		"split by spaces":                              func(s string) string { return strings.Join(strings.Split(s, ""), " ") },
		"a part of it":                                 func(s string) string { return s[:len(s)-1] },
		"reversed": func(s string) string {
			b := []byte(s)
			slices.Reverse(b)
			return string(b)
		},
		"compressed": func(s string) string {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			_, _ = w.Write([]byte(s))
			_ = w.Close()
			return b.String()
		},
		"hashed or encrypted": func(s string) string { sum := sha256.Sum256([]byte(s)); return string(sum[:]) },
	}
}

// documentedOutcomes returns the table in docs/SECURITY.md of what is found, by the names of
// transformations: hidden or passed.
func documentedOutcomes(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../docs/SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## What a search finds\n")
	section, _, _ = strings.Cut(section, "\n## ")
	documented := make(map[string]string)
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+) \| (hidden|passed) \|$`).FindAllStringSubmatch(section, -1) {
		documented[row[1]] = row[2]
	}
	return documented
}
