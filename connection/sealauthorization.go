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

	"github.com/postern-dev/postern/hostapi"
)

// sealKeySize is the size of [Config].SealKey in bytes.
const sealKeySize = 32

// sealedVersion is the first byte of a sealed authorization.
const sealedVersion = 1

// ErrSealed is the reason of an error of [Manager.ResumeAuthorization]: the bytes are not
// those of a sealed authorization, were changed, or were sealed with another key or in
// another namespace.
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
	box, err := m.sealBox(op)
	if err != nil {
		return nil, err
	}
	key, err := marshalKey(a.key)
	if err == nil {
		var text []byte
		text, err = json.Marshal(sealedAuthorization{
			Connection: a.entry.name(), Binding: bindingOf(a.entry.conn), URL: a.URL, RedirectURI: a.RedirectURI, Expires: a.Expires,
			Issuer: a.issuer, WantsIss: a.wantsIss, State: a.state, Verifier: a.verifier, Nonce: a.nonce, ProofKey: key,
		})
		if err == nil {
			return box.Seal([]byte{sealedVersion}, nil, text, m.sealedData()), nil //nolint:gosec // the cipher generates the nonce
		}
	}
	return nil, &hostapi.Error{Code: hostapi.CodeInternal, Op: op, Name: a.entry.name(), Message: "the attempt cannot be encoded", Cause: err}
}

// ResumeAuthorization returns the attempt that [Manager.SealAuthorization] of this or
// another process returned, for [Manager.Redeem]. It fails with [ErrSealed] if the bytes
// are not such, with [ErrAuthorization] if the attempt has expired, and with
// [hostapi.CodeConfig] if the server or the client of the connection was changed since.
func (m *Manager) ResumeAuthorization(ctx context.Context, sealed []byte) (*Authorization, error) {
	const op = "resume authorization"
	box, err := m.sealBox(op)
	if err != nil {
		return nil, err
	}
	var s sealedAuthorization
	invalid := &hostapi.Error{Code: hostapi.CodeDenied, Op: op, Message: "not a sealed authorization of this manager", Reason: ErrSealed}
	if len(sealed) == 0 || sealed[0] != sealedVersion {
		return nil, invalid
	}
	text, err := box.Open(nil, nil, sealed[1:], m.sealedData())
	if err != nil || json.Unmarshal(text, &s) != nil {
		return nil, invalid
	}
	e, err := m.interactive(ctx, op, s.Connection, "authorization_code")
	if err != nil {
		return nil, err
	}
	if changed := bindingOf(e.conn).changes(s.Binding); changed != "" {
		return nil, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: op, Name: e.name(), Message: "the connection was changed since the attempt began: " + changed, Hint: "begin again",
		}
	}
	if time.Now().After(s.Expires) {
		return nil, e.expiredAttempt()
	}
	key, err := unmarshalKey(s.ProofKey)
	if err != nil {
		return nil, invalid
	}
	return &Authorization{
		URL: s.URL, RedirectURI: s.RedirectURI, Expires: s.Expires,
		entry: e, issuer: s.Issuer, wantsIss: s.WantsIss, state: s.State, verifier: s.Verifier, nonce: s.Nonce, key: key,
	}, nil
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

// sealedData is the associated data of sealed attempts.
func (m *Manager) sealedData() []byte {
	return fmt.Appendf(nil, "postern authorization %d %q", sealedVersion, m.cfg.Namespace)
}
