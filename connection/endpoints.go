package connection

import (
	"context"
	"maps"
	"net/url"

	"github.com/postern-dev/postern/hostapi"
)

// AuthorizationURL returns where to send the browser with those parameters, RFC 6749
// §4.1.1. If the server wants them beforehand they are sent to it, RFC 9126.
func (w *wire) AuthorizationURL(ctx context.Context, params url.Values) (string, error) {
	c, err := w.begin(ctx, "authorization_endpoint")
	if err != nil {
		return "", err
	}
	m, err := w.discovery.get(ctx)
	if err != nil {
		return "", err
	}
	if m.pushed || w.conn.endpoints["pushed_authorization_request_endpoint"] != nil {
		if params, err = w.push(ctx, params); err != nil {
			return "", err
		}
	}
	target := *c.endpoint
	if target.RawQuery != "" {
		target.RawQuery += "&"
	}
	target.RawQuery += params.Encode()
	return target.String(), nil
}

// push hands the request to the server beforehand and returns what refers to it,
// RFC 9126 §2.
func (w *wire) push(ctx context.Context, params url.Values) (url.Values, error) {
	a, err := w.Post(ctx, "pushed_authorization_request_endpoint", params)
	if err != nil {
		return nil, err
	}
	uri, _ := a["request_uri"].(string)
	if uri == "" {
		return nil, &tokenError{reason: hostapi.Error{Code: hostapi.CodeConnection, Name: w.conn.name, Message: "the server took the pushed request and gave no request_uri"}}
	}
	return url.Values{"client_id": {w.conn.clientID}, "request_uri": {uri}}, nil
}

// Post sends params to an endpoint that answers with an object. Where the client
// has several secrets the one that was accepted last is sent.
func (w *wire) Post(ctx context.Context, key string, params url.Values) (answer, error) {
	c, err := w.begin(ctx, key)
	if err != nil {
		return nil, err
	}
	if n := len(w.conn.clientSecrets); n > 0 {
		c.secret = w.conn.clientSecrets[int(w.accepted.Load())%n]
	}
	r, err := c.insist(ctx, maps.Clone(params))
	if err != nil {
		return nil, err
	}
	if r.refused() {
		return nil, c.refused(r)
	}
	return r.answer, nil
}
