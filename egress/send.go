package egress

import (
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

// Options are what [Client.Send] needs to know beside the request.
type Options struct {
	// Allow names the places this request may go to, beside [Config].Allow. Nil
	// adds none.
	Allow []hostapi.Rule

	// AllowAt, if set, returns further rules, for one URL, which is that of the
	// request or one that a redirect leads to.
	AllowAt func(*url.URL) []hostapi.Rule

	// Limits are effective limits, as [hostapi.Limits.Within] returns them: zero
	// and below allow nothing. RequestTime, ResponseBytes and Redirects count
	// here. RequestBytes does not: it bounds what a script hands over, which is
	// measured before it is encoded.
	Limits hostapi.Limits

	// Cookies is the jar whose cookies the request and its redirects take along, and
	// which is given those of the answers. Nil is none.
	Cookies hostapi.CookieJar

	// Spelling has the letters of the names in the header of the request, which is in
	// canonical form, for servers that take no others. Nil leaves it as it is.
	Spelling hostapi.Spelling

	// Traffic, if not nil, is where every request that is sent is counted.
	Traffic *hostapi.Traffic

	// Elsewhere, if not nil, sends the request once a redirect has led to another
	// origin: the certificates and the proxy of a Client may be for one place only.
	Elsewhere *Client

	// Hop, if not nil, is called for every request about to go on the wire, the
	// first and each redirect followed. It has passed the rules by then. Hop may
	// change header, query and body of req, which is a clone: what it puts in is
	// sent on this hop alone. With a body go GetBody and
	// ContentLength. It may not change the method or the place. An error ends the
	// exchange before the request is sent, and is what Send returns.
	Hop func(req *http.Request) error
}

// Send sends req, follows redirects and returns the answer, whatever its
// status. The body of the answer is whole and decompressed.
//
// Send owns req from then on, and closes its body. It ends when the context of
// req does, at the latest after Limits.RequestTime.
//
// Every hop needs a rule. A hop to another origin and all after it go without
// the Authorization, Cookie and Proxy-Authorization headers that the request was
// given, but with the cookies that opts.Cookies has for them; no redirect carries
// a Referer, leads from https to http, or counts when Limits.Redirects allows none:
// it is the answer then. Methods and bodies change on the way as RFC 9110 §15.4
// says.
//
// Errors are *[hostapi.Error], named host:port. They repeat neither path nor
// query nor body.
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
	// A task with little time of its own left needs no second timer.
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

// RoundTrip sends one request of Postern's own, such as a token request, to a
// place that allow or [Config].Allow names. It follows no redirect and has no
// limit of time or size: the context of req bounds the one, and the caller, who
// also closes the body, the other. Like an [http.RoundTripper] it closes the
// body of req and leaves the rest alone. Errors, those of reading the body of the
// response included, are those of [Client.Send].
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
	c.begin()
	resp, err := c.carry(transport, req)
	if err != nil {
		c.end()
		return nil, explain(req, err)
	}
	p.reach(receiving)
	resp.Body = &ownBody{ReadCloser: resp.Body, req: req, end: sync.OnceFunc(c.end)}
	return resp, nil
}

// ownBody is the body of a response to a request of Postern's own. It explains why
// it cannot be read, and tells the client when it is closed.
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
	if err != nil && err != io.EOF { //nolint:errorlint // this very error
		err = explain(b.req, err)
	}
	return n, err
}

// carry sends req. Every response of the network comes by here. Its body ends
// with the context of req: those of net/http do.
func (c *Client) carry(transport http.RoundTripper, req *http.Request) (*http.Response, error) {
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp.Body == nil { // an in-memory transport may leave it out
		resp.Body = http.NoBody
	}
	switch {
	case resp.StatusCode == http.StatusSwitchingProtocols:
		// RFC 9110 §7.8: only a client that asks for it is answered so. Its body is
		// the bare connection, which knows no context.
		err = errSwitched
	case resp.StatusCode == http.StatusProxyAuthRequired && c.cfg.Proxy != nil:
		err = &proxyError{resp.StatusCode} // RFC 9110 §15.5.8: it is the proxy's, not the target's
	default:
		return resp, nil
	}
	resp.Body.Close() //nolint:errcheck // it is given up
	return nil, err
}

var errSwitched = errors.New("the server switched protocols unasked")

// route returns the transport that may carry req, or why none may.
func (c *Client) route(req *http.Request, allow []hostapi.Rule) (http.RoundTripper, error) {
	named, err := c.policy.check(req, allow)
	if err != nil {
		return nil, err
	}
	if c.lookup != nil {
		if err := c.lookup.check(req.Context(), req.URL.Hostname(), named); err != nil {
			return nil, err
		}
	}
	if named {
		return c.named, nil
	}
	return c.strict, nil
}

// exchange is one request with its redirects. It is also their context, which
// knows how far the one under way has come.
type exchange struct {
	context.Context
	progress progress

	client  *Client
	opts    Options
	current *http.Request // the hop under way
	started bool          // the first request has been sent
	crossed bool          // a redirect has led to another origin
	refused error         // what opts.Hop returned
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
		answer, next, err := x.step(req, redirects)
		if err != nil || next == nil {
			return answer, err
		}
		req = next
	}
}

// step sends one request, and returns the answer or the request that follows.
func (x *exchange) step(req *http.Request, redirects int) (*hostapi.Response, *http.Request, error) {
	client := x.client
	if x.crossed && x.opts.Elsewhere != nil {
		client = x.opts.Elsewhere
	}
	client.begin()
	defer client.end()
	resp, err := x.hop(client, req)
	if err != nil {
		return nil, nil, err
	}
	next, err := x.follow(req, resp, redirects)
	if err != nil || next != nil {
		x.discard(resp)
		return nil, next, err
	}
	answer, err := x.answer(resp)
	return answer, nil, err
}

func (x *exchange) answer(resp *http.Response) (*hostapi.Response, error) {
	defer resp.Body.Close() //nolint:errcheck // the body has been read or given up
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
}

// hop passes one request through the gate.
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
	if _, ok := req.Header["X-Idempotency-Key"]; !ok && hostapi.IsIdempotent(req.Method) {
		// It is not sent. It tells net/http that it may use another connection where
		// the server closed the one that it took in that moment: it knows that of GET
		// and HEAD, but not of PUT and DELETE.
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
			resp.Body.Close() //nolint:errcheck // it is given up
			return nil, err
		}
	}
	return resp, nil
}

// enter adds the cookies, lets Hop change req and makes sure that it still goes
// where the rules were asked about.
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
		return failure(hostapi.CodeInternal, was, "the request was changed to go to another place", "")
	}
	return nil
}

// addCookies puts cookies of a jar behind those that the request has: there is one
// Cookie header, RFC 6265 §5.4.
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
	minReserved = 511     // for an answer that does not tell its length
	maxReserved = 1 << 20 // how much memory a Content-Length is taken at its word for
)

// readBody reads the whole body, or fails as soon as it is known to be larger
// than the limit; what it has read it returns in any case. It reads to the end of
// the stream, which HTTP/2 may tell in a frame of its own: to close before it came
// would reset the stream.
func (x *exchange) readBody(resp *http.Response) ([]byte, error) {
	most := max(x.opts.Limits.ResponseBytes, 0)
	tooLarge := func() error {
		return reached(x.current, x.opts.Limits, "response_bytes", "ask for less, or ")
	}
	switch {
	case resp.Body == http.NoBody,
		// RFC 9110 §8.6: a Content-Length here is that of another answer.
		x.current.Method == http.MethodHead, resp.StatusCode == http.StatusNoContent, resp.StatusCode == http.StatusNotModified:
		return nil, nil
	case resp.ContentLength > most:
		return nil, tooLarge()
	}
	body := make([]byte, 0, min(max(resp.ContentLength, minReserved), maxReserved)+1) // one more, to see the end
	for {
		n, err := resp.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case int64(len(body)) > most:
			return body, tooLarge()
		case err == io.EOF:
			return body, nil
		case err != nil:
			return body, err
		case len(body) == cap(body):
			body = slices.Grow(body, 1)
		}
	}
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close() //nolint:errcheck // nothing of it was sent
	}
}
