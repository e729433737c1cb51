package egress

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/postern-dev/postern/hostapi"
)

// Decision says why a request is allowed.
type Decision struct {
	Rule hostapi.Rule // that allows it; zero if AllowAddrs of the [Config] does

	// Special says whether the rule names host and port, so that their address may be
	// private or otherwise special.
	Special bool

	// Addrs are the addresses of the host; nil if it was not looked up.
	Addrs []netip.Addr
}

// Decide returns which rule, of the [Config] or of allow, allows a request of that method
// to u, or the error that the request would end with. Nothing is sent. With resolve, the
// host is looked up, and its addresses are checked as if they were dialled; with a
// [Config].Transport, there is nothing to look up. A redirect is another request.
func (c *Client) Decide(ctx context.Context, method string, u *url.URL, allow []hostapi.Rule, resolve bool) (*Decision, error) {
	if u == nil {
		u = new(url.URL)
	}
	req := (&http.Request{Method: method, URL: u}).WithContext(ctx)
	by, err := c.policy.check(req, allow)
	if err != nil {
		return nil, err
	}
	d := &Decision{Special: namesHostAndPort(by)}
	if by != nil {
		d.Rule = *by
	}
	if resolve && c.lookup != nil {
		if d.Addrs, err = c.lookup.addrs(ctx, u.Hostname(), d.Special); err != nil {
			return nil, explain(req, err)
		}
	}
	return d, nil
}
