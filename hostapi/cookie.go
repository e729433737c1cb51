package hostapi

import "net/url"

// Cookies configures how a run treats the cookies of responses. The zero Cookies
// ignores them: a cookie that one response sets is not sent with the next request.
type Cookies struct {
	// Keep gives each run its own cookie jar, RFC 6265, which is empty at the start and
	// discarded at the end. Default false.
	Keep bool

	// Quiet suppresses the log line for a cookie that the jar refuses, such as one for
	// another host. Default false.
	Quiet bool
}

// CookieJar holds the cookies of one run. A [Connector] uses it for every request and
// redirect, and for every response, from one goroutine at a time.
type CookieJar interface {
	// Cookie returns the Cookie header for a request to u, RFC 6265 §5.4; "" for none. It
	// is appended to the request's own.
	Cookie(u *url.URL) string

	// SetCookie stores the Set-Cookie headers of a response from u, RFC 6265 §5.3. They
	// contain no credential of a connection.
	SetCookie(u *url.URL, values []string)
}
