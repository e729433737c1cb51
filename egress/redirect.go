package egress

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"

	"github.com/postern-dev/postern/hostapi"
)

// isRedirect reports whether resp is a redirect with a target, RFC 9110 §15.4.
func isRedirect(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return resp.Header.Get("Location") != ""
	}
	return false
}

// redirectMethod returns the method of the request that follows a redirect, and whether
// it keeps the body. RFC 9110 §15.4.2 to §15.4.4: 303 changes the method to GET, 301
// and 302 may change POST to GET, as all clients do, and nothing else changes it.
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

// follow returns the request that resp redirects req to. It is nil if resp is the final
// response: it is not a redirect, redirects are off, or the body cannot be sent again.
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
		return nil, reached(req, x.opts.Limits, "redirects", "is there a redirect loop? If not, ")
	}
	location, err := req.URL.Parse(resp.Header.Get("Location"))
	if err != nil { // its text repeats the URL
		return nil, failure(hostapi.CodeNetwork, req, "the Location of the redirect is not a URL", "")
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
	// A header that was removed stays removed if a redirect leads back.
	if x.crossed = x.crossed || hostapi.OriginOf(req.URL) != hostapi.OriginOf(location); x.crossed {
		next.Header.Del("Authorization")
		next.Header.Del("Cookie")
		next.Header.Del("Proxy-Authorization")
	}
	return next, nil
}

// refuseUsed makes net/http use a new connection. A server that closes a connection
// after its redirect may do so just after the next request was sent on it, and a
// request that is not idempotent could not be sent again.
func refuseUsed(info httptrace.GotConnInfo) {
	if g, ok := info.Conn.(*guarded); ok && info.Reused {
		g.finish()
	}
}

// dropContentFields removes the header fields of a body that is not sent, RFC 9110
// §15.4.
func dropContentFields(header http.Header) {
	for name := range header {
		if strings.HasPrefix(name, "Content-") || name == "Digest" || name == "Repr-Digest" || name == "Last-Modified" {
			delete(header, name)
		}
	}
}

// discard abandons the body of a redirect. A short body is read, so that the connection
// can be reused.
func (x *exchange) discard(resp *http.Response) {
	const short = 2 << 10
	if resp.ContentLength <= short {
		n, _ := io.CopyN(io.Discard, resp.Body, short) // it is abandoned
		x.received(n)
	}
	resp.Body.Close() //nolint:errcheck // it is abandoned
}
