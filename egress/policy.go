package egress

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
)

// policy decides by name where a request may go.
type policy struct {
	allow, deny []hostapi.Rule
	allowAddrs  []netip.Prefix
}

// check returns whether the place that req goes to is named by host and port,
// or why req may not go there. It looks at text only.
func (p *policy) check(req *http.Request, allow []hostapi.Rule) (named bool, err error) {
	u := req.URL
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return false, denied(req, "only http and https can be requested", "")
	case u.Hostname() == "":
		return false, denied(req, "the URL has no host", "")
	case u.User != nil:
		return false, denied(req, "the URL holds a user name or password", "")
	case req.Host != "" && req.Host != u.Host:
		return false, denied(req, "the Host header names another place than the URL", "")
	}
	switch strings.ToUpper(req.Method) {
	case "CONNECT", "TRACE", "TRACK":
		// A tunnel is out of the gate's sight; an echo of the request shows its
		// credentials.
		return false, denied(req, "this method is never sent", "")
	}
	if p.denies(req.Method, u) {
		return false, denied(req, "a rule denies it", "what is denied stays so, whatever else is allowed")
	}
	matched := false
	for _, rules := range [2][]hostapi.Rule{p.allow, allow} {
		for i := range rules {
			if r := &rules[i]; r.Match(req.Method, u) {
				if namesPlace(r) {
					return true, nil
				}
				matched = true
			}
		}
	}
	if matched || p.allowsLiteral(u) {
		return false, nil
	}
	if matchHost := func(r hostapi.Rule) bool { return r.MatchHost(u) }; slices.ContainsFunc(p.allow, matchHost) || slices.ContainsFunc(allow, matchHost) {
		return false, denied(req, "the rules for this host do not allow this method, scheme or path",
			"widen the rule, or add one that allows it")
	}
	return false, denied(req, "no rule allows it", allowHint(rulePlace(u)))
}

// namesPlace reports whether r names one host and port, which opens special
// addresses. A wildcard does not: whoever adds a name under it would choose the
// address.
func namesPlace(r *hostapi.Rule) bool {
	return r.Port != "" && !strings.HasPrefix(r.Host, "*")
}

func (p *policy) denies(method string, u *url.URL) bool {
	method = strings.ToUpper(method)
	if host, _, ok := strings.Cut(u.Hostname(), "%"); ok {
		// A zone says by which link to reach an address; it stays that address.
		u = &url.URL{Scheme: u.Scheme, Host: net.JoinHostPort(host, hostapi.OriginOf(u).Port), Path: u.Path, RawPath: u.RawPath}
	}
	return slices.ContainsFunc(p.deny, func(r hostapi.Rule) bool { return denies(r, method, u) })
}

// denies reads r as strictly as it can be meant, the opposite of how a rule
// that allows is read.
func denies(r hostapi.Rule, method string, u *url.URL) bool {
	if r.Port == "" {
		r.Port = hostapi.OriginOf(u).Port
	}
	if r.Match(method, u) {
		return true
	}
	if r.Path == "" {
		return false
	}
	// A path that not even /* matches is one that servers read in different ways.
	r.Path = ""
	anyPath := r.Match(method, u)
	r.Path = "/*"
	return anyPath && !r.Match(method, u)
}

func (p *policy) allowsLiteral(u *url.URL) bool {
	if len(p.allowAddrs) == 0 {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return err == nil && contains(p.allowAddrs, addr.Unmap().WithZone(""))
}

// place returns the host:port that u leads to, or what there is of it.
func place(u *url.URL) string {
	origin := hostapi.OriginOf(u)
	switch {
	case origin.Host == "":
		return u.Scheme + ":"
	case origin.Port == "":
		return origin.Host
	}
	return net.JoinHostPort(origin.Host, origin.Port)
}

// rulePlace returns the rule to propose for u. It names the port, and so opens
// special addresses, only where that is needed.
func rulePlace(u *url.URL) string {
	host := hostapi.OriginOf(u).Host
	if _, err := netip.ParseAddr(host); err == nil || host == "localhost" || !(hostapi.Rule{Host: host}).MatchHost(u) {
		return place(u)
	}
	return host
}

// allowHint speaks to whoever writes rules, be it in Go, in a file or as a flag.
func allowHint(rule string) string {
	return "allow " + rule + ", for this task or for all"
}

func denied(req *http.Request, message, hint string) *hostapi.Error {
	return failure(hostapi.CodeDenied, req, message, hint)
}

// reached returns the error of a limit that req came to. The hint begins with advice.
func reached(req *http.Request, limits hostapi.Limits, name, advice string) *hostapi.Error {
	e := limit.Reached(limits, name)
	e.Op, e.Name, e.Hint = strings.ToLower(req.Method), place(req.URL), advice+e.Hint
	return e
}

// failure returns an error about where req goes. Of the URL it repeats only
// host and port: the rest may hold a secret.
func failure(code hostapi.Code, req *http.Request, message, hint string) *hostapi.Error {
	return &hostapi.Error{Code: code, Op: strings.ToLower(req.Method), Name: place(req.URL), Message: message, Hint: hint}
}
