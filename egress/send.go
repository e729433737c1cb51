package egress

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/postern-dev/postern/hostapi"
)

// Options configure one [Client.Send].
type Options struct {
	// Allow lists destinations of this request, in addition to [Config].Allow. Default
	// nil: none.
	Allow []hostapi.Rule

	// AllowAt, if not nil, returns further rules for one URL, that of the request or of a
	// redirect.
	AllowAt func(*url.URL) []hostapi.Rule

	// Tenant is whose turn the request takes where requests wait, see
	// [Config].MaxRequestsPerHost. Default "": those without a tenant are one tenant's.
	Tenant string

	// Limits are effective limits, as [hostapi.Limits.Within] returns them: zero or less
	// allows nothing. RequestTime, ResponseBytes and Redirects apply here. RequestBytes
	// does not: it limits what a script passes, measured before it is encoded.
	Limits hostapi.Limits

	// Cookies is the jar for the request and its redirects: its cookies are sent, and
	// those of responses are stored in it. Default nil: no cookies.
	Cookies hostapi.CookieJar

	// Spelling has the case of header names to send, for servers that need it. Default
	// nil: canonical names.
	Spelling hostapi.Spelling

	// Traffic, if not nil, counts every request that is sent.
	Traffic *hostapi.Traffic

	// Attempt, if not nil, is told of every request that was sent, see [hostapi.Trace].
	Attempt func(hostapi.Attempt)

	// Elsewhere, if not nil, sends the requests after a redirect to another origin: the
	// certificates and the proxy of a Client may be for one server only.
	Elsewhere *Client

	// Hop, if not nil, is called before each request is sent, the first one and each
	// redirect, after the rules have allowed it. Hop may change header, query and body of
	// req, which is a clone: changes apply to this hop only. With a body, set GetBody and
	// ContentLength too. It must not change the method or the host. If it returns an
	// error, the request is not sent and Send returns the error.
	//
	//   Hop: func(req *http.Request) error {
	//   	req.Header.Set("Authorization", "Bearer "+token)
	//   	return nil
	//   }
	Hop func(req *http.Request) error
}

// Send sends req, follows redirects and returns the final response, whatever its
// status. Its body is complete and decompressed.
//
// Send takes ownership of req and closes its body. It returns when the context of req
// ends, or after Limits.RequestTime.
//
// Every hop needs a rule. A hop to another origin, and all after it, are sent without
// the Authorization, Cookie and Proxy-Authorization headers of the request, but with
// the cookies that opts.Cookies has for them. No redirect sends a Referer or leads from
// https to http. If Limits.Redirects allows none, a redirect is the final response.
// Methods and bodies change as in RFC 9110 §15.4.
//
// Errors are *[hostapi.Error] with host:port as the Name. They never contain path,
// query or body.
func (c *Client) Send(req *http.Request, opts Options) (*hostapi.Response, error) {
	if err := c.ready(req); err != nil {
		return nil, err
	}
	x := &exchange{Context: req.Context(), client: c, opts: opts}
	if !x.changes() { // or else hop copies it
		*req = *req.WithContext(x) //nolint:contextcheck // req is ours
	}
	return x.send(req) //nolint:contextcheck // req has that of x
}

// RoundTrip sends one request that Postern makes itself, such as a token request, to a
// destination that allow or [Config].Allow lists. It follows no redirects. The context
// of req limits the time, and the caller, who closes the body, limits the size of the
// response. Like an [http.RoundTripper], it closes the body of req and changes nothing
// else. Errors, including those of reading the response body, are those of
// [Client.Send].
func (c *Client) RoundTrip(req *http.Request, allow []hostapi.Rule) (*http.Response, error) {
	if err := c.ready(req); err != nil {
		return nil, err
	}
	p := new(progress)
	req = req.WithContext(context.WithValue(req.Context(), progressKey{}, p))
	transport, err := c.route(req, allow)
	if err != nil {
		closeBody(req)
		return nil, explain(req, err)
	}
	if _, ok := req.Header["User-Agent"]; !ok {
		if req.Header = req.Header.Clone(); req.Header == nil {
			req.Header = make(http.Header, 1)
		}
		req.Header["User-Agent"] = c.userAgent
	}
	leave, err := c.enqueue(req, "")
	if err != nil {
		closeBody(req)
		return nil, explain(req, err)
	}
	c.begin()
	end := func() { c.end(); leave() }
	resp, err := c.carry(transport, req)
	if err != nil {
		end()
		return nil, explain(req, err)
	}
	p.reach(receiving)
	resp.Body = &ownBody{ReadCloser: resp.Body, req: req, end: sync.OnceFunc(end)}
	return resp, nil
}

// ownBody is the response body of [Client.RoundTrip]. It explains read errors, and ends
// the request in the client when it is closed.
type ownBody struct {
	io.ReadCloser
	req *http.Request
	end func()
}

func (b *ownBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

func (b *ownBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // io.EOF is never wrapped
		err = explain(b.req, err)
	}
	return n, err
}

// carry sends req; all responses pass through it. Reading the body ends with the
// context of req, as that of net/http does.
func (c *Client) carry(transport http.RoundTripper, req *http.Request) (*http.Response, error) {
	if c.pool != nil {
		req = track(req)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp.Body == nil { // an in-memory transport may leave it out
		resp.Body = http.NoBody
	}
	switch {
	case resp.StatusCode == http.StatusSwitchingProtocols:
		// RFC 9110 §7.8: a server may do so only if the client asks for it. The body would be
		// the bare connection, which ignores the context.
		err = errSwitched
	case resp.StatusCode == http.StatusProxyAuthRequired && c.cfg.Proxy != nil:
		err = &proxyError{resp.StatusCode} // RFC 9110 §15.5.8: from the proxy, not the target
	default:
		return resp, nil
	}
	resp.Body.Close() //nolint:errcheck // it is abandoned
	return nil, err
}

var errSwitched = errors.New("the server switched protocols without being asked to")

// route returns the transport for req, or why req is denied.
func (c *Client) route(req *http.Request, allow []hostapi.Rule) (http.RoundTripper, error) {
	by, err := c.policy.check(req, allow)
	if err != nil {
		return nil, err
	}
	named := namesHostAndPort(by)
	if c.lookup != nil && c.cfg.Proxy != nil {
		if err := c.lookup.check(req.Context(), req.URL.Hostname(), named); err != nil {
			return nil, err
		}
	}
	if named {
		return c.named, nil
	}
	return c.strict, nil
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close() //nolint:errcheck // none of it was sent
	}
}
