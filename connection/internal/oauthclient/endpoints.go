package oauthclient

import (
	"context"
	"maps"
	"net/url"

	"github.com/postern-dev/postern/hostapi"
)

// AuthorizationURL returns the URL of an authorization request for the browser, RFC
// 6749 §4.1.1. If the server requires or the file configures it, the parameters are
// pushed, RFC 9126.
func (client *Client) AuthorizationURL(ctx context.Context, params url.Values) (string, error) {
	c, err := client.begin(ctx, "authorization_endpoint")
	if err != nil {
		return "", err
	}
	m, err := client.Discovery.Get(ctx)
	if err != nil {
		return "", err
	}
	if m.pushed || client.conn.Endpoints["pushed_authorization_request_endpoint"] != nil {
		if params, err = client.push(ctx, params); err != nil {
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

// push makes a pushed authorization request and returns the parameters that refer to
// it, RFC 9126 §2.
func (client *Client) push(ctx context.Context, params url.Values) (url.Values, error) {
	a, err := client.Post(ctx, "pushed_authorization_request_endpoint", params)
	if err != nil {
		return nil, err
	}
	uri, _ := a["request_uri"].(string)
	if uri == "" {
		return nil, &Error{Err: hostapi.Error{Code: hostapi.CodeConnection, Name: client.conn.Name, Message: "the server accepted the pushed request but returned no request_uri"}}
	}
	return url.Values{"client_id": {client.conn.ClientID}, "request_uri": {uri}}, nil
}

// Post sends params to an endpoint that returns a JSON object. If the client has
// several secrets, it uses the one that was accepted last.
func (client *Client) Post(ctx context.Context, key string, params url.Values) (object, error) {
	c, err := client.begin(ctx, key)
	if err != nil {
		return nil, err
	}
	if n := len(client.conn.ClientSecrets); n > 0 {
		c.secret = client.conn.ClientSecrets[int(client.accepted.Load())%n]
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
