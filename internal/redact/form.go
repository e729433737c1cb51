package redact

import (
	"bytes"
	"encoding/base64"
	hexadecimal "encoding/hex"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// pattern is a secret to look for.
type pattern struct {
	secret string
	shown  string

	once  sync.Once
	forms []form // kept for indexes that are made of others; see index.merged

	seen    sync.Once
	escapes []string // kept when the end of one was found; see escaped
}

// kept returns the forms of p, which several indexes may share.
func (p *pattern) kept() []form {
	p.once.Do(func() { p.forms = p.appendForms(nil, false) })
	return p.forms
}

// inner returns a text whose base64 is looked for.
func (p *pattern) inner(i uint8) string {
	p.seen.Do(func() { p.escapes = escaped(p.secret) })
	return p.escapes[i]
}

// form is one encoding of a secret: a text to look for.
type form struct {
	hash    uint64 // of its window, see digest
	pattern *pattern
	kind    kind
	width   uint8 // of the window in bytes
}

// kind says how a form is made of its secret.
type kind struct {
	base  base
	shift uint8 // of base64: the number of bytes before the secret, modulo 3
	inner uint8 // the variant that is encoded, see variants and escaped
	open  bool  // of base64: the character after it has bits of the secret, too
}

type base uint8

const (
	verbatim base = iota
	base64Text
	hexText
)

// ofBase64 returns the kind of the base64 of n bytes after shift others.
func ofBase64(shift, n, inner int) kind {
	return kind{base64Text, uint8(shift), uint8(inner), (shift+n)%3 != 0} //nolint:gosec // small
}

// minEncoded is the minimum length in bytes of a secret to look for in base64: a shorter
// one occurs there by chance.
const minEncoded = 6

// plain reports whether nothing escapes any character of text.
func plain(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case '0' <= c && c <= '9', 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', c == '-', c == '_', c == '.', c == '~':
		default:
			return false
		}
	}
	return true
}

// variants returns the texts that a secret may be when the escapes of a text are removed: the
// secret itself, and with + for spaces, which a form has for them.
func variants(secret string) []string {
	all := []string{secret}
	if strings.Contains(secret, " ") {
		all = append(all, strings.ReplaceAll(secret, " ", "+"))
	}
	return all
}

// escaped returns the texts whose base64 is looked for: the secret, as UTF-16, and as it is
// escaped once in a text that is then encoded.
func escaped(secret string) []string {
	wide := make([]byte, 0, 2*len(secret))
	for i := range len(secret) {
		wide = append(wide, secret[i], 0)
	}
	all := []string{secret, string(wide[:len(wide)-1])} // both byte orders have it
	if plain(secret) {
		return all
	}
	for _, text := range inURL(secret) {
		all = appendNew(appendNew(all, text), lowerHex(text))
	}
	for _, forHTML := range []bool{false, true} {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(forHTML)
		if e.Encode(secret) == nil {
			text := b.String()[1 : b.Len()-2]
			all = appendNew(appendNew(all, text), strings.ReplaceAll(text, "/", `\/`))
		}
	}
	var b bytes.Buffer
	if xml.EscapeText(&b, []byte(secret)) == nil {
		all = appendNew(all, b.String())
	}
	return all
}

// inURL returns the usual ways to escape a text for a URL, which differ in what they leave as
// it is: those of Go, of forms in browsers and Java, and of encodeURIComponent and Python.
func inURL(text string) []string {
	query := url.QueryEscape(text)
	component := strings.ReplaceAll(query, "+", "%20")
	return []string{
		query, component, url.PathEscape(text), strings.NewReplacer("~", "%7E", "%2A", "*").Replace(query),
		strings.NewReplacer("%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*").Replace(component),
		strings.ReplaceAll(component, "%2F", "/"),
	}
}

// lowerHex returns an escaped text with its hexadecimal digits in lower case.
func lowerHex(text string) string {
	small := []byte(text)
	for i := range small {
		if i+2 < len(small) && small[i] == '%' {
			copy(small[i+1:], strings.ToLower(text[i+1:i+3]))
		}
	}
	return string(small)
}

func appendNew(all []string, text string) []string {
	if slices.Contains(all, text) {
		return all
	}
	return append(all, text)
}

// text returns the whole text of a form.
func (f *form) text(fold bool) string {
	text := f.exact()
	if fold {
		return lower(text)
	}
	return text
}

func (f *form) exact() string {
	switch secret := f.pattern.secret; f.kind.base {
	case base64Text:
		return string(inBase64(f.pattern.inner(f.kind.inner), int(f.kind.shift)))
	case hexText:
		return hexadecimal.EncodeToString([]byte(secret))
	default:
		return canonical(variants(secret)[f.kind.inner])
	}
}

// canonical returns text without what is dropped.
func canonical(text string) string {
	if !strings.ContainsAny(text, "\x00\r\n") {
		return text
	}
	return strings.Map(func(c rune) rune {
		if c < 0x80 && roles[c] == dropped {
			return -1
		}
		return c
	}, text)
}

// inBase64 returns the characters that text has in base64 after shift other bytes, without
// those at both ends that it shares with its neighbours.
func inBase64(text string, shift int) []byte {
	whole := append(make([]byte, shift, shift+len(text)), text...)
	encoded := base64.RawStdEncoding.AppendEncode(nil, whole)
	return encoded[(8*shift+5)/6 : 8*len(whole)/6]
}

// appendForms appends the forms of a secret to all.
func (p *pattern) appendForms(all []form, fold bool) []form {
	m := maker{pattern: p, fold: fold, all: all, own: len(all)}
	if plain(p.secret) {
		m.addPlain(p.secret)
		return m.all
	}
	for i, text := range variants(p.secret) {
		m.add([]byte(canonical(text)), kind{base: verbatim, inner: uint8(i)})
	}
	if len(p.secret) < minEncoded {
		return m.all
	}
	for i, text := range escaped(p.secret) {
		for shift := range 3 {
			m.addBase64(inBase64(text, shift), ofBase64(shift, len(text), i))
		}
	}
	m.addHex([]byte(p.secret))
	return m.all
}

// addPlain adds the forms of a secret that nothing escapes. Most tokens are such, and of many
// a task has one, so it takes no memory, and of a long secret only the end.
func (m *maker) addPlain(secret string) {
	const most = 3 * window // a multiple of 3, so that base64 of the end is the end of base64
	if len(secret) > most {
		secret = secret[(len(secret)-most)/3*3:]
	}
	var space, wide [2 * (most + 3)]byte
	for i := range len(secret) {
		wide[2*i] = secret[i]
	}
	m.add(append(space[:0], secret...), kind{base: verbatim})
	if len(secret) < minEncoded {
		return
	}
	for i, n := range []int{len(secret), 2*len(secret) - 1} {
		var encoded [4 * len(space)]byte
		for shift := range 3 {
			text := space[:shift+n]
			copy(text[shift:], secret)
			if i > 0 {
				copy(text[shift:], wide[:n])
			}
			base64.RawStdEncoding.Encode(encoded[:], text)
			m.addBase64(encoded[(8*shift+5)/6:8*(shift+n)/6], ofBase64(shift, n, i))
		}
	}
	m.addHex(append(space[:0], secret...))
}

// addBase64 adds a text in base64, which it changes.
func (m *maker) addBase64(text []byte, k kind) {
	m.add(text, k)
	end := text[max(0, len(text)-window):]
	if bytes.ContainsAny(end, "+/") {
		for i, c := range end {
			end[i] = urlSafe[c]
		}
		m.add(text, k)
	}
}

func (m *maker) addHex(secret []byte) {
	var space [window]byte
	end := secret[max(0, len(secret)-window/2):]
	digits := space[:hexadecimal.Encode(space[:], end)]
	m.add(digits, kind{base: hexText})
	for i, c := range digits {
		if c >= 'a' {
			digits[i] = c - 'a' + 'A'
		}
	}
	m.add(digits, kind{base: hexText})
}

// maker collects the forms of a pattern.
type maker struct {
	pattern *pattern
	fold    bool
	all     []form
	own     int // index of the first form of the pattern
}

// add adds the form with that text, or end of a text.
func (m *maker) add(text []byte, k kind) {
	if m.fold {
		text = []byte(lower(string(text)))
	}
	if len(text) == 0 {
		return
	}
	width := windowOf(len(text))
	hash := digest(text[len(text)-width:])
	if slices.ContainsFunc(m.all[m.own:], func(f form) bool { return f.hash == hash && f.kind == k }) {
		return
	}
	m.all = append(m.all, form{hash, m.pattern, k, uint8(width)}) //nolint:gosec // at most window
}

// matches reports whether text is that of the form, want. It takes the same time wherever
// the two differ.
func (f *form) matches(text, want string) bool {
	differ := byte(0)
	for i := range len(text) {
		c := text[i]
		switch f.kind.base {
		case base64Text:
			c = standard[c]
		case hexText:
			c |= 0x20
		}
		differ |= c ^ want[i]
	}
	return differ == 0
}

// standard maps base64url to base64, RFC 4648 §5, and urlSafe the other way.
var standard, urlSafe = func() (s, u [256]byte) { //nolint:gochecknoglobals // tables, never changed
	for c := range s {
		s[c], u[c] = byte(c), byte(c)
	}
	s['-'], s['_'], u['+'], u['/'] = '+', '/', '-', '_'
	return s, u
}()
