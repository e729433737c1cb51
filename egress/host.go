package egress

import (
	"io"
	"net/http"
	"net/url"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/callback"
)

// hostTransport is a transport of the embedding program.
type hostTransport struct {
	http.RoundTripper
	name string // in the error of a panic
}

func (t hostTransport) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	defer callback.Recover("request", t.name, &err)
	resp, err = t.RoundTripper.RoundTrip(req)
	switch {
	case err != nil:
		return nil, err
	case resp == nil:
		return nil, errNotHTTP
	case resp.Body != nil && resp.Body != http.NoBody:
		resp.Body = hostBody{resp.Body, t.name}
	}
	return resp, nil
}

// CloseIdleConnections implements the interface that [http.Client] uses.
func (t hostTransport) CloseIdleConnections() {
	if t, ok := t.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// hostBody is the body of a response of a hostTransport.
type hostBody struct {
	io.ReadCloser
	name string // of the transport
}

func (b hostBody) Read(p []byte) (n int, err error) {
	defer callback.Recover("request", "the body of a response of "+b.name, &err)
	return b.ReadCloser.Read(p)
}

func (b hostBody) Close() (err error) {
	defer callback.Recover("request", "the body of a response of "+b.name, &err)
	return b.ReadCloser.Close()
}

func (o *Options) hop(req *http.Request) (err error) {
	defer callback.Recover("request", "the Hop of the egress.Options", &err)
	return o.Hop(req)
}

func (o *Options) rulesAt(u *url.URL) (rules []hostapi.Rule, err error) {
	defer callback.Recover("request", "the AllowAt of the egress.Options", &err)
	return o.AllowAt(u), nil
}

const jarName = "the cookie jar"

func (o *Options) cookie(u *url.URL) (cookies string, err error) {
	defer callback.Recover("request", jarName, &err)
	return o.Cookies.Cookie(u), nil
}

func (o *Options) setCookie(u *url.URL, values []string) (err error) {
	defer callback.Recover("request", jarName, &err)
	o.Cookies.SetCookie(u, values)
	return nil
}
