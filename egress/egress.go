// Package egress sends all requests of Postern to the network. It is the only package
// that dials.
//
// A request is sent only if a rule allows its destination: by default, everything is
// denied. Rules compare names before anything is sent; the address that a name resolves
// to is checked when it is dialled, so that no DNS response can change in between.
// Every redirect is checked again, and loses its credentials at another origin. Time,
// sizes and redirects are limited.
//
// [Client] sends requests; package connection adds tokens to them with [Options].Hop.
package egress

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// Config configures a [Client]. The zero Config allows only what a grant allows, and
// never private addresses.
type Config struct {
	// Allow lists the destinations of every request. Default nil: only those of
	// [hostapi.Grant].Allow and [Options].Allow.
	//
	// A rule with a port and without a wildcard names one destination, which may have a
	// private or otherwise special address: "127.0.0.1:8080" or "intranet:443". Any other
	// rule allows public addresses only, and none of this machine's.
	//
	//   Allow: []hostapi.Rule{{Host: "api.example.com"}, {Host: "intranet", Port: "443"}}
	Allow []hostapi.Rule

	// Deny overrides everything that is allowed, and is compared strictly, see
	// [hostapi.Rule.Denies]. Default nil: nothing is denied.
	Deny []hostapi.Rule

	// AllowAddrs are special addresses that any rule may resolve to. A URL whose host is
	// an IP address in one of them needs no rule. Default nil: none.
	//
	//   AllowAddrs: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
	AllowAddrs []netip.Prefix

	// DenyAddrs are never dialled, whatever a rule or AllowAddrs says. Default nil: none.
	DenyAddrs []netip.Prefix

	// DNS is the host:port of a name server to use instead of the system's. The hosts file
	// is still read first. Default "": the system's.
	DNS string

	// Proxy is the URL of an http, https or socks5 proxy; its own address is not checked.
	// Default nil: none, and the environment is never read.
	//
	// With a proxy, the target's name is resolved and its addresses are checked before the
	// proxy is used. The proxy resolves the name again, so a name server that changes its
	// response in between is not detected here; configure address rules in the proxy too.
	// A name that cannot be resolved here is refused, unless a rule names host and port
	// and DenyAddrs is empty.
	Proxy *url.URL

	// RootCAs are the trusted certificate authorities. Default nil: the system's.
	RootCAs *x509.CertPool

	// MaxConns is how many connections may be open at once, in use or idle, to all hosts
	// and by the Client and all derived from it. A request that needs another one closes
	// the connection that has been idle longest; if all are in use, it waits for one, and
	// at its deadline fails with [ErrPoolFull]. Default (0 or less): no maximum.
	MaxConns int

	// MaxConnsPerHost is the same for one host and port; behind a proxy that forwards http
	// requests, the proxy is the host. Default (0 or less): no maximum.
	MaxConnsPerHost int

	// MaxRequestsPerHost is how many requests to one host and port may be in progress, by
	// the Client and all derived from it: HTTP/2 sends many over one connection. Further
	// ones wait, and tenants take turns; see [Options].Tenant. Default (0 or less): no
	// maximum.
	MaxRequestsPerHost int

	// MaxWaiting is how many requests may wait for a connection, and for each host how many
	// may wait for MaxRequestsPerHost. Those beyond fail at once, with
	// [hostapi.CodeOverloaded] and [ErrPoolFull]. Default (0 or less): no maximum.
	MaxWaiting int

	// MaxIdleConnsPerHost is how many idle connections to keep for one host; four times as
	// many are kept in total. Default (0 or less): 256.
	MaxIdleConnsPerHost int

	// Timeouts bound the steps of a request. The zero Timeouts are the defaults.
	Timeouts Timeouts

	// WrapTransport, if set, wraps the transport that checks addresses and dials, for
	// instrumentation: what it returns gets every request that the rules allow, redirects
	// and token requests included, with credentials, and passes it on to next. It must not
	// change the request's URL. It is called a few times for each Client. A panic in it is
	// an error of [hostapi.CodeInternal]. Default nil: nothing is wrapped.
	//
	//   WrapTransport: func(next http.RoundTripper) http.RoundTripper { return otelhttp.NewTransport(next) }
	WrapTransport func(next http.RoundTripper) http.RoundTripper

	// Transport replaces the network, for tests in memory. Rules still apply, but
	// addresses are not checked, and DNS, Proxy, RootCAs, Timeouts and the maxima of
	// connections have no effect. Default nil: the network. A panic in it is an error of
	// [hostapi.CodeInternal].
	Transport http.RoundTripper
}

// Timeouts bound the steps of a request, which also ends with its context and after
// [hostapi.Limits].RequestTime. Zero or less is the default.
type Timeouts struct {
	Dial         time.Duration // name lookup and TCP connection; default 10 s
	DNS          time.Duration // connection to the name server of Config.DNS; default 10 s
	Proxy        time.Duration // opening a tunnel through the proxy, after the connection to it; default 10 s
	TLSHandshake time.Duration // default 10 s

	// ResponseHeader is how long to wait for the header of a response, after the request
	// with its body has been sent. Default: only the time of the whole request is bounded.
	ResponseHeader time.Duration

	Idle time.Duration // an idle connection is closed after this time; default 90 s
	Ping time.Duration // an HTTP/2 connection without frames, or that accepts none, is tested and closed; default 15 s
}

// or returns t with its zero fields set.
func (t Timeouts) or(defaults Timeouts) Timeouts {
	or := func(d, byDefault time.Duration) time.Duration { return cmp.Or(max(d, 0), byDefault) }
	return Timeouts{
		Dial: or(t.Dial, defaults.Dial), DNS: or(t.DNS, defaults.DNS), Proxy: or(t.Proxy, defaults.Proxy),
		TLSHandshake:   or(t.TLSHandshake, defaults.TLSHandshake),
		ResponseHeader: or(t.ResponseHeader, defaults.ResponseHeader), Idle: or(t.Idle, defaults.Idle), Ping: or(t.Ping, defaults.Ping),
	}
}

// Client sends requests to allowed destinations. It is a [hostapi.Connector] without
// connections. It is safe for concurrent use.
type Client struct {
	hostapi.BaseConnector

	*network
	policy policy
	shared bool // the network belongs to another client
}

// userAgent is sent if a request sets none.
const userAgent = "postern"

var _ hostapi.Connector = (*Client)(nil)

// New returns a Client for cfg.
func New(cfg Config) *Client {
	return &Client{
		network: newNetwork(cfg, nil, nil),
		policy: policy{
			allow:      newRules(cfg.Allow),
			deny:       newRules(cfg.Deny),
			allowAddrs: slices.Clone(cfg.AllowAddrs),
		},
	}
}

// WithRules returns a Client with other rules, in place of [Config].Allow and Deny, that
// shares the connections of c: one pool serves any number of tenants. AllowAddrs and
// DenyAddrs stay those of c, since a connection may have been opened by either Client.
// To close the Client that WithRules returned has no effect: close c.
//
//	pool := egress.New(egress.Config{MaxConns: 500, MaxConnsPerHost: 50})
//	defer pool.Close()
//	manager, err := connection.NewManager(connection.Config{Set: set, Egress: pool.WithRules(allow, nil)})
func (c *Client) WithRules(allow, deny []hostapi.Rule) *Client {
	p := c.policy
	p.allow, p.deny = newRules(allow), newRules(deny)
	return &Client{network: c.network, policy: p, shared: true}
}

// WithTLS returns a Client with the rules of c and its own connections, which use t and
// count towards the maxima of c. Its RootCAs default to those of c. It is closed with c.
func (c *Client) WithTLS(t *tls.Config) *Client {
	return c.derive(func(_ *Config, own **tls.Config) { *own = t })
}

// WithProxy returns a Client with the rules and the TLS settings of c and its own
// connections, which use that proxy, see [Config].Proxy, and count towards the maxima of
// c. It is closed with c.
func (c *Client) WithProxy(proxy *url.URL) *Client {
	return c.derive(func(cfg *Config, _ **tls.Config) { cfg.Proxy = proxy })
}

func (c *Client) derive(change func(*Config, **tls.Config)) *Client {
	if c.network == nil {
		return new(Client)
	}
	cfg, t, root := c.cfg, c.tls, c.root
	if root == nil {
		root = c.network
	}
	change(&cfg, &t)
	return &Client{network: newNetwork(cfg, t, root), policy: c.policy}
}

// Close closes the connections of c and of the clients derived from it: immediately if
// there are no requests, else after the last one. The Client can be used again
// afterwards, but requests that begin during Close may fail.
func (c *Client) Close() {
	if c.network != nil && !c.shared {
		c.close()
	}
}

// OAuth2Token returns [hostapi.CodeUnknownConnection]: a Client has no connections.
func (c *Client) OAuth2Token(_ context.Context, _ *hostapi.Grant, connection string) (string, error) {
	return "", unknownConnection("getOAuth2Token", connection)
}

// OAuth2TokenInfo returns [hostapi.CodeUnknownConnection], as OAuth2Token does.
func (c *Client) OAuth2TokenInfo(_ context.Context, _ *hostapi.Grant, connection string) (*hostapi.TokenInfo, error) {
	return nil, unknownConnection("getOAuth2TokenInfo", connection)
}

// AuthSetting returns [hostapi.CodeUnknownConnection], as OAuth2Token does.
func (c *Client) AuthSetting(_ context.Context, _ *hostapi.Grant, connection string) (*hostapi.AuthSetting, error) {
	return nil, unknownConnection("authSetting", connection)
}

// Do sends req to a destination that grant.Allow or the Client's rules allow, within
// grant.Limits. A request with an AuthSetting fails with
// [hostapi.CodeUnknownConnection].
func (c *Client) Do(ctx context.Context, grant *hostapi.Grant, req *hostapi.Request) (*hostapi.Response, error) {
	if req != nil && req.AuthSetting != "" {
		return nil, unknownConnection("authSetting", req.AuthSetting)
	}
	if grant == nil {
		grant = new(hostapi.Grant)
	}
	opts := Options{Tenant: grant.Identity.Tenant, Allow: grant.Allow, Limits: grant.Limits, Cookies: grant.Cookies, Traffic: grant.Traffic}
	if grant.Trace != nil {
		opts.Attempt = grant.Trace.Attempt
	}
	x := &exchange{Context: ctx, client: c, opts: opts}
	r, err := req.HTTP(x) //nolint:contextcheck // x is ctx
	if err != nil {
		return nil, err
	}
	if err := c.ready(r); err != nil {
		return nil, err
	}
	x.opts.Spelling = req.Spelling()
	return x.send(r) //nolint:contextcheck // r has that of x
}

// ready returns an error for a request without a URL, or a Client that was not made by
// [New].
func (c *Client) ready(req *http.Request) error {
	fail := func(message, hint string) error {
		return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: "request", Message: message, Hint: hint}
	}
	switch {
	case c == nil || c.network == nil:
		return fail("the egress.Client is nil or its zero value", "make it with egress.New")
	case req == nil || req.URL == nil:
		return fail("the request is nil, or has no URL", "make it with http.NewRequestWithContext")
	}
	return nil
}

func unknownConnection(op, name string) error {
	return &hostapi.Error{
		Code: hostapi.CodeUnknownConnection, Op: op, Name: name,
		Message: "no connection has this name", Hint: "no connections are configured", Reason: hostapi.ErrNoConnections,
	}
}
