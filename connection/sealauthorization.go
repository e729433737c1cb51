package connection

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
)

// sealKeySize is the size of [Config].SealKey in bytes.
const sealKeySize = 32

// sealedVersion is the first byte of a sealed authorization.
const sealedVersion = 1

// ErrSealed is the reason of an error of [Manager.ResumeAuthorization] or
// [Manager.ResumeDeviceAuthorization]: the bytes are not those of such an authorization,
// were changed, or were sealed with another key or in another namespace.
var ErrSealed = errors.New("not a sealed authorization of this manager")

// sealedAuthorization is the content of a sealed authorization.
type sealedAuthorization struct {
	Connection  string    `json:"connection"` // with its account
	Binding     binding   `json:"binding"`
	URL         string    `json:"url"`
	RedirectURI string    `json:"redirect_uri"`
	Expires     time.Time `json:"expires"`
	Issuer      string    `json:"issuer,omitempty"`
	WantsIss    bool      `json:"wants_iss,omitempty"`
	State       string    `json:"state"`
	Verifier    string    `json:"verifier,omitempty"`
	Nonce       string    `json:"nonce,omitempty"`
	ProofKey    []byte    `json:"proof_key,omitempty"` // PKCS #8
}

// State returns the value of the parameter state, RFC 6749 §4.1.1, which the callback
// repeats: a web service finds the attempt of a callback by it. It is as secret as the
// user's session.
func (a *Authorization) State() string { return a.state }

// SealAuthorization returns an attempt as bytes, encrypted and authenticated with
// [Config].SealKey, that another process with the same configuration can resume. Store
// them under [Authorization.State], and take them out of there, in one transaction, when
// the callback comes: a Manager accepts one callback of an attempt, but two that have
// resumed the same bytes do not know of each other. The server accepts a code once (RFC
// 6749 §4.1.2), so the second one of these fails, and a server may revoke the tokens of
// the first. The attempt itself stays valid.
func (m *Manager) SealAuthorization(a *Authorization) ([]byte, error) {
	const op = "seal authorization"
	if a == nil || a.entry == nil {
		return nil, notBegun("an Authorization", "Authorize")
	}
	key, err := marshalKey(a.key)
	if err != nil {
		return nil, notEncoded(op, a.entry, err)
	}
	return m.seal(op, authorizationKind, a.entry, sealedAuthorization{
		Connection: a.entry.name(), Binding: bindingOf(a.entry.conn), URL: a.URL, RedirectURI: a.RedirectURI, Expires: a.Expires,
		Issuer: a.issuer, WantsIss: a.wantsIss, State: a.state, Verifier: a.verifier, Nonce: a.nonce, ProofKey: key,
	})
}

// ResumeAuthorization returns the attempt that [Manager.SealAuthorization] of this or
// another process returned, for [Manager.Redeem]. It fails with [ErrSealed] if the bytes
// are not such, with [ErrAuthorization] if the attempt has expired, and with
// [hostapi.CodeConfig] if the server or the client of the connection was changed since.
func (m *Manager) ResumeAuthorization(ctx context.Context, sealed []byte) (*Authorization, error) {
	const op = "resume authorization"
	var s sealedAuthorization
	if err := m.unseal(op, authorizationKind, sealed, &s); err != nil {
		return nil, err
	}
	e, key, err := m.resume(ctx, op, "authorization_code", s.Connection, s.Binding, s.ProofKey)
	if err != nil {
		return nil, err
	}
	if time.Now().After(s.Expires) {
		return nil, e.expiredAttempt()
	}
	return &Authorization{
		URL: s.URL, RedirectURI: s.RedirectURI, Expires: s.Expires,
		entry: e, issuer: s.Issuer, wantsIss: s.WantsIss, state: s.State, verifier: s.Verifier, nonce: s.Nonce, key: key,
	}, nil
}

// sealedDevice is the content of a sealed authorization on another device.
type sealedDevice struct {
	Connection              string        `json:"connection"` // with its account
	Binding                 binding       `json:"binding"`
	UserCode                string        `json:"user_code"`
	VerificationURI         string        `json:"verification_uri"`
	VerificationURIComplete string        `json:"verification_uri_complete,omitempty"`
	Expires                 time.Time     `json:"expires"`
	DeviceCode              string        `json:"device_code"`
	Interval                time.Duration `json:"interval"`
	ProofKey                []byte        `json:"proof_key,omitempty"` // PKCS #8
}

// SealDeviceAuthorization returns an attempt as bytes, as [Manager.SealAuthorization] does,
// so that another process can wait for the user, for example after a restart. Only one
// should wait at a time: a server slows down clients that poll too often, RFC 8628 §3.5.
func (m *Manager) SealDeviceAuthorization(d *DeviceAuthorization) ([]byte, error) {
	const op = "seal authorization"
	if d == nil || d.entry == nil {
		return nil, notBegun("a DeviceAuthorization", "AuthorizeDevice")
	}
	key, err := marshalKey(d.key)
	if err != nil {
		return nil, notEncoded(op, d.entry, err)
	}
	return m.seal(op, deviceKind, d.entry, sealedDevice{
		Connection: d.entry.name(), Binding: bindingOf(d.entry.conn), UserCode: d.UserCode, VerificationURI: d.VerificationURI,
		VerificationURIComplete: d.VerificationURIComplete, Expires: d.Expires, DeviceCode: d.code.Reveal(), Interval: d.interval, ProofKey: key,
	})
}

// ResumeDeviceAuthorization returns the attempt that [Manager.SealDeviceAuthorization] of
// this or another process returned, for [Manager.AwaitDevice]. Its errors are those of
// [Manager.ResumeAuthorization].
func (m *Manager) ResumeDeviceAuthorization(ctx context.Context, sealed []byte) (*DeviceAuthorization, error) {
	const op = "resume authorization"
	var s sealedDevice
	if err := m.unseal(op, deviceKind, sealed, &s); err != nil {
		return nil, err
	}
	e, key, err := m.resume(ctx, op, "device_code", s.Connection, s.Binding, s.ProofKey)
	if err != nil {
		return nil, err
	}
	if time.Now().After(s.Expires) {
		return nil, e.expiredDevice()
	}
	return &DeviceAuthorization{
		UserCode: s.UserCode, VerificationURI: s.VerificationURI, VerificationURIComplete: s.VerificationURIComplete, Expires: s.Expires,
		entry: e, code: secret.New(s.DeviceCode), key: key, interval: s.Interval,
	}, nil
}

// The kinds of sealed attempts.
const (
	authorizationKind = "authorization"
	deviceKind        = "device authorization"
)

// seal encodes and encrypts an attempt of that kind for e.
func (m *Manager) seal(op, kind string, e *entry, attempt any) ([]byte, error) {
	box, err := m.sealBox(op)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(attempt)
	if err != nil {
		return nil, notEncoded(op, e, err)
	}
	return box.Seal([]byte{sealedVersion}, nil, text, m.sealedData(kind)), nil //nolint:gosec // the cipher generates the nonce
}

func notEncoded(op string, e *entry, err error) error {
	return &hostapi.Error{Code: hostapi.CodeInternal, Op: op, Name: e.name(), Message: "the attempt cannot be encoded", Cause: err}
}

// unseal decrypts an attempt of that kind.
func (m *Manager) unseal(op, kind string, sealed []byte, attempt any) error {
	box, err := m.sealBox(op)
	if err != nil {
		return err
	}
	if len(sealed) > 0 && sealed[0] == sealedVersion {
		text, err := box.Open(nil, nil, sealed[1:], m.sealedData(kind))
		if err == nil && json.Unmarshal(text, attempt) == nil {
			return nil
		}
	}
	return notSealed(op)
}

func notSealed(op string) error {
	return &hostapi.Error{Code: hostapi.CodeDenied, Op: op, Message: "not a sealed authorization of this manager", Reason: ErrSealed}
}

// resume returns the entry of a resumed attempt, and the key that its token will be bound
// to.
func (m *Manager) resume(ctx context.Context, op, grant, connection string, was binding, proofKey []byte) (*entry, secret.Key, error) {
	e, err := m.interactive(ctx, op, connection, grant)
	if err != nil {
		return nil, nil, err
	}
	if changed := bindingOf(e.conn).changes(was); changed != "" {
		return nil, nil, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: op, Name: e.name(), Message: "the connection was changed since the attempt began: " + changed, Hint: "begin again",
		}
	}
	key, err := unmarshalKey(proofKey)
	if err != nil {
		return nil, nil, notSealed(op)
	}
	return e, key, nil
}

// sealBox returns the cipher for attempts: AES-256-GCM under a key derived from SealKey by
// HKDF, RFC 5869.
func (m *Manager) sealBox(op string) (cipher.AEAD, error) {
	if len(m.cfg.SealKey) == 0 {
		return nil, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: op, Message: "the manager has no key for it", Hint: "give connection.Config a SealKey",
		}
	}
	derived, err := hkdf.Key(sha256.New, m.cfg.SealKey, nil, "postern connection: authorization", sealKeySize)
	if err != nil {
		return nil, &hostapi.Error{Code: hostapi.CodeInternal, Op: op, Message: "no key can be derived", Cause: err}
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, &hostapi.Error{Code: hostapi.CodeInternal, Op: op, Message: "no cipher can be made", Cause: err}
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// sealedData is the associated data of sealed attempts of that kind.
func (m *Manager) sealedData(kind string) []byte {
	return fmt.Appendf(nil, "postern %s %d %q", kind, sealedVersion, m.cfg.Namespace)
}
