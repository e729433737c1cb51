package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"
)

// canaries are secrets, each under a name, that must be found nowhere.
type canaries struct {
	mu     sync.Mutex
	names  map[string]string       // by secret
	traces map[[start]byte][]trace // by their first bytes, so that one pass finds them all
}

// start is how many bytes of a trace lead to it. None is shorter.
const start = 8

// trace is a form of a secret, or of a part of it, that is looked for.
type trace struct {
	name, form string
	written    []byte
}

// mint returns a new secret with characters that every encoding changes. It begins and ends
// with unique letters and digits, which most encodings do not change. These two parts are
// searched too, so that a part of the secret is found.
func (c *canaries) mint(name string) string {
	bits := make([]byte, 16)
	_, _ = rand.Read(bits) // never fails
	head, tail := "c4n"+hex.EncodeToString(bits[:8]), hex.EncodeToString(bits[8:])+"4ry"
	text := head + `+na/ry"\<é>&=% ~'?#` + tail
	for where, part := range map[string]string{"head": head, "tail": tail} {
		for form, written := range formsOf(part) {
			if form == "raw" || !bytes.Equal(written, []byte(part)) {
				c.trace(name, text, where+", "+form, written)
			}
		}
	}
	return text
}

// add arranges for a text to be looked for, and for parts of it as they are.
func (c *canaries) add(name, text string, parts ...string) string {
	if c.knows(text) {
		return text
	}
	for form, written := range formsOf(text) {
		c.trace(name, text, form, written)
	}
	for i, part := range parts {
		c.trace(name, text, fmt.Sprint("part ", i), []byte(part))
	}
	return text
}

func (c *canaries) trace(name, secret, form string, written []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names == nil {
		c.names, c.traces = make(map[string]string), make(map[[start]byte][]trace)
	}
	c.names[secret] = name
	first := [start]byte(written)
	c.traces[first] = append(c.traces[first], trace{name, form, written})
}

func (c *canaries) knows(secret string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.names[secret] != ""
}

// has reports whether there is a secret of that name.
func (c *canaries) has(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(slices.Collect(maps.Values(c.names)), name)
}

// formsOf returns the forms in which a secret may be written.
func formsOf(secret string) map[string][]byte {
	raw := []byte(secret)
	query, path := url.QueryEscape(secret), url.PathEscape(secret)
	escaped := func(escapeHTML bool) string {
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(escapeHTML)
		_ = e.Encode(secret) // a string always is JSON
		return b.String()[1 : b.Len()-2]
	}
	decimals := fmt.Sprintf("%d", raw)
	forms := map[string][]byte{
		"raw": raw, "query": []byte(query), "query in lower case": lowerEscapes(query), "path": []byte(path), "path in lower case": lowerEscapes(path),
		"encodeURIComponent": []byte(strings.ReplaceAll(query, "+", "%20")), "escaped twice": []byte(url.QueryEscape(query)),
		"JSON": []byte(escaped(false)), "JSON for HTML": []byte(escaped(true)), "JSON in JSON": []byte(jsonOf(escaped(false))),
		"JSON in ASCII": []byte(strings.Trim(strconv.QuoteToASCII(secret), `"`)), "quoted": []byte(strings.Trim(strconv.Quote(secret), `"`)),
		"HTML": []byte(html.EscapeString(secret)), "XML": []byte(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(secret)),
		"hex": []byte(hex.EncodeToString(raw)), "HEX": []byte(strings.ToUpper(hex.EncodeToString(raw))),
		"decimals": []byte(decimals[1 : len(decimals)-1]), "UTF-16": utf16le(secret),
	}
	for skip := range 3 {
		std := base64Inside(raw, skip)
		forms[fmt.Sprint("base64 at ", skip)] = []byte(std)
		forms[fmt.Sprint("base64url at ", skip)] = []byte(strings.NewReplacer("+", "-", "/", "_").Replace(std))
	}
	return forms
}

func jsonOf(text string) string {
	encoded, _ := json.Marshal(text) // a string always is JSON
	return string(encoded[1 : len(encoded)-1])
}

// lowerEscapes writes the hexadecimal digits of a URL's escapes in lower case.
func lowerEscapes(escaped string) []byte {
	b := []byte(escaped)
	for i := range b {
		if b[i] == '%' && i+2 < len(b) {
			copy(b[i:], bytes.ToLower(b[i:i+3]))
		}
	}
	return b
}

// base64Inside returns what is always the same of the base64 of a longer text, in
// which so many bytes, modulo 3, come before the secret.
func base64Inside(secret []byte, skip int) string {
	encoded := base64.RawStdEncoding.EncodeToString(append(make([]byte, skip), secret...))
	return encoded[(skip*8+5)/6 : (skip+len(secret))*8/6]
}

func utf16le(text string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

// find returns what is found in text, with what stands around it: the first of each
// name. Secrets for which but reports true may be there.
func (c *canaries) find(text []byte, but func(name string) bool) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []string
	known := make(map[string]bool)
	for at := range max(0, len(text)-start+1) {
		for _, t := range c.traces[[start]byte(text[at:])] {
			if !bytes.HasPrefix(text[at:], t.written) || known[t.name] || but != nil && but(t.name) {
				continue
			}
			known[t.name] = true
			around := text[max(0, at-60):min(len(text), at+len(t.written)+60)]
			found = append(found, fmt.Sprintf("%s (%s): …%q…", t.name, t.form, around))
		}
	}
	return found
}

// TestCanariesAreFound holds that a search for secrets finds them: each form, planted
// in the middle of something else.
func TestCanariesAreFound(t *testing.T) {
	t.Parallel()
	var c canaries
	secret := c.mint("planted")
	other := c.mint("not planted")
	for form, written := range formsOf(secret) {
		text := slices.Concat([]byte("before "+form), written, []byte("after"))
		if got := c.find(text, nil); len(got) != 1 || !strings.HasPrefix(got[0], "planted ") {
			t.Errorf("found %q in %q", got, text)
		}
		if got := c.find(text, func(name string) bool { return name == "planted" }); got != nil {
			t.Errorf("found %q, though it may be there", got)
		}
	}
	for skip := range 6 {
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
			text := encoding.EncodeToString([]byte("abcdef"[:skip] + secret + "uvwxyz"))
			if got := c.find([]byte(text), nil); len(got) != 1 {
				t.Errorf("found %q in %s", got, text)
			}
		}
	}
	for _, part := range []string{secret[:20], secret[len(secret)-20:]} {
		if got := c.find([]byte("x"+part+"y"), nil); len(got) != 1 {
			t.Errorf("found %q in a part, %q", got, part)
		}
	}
	if got := c.find([]byte(strings.Replace(other, "c4n", "c4m", 1)[:20]), nil); got != nil {
		t.Errorf("found %q, which is not there", got)
	}
}
