package connection

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/limit"
)

// DeviceAuthorization is one attempt to authorize a connection on another device, RFC
// 8628 §3.2. It is immutable; one goroutine waits for it.
type DeviceAuthorization struct {
	UserCode                string // to type on the page at VerificationURI
	VerificationURI         string // to open on any device
	VerificationURIComplete string // the same with the code in it; may be empty
	Expires                 time.Time

	entry    *entry
	code     secret.Text
	key      secret.Key // that the token will be bound to; nil: none
	interval time.Duration
}

const (
	defaultInterval = 5 * time.Second
	slowDown        = 5 * time.Second // RFC 8628 §3.5
	maxInterval     = time.Minute     // between polls of a server that does not respond
)

// AuthorizeDevice begins an authorization of the named connection on another device,
// RFC 8628 §3.1. [Manager.AwaitDevice] completes it, in another process after
// [Manager.SealDeviceAuthorization].
func (m *Manager) AuthorizeDevice(ctx context.Context, name string) (*DeviceAuthorization, error) {
	const op = "connect"
	e, err := m.interactive(ctx, op, name, "device_code")
	if err != nil {
		return nil, err
	}
	ctx, cancel := e.withTimeout(ctx)
	defer cancel()
	params := e.conn.WithScope(url.Values{})
	maps.Copy(params, e.conn.Target)
	e.conn.AuthorizeExtra.AddTo(params)
	a, err := e.client.Post(ctx, "device_authorization_endpoint", params)
	if err != nil {
		return nil, withOp(err, op)
	}
	d := &DeviceAuthorization{entry: e, interval: defaultInterval}
	if d.key, err = new(tokenSet).bind(e.conn); err != nil {
		return nil, withOp(err, op)
	}
	d.UserCode, _ = a["user_code"].(string)
	d.VerificationURI, _ = a["verification_uri"].(string)
	if d.VerificationURI == "" { // what drafts of the standard called it
		d.VerificationURI, _ = a["verification_url"].(string)
	}
	d.VerificationURIComplete, _ = a["verification_uri_complete"].(string)
	code, _ := a["device_code"].(string)
	d.code = secret.New(code)
	if seconds := oauthclient.WholeSeconds(a["interval"], 1); seconds > 0 {
		d.interval = time.Duration(seconds) * time.Second
	}
	lifetime := oauthclient.WholeSeconds(a["expires_in"], 1)
	if lifetime == 0 {
		lifetime = int64(authorizationTime / time.Second)
	}
	d.Expires = time.Now().Add(time.Duration(lifetime) * time.Second)
	if d.UserCode == "" || d.VerificationURI == "" || code == "" {
		return nil, &hostapi.Error{
			Code: hostapi.CodeConnection, Op: op, Name: name, Message: "the device authorization endpoint sent no user_code, verification_uri or device_code",
		}
	}
	return d, nil
}

// AwaitDevice waits until the user has authorized the device or refused, the code has
// expired, or ctx ends. It polls at the interval that the server sets (RFC 8628 §3.5),
// and less often while the server is unreachable or busy.
func (m *Manager) AwaitDevice(ctx context.Context, d *DeviceAuthorization) error {
	const op = "connect"
	if d == nil || d.entry == nil {
		return notBegun("a DeviceAuthorization", "AuthorizeDevice")
	}
	e := d.entry
	ctx, cancel := context.WithDeadline(ctx, d.Expires)
	defer cancel()
	pause := d.interval
	for {
		if oauthclient.Wait(ctx, pause) != nil {
			if errors.Is(ctx.Err(), context.Canceled) {
				return &hostapi.Error{Code: hostapi.CodeCanceled, Op: op, Name: e.name(), Message: "was cancelled", Cause: limit.Cause(ctx)}
			}
			return e.expiredDevice()
		}
		if e.slot.retired.Load() {
			return e.replaced()
		}
		issued, err := d.poll(ctx)
		f, refused := errors.AsType[*oauthclient.Error](err)
		switch {
		case err == nil:
			return e.storeAuthorized(ctx, op, d.key, issued)
		case !refused:
			return withOp(err, op)
		case ctx.Err() != nil: // reported above
		case f.Code == "authorization_pending":
			pause = d.interval
		case f.Code == "slow_down":
			d.interval += slowDown
			pause = max(d.interval, f.Err.RetryAfter)
		case f.Code == "access_denied":
			return e.refusedWith(f.Code, "")
		case f.Code == "expired_token":
			return e.expiredDevice()
		case f.Err.Temporary():
			// RFC 8628 §3.5: back off. The code is good until it expires.
			pause = max(min(2*pause, maxInterval), d.interval, f.Err.RetryAfter)
		default:
			return withOp(err, op)
		}
	}
}

func (e *entry) expiredDevice() error {
	return e.notAuthorized(hostapi.CodeTimeout, ErrAuthorization, "the device was not authorized in time", "begin again")
}

// poll makes one token request for the device code, RFC 8628 §3.4.
func (d *DeviceAuthorization) poll(ctx context.Context) (*oauth2.Token, error) {
	ctx, cancel := d.entry.withTimeout(ctx)
	defer cancel()
	return d.entry.client.Exchange(ctx, d.key, url.Values{"grant_type": {oauthtoml.GrantDevice}, "device_code": {d.code.Reveal()}})
}
