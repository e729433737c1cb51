package egress

import (
	"cmp"
	"iter"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
)

// policy decides by name which destinations are allowed.
type policy struct {
	allow, deny rules
	allowAddrs  []netip.Prefix
}

// check returns the rule that allows req, nil if AllowAddrs does, or why req is denied. It
// compares text only.
func (p *policy) check(req *http.Request, allow []hostapi.Rule) (by *hostapi.Rule, err error) {
	u := req.URL
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, denied(req, "only http and https can be requested", "")
	case u.Hostname() == "":
		return nil, denied(req, "the URL has no host", "")
	case u.User != nil:
		return nil, denied(req, "the URL contains a user name or password", "")
	case req.Host != "" && req.Host != u.Host:
		return nil, denied(req, "the Host header differs from the host of the URL", "")
	}
	switch strings.ToUpper(req.Method) {
	case "CONNECT", "TRACE", "TRACK":
		// The gate cannot see into a tunnel, and the echo of a request shows its credentials.
		return nil, denied(req, "this method is never sent", "")
	}
	if by, err = p.checkMethod(req, req.Method, allow); err != nil {
		return nil, err
	}
	// Some frameworks obey a header with another method.
	for _, name := range [...]string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"} {
		for _, method := range req.Header[name] {
			if _, err := p.checkMethod(req, strings.ToUpper(strings.TrimSpace(method)), allow); err != nil {
				return nil, err
			}
		}
	}
	return by, nil
}

// checkMethod is the part of check that depends on the method.
func (p *policy) checkMethod(req *http.Request, method string, allow []hostapi.Rule) (by *hostapi.Rule, err error) {
	u := req.URL
	if r := p.denying(method, u); r != nil {
		return nil, refused(req, "a rule denies it", "deny rules override allow rules", &hostapi.DenialError{Rule: r.String()})
	}
	named := false // a rule is for the host
	for r := range p.allowing(u, allow) {
		if r.Match(method, u) {
			if namesHostAndPort(r) {
				return r, nil
			}
			by = cmp.Or(by, r)
		}
		named = named || r.MatchHost(u)
	}
	switch {
	case by != nil || p.allowsLiteral(u):
		return by, nil
	case named:
		return nil, denied(req, "the rules for this host do not allow this method, scheme or path",
			"widen the rule, or add one that allows it")
	}
	return nil, noRule(req, "no rule allows it", allowHint(suggestedRule(u)))
}

// allowing returns the rules that may allow u: those of p, and then allow.
func (p *policy) allowing(u *url.URL, allow []hostapi.Rule) iter.Seq[*hostapi.Rule] {
	return func(yield func(*hostapi.Rule) bool) {
		own := p.allow.to(u)
		for i := range own {
			if !yield(&own[i].Rule) {
				return
			}
		}
		for i := range allow {
			if !yield(&allow[i]) {
				return
			}
		}
	}
}

// namesHostAndPort reports whether r, if not nil, names one host and port, which allows
// special addresses unless the rule says otherwise. A wildcard does not: its domain's owner
// could add a name with any address.
func namesHostAndPort(r *hostapi.Rule) bool {
	return r != nil && !r.PublicOnly && r.Port != "" && !strings.HasPrefix(r.Host, "*")
}

// denying returns the rule that denies u; nil if there is none.
func (p *policy) denying(method string, u *url.URL) *hostapi.Rule {
	if host, _, ok := strings.Cut(u.Hostname(), "%"); ok {
		// A zone selects a network interface; the address is the same.
		u = &url.URL{Scheme: u.Scheme, Host: net.JoinHostPort(host, hostapi.OriginOf(u).Port), Path: u.Path, RawPath: u.RawPath}
	}
	deny := p.deny.to(u)
	for i := range deny {
		if deny[i].Denies(method, u) {
			return &deny[i].Rule
		}
	}
	return nil
}

func (p *policy) allowsLiteral(u *url.URL) bool {
	if len(p.allowAddrs) == 0 {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return err == nil && contains(p.allowAddrs, addr.Unmap().WithZone(""))
}

// destination returns the host:port of u, as far as it has them.
func destination(u *url.URL) string {
	origin := hostapi.OriginOf(u)
	switch {
	case origin.Host == "":
		return u.Scheme + ":"
	case origin.Port == "":
		return origin.Host
	}
	return net.JoinHostPort(origin.Host, origin.Port)
}

// suggestedRule returns the rule to suggest for u. It has the port, and so allows
// special addresses, only where that is needed.
func suggestedRule(u *url.URL) string {
	host := hostapi.OriginOf(u).Host
	if _, err := netip.ParseAddr(host); err == nil || host == "localhost" || !(hostapi.Rule{Host: host}).MatchHost(u) {
		return destination(u)
	}
	return host
}

// allowHint is worded for all forms of rules: in Go, in a file and as a flag.
func allowHint(rule string) string {
	return "add an allow rule for " + rule + " (task or global)"
}

// noRule is the error of req where a rule would allow its destination.
func noRule(req *http.Request, message, hint string) *hostapi.Error {
	return refused(req, message, hint, &hostapi.DenialError{Reason: hostapi.ErrNoRule})
}

func denied(req *http.Request, message, hint string) *hostapi.Error {
	return refused(req, message, hint, new(hostapi.DenialError))
}

// refused is the error of a request that is denied for that reason.
func refused(req *http.Request, message, hint string, reason *hostapi.DenialError) *hostapi.Error {
	e := failure(hostapi.CodeDenied, req, message, hint)
	reason.Target, e.Reason = e.Name, reason
	return e
}

// reached is the error of req when it reached a limit. The hint begins with advice.
func reached(req *http.Request, limits hostapi.Limits, name, advice string) *hostapi.Error {
	e := limit.Reached(limits, name)
	e.Op, e.Name, e.Hint = strings.ToLower(req.Method), destination(req.URL), advice+e.Hint
	return e
}

// failure is an error about the destination of req. It contains only host and port of
// the URL, since the rest may have a secret.
func failure(code hostapi.Code, req *http.Request, message, hint string) *hostapi.Error {
	return &hostapi.Error{Code: code, Op: strings.ToLower(req.Method), Name: destination(req.URL), Message: message, Hint: hint}
}
