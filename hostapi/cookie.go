package hostapi

import "net/url"

// Cookies says what a run does with the cookies that answers set. The zero Cookies
// keeps none: what one answer sets is not in the next request.
type Cookies struct {
	// Keep gives each run a jar of its own, which is empty when it begins and gone
	// when it ends. Every request of the run takes its cookies along, by the rules
	// of RFC 6265.
	Keep bool

	// Quiet logs no line for a cookie that the jar does not take, such as one for
	// another host.
	Quiet bool
}

// CookieJar is the cookies of one run. A [Connector] asks it before it sends a
// request, for every redirect anew, and tells it of every answer, from one
// goroutine at a time.
type CookieJar interface {
	// Cookie returns the Cookie header for a request to u, RFC 6265 §5.4; "" is
	// none. It goes behind what the request itself has there.
	Cookie(u *url.URL) string

	// SetCookie is given the Set-Cookie headers of an answer from u, RFC 6265 §5.3.
	// They hold no credential of a connection.
	SetCookie(u *url.URL, values []string)
}
