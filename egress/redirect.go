package egress

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// isRedirect reports whether resp leads elsewhere, RFC 9110 §15.4.
func isRedirect(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return resp.Header.Get("Location") != ""
	}
	return false
}

// redirectMethod returns the method of the request that follows a redirect, and
// whether the body goes along. RFC 9110 §15.4.2 to §15.4.4: a 303 asks for another
// thing, a 301 or 302 may make a POST a GET and does so everywhere, and nothing else
// changes a method.
func redirectMethod(status int, method string) (next string, keepsBody bool) {
	switch {
	case status == http.StatusSeeOther && method == http.MethodHead:
		return method, false
	case status == http.StatusSeeOther,
		(status == http.StatusMovedPermanently || status == http.StatusFound) && method == http.MethodPost:
		return http.MethodGet, false
	}
	return method, true
}

// follow returns the request that resp redirects req to. It is nil if resp is the
// answer: because it is no redirect, none is wanted, or the body that would have to
// be sent again cannot be.
func (x *exchange) follow(req *http.Request, resp *http.Response, redirects int) (*http.Request, error) {
	if x.opts.Limits.Redirects <= 0 || !isRedirect(resp) {
		return nil, nil
	}
	method, keepsBody := redirectMethod(resp.StatusCode, req.Method)
	hasBody := req.Body != nil && req.Body != http.NoBody
	if keepsBody && hasBody && req.GetBody == nil {
		return nil, nil
	}
	if redirects == x.opts.Limits.Redirects {
		return nil, reached(req, x.opts.Limits, "redirects", "do the redirects lead in a circle? If not, ")
	}
	location, err := req.URL.Parse(resp.Header.Get("Location"))
	if err != nil { // whose text repeats the URL
		return nil, failure(hostapi.CodeNetwork, req, "the redirect leads to something that is not a URL", "")
	}
	ctx := context.Context(x)
	if !hostapi.IsIdempotent(method) {
		ctx = httptrace.WithClientTrace(x, &httptrace.ClientTrace{GotConn: refuseUsed})
	}
	next := req.Clone(ctx)
	next.Method, next.URL, next.Host = method, location, location.Host
	if location.Fragment != "" {
		location.Fragment, location.RawFragment = "", ""
	}
	if req.URL.Scheme == "https" && location.Scheme == "http" {
		return nil, denied(next, "a redirect leads here, but from https to http", "")
	}
	if !keepsBody {
		next.Body, next.GetBody, next.ContentLength = nil, nil, 0
		dropContentFields(next.Header)
	} else if hasBody {
		if next.Body, err = req.GetBody(); err != nil {
			return nil, err
		}
	}
	next.Header.Del("Referer")
	// What is dropped once is not there any more on the way back.
	if x.crossed = x.crossed || hostapi.OriginOf(req.URL) != hostapi.OriginOf(location); x.crossed {
		next.Header.Del("Authorization")
		next.Header.Del("Cookie")
		next.Header.Del("Proxy-Authorization")
	}
	return next, nil
}

// refuseUsed has net/http take a connection that was not used before. A server that
// closes a connection behind its redirect may do so just after the next request has
// taken it, and one that may not be sent twice could not be sent again.
func refuseUsed(info httptrace.GotConnInfo) {
	if g, ok := info.Conn.(*guarded); ok && info.Reused {
		g.finish()
	}
}

// dropContentFields removes what describes a body that is not sent, RFC 9110 §15.4.
func dropContentFields(header http.Header) {
	for name := range header {
		if strings.HasPrefix(name, "Content-") || name == "Digest" || name == "Repr-Digest" || name == "Last-Modified" {
			delete(header, name)
		}
	}
}

// discard gives up a response that leads elsewhere. A short body is read, since
// its connection can be used again then.
func (x *exchange) discard(resp *http.Response) {
	const short = 2 << 10
	if resp.ContentLength <= short {
		n, _ := io.CopyN(io.Discard, resp.Body, short) // it is given up
		x.received(n)
	}
	resp.Body.Close() //nolint:errcheck // it is given up
}
