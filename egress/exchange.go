package egress

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

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

// changes reports whether a hop differs from the request that redirects follow from.
func (x *exchange) changes() bool {
	return x.opts.Hop != nil || x.opts.Cookies != nil || x.opts.Spelling != nil
}

// untilDeadline returns the time that the context leaves for the request.
func (x *exchange) untilDeadline() time.Duration {
	if deadline, ok := x.Deadline(); ok {
		return time.Until(deadline)
	}
	return math.MaxInt64
}

// Value implements [context.Context].
func (x *exchange) Value(key any) any {
	if key == (progressKey{}) {
		return &x.progress
	}
	return x.Context.Value(key)
}

// send is [Client.Send] for a request whose context is x, or becomes that in hop.
func (x *exchange) send(req *http.Request) (*hostapi.Response, error) {
	x.current = req
	if req.Header == nil {
		req.Header = make(http.Header, 1)
	}
	if _, ok := req.Header["User-Agent"]; !ok {
		req.Header["User-Agent"] = x.client.userAgent
	}
	// A request whose context ends earlier needs no second timer.
	if most := x.opts.Limits.RequestTime; x.untilDeadline() > most {
		ctx, cancel := context.WithTimeoutCause(x.Context, most, requestTimeoutError(most))
		defer cancel()
		x.Context = ctx
	}
	response, err := x.do(req)
	switch {
	case err == nil:
		return response, nil
	case x.refused != nil:
		return nil, x.refused
	}
	return nil, explain(x.current, err)
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
	if len(o.Allow) == 0 {
		return rules, err
	}
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

// hop checks one request and sends it, or a copy with what this hop adds.
func (x *exchange) hop(client *Client, req *http.Request) (*http.Response, error) {
	plain := req
	if x.changes() {
		req = req.Clone(x)
	}
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
	if x.changes() {
		if x.refused = x.enter(req, plain); x.refused != nil {
			closeBody(plain)
			closeBody(req)
			return nil, x.refused
		}
		x.opts.Spelling.Apply(req.Header)
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
		if err := x.opts.setCookie(plain.URL, resp.Header["Set-Cookie"]); err != nil {
			resp.Body.Close() //nolint:errcheck // it is abandoned
			return nil, err
		}
	}
	return resp, nil
}

// enter adds cookies to req, a copy of plain, calls Hop, and checks that the destination is
// still the one that the rules allowed.
func (x *exchange) enter(req, plain *http.Request) error {
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
	if req.Method != plain.Method || req.URL.Scheme != plain.URL.Scheme || req.URL.Host != plain.URL.Host || req.Host != plain.Host {
		return failure(hostapi.CodeInternal, plain, "the request was changed to have another method or host", "")
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
