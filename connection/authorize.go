package connection

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/brief"
)

// authorizationTime is how long a user has to authorize a connection.
const authorizationTime = 10 * time.Minute

// Authorization is one attempt to authorize a connection interactively, with the
// authorization code grant of RFC 6749 §4.1. It is valid for one callback and for ten
// minutes. [Manager.SealAuthorization] makes bytes of it for another process.
// It may be shared by goroutines: one of them completes it.
type Authorization struct {
	URL         string // the authorization request, to open in the user's browser
	RedirectURI string // where the server redirects the browser to
	Expires     time.Time

	entry    *entry
	issuer   string // "" if it is not known
	wantsIss bool   // the server's responses must have iss, RFC 9207 §3
	state    string
	verifier string     // of PKCE; empty: off
	nonce    string     // of OpenID Connect; empty: none
	key      secret.Key // that the token will be bound to; nil: none
	used     atomic.Bool
}

// Format writes "[secret]" for every verb: an attempt holds state and verifier, which
// bind the callback to it.
func (a *Authorization) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, secret.Hidden) }

// String returns "[secret]".
func (a *Authorization) String() string { return secret.Hidden }

// RedirectURI returns the redirect_uri of the named connection; "" if the file sets
// none.
func (s *Set) RedirectURI(name string) string {
	if c := s.file.Connections[name]; c != nil {
		return c.RedirectURI
	}
	return ""
}

// Authorize begins an interactive authorization of the named connection, RFC 6749 §4.1.
// The redirectURI must be registered with the server; on loopback its port may be any,
// RFC 8252 §7.3. [Manager.Redeem] completes the attempt.
func (m *Manager) Authorize(ctx context.Context, name, redirectURI string) (*Authorization, error) {
	const op = "connect"
	e, err := m.interactive(ctx, op, name, "authorization_code")
	if err != nil {
		return nil, err
	}
	ctx, cancel := e.withTimeout(ctx)
	defer cancel()
	a, err := e.authorize(ctx, redirectURI)
	if err != nil {
		return nil, withOp(err, op)
	}
	return a, nil
}

// interactive returns the named connection, which must have that grant.
func (m *Manager) interactive(ctx context.Context, op, name, grant string) (*entry, error) {
	e, err := m.entry(ctx, m.now(), op, name)
	if err != nil {
		return nil, err
	}
	if e.conn.Grant.Name != grant {
		message := fmt.Sprintf("the grant is %q, which needs no user", e.conn.Grant.Name)
		if e.conn.Grant.Interactive {
			message = fmt.Sprintf("the grant is %q, not %q", e.conn.Grant.Name, grant)
		}
		return nil, &hostapi.Error{Code: hostapi.CodeConfig, Op: op, Name: name, Message: message}
	}
	return e, nil
}

func (e *entry) withTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	return e.client.WithTimeout(ctx)
}

func (e *entry) authorize(ctx context.Context, redirectURI string) (*Authorization, error) {
	c := e.conn
	m, err := e.client.Discovery.Get(ctx)
	if err != nil {
		return nil, err
	}
	a := &Authorization{
		RedirectURI: redirectURI, Expires: time.Now().Add(authorizationTime),
		entry: e, issuer: m.Issuer, wantsIss: m.NamesIssuer, state: rand.Text(),
	}
	params := c.WithScope(url.Values{
		"response_type": {"code"}, "client_id": {c.ClientID}, "redirect_uri": {redirectURI}, "state": {a.state},
	})
	if c.PKCE {
		a.verifier = oauth2.GenerateVerifier()
		params.Set("code_challenge", oauth2.S256ChallengeFromVerifier(a.verifier))
		params.Set("code_challenge_method", "S256")
	}
	if slices.Contains(c.Scopes, "openid") {
		a.nonce = rand.Text()
		params.Set("nonce", a.nonce)
	}
	if err := a.bind(c, params); err != nil {
		return nil, err
	}
	maps.Copy(params, c.Target)
	c.AuthorizeExtra.AddTo(params)
	a.URL, err = e.client.AuthorizationURL(ctx, params)
	return a, err
}

// The reasons why [Manager.Redeem] or [Manager.AwaitDevice] ended before a token was
// requested, for [errors.Is].
var (
	// ErrAuthorization matches all of them: the authorization server or the user refused,
	// the callback was not accepted, or the attempt has expired.
	ErrAuthorization = errors.New("not authorized")

	// ErrAccessDenied: the user or the server denied the request, RFC 6749 §4.1.2.1.
	ErrAccessDenied = fmt.Errorf("%w: access denied", ErrAuthorization)

	// ErrStateMismatch: the callback belongs to another attempt, RFC 6749 §10.12. The
	// attempt stays valid: any page that is open in the browser could have sent the
	// callback.
	ErrStateMismatch = fmt.Errorf("%w: state mismatch", ErrAuthorization)
)

// notAuthorized is the error of an attempt that ended before a token was requested.
func (e *entry) notAuthorized(code hostapi.Code, reason error, message, hint string) error {
	return &hostapi.Error{Code: code, Op: "connect", Name: e.name(), Message: message, Hint: hint, Reason: reason}
}

// replaced is the error of an attempt that began before [Manager.Replace] changed or
// removed its connection.
func (e *entry) replaced() error {
	return e.notAuthorized(hostapi.CodeConnection, ErrAuthorization, "the connection was changed or removed since the attempt began", "begin again")
}

func (e *entry) expiredAttempt() error {
	return e.notAuthorized(hostapi.CodeTimeout, ErrAuthorization, "the attempt is more than ten minutes old", "begin again")
}

// notBegun is the error of an attempt that was not created by a method of Manager.
func notBegun(attempt, method string) error {
	return &hostapi.Error{
		Code: hostapi.CodeInvalidArgument, Op: "connect",
		Message: attempt + " is nil or its zero value", Hint: "begin with Manager." + method,
	}
}

// refusedWith is the error of an attempt that the server ended with an error code, RFC
// 6749 §4.1.2.1 and RFC 8628 §3.5, and a description that may be empty.
func (e *entry) refusedWith(code, description string) error {
	reason := ErrAuthorization
	if code == "access_denied" {
		reason = ErrAccessDenied
	}
	return e.notAuthorized(hostapi.CodeConnection, reason, refusal(code, description), refusalHint(code))
}

// Redeem completes an attempt with the query parameters of its callback: it checks
// state and iss, redeems the code (RFC 6749 §4.1.3), and stores the tokens. If it
// fails, the connection keeps its previous grant. It fails with [ErrStateMismatch] if
// the callback belongs to another attempt; the attempt can still be completed then.
func (m *Manager) Redeem(ctx context.Context, a *Authorization, callback url.Values) error {
	const op = "connect"
	if a == nil || a.entry == nil {
		return notBegun("an Authorization", "Authorize")
	}
	e := a.entry
	switch {
	case subtle.ConstantTimeCompare([]byte(callback.Get("state")), []byte(a.state)) != 1:
		return e.notAuthorized(hostapi.CodeDenied, ErrStateMismatch, "state mismatch: the callback is for another attempt",
			"begin again, and use the page that this opens")
	case e.slot.retired.Load():
		return e.replaced()
	case a.used.Swap(true):
		return e.notAuthorized(hostapi.CodeDenied, ErrAuthorization, "the callback was already used", "begin again")
	case time.Now().After(a.Expires):
		return e.expiredAttempt()
	}
	if iss := callback.Get("iss"); a.issuer != "" && iss != a.issuer && (iss != "" || a.wantsIss) {
		// RFC 9207 §2.4: the response may come from another server.
		return e.notAuthorized(hostapi.CodeDenied, ErrAuthorization, "the callback does not come from the issuer "+a.issuer, "check issuer")
	}
	if code := callback.Get("error"); code != "" {
		return e.refusedWith(code, callback.Get("error_description"))
	}
	if callback.Get("code") == "" {
		return e.notAuthorized(hostapi.CodeConnection, ErrAuthorization, "the callback has neither code nor error", "is redirect_uri right?")
	}
	params := url.Values{"grant_type": {"authorization_code"}, "code": {callback.Get("code")}, "redirect_uri": {a.RedirectURI}}
	if a.verifier != "" {
		params.Set("code_verifier", a.verifier)
	}
	ctx, cancel := e.withTimeout(ctx)
	defer cancel()
	issued, err := e.client.Exchange(ctx, a.key, params)
	if err != nil {
		return withOp(err, op)
	}
	if a.nonce != "" {
		if reason := oauthclient.CheckIDToken(issued, a.nonce, a.issuer, e.conn.ClientID); reason != "" {
			return &hostapi.Error{Code: hostapi.CodeConnection, Op: op, Name: e.name(), Message: reason}
		}
	}
	return e.storeAuthorized(ctx, op, a.key, issued)
}

// storeAuthorized stores the tokens of a new grant, bound to a key unless that is nil.
func (e *entry) storeAuthorized(ctx context.Context, op string, key secret.Key, issued *oauth2.Token) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	record, err := (&tokenSet{proofKey: key, old: e.oldTokens(ctx)}).next(e.conn, issued).record() //nolint:contextcheck // what it calls ends by itself
	if err == nil {
		err = e.store.Put(ctx, e.key, record)
	}
	if err != nil {
		return withOp(e.hostFailed(err), op)
	}
	e.audit(ctx, ActionAuthorize, "")
	h, err := e.load(ctx)
	if err != nil {
		return withOp(err, op)
	}
	e.publish(ctx, h, e.now())
	if err := e.health.trouble(); err != nil {
		return withOp(e.hostFailed(err), op)
	}
	return nil
}

// refusal is the message for an error code and description of the server. Both are safe
// to show: they came through the browser, which no secret passes.
func refusal(code, description string) string {
	visible := func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}
	const most = 200
	text := "the server refused: "
	if code == "access_denied" {
		text = "the request was denied: "
	}
	text += brief.Cut(strings.Map(visible, code), 64)
	if description != "" {
		text += " (" + brief.Cut(strings.Map(visible, description), most) + ")"
	}
	return text
}

func refusalHint(code string) string {
	switch code {
	case "access_denied":
		return "the user or the server denied it; the previous grant is unchanged"
	case "invalid_scope":
		return "check scopes"
	case "unauthorized_client", "unsupported_response_type":
		return "the client is not registered for the authorization code grant"
	case "invalid_request":
		return "check redirect_uri, authorize_params and pkce"
	case "invalid_target":
		return "check resource and audience"
	}
	return ""
}

// bind binds the authorization code to the DPoP key, RFC 9449 §10.
func (a *Authorization) bind(c *oauthtoml.Connection, params url.Values) (err error) {
	if a.key, err = new(tokenSet).bind(c); err != nil || a.key == nil {
		return err
	}
	sum, err := (&jose.JSONWebKey{Key: a.key().Public()}).Thumbprint(crypto.SHA256) // RFC 7638
	if err != nil {
		return err
	}
	params.Set("dpop_jkt", base64.RawURLEncoding.EncodeToString(sum))
	return nil
}
