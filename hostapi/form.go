package hostapi

// EncodeForm encodes params as application/x-www-form-urlencoded like
// java.net.URLEncoder, which scripts were written for: letters, digits and -_.* are
// kept, a space becomes +, every other byte of the UTF-8 text becomes %XX.
func EncodeForm(params []Param) string { return string(encodeForm(params)) }

func encodeForm(params []Param) []byte {
	n := len(params)
	for _, p := range params {
		n += len(p.Name) + len(p.Value) + 1
	}
	b := make([]byte, 0, n+n/4)
	for i, p := range params {
		if i > 0 {
			b = append(b, '&')
		}
		b = appendFormText(b, p.Name)
		b = append(b, '=')
		b = appendFormText(b, p.Value)
	}
	return b
}

func appendFormText(b []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '*':
			b = append(b, c)
		case c == ' ':
			b = append(b, '+')
		default:
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return b
}
