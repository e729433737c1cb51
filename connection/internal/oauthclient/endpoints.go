package oauthclient

import (
	"context"
	"maps"
	"net/url"

	"github.com/postern-dev/postern/hostapi"
)

// AuthorizationURL returns where to send the browser with those parameters, RFC 6749
// §4.1.1. If the server wants them beforehand they are sent to it, RFC 9126.
func (w *Client) AuthorizationURL(ctx context.Context, params url.Values) (string, error) {
	c, err := w.begin(ctx, "authorization_endpoint")
	if err != nil {
		return "", err
	}
	m, err := w.Discovery.Get(ctx)
	if err != nil {
		return "", err
	}
	if m.pushed || w.conn.Endpoints["pushed_authorization_request_endpoint"] != nil {
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
func (w *Client) push(ctx context.Context, params url.Values) (url.Values, error) {
	a, err := w.Post(ctx, "pushed_authorization_request_endpoint", params)
	if err != nil {
		return nil, err
	}
	uri, _ := a["request_uri"].(string)
	if uri == "" {
		return nil, &Error{Err: hostapi.Error{Code: hostapi.CodeConnection, Name: w.conn.Name, Message: "the server took the pushed request and gave no request_uri"}}
	}
	return url.Values{"client_id": {w.conn.ClientID}, "request_uri": {uri}}, nil
}

// Post sends params to an endpoint that answers with an object. Where the client
// has several secrets the one that was accepted last is sent.
func (w *Client) Post(ctx context.Context, key string, params url.Values) (object, error) {
	c, err := w.begin(ctx, key)
	if err != nil {
		return nil, err
	}
	if n := len(w.conn.ClientSecrets); n > 0 {
		c.secret = w.conn.ClientSecrets[int(w.accepted.Load())%n]
	}
	r, err := c.sendWithRetry(ctx, maps.Clone(params))
	if err != nil {
		return nil, err
	}
	if r.refused() {
		return nil, c.refused(r)
	}
	return r.object, nil
}
