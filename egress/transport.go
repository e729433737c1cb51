package egress

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

const (
	dialTimeout        = 10 * time.Second
	handshakeTimeout   = 10 * time.Second
	idleTimeout        = 90 * time.Second
	pingAfter          = 15 * time.Second // an HTTP/2 connection without a frame for so long is asked whether it lives
	maxResponseHeader  = 64 << 10
	defaultIdlePerHost = 256
)

// newTransport returns a transport that dials only what check lets through.
// There is one for each check, and a pooled connection never changes hands
// between them: it was opened under the one it is used under.
func newTransport(cfg Config, tlsConfig *tls.Config, resolver *net.Resolver, check *addressCheck) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, Resolver: resolver, Control: check.control}
	idlePerHost := cfg.MaxIdleConnsPerHost
	if idlePerHost <= 0 {
		idlePerHost = defaultIdlePerHost
	}
	if tlsConfig = tlsConfig.Clone(); tlsConfig == nil {
		tlsConfig = new(tls.Config)
	}
	tlsConfig.MinVersion = max(tlsConfig.MinVersion, tls.VersionTLS12)
	if tlsConfig.RootCAs == nil {
		tlsConfig.RootCAs = cfg.RootCAs
	}
	t := &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        tlsConfig,
		TLSHandshakeTimeout:    handshakeTimeout,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter},
		MaxIdleConns:           4 * idlePerHost,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxResponseHeader,
	}
	if cfg.Proxy != nil {
		// Every connection now leads to the proxy, which the operator chose;
		// the target is checked by targetLookup.
		dialer.Control = nil
		t.Proxy = http.ProxyURL(cfg.Proxy)
		t.OnProxyConnectResponse = proxyAnswered
	}
	return t
}

// newResolver returns a resolver that asks the name server at host:port server,
// or the system's way of looking up names for "".
func newResolver(server string) *net.Resolver {
	if server == "" {
		return &net.Resolver{}
	}
	dialer := &net.Dialer{Timeout: dialTimeout}
	return &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, server)
		},
	}
}

// targetLookup checks the addresses of a target that a proxy will dial.
type targetLookup struct {
	resolver      *net.Resolver
	strict, named *addressCheck
}

func (l *targetLookup) check(ctx context.Context, host string, named bool) error {
	check := l.strict
	if named {
		check = l.named
		if len(check.deny) == 0 {
			return nil // no address is refused, so none is needed
		}
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return check.check(addr)
	}
	addrs, err := l.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return err
	}
	for _, addr := range addrs {
		if err := check.check(addr); err != nil {
			return err
		}
	}
	return nil
}

// proxyError is a proxy's refusal to go to a target. What it says beside the status
// may repeat the password that it got.
type proxyError struct{ status int }

func (e *proxyError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("the proxy answered %d %s", e.status, http.StatusText(e.status)))
}

// proxyAnswered has the type of [http.Transport].OnProxyConnectResponse.
func proxyAnswered(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode != http.StatusOK {
		return &proxyError{resp.StatusCode}
	}
	return nil
}
