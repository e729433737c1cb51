package hostapi

import "strings"

// EncodeForm encodes params as application/x-www-form-urlencoded like
// java.net.URLEncoder, which scripts were written for: letters, digits and -_.* are
// kept, a space becomes +, every other byte of the UTF-8 text becomes %XX.
func EncodeForm(params []Param) string {
	n := len(params)
	for _, p := range params {
		n += len(p.Name) + len(p.Value) + 1
	}
	var b strings.Builder
	b.Grow(n + n/4)
	for i, p := range params {
		if i > 0 {
			b.WriteByte('&')
		}
		encodeFormText(&b, p.Name)
		b.WriteByte('=')
		encodeFormText(&b, p.Value)
	}
	return b.String()
}

func encodeFormText(b *strings.Builder, s string) {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '*':
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			b.WriteByte('%')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		}
	}
}
