package egress

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"time"
)

const (
	maxResponseHeader  = 64 << 10
	defaultIdlePerHost = 256
)

func defaultTimeouts() Timeouts {
	const step = 10 * time.Second
	return Timeouts{Dial: step, DNS: step, Proxy: step, TLSHandshake: step, Idle: 90 * time.Second, Ping: 15 * time.Second}
}

// newTransport returns a transport that dials only addresses that check allows. Each
// check has its own transport, so a pooled connection is always used under the check
// that it was opened under.
func (n *network) newTransport(resolver *net.Resolver, check *addressCheck) *http.Transport {
	dialer := n.newDialer(resolver, check)
	idlePerHost := n.cfg.MaxIdleConnsPerHost
	if idlePerHost <= 0 {
		idlePerHost = defaultIdlePerHost
	}
	timeouts := n.cfg.Timeouts
	return &http.Transport{
		Proxy:                  dialer.forwarder,
		DialContext:            dialer.plain,
		DialTLSContext:         dialer.secure,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: timeouts.Ping, WriteByteTimeout: timeouts.Ping},
		MaxIdleConns:           4 * idlePerHost,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        timeouts.Idle,
		ResponseHeaderTimeout:  timeouts.ResponseHeader,
		MaxResponseHeaderBytes: maxResponseHeader,
	}
}

// newResolver returns a resolver that uses the name server of cfg, or else the system's.
func newResolver(cfg Config) *net.Resolver {
	if cfg.DNS == "" {
		return &net.Resolver{}
	}
	dialer := &net.Dialer{Timeout: cfg.Timeouts.DNS}
	return &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, cfg.DNS)
		},
	}
}

// targetLookup checks the addresses of a target where the dialler does not: because a
// proxy dials it, or because nothing is sent.
type targetLookup struct {
	resolver      *net.Resolver
	strict, named *addressCheck
}

// check checks the addresses of host for a request through a proxy. A host that the proxy
// alone can look up is allowed if a rule names it with its port.
func (l *targetLookup) check(ctx context.Context, host string, named bool) error {
	if named && len(l.named.deny) == 0 {
		return nil // all addresses are allowed
	}
	_, err := l.addrs(ctx, host, named)
	return err
}

// addrs returns the addresses of host if each may be dialled.
func (l *targetLookup) addrs(ctx context.Context, host string, named bool) ([]netip.Addr, error) {
	check := l.strict
	if named {
		check = l.named
	}
	var addrs []netip.Addr
	if addr, err := netip.ParseAddr(host); err == nil {
		addrs = []netip.Addr{addr}
	} else if addrs, err = l.resolver.LookupNetIP(ctx, "ip", host); err != nil {
		return nil, err
	}
	for i, addr := range addrs {
		if err := check.check(addr); err != nil {
			return nil, err
		}
		addrs[i] = addr.Unmap()
	}
	return addrs, nil
}
