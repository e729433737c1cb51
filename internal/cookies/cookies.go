// Package cookies is the cookie jar of one run of a task (RFC 6265). It reports the
// cookies that it rejects.
package cookies

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/postern-dev/postern/internal/brief"
)

const (
	maxCookie   = 4 << 10 // bytes of a Set-Cookie header, RFC 6265 §6.1
	maxTaken    = 4 << 20 // bytes of all cookies that a jar accepts
	maxRefusals = 20      // reported rejections
	maxName     = 64      // bytes of a reported name
)

// Jar is a [hostapi.CookieJar] that is empty at first, for one goroutine at a time.
type Jar struct {
	jar    *cookiejar.Jar
	refuse func(text string) // nil: rejections are not reported
	told   map[refusal]bool
	taken  int // bytes
}

// refusal is a rejected cookie. Each is reported once.
type refusal struct{ name, reason string }

// New returns a Jar that calls refused for rejected cookies, once for each name and
// reason, with a line of text that does not contain the cookie's value. refused may be
// nil.
func New(refused func(text string)) *Jar {
	jar, _ := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List}) // never fails
	return &Jar{jar: jar, refuse: refused}
}

// Cookie implements [hostapi.CookieJar].
func (j *Jar) Cookie(u *url.URL) string {
	var header strings.Builder
	for _, c := range j.jar.Cookies(u) {
		if header.Len() > 0 {
			header.WriteString("; ")
		}
		header.WriteString(c.String())
	}
	return header.String()
}

// SetCookie implements [hostapi.CookieJar].
func (j *Jar) SetCookie(u *url.URL, values []string) {
	for _, value := range values {
		if reason := j.take(u, value); reason != "" {
			j.tell(refusal{nameOf(value), reason}, u.Hostname())
		}
	}
}

// take stores one cookie, or returns the reason why it is rejected.
func (j *Jar) take(u *url.URL, value string) (reason string) {
	cookie, err := http.ParseSetCookie(value)
	switch {
	case err != nil:
		return "it is malformed"
	case len(value) > maxCookie:
		return "it is larger than 4 KiB"
	case j.taken+len(value) > maxTaken:
		return "the run was given more than 4 MiB of cookies"
	}
	if reason := refused(u, cookie); reason != "" {
		return reason
	}
	j.taken += len(value)
	j.jar.SetCookies(u, []*http.Cookie{cookie})
	return ""
}

// nameOf returns the name in a Set-Cookie header, "" if there is none: text without a
// name may be the value.
func nameOf(header string) string {
	name, _, found := strings.Cut(header, "=")
	if cookie, err := http.ParseSetCookie(name + "="); found && err == nil {
		return cookie.Name
	}
	return ""
}

// refused returns why a jar rejects a cookie from u, "" if it accepts it. The jar itself
// gives no reason.
func refused(u *url.URL, c *http.Cookie) string {
	if c.Domain == "" || taken(u, c) {
		return ""
	}
	domain := strings.ToLower(strings.TrimPrefix(c.Domain, "."))
	suffix, _ := publicsuffix.PublicSuffix(domain)
	switch {
	case domain == "" || strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, "."):
		return "its Domain is not the name of a host"
	case suffix == domain && strings.HasSuffix(strings.ToLower(u.Hostname()), "."+domain):
		return "its Domain is a public suffix"
	}
	return "its Domain does not match the host"
}

// taken tries the cookie in a separate jar.
func taken(u *url.URL, c *http.Cookie) bool {
	probe := New(nil).jar
	probe.SetCookies(u, []*http.Cookie{{Name: c.Name, Value: "x", Domain: c.Domain}}) //nolint:gosec // never sent
	return len(probe.Cookies(u)) > 0
}

func (j *Jar) tell(r refusal, host string) {
	if r.name = brief.Cut(r.name, maxName); j.refuse == nil || j.told[r] || len(j.told) == maxRefusals {
		return
	}
	if j.told == nil {
		j.told = make(map[refusal]bool)
	}
	j.told[r] = true
	what := "a cookie"
	if r.name != "" {
		what = fmt.Sprintf("cookie %q", r.name)
	}
	j.refuse(fmt.Sprintf("%s of %s rejected: %s", what, host, r.reason))
}
