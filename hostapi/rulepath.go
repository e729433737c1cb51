package hostapi

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// matchPath matches no path that servers read in different ways: it could be allowed as
// one and served as another.
func (r Rule) matchPath(u *url.URL) bool {
	if r.Path == "" {
		return true
	}
	p, ok := onePath(u)
	if !ok {
		return false
	}
	if prefix, ok := strings.CutSuffix(r.Path, "*"); ok {
		return strings.HasPrefix(p, prefix)
	}
	return p == r.Path
}

// deniesPath is matchPath for a rule that denies.
func (r Rule) deniesPath(u *url.URL) bool {
	if r.Path == "" {
		return true
	}
	p, ok := onePath(u)
	if !ok {
		return true
	}
	p = lenient(p)
	prefix, isPrefix := strings.CutSuffix(r.Path, "*")
	if !isPrefix {
		return p == lenient(r.Path)
	}
	// The last segment of a prefix may be a part of one: /a. of /a.b keeps its dot.
	cut := strings.LastIndexByte(prefix, '/') + 1
	folder, part := lenient(prefix[:cut]), strings.ToLower(prefix[cut:])
	if part == "" {
		return p == folder || folder == "/" || strings.HasPrefix(p, folder+"/")
	}
	return strings.HasPrefix(p, strings.TrimSuffix(folder, "/")+"/"+part)
}

// onePath returns the decoded path of u, and whether all servers read the same path.
func onePath(u *url.URL) (string, bool) {
	escaped := strings.ToLower(u.EscapedPath())
	if strings.Contains(escaped, "%2f") || strings.Contains(escaped, "%5c") {
		return "", false
	}
	p := u.Path
	if p == "" {
		p = "/"
	}
	return p, ambiguous(p) == ""
}

// ambiguous returns what a decoded path has that servers read in different ways; "" if
// there is nothing. Some decode twice; some take a backslash or a letter that looks like a
// slash for one; some cut a segment at ";" before they resolve dots, or at a NUL.
func ambiguous(p string) string {
	switch {
	case !strings.HasPrefix(p, "/"):
		return "no slash at its beginning"
	case !utf8.ValidString(p):
		return "bytes that are not UTF-8"
	case strings.Contains(p, `\`):
		return "a backslash"
	case strings.ContainsFunc(p, unicode.IsControl):
		return "a control character"
	case strings.ContainsFunc(p, looksLikeASCII):
		return "a letter that looks like an ASCII one"
	}
	for i := 0; ; i++ {
		at := strings.IndexByte(p[i:], '%')
		if at < 0 {
			break
		}
		if i += at; i+2 < len(p) && isHex(p[i+1]) && isHex(p[i+2]) {
			return "an escape"
		}
	}
	for rest, more := p[1:], true; more; {
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		segment, _, params := strings.Cut(segment, ";")
		switch trimmed := strings.TrimRight(segment, ". "); {
		case trimmed == "" && segment != "":
			return "a segment of dots"
		case trimmed == "" && (more || params):
			return "an empty segment"
		}
	}
	return ""
}

// looksLikeASCII reports whether servers that convert a path to an older charset may take
// c for another character: the fullwidth forms, and other slashes and dots.
func looksLikeASCII(c rune) bool {
	return 0xff01 <= c && c <= 0xff5e || strings.ContainsRune("\u2024\u2025\u2026\u2044\u2215\u2216\u29f8\u29f5\ufe52\ufe68", c)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// lenient returns a path, which is not ambiguous, as the most lenient servers compare it.
func lenient(p string) string {
	segments := strings.Split(strings.ToLower(p), "/")
	for i, s := range segments {
		s, _, _ = strings.Cut(s, ";")
		segments[i] = strings.TrimRight(s, ". ")
	}
	if p = strings.TrimSuffix(strings.Join(segments, "/"), "/"); p == "" {
		return "/"
	}
	return p
}
