package authserver

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/postern-dev/postern/hostapi"
)

const maxRedirectURI = 2000 // bytes

// checkRedirectURI returns what is wrong with a redirect URI that is to be registered, and
// what to write instead.
func checkRedirectURI(text string) (problem, hint string) {
	const example = "write it as https://app.example.com/callback"
	u, err := url.Parse(text)
	switch {
	case text == "":
		return "is empty", example
	case len(text) > maxRedirectURI:
		return fmt.Sprintf("is longer than %d bytes", maxRedirectURI), ""
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"<>\^{|}`+"`", r) }):
		return "has a character that a URI cannot have", "encode it with %"
	case err != nil || u.Scheme == "":
		return "is not an absolute URI", example
	case strings.Contains(text, "#"):
		return "has a fragment", "remove # and what follows" // RFC 6749 §3.1.2
	case u.User != nil:
		return "has a user name", "remove what is before @"
	case !strings.HasPrefix(text, u.Scheme+":"):
		return "has a scheme in capitals", "write it in lower case"
	}
	if u.Scheme == "http" || u.Scheme == "https" {
		return checkWebRedirect(u)
	}
	// RFC 8252 §7.1. It also excludes javascript: and data:.
	if !strings.Contains(u.Scheme, ".") {
		return "has the scheme " + u.Scheme, "use https, or for an app a scheme of a domain of yours in reverse order: com.example.app:/callback"
	}
	return "", ""
}

// hostForm excludes what would be another source in a Content-Security-Policy.
var hostForm = sync.OnceValue(func() *regexp.Regexp { //nolint:gochecknoglobals // compiled once, never changed
	return regexp.MustCompile(`^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$`)
})

func checkWebRedirect(u *url.URL) (problem, hint string) {
	switch {
	case u.Hostname() == "" || u.Opaque != "":
		return "has no host", "write it as https://app.example.com/callback"
	case u.Host != strings.ToLower(u.Host):
		return "has a host in capitals", "write it in lower case: it is compared character by character"
	case !hostForm().MatchString(u.Host):
		return "has a host that does not exist", "write an international name in its form for DNS, which begins with xn--"
	case u.Scheme == "http" && !hostapi.IsLoopback(u.Hostname()):
		return "begins with http://", "use https; http is for loopback addresses only" // RFC 9700 §2.1
	}
	return "", ""
}

// hasRedirectURI reports whether a redirect URI of a request is one of the client's. It
// compares character by character, RFC 9700 §2.1. Only the port of a loopback address is
// free, RFC 8252 §7.3: for a public client, and for an address that is registered without one.
func (c *Client) hasRedirectURI(requested string) bool {
	return slices.ContainsFunc(c.RedirectURIs, func(registered string) bool {
		if registered == requested {
			return true
		}
		want, port, ok := cutLoopbackPort(registered)
		if !ok || port != "" && c.AuthMethod != AuthMethodNone {
			return false
		}
		got, _, ok := cutLoopbackPort(requested)
		return ok && got == want
	})
}

// cutLoopbackPort removes the port from a URI of a loopback IP address.
func cutLoopbackPort(uri string) (without, port string, ok bool) {
	for _, origin := range []string{"http://127.0.0.1", "http://[::1]"} {
		rest, ok := strings.CutPrefix(uri, origin)
		if !ok {
			continue
		}
		if after, ok := strings.CutPrefix(rest, ":"); ok {
			rest = strings.TrimLeft(after, "0123456789")
			port = after[:len(after)-len(rest)]
			const longest = 5
			if port == "" || len(port) > longest {
				return "", "", false
			}
		}
		if rest == "" || rest[0] == '/' || rest[0] == '?' {
			return origin + rest, port, true
		}
	}
	return "", "", false
}

// withQuery appends parameters to a redirect URI, which keeps its own, RFC 6749 §3.1.2.
func withQuery(uri string, parameters url.Values) string {
	separator := "?"
	if strings.Contains(uri, "?") {
		separator = "&"
	}
	return uri + separator + parameters.Encode()
}

// formSource returns the source that the form-action of a page needs to lead to a redirect
// URI, Content Security Policy Level 3 §2.3.1. It cannot name an IPv6 address or the host of
// a scheme other than http and https.
func formSource(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	switch {
	case err != nil:
		return ""
	case (u.Scheme == "http" || u.Scheme == "https") && !strings.Contains(u.Host, "["):
		return u.Scheme + "://" + u.Host
	}
	return u.Scheme + ":"
}
