package egress

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"time"
)

const (
	dialTimeout        = 10 * time.Second
	handshakeTimeout   = 10 * time.Second
	idleTimeout        = 90 * time.Second
	pingAfter          = 15 * time.Second // of an HTTP/2 connection without frames
	maxResponseHeader  = 64 << 10
	defaultIdlePerHost = 256
)

// newTransport returns a transport that dials only addresses that check allows. Each
// check has its own transport, so a pooled connection is always used under the check
// that it was opened under.
func newTransport(cfg Config, tlsConfig *tls.Config, resolver *net.Resolver, check *addressCheck, open *connections) *http.Transport {
	dialer := newDialer(cfg, tlsConfig, resolver, check, open)
	idlePerHost := cfg.MaxIdleConnsPerHost
	if idlePerHost <= 0 {
		idlePerHost = defaultIdlePerHost
	}
	return &http.Transport{
		Proxy:                  dialer.forwarder,
		DialContext:            dialer.plain,
		DialTLSContext:         dialer.secure,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, WriteByteTimeout: pingAfter},
		MaxIdleConns:           4 * idlePerHost,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxResponseHeader,
	}
}

// newResolver returns a resolver that uses the name server at host:port; for "", the
// system's.
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
			return nil // all addresses are allowed
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
