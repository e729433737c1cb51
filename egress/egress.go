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
	"context"
	"crypto/tls"
	"crypto/x509"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"

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
	// rule allows public addresses only.
	//
	//   Allow: []hostapi.Rule{{Host: "api.example.com"}, {Host: "intranet", Port: "443"}}
	Allow []hostapi.Rule

	// Deny overrides everything that is allowed. Here, a rule without a port covers every
	// port, and one with a path also covers paths that a server might interpret
	// differently. Default nil: nothing is denied.
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

	// MaxIdleConnsPerHost is how many idle connections to keep for one host; four times as
	// many are kept in total. Default (0 or less): 256.
	MaxIdleConnsPerHost int

	// Transport replaces the network, for tests in memory. Rules still apply, but
	// addresses are not checked, and DNS, Proxy, RootCAs and MaxIdleConnsPerHost have no
	// effect. Default nil: the network. A panic in it is an error of
	// [hostapi.CodeInternal].
	Transport http.RoundTripper
}

// Client sends requests to allowed destinations. It is a [hostapi.Connector] without
// connections. It is safe for concurrent use.
type Client struct {
	hostapi.BaseConnector

	cfg    Config
	tls    *tls.Config // nil: the default
	policy policy
	strict http.RoundTripper // refuses special addresses
	named  http.RoundTripper // for destinations that a rule names by host and port

	// lookup checks a target's addresses where the dialler cannot: behind a proxy. Nil
	// without one.
	lookup *targetLookup

	userAgent []string // shared by the headers of all requests; read-only

	root     *Client      // it was derived from this client; nil: not derived
	open     connections  // of both transports
	requests atomic.Int64 // number of requests in progress
	closed   atomic.Bool  // not used since it was made or closed

	mu      sync.Mutex
	derived map[*Client]struct{} // derived clients that are not closed
}

// userAgent is sent if a request sets none.
const userAgent = "postern"

var _ hostapi.Connector = (*Client)(nil)

// New returns a Client for cfg.
func New(cfg Config) *Client {
	return newClient(cfg, nil)
}

// WithTLS returns a Client with the rules of c and its own connections, which use t.
// Its RootCAs default to those of c. It is closed with c.
func (c *Client) WithTLS(t *tls.Config) *Client { return c.derive(c.cfg, t) }

// WithProxy returns a Client with the rules and the TLS settings of c and its own
// connections, which use that proxy, see [Config].Proxy. It is closed with c.
func (c *Client) WithProxy(proxy *url.URL) *Client {
	cfg := c.cfg
	cfg.Proxy = proxy
	return c.derive(cfg, c.tls)
}

func (c *Client) derive(cfg Config, t *tls.Config) *Client {
	d := newClient(cfg, t)
	if d.root = c.root; d.root == nil {
		d.root = c
	}
	return d
}

func newClient(cfg Config, t *tls.Config) *Client {
	c := &Client{
		cfg: cfg,
		tls: t,
		policy: policy{
			allow:      slices.Clone(cfg.Allow),
			deny:       slices.Clone(cfg.Deny),
			allowAddrs: slices.Clone(cfg.AllowAddrs),
		},
		userAgent: []string{userAgent},
	}
	c.closed.Store(true)
	if cfg.Transport != nil {
		c.strict = hostTransport{cfg.Transport}
		c.named = c.strict
		return c
	}
	strict := &addressCheck{
		special: specialAddresses(),
		allow:   slices.Clone(cfg.AllowAddrs),
		deny:    slices.Clone(cfg.DenyAddrs),
	}
	named := &addressCheck{deny: strict.deny}
	resolver := newResolver(cfg.DNS)
	c.strict = newTransport(cfg, t, resolver, strict, &c.open)
	c.named = newTransport(cfg, t, resolver, named, &c.open)
	if cfg.Proxy != nil {
		c.lookup = &targetLookup{resolver: resolver, strict: strict, named: named}
	}
	return c
}

// Close closes the connections of c and of the clients derived from it: immediately if
// there are no requests, else after the last one. The Client can be used again
// afterwards, but requests that begin during Close may fail.
func (c *Client) Close() {
	c.mu.Lock()
	derived := slices.Collect(maps.Keys(c.derived))
	c.mu.Unlock()
	for _, d := range derived {
		d.Close()
	}
	if c.root != nil {
		c.root.mu.Lock()
		delete(c.root.derived, c)
		c.root.mu.Unlock()
	}
	c.closed.Store(true)
	if c.requests.Load() == 0 {
		c.closeConnections()
	}
}

func (c *Client) closeConnections() {
	for _, t := range []http.RoundTripper{c.strict, c.named} {
		if t, ok := t.(interface{ CloseIdleConnections() }); ok {
			t.CloseIdleConnections()
		}
	}
	c.open.closeAll()
}

// begin counts a request until end. A derived client registers with its root on its
// first request, to be closed with it.
func (c *Client) begin() {
	c.requests.Add(1)
	if !c.closed.Load() || !c.closed.CompareAndSwap(true, false) || c.root == nil {
		return
	}
	c.root.mu.Lock()
	defer c.root.mu.Unlock()
	if c.root.derived == nil {
		c.root.derived = make(map[*Client]struct{})
	}
	c.root.derived[c] = struct{}{}
}

func (c *Client) end() {
	if c.requests.Add(-1) == 0 && c.closed.Load() {
		c.closeConnections()
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
	r, err := req.HTTP(ctx)
	if err != nil {
		return nil, err
	}
	if grant == nil {
		grant = new(hostapi.Grant)
	}
	return c.Send(r, Options{Allow: grant.Allow, Limits: grant.Limits, Cookies: grant.Cookies, Spelling: req.Spelling(), Traffic: grant.Traffic})
}

// ready returns an error for a request without a URL, or a Client that was not made by
// [New].
func (c *Client) ready(req *http.Request) error {
	fail := func(message, hint string) error {
		return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: "request", Message: message, Hint: hint}
	}
	switch {
	case c == nil || c.strict == nil:
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
