package connection

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// seals maps stand-ins to the connections they stand for.
type seals map[string]*entry

// standInLength is that of every stand-in: the prefix and 22 characters.
const standInLength = len(hostapi.SealedPrefix) + 22

// swap returns text with every stand-in replaced by what with returns for its
// connection. A made-up stand-in is text like any other and stays.
func (s seals) swap(text string, with func(*entry) string) string {
	i := strings.Index(text, hostapi.SealedPrefix)
	if i < 0 {
		return text
	}
	var b strings.Builder
	for i >= 0 {
		b.WriteString(text[:i])
		text = text[i:]
		n := len(hostapi.SealedPrefix)
		if len(text) >= standInLength && s[text[:standInLength]] != nil {
			n = standInLength
			b.WriteString(with(s[text[:n]]))
		} else {
			b.WriteString(text[:n])
		}
		text = text[n:]
		i = strings.Index(text, hostapi.SealedPrefix)
	}
	b.WriteString(text)
	return b.String()
}

// swapBasic is swap inside the credentials of basic authentication, RFC 7617.
func (s seals) swapBasic(authorization string, with func(*entry) string) string {
	scheme, encoded, ok := strings.Cut(authorization, " ")
	if !ok || !strings.EqualFold(scheme, "Basic") {
		return authorization
	}
	plain, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return authorization
	}
	swapped := s.swap(string(plain), with)
	if swapped == string(plain) {
		return authorization
	}
	return scheme + " " + base64.StdEncoding.EncodeToString([]byte(swapped))
}

// swapHeader swaps in all values of h.
func (s seals) swapHeader(h http.Header, with func(*entry) string) {
	for name, values := range h {
		for i, v := range values {
			if name == "Authorization" {
				v = s.swapBasic(v, with)
			}
			values[i] = s.swap(v, with)
		}
	}
}

// escaper returns how a token is written in a body of that content type, which
// is how the script would have written it had it known the token.
func escaper(contentType string) func(string) string {
	mediaType, _, _ := mime.ParseMediaType(contentType) // what cannot be read is plain
	switch {
	case mediaType == "application/x-www-form-urlencoded":
		return url.QueryEscape
	case mediaType == "application/json" || strings.HasSuffix(mediaType, "+json"):
		return jsonText
	case strings.HasSuffix(mediaType, "/xml") || strings.HasSuffix(mediaType, "+xml"):
		return xmlText
	}
	return func(token string) string { return token }
}

// jsonText returns s as it stands between the quotes of a JSON string.
func jsonText(s string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(s) != nil {
		return s
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(b.String(), "\n"), `"`), `"`)
}

func xmlText(s string) string {
	var b bytes.Buffer
	if xml.EscapeText(&b, []byte(s)) != nil {
		return s
	}
	return b.String()
}

// redaction replaces the forms in which a credential comes back by those of
// what a script may see.
type redaction struct {
	from, to []string // the longest first
}

// minPassword is the length from which on a password is looked for in answers:
// a shorter one is a word that an answer may well have.
const minPassword = 8

// redaction returns how the entry's credential is taken out of answers. One
// that is not sealed stays: it is the script's to see.
func (e *entry) redaction(credential string) redaction {
	var r redaction
	switch {
	case e.conn.grant == grantBasic:
		r.pair(credential, hidden)
		if len(e.conn.password) >= minPassword {
			r.add(string(e.conn.password), hidden)
		}
	case e.standIn != "":
		r.add(credential, e.standIn)
	}
	return r
}

// add arranges for credential to be replaced by shown: as it is, URL-encoded,
// JSON-escaped, in XML and in base64.
func (r *redaction) add(credential, shown string) {
	htmlJSON, err := json.Marshal(credential) // also escapes <, > and &
	if err != nil {
		htmlJSON = []byte(`""`)
	}
	plainJSON := jsonText(credential)
	for _, form := range []string{
		credential,
		url.QueryEscape(credential), url.PathEscape(credential),
		lowerHex(url.QueryEscape(credential)), lowerHex(url.PathEscape(credential)),
		plainJSON, string(htmlJSON[1 : len(htmlJSON)-1]), strings.ReplaceAll(plainJSON, "/", `\/`),
		xmlText(credential),
	} {
		r.pair(form, shown)
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		r.pair(encoding.EncodeToString([]byte(credential)), encoding.EncodeToString([]byte(shown)))
	}
}

func (r *redaction) pair(from, to string) {
	if from == "" || slices.Contains(r.from, from) {
		return
	}
	at, _ := slices.BinarySearchFunc(r.from, from, func(a, b string) int { return len(b) - len(a) })
	r.from = slices.Insert(r.from, at, from)
	r.to = slices.Insert(r.to, at, to)
}

func (r *redaction) text(s string) string {
	for i, from := range r.from {
		s = strings.ReplaceAll(s, from, r.to[i])
	}
	return s
}

func (r *redaction) bytes(b []byte) []byte {
	for i, from := range r.from {
		if bytes.Contains(b, []byte(from)) {
			b = bytes.ReplaceAll(b, []byte(from), []byte(r.to[i]))
		}
	}
	return b
}

// found reports whether s holds the credential in any form.
func (r *redaction) found(s string) bool {
	return slices.ContainsFunc(r.from, func(from string) bool { return strings.Contains(s, from) })
}

// lowerHex returns a percent-encoded text with its hexadecimal digits in lower
// case, which RFC 3986 §2.1 holds equal.
func lowerHex(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			b[i+1] |= 0x20 // the bit that makes a letter small is set in digits already
			b[i+2] |= 0x20
			i += 2
		}
	}
	return string(b)
}
