package hostapi

import (
	"net/netip"
	"net/url"
	"strings"
)

// Origin is the origin of a URL, RFC 6454 §4, in canonical form: two URLs have the same
// origin exactly if their Origins are equal.
type Origin struct {
	Scheme string
	Host   string // lower case, no trailing dot, an IP address in its shortest form and without brackets
	Port   string // without leading zeros; default that of the scheme, or "" for other schemes
}

// OriginOf returns the origin of u. A host with non-ASCII characters is left unchanged:
// it is converted to another name before it is dialled (RFC 5891 §5), and its lower
// case may be an unrelated ASCII name. The origin of nil is the zero Origin.
func OriginOf(u *url.URL) Origin {
	if u == nil {
		return Origin{}
	}
	if host, port, ok := canonicalHostPort(u.Host); ok {
		if port == "" {
			port = defaultPort(u.Scheme)
		}
		return Origin{Scheme: u.Scheme, Host: host, Port: port}
	}
	return Origin{Scheme: u.Scheme, Host: canonicalHost(u.Hostname()), Port: canonicalPort(u)}
}

// canonicalHostPort splits a host, or a host and port, that is in canonical form already,
// as most are. For an address of IPv6 it is false.
func canonicalHostPort(text string) (host, port string, ok bool) {
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_':
		case c == ':':
			host, port = text[:i], text[i+1:]
			return host, port, isPlainPort(port) && !strings.HasSuffix(host, ".")
		default:
			return "", "", false
		}
	}
	return text, "", !strings.HasSuffix(text, ".")
}

// isPlainPort reports whether port has digits only, and no zero before them.
func isPlainPort(port string) bool {
	for i := range len(port) {
		if c := port[i]; c < '0' || c > '9' {
			return false
		}
	}
	return port != "" && port[0] != '0'
}

// IsLoopback reports whether host, a name or an address, is this machine by what it
// says: localhost, or a loopback address. Nothing is looked up.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, ok := addrOf(host)
	return ok && addr.IsLoopback()
}

// addrOf returns the address that host is; false if it is a name. It costs nothing for
// most names, of which [netip.ParseAddr] makes an error.
func addrOf(host string) (netip.Addr, bool) {
	if host == "" || !strings.Contains(host, ":") && (host[0] < '0' || host[0] > '9') {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(host)
	return addr, err == nil
}

func canonicalHost(host string) string {
	if !isASCII(host) {
		return host
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if !strings.Contains(host, ":") {
		return host // a name, or an IPv4 address, which has one form
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	var short [64]byte
	if text := addr.Unmap().AppendTo(short[:0]); string(text) != host {
		return string(text)
	}
	return host
}

func canonicalPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		return defaultPort(u.Scheme)
	}
	// 080 is dialled as 80.
	if port = strings.TrimLeft(port, "0"); port == "" {
		return "0"
	}
	return port
}

func defaultPort(scheme string) string {
	switch scheme {
	case "http":
		return "80"
	case "https":
		return "443"
	}
	return ""
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
