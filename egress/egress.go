// Package egress is the one way out of Postern, and the only package that
// dials.
//
// A request leaves only if a rule names its place: everything is denied until
// then. Rules compare names, before anything is sent; the address that a name
// resolves to is checked when it is dialled, so that no DNS answer can change
// between the check and the connection. Every hop of a redirect passes the same
// gate again, and loses its credentials when it comes to another origin. Time,
// sizes and redirects are capped.
//
// [Client] is the door; package connection puts tokens into requests on their
// way through it, with [Options].Hop.
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

// Config says where a [Client] may go and how. The zero Config goes nowhere but
// where a grant allows, and never to a private address.
type Config struct {
	// Allow names the places every request may go to. Nil allows none beside
	// those of [hostapi.Grant].Allow or [Options].Allow.
	//
	// A rule with an explicit port and without a wildcard names one place, and
	// may lead to a private or otherwise special address: "127.0.0.1:8080" or
	// "intranet:443". Any other rule leads to public addresses only.
	Allow []hostapi.Rule

	// Deny wins over everything that is allowed. A rule without a port stands
	// for every port here, and one with a path also covers a path that a server
	// might read in two ways. Nil denies nothing.
	Deny []hostapi.Rule

	// AllowAddrs are special addresses that any rule may lead to. A URL whose
	// host is an IP address in one of them needs no rule.
	AllowAddrs []netip.Prefix

	// DenyAddrs are never dialled, whatever a rule or AllowAddrs says.
	DenyAddrs []netip.Prefix

	// DNS is the host:port of a name server to ask instead of the system's. The
	// hosts file of the machine is still read first. Empty means the system's.
	DNS string

	// Proxy is an http, https or socks5 proxy; it is dialled whatever its
	// address. Nil means none: the environment is never read.
	//
	// With a proxy, the target's name is looked up and its addresses are checked
	// before the proxy is asked. The proxy looks the name up again, so a name
	// server that changes its answer in between is not caught here; the proxy
	// needs address rules of its own. A name that cannot be looked up here is
	// refused, unless a rule names host and port and DenyAddrs is empty.
	Proxy *url.URL

	// RootCAs are the certificate authorities to trust. Nil means the system's.
	RootCAs *x509.CertPool

	// MaxIdleConnsPerHost is how many idle connections to keep for one host.
	// Four times as many are kept in all. Zero or less means 256.
	MaxIdleConnsPerHost int

	// Transport replaces the network, for tests in memory. Rules still hold;
	// addresses cannot be checked, and DNS, Proxy, RootCAs and
	// MaxIdleConnsPerHost mean nothing. Nil means the network. A panic in it is an
	// error of [hostapi.CodeInternal].
	Transport http.RoundTripper
}

// Client sends requests to the places it allows. It is a [hostapi.Connector]
// that knows no connections. Any number of goroutines may use it at once.
type Client struct {
	cfg    Config
	tls    *tls.Config // of its connections; nil: the default
	policy policy
	strict http.RoundTripper // refuses special addresses
	named  http.RoundTripper // for places that a rule names by host and port

	// lookup checks a target's addresses where the dialler cannot: behind a
	// proxy. Nil otherwise.
	lookup *targetLookup

	userAgent []string // shared by the headers of all requests, never written to

	root     *Client      // that it was made from; nil if from none
	open     connections  // of both transports
	requests atomic.Int64 // under way
	closed   atomic.Bool  // or not used yet, and not used since

	mu      sync.Mutex
	derived map[*Client]struct{} // those made from it that are not closed
}

// userAgent is sent where a request names none.
const userAgent = "postern"

var _ hostapi.Connector = (*Client)(nil)

// New returns a Client for cfg.
func New(cfg Config) *Client {
	return newClient(cfg, nil)
}

// WithTLS returns a Client that keeps to the rules of c, and whose connections are
// its own: they are made with t. Roots that t does not name are those of c. It is
// closed with c.
func (c *Client) WithTLS(t *tls.Config) *Client { return c.derive(c.cfg, t) }

// WithProxy returns a Client that keeps to the rules and the TLS of c, and whose
// connections are its own: they go through that proxy, see [Config].Proxy. It is
// closed with c.
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

// Close closes the connections of c and of the clients made from it: at once where
// no request is under way, otherwise with the last one. The Client stays usable,
// but for requests that begin while Close is at work.
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

// begin notes that a request is under way, until end. From the first one on, the
// client that c was made from closes c with itself.
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

// OAuth2Token returns [hostapi.CodeUnknownConnection]: a Client knows no
// connections.
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

// Do sends req to a place that grant.Allow or the Client's own rules allow,
// within grant.Limits. A request with an AuthSetting fails with
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

// ready returns why nothing can be sent: a request without a place, or a Client that
// [New] did not make.
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
		Message: "no connection has this name", Hint: "no connections are set up here",
	}
}
