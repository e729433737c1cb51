package egress

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/proxy"

	"github.com/postern-dev/postern/internal/callback"
)

// dialer makes the connections of a transport: to the target or through the proxy, with
// TLS where needed. Only it and the resolver dial.
type dialer struct {
	net   net.Dialer
	tls   *tls.Config
	proxy *url.URL // nil: none
	open  *connections
	pool  *pool // nil: connections are not bounded

	// handshakeTimeout and proxyTimeout end a step after their time.
	handshakeTimeout, proxyTimeout *stepTimeoutError
}

func (n *network) newDialer(resolver *net.Resolver, check *addressCheck) *dialer {
	tlsConfig := n.tls.Clone()
	if tlsConfig == nil {
		tlsConfig = new(tls.Config)
	}
	tlsConfig.MinVersion = max(tlsConfig.MinVersion, tls.VersionTLS12)
	if tlsConfig.RootCAs == nil {
		tlsConfig.RootCAs = n.cfg.RootCAs
	}
	timeouts := n.cfg.Timeouts
	d := &dialer{
		tls: tlsConfig, proxy: n.cfg.Proxy, open: &n.open, pool: n.pool, net: net.Dialer{Timeout: timeouts.Dial, Resolver: resolver},
		handshakeTimeout: &stepTimeoutError{handshaking, timeouts.TLSHandshake}, proxyTimeout: &stepTimeoutError{tunnelling, timeouts.Proxy},
	}
	d.net.ControlContext = func(ctx context.Context, network, address string, conn syscall.RawConn) error {
		progressOf(ctx).reach(connecting)
		if d.proxy != nil {
			// Every connection leads to the proxy, which the operator chose; the target is
			// checked by targetLookup.
			return nil
		}
		return check.control(network, address, conn)
	}
	return d
}

// forwards reports whether the proxy forwards requests to http URLs (RFC 9112 §3.2.2).
// For https, and with SOCKS, a tunnel is used.
func (d *dialer) forwards() bool { return d.proxy != nil && !d.socks() }

func (d *dialer) socks() bool {
	return d.proxy.Scheme == "socks5" || d.proxy.Scheme == "socks5h"
}

// forwarder is an [http.Transport].Proxy function. For an https proxy, plain does the
// TLS handshake.
func (d *dialer) forwarder(r *http.Request) (*url.URL, error) {
	if !d.forwards() || r.URL.Scheme != "http" {
		return nil, nil
	}
	return &url.URL{Scheme: "http", Host: proxyAddress(d.proxy), User: d.proxy.User}, nil
}

// plain is an [http.Transport].DialContext function, for http URLs. The address is the
// proxy's if that forwards requests.
func (d *dialer) plain(ctx context.Context, network, address string) (conn net.Conn, err error) {
	defer func() { dialled(ctx, err) }()
	if d.forwards() {
		conn, err = d.toProxy(ctx, network, address)
	} else {
		conn, err = d.toTarget(ctx, network, address)
	}
	if err != nil {
		return nil, err
	}
	opened(conn)
	return guard(conn), nil
}

// secure is an [http.Transport].DialTLSContext function, for https URLs.
func (d *dialer) secure(ctx context.Context, network, address string) (_ net.Conn, err error) {
	defer func() { dialled(ctx, err) }()
	conn, err := d.toTarget(ctx, network, address)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		conn.Close() //nolint:errcheck // it is abandoned
		return nil, err
	}
	secured, err := d.handshake(ctx, conn, host, "h2", "http/1.1")
	if err != nil {
		return nil, err
	}
	opened(conn)
	if secured.ConnectionState().NegotiatedProtocol == "h2" {
		return secured, nil // net/http needs the *tls.Conn
	}
	return guard(secured), nil
}

// dialled records the end of a dial, unless it was given up without having begun: then
// the request has ended, or has another connection.
func dialled(ctx context.Context, err error) {
	if !errors.Is(err, errNotNeeded) {
		progressOf(ctx).reach(waiting)
	}
}

func (d *dialer) toTarget(ctx context.Context, network, address string) (net.Conn, error) {
	switch {
	case d.proxy == nil:
		return d.dial(ctx, network, address, address)
	case d.socks():
		return d.socksTunnel(ctx, network, address)
	}
	return d.httpTunnel(ctx, network, address)
}

// dial connects to address, for requests to host, another one if address is the proxy's.
func (d *dialer) dial(ctx context.Context, network, address, host string) (net.Conn, error) {
	var s *slot
	if d.pool != nil {
		var err error
		if s, err = d.pool.take(ctx, d, host); err != nil {
			return nil, err
		}
	}
	progressOf(ctx).reach(lookingUp)
	conn, err := d.net.DialContext(ctx, network, address)
	if err != nil {
		if s != nil {
			s.release()
		}
		return nil, err
	}
	return d.open.add(conn, s), nil
}

// opened records in the pool that conn can be used.
func opened(conn net.Conn) {
	if c, ok := underlying(conn).(*openConn); ok {
		c.slot.opened()
	}
}

// handshake returns conn with TLS, or closes it.
func (d *dialer) handshake(ctx context.Context, conn net.Conn, host string, protocols ...string) (*tls.Conn, error) {
	progressOf(ctx).reach(handshaking)
	config := d.tls.Clone()
	config.NextProtos = protocols
	if config.ServerName == "" {
		config.ServerName = host
	}
	ctx, cancel := d.handshakeTimeout.begin(ctx)
	defer cancel()
	secured := tls.Client(conn, config)
	if err := shakeHands(ctx, secured); err != nil {
		conn.Close() //nolint:errcheck // it is abandoned
		return nil, d.handshakeTimeout.or(ctx, err)
	}
	return secured, nil
}

// shakeHands may call functions in the embedding program's [tls.Config].
func shakeHands(ctx context.Context, conn *tls.Conn) (err error) {
	defer callback.Recover("request", "a function of the tls.Config", &err)
	return conn.HandshakeContext(ctx)
}

// stepTimeoutError is the error of a step of dialling that took too long.
type stepTimeoutError struct {
	step  phase
	after time.Duration
}

func (t *stepTimeoutError) Error() string {
	return t.step.String() + " took longer than " + t.after.String()
}

// begin returns ctx with the timeout of the step.
func (t *stepTimeoutError) begin(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, t.after, t)
}

// or returns t if it is why ctx, of begin, has ended, or else err.
func (t *stepTimeoutError) or(ctx context.Context, err error) error {
	if context.Cause(ctx) == t { //nolint:errorlint // it is never wrapped
		return t
	}
	return err
}

// toProxyError is a failure to connect to the proxy.
type toProxyError struct{ error }

func (e *toProxyError) Unwrap() error { return e.error }

// tunnelError is a failure to open a tunnel through the proxy.
type tunnelError struct{ error }

func (e *tunnelError) Unwrap() error { return e.error }

// proxyError is a proxy's refusal to connect to a target. Its text beside the status
// may repeat the proxy's password.
type proxyError struct{ status int }

func (e *proxyError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("the proxy answered %d %s", e.status, http.StatusText(e.status)))
}

// proxyAddress returns the host:port of a proxy.
func proxyAddress(u *url.URL) string {
	port := u.Port()
	if port == "" {
		switch u.Scheme {
		case "https":
			port = "443"
		case "http":
			port = "80"
		default:
			port = "1080"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// toProxy connects to the proxy for requests to host, with TLS if its URL is https.
func (d *dialer) toProxy(ctx context.Context, network, host string) (net.Conn, error) {
	conn, err := d.dial(ctx, network, proxyAddress(d.proxy), host)
	if err == nil && d.proxy.Scheme == "https" {
		conn, err = d.handshake(ctx, conn, d.proxy.Hostname(), "http/1.1")
	}
	if err != nil {
		return nil, &toProxyError{err}
	}
	return conn, nil
}

// httpTunnel opens a tunnel with CONNECT, RFC 9110 §9.3.6.
func (d *dialer) httpTunnel(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.toProxy(ctx, network, address)
	if err != nil {
		return nil, err
	}
	request := &http.Request{
		Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address,
		Header: http.Header{"User-Agent": {userAgent}},
	}
	if user := d.proxy.User; user != nil {
		password, _ := user.Password()
		request.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	err = d.askProxy(ctx, conn, func() error {
		if err := request.Write(conn); err != nil {
			return err
		}
		reader := bufio.NewReader(io.LimitReader(conn, maxResponseHeader))
		response, err := http.ReadResponse(reader, request) //nolint:bodyclose // the caller closes the connection
		switch {
		case err != nil:
			return err
		case response.StatusCode != http.StatusOK: // its body is ignored
			return &proxyError{response.StatusCode}
		case reader.Buffered() > 0:
			return errNotHTTP // nothing has been sent to the target yet
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// askProxy runs talk, the negotiation of a tunnel on conn, and closes conn if it fails.
// It ends with ctx, or after proxyTimeout.
func (d *dialer) askProxy(ctx context.Context, conn net.Conn, talk func() error) error {
	progressOf(ctx).reach(tunnelling)
	ctx, cancel := d.proxyTimeout.begin(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) }) //nolint:errcheck // conn is closed then
	err := talk()
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err == nil {
		return nil
	}
	conn.Close() //nolint:errcheck // it is abandoned
	return &tunnelError{d.proxyTimeout.or(ctx, err)}
}

// socksTunnel opens a tunnel with SOCKS5, RFC 1928. The proxy resolves the name.
func (d *dialer) socksTunnel(ctx context.Context, network, address string) (net.Conn, error) {
	var auth *proxy.Auth
	if user := d.proxy.User; user != nil {
		password, _ := user.Password()
		auth = &proxy.Auth{User: user.Username(), Password: password}
	}
	conn, err := d.toProxy(ctx, network, address)
	if err != nil {
		return nil, err
	}
	socks, err := proxy.SOCKS5(network, proxyAddress(d.proxy), auth, connected{conn})
	if err != nil {
		conn.Close() //nolint:errcheck // it is abandoned
		return nil, err
	}
	err = d.askProxy(ctx, conn, func() error {
		_, err := socks.Dial(network, address)
		return err
	})
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// connected is a dialler that returns an existing connection.
type connected struct{ net.Conn }

func (c connected) Dial(_, _ string) (net.Conn, error) { return c.Conn, nil }
