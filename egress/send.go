package egress

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

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
	if req.Header == nil {
		req.Header = make(http.Header, 1)
	}
	if _, ok := req.Header["User-Agent"]; !ok {
		req.Header["User-Agent"] = c.userAgent
	}
	x := &exchange{Context: req.Context(), client: c, opts: opts, current: req}
	// A request whose context ends earlier needs no second timer.
	if deadline, ok := x.Deadline(); !ok || time.Until(deadline) > opts.Limits.RequestTime {
		ctx, cancel := context.WithTimeoutCause(x.Context, opts.Limits.RequestTime, requestTimeoutError(opts.Limits.RequestTime))
		defer cancel()
		x.Context = ctx
	}
	*req = *req.WithContext(x) //nolint:contextcheck // req is ours
	response, err := x.do(req) //nolint:contextcheck // what it calls ends by itself
	switch {
	case err == nil:
		return response, nil
	case x.refused != nil:
		return nil, x.refused
	}
	return nil, explain(x.current, err)
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

// exchange is one request with its redirects. It is also their context, which records
// their progress.
type exchange struct {
	context.Context
	progress progress

	client  *Client
	opts    Options
	current *http.Request    // the current hop
	started bool             // the first request has been sent
	crossed bool             // a redirect led to another origin
	refused error            // what opts.Hop returned
	leave   func()           // ends the place of the current hop among the requests to its host; nil: it has none
	attempt *hostapi.Attempt // the request that was sent last; nil: none, or opts.Attempt is nil
}

// Value implements [context.Context].
func (x *exchange) Value(key any) any {
	if key == (progressKey{}) {
		return &x.progress
	}
	return x.Context.Value(key)
}

func (x *exchange) do(req *http.Request) (*hostapi.Response, error) {
	for redirects := 0; ; redirects++ {
		response, next, err := x.step(req, redirects)
		if err != nil || next == nil {
			return response, err
		}
		req = next
	}
}

// step sends one request, and returns the final response or the request that follows.
func (x *exchange) step(req *http.Request, redirects int) (*hostapi.Response, *http.Request, error) {
	client := x.client
	if x.crossed && x.opts.Elsewhere != nil {
		client = x.opts.Elsewhere
	}
	client.begin()
	defer client.end()
	defer func() {
		if x.leave != nil {
			x.leave()
			x.leave = nil
		}
	}()
	resp, err := x.hop(client, req)
	if err != nil {
		return nil, nil, x.ended(nil, err)
	}
	next, err := x.follow(req, resp, redirects)
	if err != nil || next != nil {
		x.discard(resp)
		if broken := x.ended(resp, nil); err == nil {
			err = broken
		}
		return nil, next, err
	}
	response, err := x.response(resp)
	return response, nil, x.ended(resp, err)
}

func (x *exchange) response(resp *http.Response) (*hostapi.Response, error) {
	defer resp.Body.Close() //nolint:errcheck // the body has been read or abandoned
	body, err := x.readBody(resp)
	x.received(int64(len(body)))
	if err != nil {
		return nil, err
	}
	return &hostapi.Response{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// allowAt returns the rules for a request to u.
func (o *Options) allowAt(u *url.URL) ([]hostapi.Rule, error) {
	if o.AllowAt == nil {
		return o.Allow, nil
	}
	rules, err := o.rulesAt(u)
	return append(slices.Clip(o.Allow), rules...), err
}

func (x *exchange) received(n int64) {
	if x.opts.Traffic != nil {
		x.opts.Traffic.ResponseBytes += n
	}
	if x.attempt != nil {
		x.attempt.ResponseBytes += n
	}
}

// hop checks one request and sends it.
func (x *exchange) hop(client *Client, req *http.Request) (*http.Response, error) {
	x.current = req
	allow, err := x.opts.allowAt(req.URL)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	transport, err := client.route(req, allow)
	if err != nil {
		closeBody(req)
		if e, ok := err.(*hostapi.Error); ok && x.started { //nolint:errorlint // made by route, never wrapped
			e.Message = "a redirect leads here, but " + e.Message
		}
		return nil, err
	}
	if x.leave, err = client.enqueue(req, x.opts.Tenant); err != nil {
		closeBody(req)
		return nil, err
	}
	if _, ok := req.Header["X-Idempotency-Key"]; !ok && hostapi.IsIdempotent(req.Method) {
		// This header is not sent. It lets net/http use another connection if the server
		// closed the first one at that moment: net/http does so for GET and HEAD, but not for
		// PUT and DELETE.
		req.Header["X-Idempotency-Key"] = nil
	}
	if x.opts.Hop != nil || x.opts.Cookies != nil || x.opts.Spelling != nil {
		sent := req.Clone(req.Context())
		if x.refused = x.enter(sent); x.refused != nil {
			closeBody(req)
			closeBody(sent)
			return nil, x.refused
		}
		x.opts.Spelling.Apply(sent.Header)
		req = sent
	}
	if x.opts.Attempt != nil {
		x.begin(req)
	}
	x.started = true
	if t := x.opts.Traffic; t != nil {
		t.Requests++
		t.RequestBytes += max(req.ContentLength, 0)
	}
	x.progress.reach(waiting)
	resp, err := client.carry(transport, req)
	if err != nil {
		return nil, err
	}
	x.progress.reach(receiving)
	if x.opts.Cookies != nil && len(resp.Header["Set-Cookie"]) > 0 {
		if err := x.opts.setCookie(x.current.URL, resp.Header["Set-Cookie"]); err != nil {
			resp.Body.Close() //nolint:errcheck // it is abandoned
			return nil, err
		}
	}
	return resp, nil
}

// enter adds cookies, calls Hop, and checks that the destination is the one that the
// rules allowed.
func (x *exchange) enter(req *http.Request) error {
	if x.opts.Cookies != nil {
		cookies, err := x.opts.cookie(req.URL)
		if err != nil {
			return err
		}
		addCookies(req.Header, cookies)
	}
	if x.opts.Hop == nil {
		return nil
	}
	if err := x.opts.hop(req); err != nil {
		return err
	}
	was := x.current
	if req.Method != was.Method || req.URL.Scheme != was.URL.Scheme || req.URL.Host != was.URL.Host || req.Host != was.Host {
		return failure(hostapi.CodeInternal, was, "the request was changed to have another method or host", "")
	}
	return nil
}

// addCookies adds cookies of a jar after those of the request: there is one Cookie
// header, RFC 6265 §5.4.
func addCookies(header http.Header, cookies string) {
	if cookies == "" {
		return
	}
	if own := header["Cookie"]; len(own) > 0 {
		cookies = strings.Join(own, "; ") + "; " + cookies
	}
	header["Cookie"] = []string{cookies}
}

const (
	firstRead   = 512     // bytes to allocate for a body of unknown length
	maxReserved = 1 << 20 // maximum to allocate before anything was received
)

// readBody reads the whole body, and fails as soon as it exceeds the limit. It returns
// what it has read in any case. It reads until EOF, which may be a separate HTTP/2
// frame: closing before would reset the stream.
//
// A body with a Content-Length costs little more than its size; one without, twice its
// size. The server's word is believed as far as what it has sent already confirms it.
func (x *exchange) readBody(resp *http.Response) ([]byte, error) {
	most := max(x.opts.Limits.ResponseBytes, 0)
	tooLarge := func() error {
		return reached(x.current, x.opts.Limits, "response_bytes", "ask for less, or ")
	}
	switch {
	case resp.Body == http.NoBody,
		// RFC 9110 §8.6: Content-Length is that of another response here.
		x.current.Method == http.MethodHead, resp.StatusCode == http.StatusNoContent, resp.StatusCode == http.StatusNotModified:
		return nil, nil
	case resp.ContentLength > most:
		return nil, tooLarge()
	}
	size := resp.ContentLength + 1 // one more, to detect the end; 0: unknown
	body := make([]byte, 0, min(cmp.Or(size, firstRead), maxReserved))
	var full [][]byte // what precedes body
	for before := 0; ; {
		n, err := resp.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if int64(before+len(body)) > most {
			err = tooLarge()
		}
		switch {
		case err == nil && len(body) < cap(body):
		case err == nil && size > 0:
			body = slices.Grow(body, max(1, min(int(size)-len(body), 15*len(body))))
		case err == nil:
			before += len(body)
			full, body = append(full, body), make([]byte, 0, min(before, maxReserved))
		default:
			if err == io.EOF { //nolint:errorlint // this very error
				err = nil
			}
			if full != nil {
				body = slices.Concat(append(full, body)...)
			}
			return body, err
		}
	}
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close() //nolint:errcheck // none of it was sent
	}
}
