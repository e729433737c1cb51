package hostapi

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Rule allows or denies requests to a destination. The zero Rule matches nothing.
//
// The text form of a rule is
//
//	[METHOD[,METHOD…] ][scheme://]host[:port][/path]
//
// such as "api.example.com", "127.0.0.1:8080" or "GET,HEAD https://*.example.com/v1/*".
// See [ParseRule].
type Rule struct {
	Methods []string // upper case; default nil: any
	Scheme  string   // "http" or "https"; default "": both
	Host    string   // exact, lower case, IPv6 without brackets; * in "*.example.com" matches one label
	Port    string   // without leading zeros; default "": that of the scheme, 80 or 443
	Path    string   // exact, or a prefix ending in "*"; default "": any

	// PublicOnly says that the rule never allows a private or otherwise special address,
	// even if it names host and port. It has no text form. Default false.
	PublicOnly bool
}

// ParseRule parses the text form of a rule. A range of addresses, such as "10.0.0.0/8",
// is not a rule. The error repeats no more than the rule itself.
//
//	rule, err := hostapi.ParseRule("GET api.example.com/v1/*")
func ParseRule(text string) (Rule, error) {
	var r Rule
	rest := strings.TrimSpace(text)
	fail := func(format string, args ...any) error {
		return &Error{
			Code: CodeConfig, Op: "rule", Name: strconv.Quote(text), Message: fmt.Sprintf(format, args...),
			Hint: `write [METHOD ][scheme://]host[:port][/path], such as "api.example.com" or "GET 127.0.0.1:8080/v1/*"`,
		}
	}
	if methods, after, ok := strings.Cut(rest, " "); ok {
		for m := range strings.SplitSeq(methods, ",") {
			if !isToken(m) || m != strings.ToUpper(m) {
				return Rule{}, fail("%q is not a method in upper case", m)
			}
			r.Methods = append(r.Methods, m)
		}
		rest = strings.TrimSpace(after)
	}
	if scheme, after, ok := strings.Cut(rest, "://"); ok {
		if scheme != "http" && scheme != "https" {
			return Rule{}, fail("scheme %q is not http or https", scheme)
		}
		r.Scheme, rest = scheme, after
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		r.Path, rest = rest[i:], rest[:i]
		if star := strings.IndexByte(r.Path, '*'); star >= 0 && star != len(r.Path)-1 {
			return Rule{}, fail("a * in a path must be at its end")
		}
		if strings.ContainsAny(r.Path, "?#") {
			return Rule{}, fail("a rule has no query and no fragment")
		}
	}
	host, port := rest, ""
	switch {
	case strings.HasPrefix(rest, "["):
		end := strings.IndexByte(rest, ']')
		if end < 0 {
			return Rule{}, fail("[ without ]")
		}
		host = rest[1:end]
		if after := rest[end+1:]; after != "" {
			var ok bool
			if port, ok = strings.CutPrefix(after, ":"); !ok || port == "" {
				return Rule{}, fail("%q after the address is not a port", after)
			}
		}
	case strings.Count(rest, ":") == 1:
		host, port, _ = strings.Cut(rest, ":")
		if port == "" {
			return Rule{}, fail("the port is empty")
		}
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return Rule{}, fail("%q is not a port from 1 to 65535", port)
		}
		r.Port = strconv.FormatUint(n, 10)
	}
	r.Host = strings.TrimSuffix(strings.ToLower(host), ".")
	switch {
	case r.Host == "":
		return Rule{}, fail("the host is empty")
	case strings.Contains(strings.TrimPrefix(r.Host, "*."), "*"):
		return Rule{}, fail("a * in a host must be its whole first label")
	case strings.HasPrefix(r.Host, "*.") && !strings.Contains(r.Host[2:], "."):
		return Rule{}, fail("a * must not precede a top-level domain")
	case !isASCII(host):
		return Rule{}, fail("the host has a non-ASCII character: write it in its xn-- form")
	case strings.ContainsFunc(r.Host, notInHost):
		return Rule{}, fail("the host has a character that host names cannot have")
	case strings.HasPrefix(r.Host, ".") || strings.HasSuffix(r.Host, ".") || strings.Contains(r.Host, ".."):
		return Rule{}, fail("the host has an empty label")
	}
	if why := ambiguous(cmp.Or(strings.TrimSuffix(r.Path, "*"), "/")); why != "" {
		return Rule{}, fail("servers differ in how they read such a path: it has %s", why)
	}
	if addr, ok := addrOf(r.Host); ok {
		if r.Scheme == "" && r.Port == "" && isRangeLength(r.Path) {
			return Rule{}, &Error{
				Code: CodeConfig, Op: "rule", Name: strconv.Quote(text), Message: "a range of addresses is not a rule",
				Hint: "ranges belong in allow or deny of [egress] in the oauth.toml",
			}
		}
		r.Host = addr.Unmap().String()
	} else if strings.Contains(r.Host, ":") {
		return Rule{}, fail("%q is not an IP address", r.Host)
	}
	return r, nil
}

// isRangeLength reports whether path, after an address, looks like the length of a
// range such as 10.0.0.0/8.
func isRangeLength(path string) bool {
	digits, ok := strings.CutPrefix(path, "/")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// notInHost reports whether c, in lower case, occurs in no host name, IP address or
// wildcard.
func notInHost(c rune) bool {
	return !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.ContainsRune("-_.:*", c))
}

// String returns the text form of the rule, see [ParseRule].
func (r Rule) String() string {
	var b strings.Builder
	if len(r.Methods) > 0 {
		b.WriteString(strings.Join(r.Methods, ","))
		b.WriteByte(' ')
	}
	if r.Scheme != "" {
		b.WriteString(r.Scheme + "://")
	}
	switch {
	case r.Port != "":
		b.WriteString(net.JoinHostPort(r.Host, r.Port))
	case strings.Contains(r.Host, ":"):
		b.WriteString("[" + r.Host + "]")
	default:
		b.WriteString(r.Host)
	}
	b.WriteString(r.Path)
	return b.String()
}

// Match reports whether r matches a request of that method to u. It compares text only:
// the address that the name resolves to is checked when it is dialled. No rule matches
// nil.
func (r Rule) Match(method string, u *url.URL) bool {
	if u == nil || r.Scheme != "" && r.Scheme != u.Scheme {
		return false
	}
	if r.Methods != nil && !slices.Contains(r.Methods, method) {
		return false
	}
	return r.MatchHost(u) && r.matchPath(u)
}

// Denies reports whether r, as a rule that denies, applies to a request of that method to
// u. Unlike [Rule.Match] it is strict: a rule without a port is for every port, and its
// path is compared as the most lenient servers do, without regard to case, parameters
// (";"), dots and spaces at the end of a segment, or a slash at the end. A path that
// servers read in different ways is denied by every rule with a path for that host. No
// rule denies nil.
func (r Rule) Denies(method string, u *url.URL) bool {
	if u == nil {
		return false
	}
	if r.Port == "" {
		r.Port = OriginOf(u).Port
	}
	at := r
	at.Path = ""
	return at.Match(strings.ToUpper(method), u) && r.deniesPath(u)
}

// MatchHost reports whether r matches the host and port of u, http or https, regardless
// of the method, path and scheme of r. No rule matches nil.
func (r Rule) MatchHost(u *url.URL) bool {
	if u == nil {
		return false
	}
	standard := defaultPort(u.Scheme)
	origin := OriginOf(u)
	if r.Host == "" || standard == "" || origin.Port != cmp.Or(r.Port, standard) || !isASCII(origin.Host) {
		return false
	}
	suffix, wild := strings.CutPrefix(r.Host, "*")
	if !wild {
		return origin.Host == r.Host
	}
	label, ok := strings.CutSuffix(origin.Host, suffix)
	return ok && label != "" && !strings.Contains(label, ".")
}
