package egress

import (
	"cmp"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/bytesize"
	"github.com/postern-dev/postern/internal/limit"
)

// explain converts err, of sending req, to a *[hostapi.Error]. It keeps only the class
// of a network error, whose text repeats the URL, and so perhaps a secret in its query.
func explain(req *http.Request, err error) error {
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		return e
	}
	if errors.Is(err, errPoolOverloaded) {
		return overloaded(req)
	}
	if ctx := req.Context(); ctx.Err() != nil {
		return interrupted(ctx, req)
	}
	if e, ok := errors.AsType[*addressError](err); ok {
		return deniedAddress(req, e)
	}
	if headerTooLarge(err) {
		return failure(hostapi.CodeLimit, req, "the header of the response is larger than "+bytesize.Format(maxResponseHeader), "")
	}
	message, hint := class(err)
	if _, ok := errors.AsType[*toProxyError](err); ok {
		message, hint = "the proxy: "+cmp.Or(message, "could not connect"), "is the proxy running, and its URL right?"
	} else if _, ok := errors.AsType[*tunnelError](err); ok && message == "" {
		message, hint = "the proxy did not open a tunnel", "does the proxy allow this host?"
	}
	return failure(hostapi.CodeNetwork, req, cmp.Or(message, "no valid HTTP response was received"), hint)
}

// headerTooLarge matches the text of errors for which net/http has no type.
func headerTooLarge(err error) bool {
	text := err.Error()
	return strings.Contains(text, "response headers exceeded") || // HTTP/1
		strings.Contains(text, "response header list larger") // HTTP/2
}

// requestTimeoutError is the cause of a context that ended after that time, the limit
// of one request.
type requestTimeoutError time.Duration

func (d requestTimeoutError) Error() string {
	return "timed out after " + max(time.Duration(d), 0).String()
}

// interrupted is the error for a context that ended, with what req was waiting for. A
// task that is cancelled may have a timeout as the cause.
func interrupted(ctx context.Context, req *http.Request) error {
	phase := progressOf(ctx).now()
	e := endedWhile(ctx, req, phase)
	if phase == queueing {
		e.Reason, e.Hint = ErrPoolFull, "raise the maxima of the egress.Config, such as MaxConns, or run fewer tasks at once"
	}
	return e
}

func endedWhile(ctx context.Context, req *http.Request, p phase) *hostapi.Error {
	while := " while " + p.String()
	cause := context.Cause(ctx)
	if d, ok := errors.AsType[requestTimeoutError](cause); ok {
		e := reached(req, hostapi.Limits{RequestTime: time.Duration(d)}, "request_time", "ask for less, or ")
		e.Message += while
		return e
	}
	code := hostapi.CodeOf(cause)
	if code != hostapi.CodeTimeout && code != hostapi.CodeCanceled {
		code = hostapi.CodeOf(ctx.Err())
	}
	message := "cancelled"
	if code == hostapi.CodeTimeout {
		message = "timed out"
	}
	e := failure(code, req, message+while, "")
	e.Cause = limit.Cause(ctx)
	return e
}

func deniedAddress(req *http.Request, e *addressError) error {
	message := e.Error()
	if host := hostapi.OriginOf(req.URL).Host; e.addr.String() != host {
		message = host + " resolves to " + e.addr.String() + ", " + e.kind
	}
	hint := "only a rule with host and port allows it: " + allowHint(destination(req.URL))
	if e.denied {
		hint = "deny rules override allow rules"
	}
	return noRule(req, message, hint)
}

// class describes the class of a network error; "" if it is unknown.
func class(err error) (message, hint string) {
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		switch {
		case e.IsNotFound:
			return "no such host", "is the name spelled right?"
		case e.IsTimeout:
			return "the name server did not respond", ""
		}
		return "the name could not be looked up", ""
	}
	if e, ok := errors.AsType[*proxyError](err); ok {
		return e.Error(), "does the proxy allow this host?"
	}
	if message, hint = tlsClass(err); message != "" {
		return message, hint
	}
	if e, ok := errors.AsType[*stepTimeoutError](err); ok {
		if e.step == tunnelling {
			return "the proxy did not open a tunnel within " + e.after.String(), "can the proxy reach the host?"
		}
		return "the TLS handshake did not complete within " + e.after.String(), "is there a firewall in between?"
	}
	switch {
	case errors.Is(err, errSwitched):
		return "the server switched to another protocol without being asked to (101)", "is it an HTTP API?"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused", "is the server running, and on this port?"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the server reset the connection", ""
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "no route to the host", ""
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the server closed the connection mid-response", ""
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return "the response is not valid gzip", ""
	}
	if _, ok := errors.AsType[flate.CorruptInputError](err); ok {
		return "the response is not valid gzip", ""
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		if _, ok := errors.AsType[*net.OpError](err); !ok {
			return "the server did not begin to respond in time", "see ResponseHeader of the egress.Timeouts"
		}
		return "the server did not accept the connection in time", "is there a firewall in between?"
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return "could not connect", ""
	}
	return "", ""
}

func tlsClass(err error) (message, hint string) {
	if e, ok := errors.AsType[*hostapi.Error](err); ok { // of a function in the tls.Config
		return e.Message, e.Hint
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "its TLS certificate is from an unknown authority", "if it is a private one, trust it: tls.ca_file of a connection, or postern connection trust NAME"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "its TLS certificate is for another name", ""
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return "its TLS certificate has expired or is not yet valid", "is the clock right?"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its TLS certificate could not be verified", ""
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return "the server does not speak TLS on this port", "is it http instead of https?"
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "remote error" { // a TLS alert
		return "the server refused the TLS handshake", ""
	}
	return "", ""
}
