// Package connection implements the named connections of an oauth.toml: it obtains and
// renews an access token for each, and decides to which hosts the token may be sent. No
// other package holds tokens.
//
// [Load] reads an oauth.toml into a [Set]. [NewManager] makes a [Manager] of it, which
// is the [hostapi.Connector] of tasks. A script names a connection and gets a stand-in
// for its token; the Manager replaces it by the token in a request to one of the
// connection's hosts, and removes the token from the response again.
//
// internal/oauthtoml reads the file, and internal/oauthclient makes requests to
// authorization servers. This package holds and renews tokens: entry (token.go) is a
// connection in use, renew.go renews its token, lease.go lets only one process do so,
// and do.go puts the token into a request.
package connection

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// Config configures a [Manager].
type Config struct {
	Set    *Set           // the connections; required, and read without SkipSecrets
	Egress *egress.Client // sends requests to authorization servers and APIs; required

	// Store keeps tokens beyond the life of the process and shares them with other
	// processes. Default: tokens are kept in memory and lost at exit. Package store has
	// one:
	//
	//   db, err := store.Open(ctx, store.Config{URL: "sqlite:postern.db", Key: key})
	//   m, err := connection.NewManager(connection.Config{Set: set, Egress: client, Store: db})
	Store Store

	// Namespace separates the connections of this Manager from those of Managers with
	// another one, such as that of another tenant, on the same Store: they share neither
	// tokens nor leases nor an audit trail. Default "": the namespace of the command.
	Namespace string

	// Actor identifies the caller in the audit trail of the Store where neither the
	// [hostapi.Identity] of a task nor [WithActor] does. Default "postern".
	Actor string

	// SealKey encrypts authorizations that are under way, see [Manager.SealAuthorization]
	// and [Manager.SealDeviceAuthorization]: 32 random bytes, the same in all processes
	// that may get the callback. Default nil: an authorization ends in the process that
	// began it.
	SealKey []byte

	// OnEvent, if set, is called when a connection changes its state, on the goroutine
	// that noticed. It must not block. If it panics, the operation under way fails with
	// [hostapi.CodeInternal]. Default: events are dropped.
	OnEvent func(Event)

	// OnTokenFetch, if set, is called after each token fetch: for a task, for the program,
	// or in the background, which no task reports. It may be called from several goroutines
	// at once, and must not block. The Identity is that of the caller who began it, as in
	// an [AuditEvent]. If it panics, the operation under way fails with
	// [hostapi.CodeInternal]. Default nil: fetches are not reported.
	OnTokenFetch func(hostapi.Identity, hostapi.TokenFetch)
}

// Manager obtains tokens for connections, keeps them in memory, and puts them into
// outgoing requests. It is safe for concurrent use.
type Manager struct {
	hostapi.BaseConnector

	cfg    Config
	egress *egress.Client
	start  time.Time // of the manager's clock

	current   atomic.Pointer[snapshot]
	replacing sync.Mutex
	standIns  *standIns

	renewals *renewals
	trail    *trail
	routes   *routes
}

var _ hostapi.Connector = (*Manager)(nil)

// NewManager returns a Manager for cfg. It requests no token before one is needed.
func NewManager(cfg Config) (*Manager, error) {
	const op = "new manager"
	if cfg.Set == nil || cfg.Egress == nil {
		return nil, &hostapi.Error{Code: hostapi.CodeConfig, Op: op, Message: "Set or Egress is missing"}
	}
	if err := usable(op, cfg.Set); err != nil {
		return nil, err
	}
	if n := len(cfg.SealKey); n != 0 && n != sealKeySize {
		return nil, &hostapi.Error{Code: hostapi.CodeConfig, Op: op, Message: fmt.Sprintf("SealKey has %d bytes, not %d", n, sealKeySize)}
	}
	cfg.SealKey = slices.Clone(cfg.SealKey)
	if cfg.Store == nil {
		cfg.Store = newMemory()
	} else {
		cfg.Store = hostStore{cfg.Store}
	}
	m := &Manager{cfg: cfg, egress: cfg.Egress, start: time.Now(), standIns: newStandIns(), renewals: newRenewals(), routes: &routes{common: cfg.Egress}}
	m.trail = &trail{store: cfg.Store, namespace: cfg.Namespace, actor: cfg.Actor, start: m.start}
	m.current.Store(newSnapshot(cfg.Set, nil))
	m.cfg.Set = nil // see Replace
	return m, nil
}

// newEntry returns an entry for the connection c of s, or for its account of that name.
func (m *Manager) newEntry(s *snapshot, c *oauthtoml.Connection, name string) *entry {
	key := Key{Namespace: m.cfg.Namespace}
	if key.Connection, key.Account = splitAccount(name); key.Account != "" {
		account := *c
		account.Name = name
		c = &account
	}
	client, own := m.routes.of(c)
	in, _ := s.slot(name)
	e := &entry{
		conn: c, slot: in, client: oauthclient.New(c, client), way: own, start: m.start,
		store: m.cfg.Store, key: key, holder: rand.Text(),
		renewals: m.renewals, trail: m.trail, onFetch: m.cfg.OnTokenFetch,
		health: health{name: c.Name, notify: m.cfg.OnEvent, retired: &in.retired, defaultActor: m.cfg.Actor, state: StateUnused},
	}
	e.held = in.credentials(name, key.Account)
	switch {
	case c.Sealed:
		e.standIn = newStandIn()
	case !c.Grant.Basic:
		e.held.show("")
	}
	return e
}

// newStandIn returns 128 random bits in the form of a stand-in.
func newStandIn() string {
	bits := make([]byte, 16)
	_, _ = rand.Read(bits) // never fails
	return hostapi.SealedPrefix + base64.RawURLEncoding.EncodeToString(bits)
}

// OAuth2Token implements [hostapi.Connector].
func (m *Manager) OAuth2Token(ctx context.Context, grant *hostapi.Grant, name string) (string, error) {
	const op = "getOAuth2Token"
	e, err := m.grantedEntry(ctx, m.snapshot(grant), op, grant, name)
	if err != nil {
		return "", err
	}
	c, stale := e.inHand(0)
	if c == nil || stale || e.conn.Grant.Basic {
		if c, err = e.tokenFor(withGrant(ctx, grant), op, 0); err != nil {
			return "", err
		}
	}
	if e.standIn != "" {
		return e.standIn, nil
	}
	return c.AccessToken(), nil
}

// AuthSetting implements [hostapi.Connector].
func (m *Manager) AuthSetting(ctx context.Context, grant *hostapi.Grant, name string) (*hostapi.AuthSetting, error) {
	e, err := m.grantedEntry(ctx, m.snapshot(grant), "authSetting", grant, name)
	if err != nil {
		return nil, err
	}
	return &hostapi.AuthSetting{Name: name, Scope: strings.Join(e.conn.Scopes, " "), ClientID: e.conn.ClientID}, nil
}

// Token returns the real token of the named connection. It is valid for at least
// minTTL, or newly issued if the server issues only shorter ones. It is for the
// embedding program and the command line; scripts cannot call it.
func (m *Manager) Token(ctx context.Context, name string, minTTL time.Duration) (Token, error) {
	const op = "token"
	e, err := m.entry(ctx, m.now(), op, name)
	if err != nil {
		return Token{}, err
	}
	c, err := e.tokenFor(ctx, op, max(minTTL, 0))
	if err != nil {
		return Token{}, err
	}
	token := c.Token
	token.Fields = maps.Clone(token.Fields)
	return token, nil
}

// State returns the state of the named connection, and whether there is such a
// connection.
func (m *Manager) State(name string) (State, bool) {
	s := m.now()
	if e := s.find(name); e != nil {
		return e.health.now(), true
	}
	c := s.set.named(name)
	switch {
	case c == nil:
		return "", false
	case c.Grant.Static && c.Expired():
		return StateNeedsReauth, true
	}
	return StateUnused, true
}

// Close cancels token requests, lets none begin, and waits for those that must not be
// interrupted: a request that uses up a refresh token, for as long as the timeout of
// its connection, and the storing of its result, for at most 20 s. Then it waits until
// what the audit trail has taken is stored, for at most 5 s. Call it before the program
// exits and before closing the [egress.Client] and the Store.
//
// If ctx ends first, these are cancelled too, what was not stored by then is lost, and
// the error has [hostapi.CodeTimeout] or [hostapi.CodeCanceled]. If the Store did not
// accept a rotated token in that time, the error has [hostapi.CodeConnection] and names
// the connections; if events of the audit trail are missing or not stored yet, the error
// says so. Network connections of clients with their own tls or proxy are closed as well.
// After Close, no connection can be used: the errors match [hostapi.ErrClosed].
func (m *Manager) Close(ctx context.Context) error {
	if m.renewals == nil {
		return nil // the zero Manager has no requests
	}
	idle := m.renewals.stop()
	defer m.routes.close()
	defer m.renewals.giveUp()
	select {
	case <-idle:
	case <-ctx.Done():
		select {
		case <-idle: // nothing was left to wait for
		default:
			return &hostapi.Error{
				Code: hostapi.CodeOf(ctx.Err()), Op: "close", Message: "a token request was still under way", Cause: ctx.Err(),
			}
		}
	}
	lost, unstored := m.renewals.failure(), m.trail.flush(ctx)
	if lost == nil {
		return unstored
	}
	return errors.Join(lost, unstored)
}

// closed returns an error if m was closed.
func (m *Manager) closed(op, name string) error {
	if m.renewals == nil || !m.renewals.shut.Load() {
		return nil
	}
	return &hostapi.Error{Code: hostapi.CodeClosed, Op: op, Name: name, Message: "the connection manager is closed"}
}

// grantedEntry returns the named connection of s if grant lists it. The error for one
// that it does not list says only that the connection exists.
func (m *Manager) grantedEntry(ctx context.Context, s *snapshot, op string, grant *hostapi.Grant, name string) (*entry, error) {
	var allowed []string
	if grant != nil {
		allowed = grant.Connections
	}
	if s.grants.has(allowed, name) {
		if s.set.named(name) != nil {
			return m.entry(ctx, s, op, name)
		}
	} else if s.set.named(name) != nil { // creates no account: scripts may pass any name
		return nil, &hostapi.Error{
			Code: hostapi.CodeDenied, Op: op, Name: oauthtoml.Shorten(name), Message: "this connection is not granted to the task",
			Hint: "list it in Task.Connections, or in connections of the task file", Reason: &hostapi.DenialError{Connection: oauthtoml.Shorten(name), Reason: hostapi.ErrNotGranted},
		}
	}
	return nil, unknown(op, name, slices.DeleteFunc(slices.Clone(allowed), func(n string) bool { return s.set.named(n) == nil }))
}

// tokenFor is token, and refuses connections that have a password instead.
func (e *entry) tokenFor(ctx context.Context, op string, minTTL time.Duration) (*cached, error) {
	if e.conn.Grant.Basic {
		return nil, &hostapi.Error{
			Code: hostapi.CodeInvalidArgument, Op: op, Name: e.conn.Name, Message: "this connection has a user name and password, not a token",
			Hint: fmt.Sprintf("use authSetting(%q)", e.conn.Name),
		}
	}
	return e.token(ctx, op, minTTL)
}
