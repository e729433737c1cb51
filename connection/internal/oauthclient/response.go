package oauthclient

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/hostapi"
)

// response is the response of an endpoint.
type response struct {
	status int
	header http.Header
	body   []byte // as far as it was received
	object object
}

// refused reports whether the response is an error, regardless of its status.
func (r *response) refused() bool { return r.status < 200 || r.status > 299 || r.object.isError() }

// busy reports whether the endpoint has not carried out the request but may do so
// later.
func (r *response) busy() bool { return hostapi.MayRetry(r.status) }

// maxRetryAfter bounds the pause that a server can impose.
const maxRetryAfter = 10 * time.Minute

// retryAfter returns Retry-After, in seconds or as a date, RFC 9110 §10.2.3; 0 if there
// is none.
func (r *response) retryAfter() time.Duration {
	wait, _ := hostapi.RetryAfter(r.header.Get("Retry-After"))
	return min(wait, maxRetryAfter)
}

// firstPause is the wait for a busy endpoint that sends no Retry-After.
const firstPause = time.Second

// sendWithRetry sends params to a token endpoint, and a second time if the endpoint
// requires a nonce (RFC 9449 §8) or is busy. A busy endpoint may have used up a code or
// refresh token, so those are not sent again, and the retry must fit into the deadline
// of ctx.
func (c *call) sendWithRetry(ctx context.Context, params url.Values) (*response, error) {
	r, err := c.send(ctx, params)
	if err != nil {
		return nil, err
	}
	if c.proofKey != nil && r.object["error"] == "use_dpop_nonce" {
		if r, err = c.send(ctx, params); err != nil {
			return nil, err
		}
	}
	if !r.busy() || isSingleUse(c.grantType) {
		return r, nil
	}
	pause := max(r.retryAfter(), firstPause)
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < pause || Wait(ctx, pause) != nil {
		return r, nil //nolint:nilerr // there is no time for a retry: the response is final
	}
	return c.send(ctx, params)
}

// isSingleUse reports whether a request of that grant uses up the code or token it
// sends.
func isSingleUse(grantType string) bool {
	switch grantType {
	case oauthtoml.GrantCode, oauthtoml.GrantRefresh, oauthtoml.GrantDevice:
		return true
	}
	return false
}

// Wait sleeps for d, or until ctx ends.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
