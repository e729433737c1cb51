// Package connection knows the named connections of an oauth.toml: how to get an access
// token for each, and to which hosts that token may go. It is the only package that
// holds tokens.
//
// [Load] reads an oauth.toml into a [Set]. [NewManager] makes a [Manager] of it, which
// is the [hostapi.Connector] that tasks use. A script names a connection and gets a
// stand-in for its token; the Manager replaces it by the token in a request to one of
// the connection's hosts, and takes the token out of the response again.
//
// What the file says is read by internal/oauthtoml, and requests to authorization
// servers are made by internal/oauthclient. Here is what is held and renewed: entry
// (token.go) is a connection in use, renew.go replaces its token, lease.go lets one
// process do that, and do.go puts the token into a request.
package connection

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/egress"
	"github.com/postern-dev/postern/hostapi"
)

// Config is what a [Manager] is made of.
type Config struct {
	Set    *Set           // the connections; required
	Egress *egress.Client // the way to token endpoints and APIs; required

	// Store keeps tokens beyond the life of the process and shares them with
	// others. Default: they are kept in memory.
	Store Store

	// Actor is who acts, for the audit trail of the Store, where [WithActor] names
	// nobody else. Default "postern".
	Actor string

	// OnEvent, if set, is told when a connection changes its state. It is called
	// by whichever goroutine found out, and must not wait. If it panics, what was
	// under way fails with [hostapi.CodeInternal].
	OnEvent func(Event)
}

// Manager gets tokens for connections, keeps them in memory, and puts them into
// requests on their way out. Any number of goroutines may use it at once.
type Manager struct {
	cfg    Config
	egress *egress.Client
	start  time.Time // of the manager's clock
	holder string    // of leases: this process

	hosts  hostIndex
	entries entries
	grants  grants

	renewals *renewals
	uses     uses
	routes     routes
}

var _ hostapi.Connector = (*Manager)(nil)

// NewManager returns a Manager for cfg. It gets no token before one is needed.
func NewManager(cfg Config) (*Manager, error) {
	if cfg.Set == nil || cfg.Egress == nil {
		return nil, &hostapi.Error{Code: hostapi.CodeConfig, Op: "new manager", Message: "Set or Egress is missing"}
	}
	if cfg.Set.file.Skipped {
		return nil, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: "new manager", Message: "the Set is without its secrets", Hint: "read it without SkipSecrets",
		}
	}
	if cfg.Store == nil {
		cfg.Store = newMemory()
	} else {
		cfg.Store = hostStore{cfg.Store}
	}
	m := &Manager{cfg: cfg, egress: cfg.Egress, start: time.Now(), holder: rand.Text(), renewals: newRenewals(), routes: routes{common: cfg.Egress}}
	m.hosts = newHostIndex(cfg.Set)
	m.entries.byName, m.entries.byStand = make(map[string]*entry), make(map[string]*entry)
	return m, nil
}

// newEntry returns an entry for the connection c or its account of that name.
func (m *Manager) newEntry(c *oauthtoml.Connection, name string) *entry {
	var key Key
	if key.Connection, key.Account = splitAccount(name); key.Account != "" {
		account := *c
		account.Name = name
		c = &account
	}
	e := &entry{
		conn: c, hosts: m.hosts.byConnection[key.Connection], client: oauthclient.New(c, m.routes.client(c)), start: m.start,
		store: m.cfg.Store, key: key, holder: m.holder,
		renewals: m.renewals, defaultActor: m.cfg.Actor,
		health: health{name: c.Name, notify: m.cfg.OnEvent, state: StateUnused},
	}
	if c.Sealed {
		e.standIn = newStandIn()
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
	e, err := m.grantedEntry(op, grant, name)
	if err != nil {
		return "", err
	}
	c, err := e.tokenFor(ctx, op, 0)
	if err != nil {
		return "", err
	}
	if e.standIn != "" {
		return e.standIn, nil
	}
	return c.AccessToken(), nil
}

// AuthSetting implements [hostapi.Connector].
func (m *Manager) AuthSetting(_ context.Context, grant *hostapi.Grant, name string) (*hostapi.AuthSetting, error) {
	e, err := m.grantedEntry("authSetting", grant, name)
	if err != nil {
		return nil, err
	}
	return &hostapi.AuthSetting{Name: name, Scope: strings.Join(e.conn.Scopes, " "), ClientID: e.conn.ClientID}, nil
}

// Token returns the real token of the named connection, good for at least
// minTTL if the server issues any that are; otherwise it is a new one. It is
// for the embedding program and the command line: no script reaches it.
func (m *Manager) Token(ctx context.Context, name string, minTTL time.Duration) (Token, error) {
	const op = "token"
	e, err := m.entry(op, name)
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

// State returns how the named connection is doing, and whether there is one of
// that name.
func (m *Manager) State(name string) (State, bool) {
	if e := m.find(name); e != nil {
		return e.health.now(), true
	}
	c := m.cfg.Set.named(name)
	switch {
	case c == nil:
		return "", false
	case c.Grant.Static && c.Expired():
		return StateNeedsReauth, true
	}
	return StateUnused, true
}

// Close ends the token requests under way, lets none begin, and waits for those
// that cannot be ended without a loss: a request that spends a refresh token, for as
// long as the timeout of its connection, and the storing of what it returned, for 20
// s at most. Call it before the program ends and before closing its [egress.Client]
// and its Store. If ctx ends first, these are ended as well, what was not stored by
// then is lost, and the error is that of ctx: [hostapi.CodeTimeout] or
// [hostapi.CodeCanceled]. A rotated token that the Store did not take in that time is
// an error with [hostapi.CodeConnection] that names the connections. The connections to
// servers with a tls or proxy of their own are closed, too. Afterwards the Manager still
// serves the tokens it has.
func (m *Manager) Close(ctx context.Context) error {
	if m.renewals == nil {
		return nil // the zero Manager has nothing under way
	}
	idle := m.renewals.stop()
	defer m.routes.close()
	defer m.renewals.giveUp()
	select {
	case <-idle:
		return m.renewals.failure()
	case <-ctx.Done():
		return &hostapi.Error{
			Code: hostapi.CodeOf(ctx.Err()), Op: "close", Message: "a token request was still under way", Cause: ctx.Err(),
		}
	}
}

// grantedEntry returns the named connection if grant lists it. Whoever may not use a
// connection is told no more than that it is there.
func (m *Manager) grantedEntry(op string, grant *hostapi.Grant, name string) (*entry, error) {
	var allowed []string
	if grant != nil {
		allowed = grant.Connections
	}
	if m.grants.has(allowed, name) {
		if m.cfg.Set.named(name) != nil {
			return m.entry(op, name)
		}
	} else if m.cfg.Set.named(name) != nil { // asked without making an account: scripts name what they like
		return nil, &hostapi.Error{
			Code: hostapi.CodeDenied, Op: op, Name: oauthtoml.Shorten(name), Message: "this connection is not granted to the task",
			Hint: "grant it to the task: --use NAME, connections of a task file, or Task.Connections",
		}
	}
	return nil, unknown(op, name, slices.DeleteFunc(slices.Clone(allowed), func(n string) bool { return m.cfg.Set.named(n) == nil }))
}

// tokenFor is token for connections that have one.
func (e *entry) tokenFor(ctx context.Context, op string, minTTL time.Duration) (*cached, error) {
	if e.conn.Grant.Basic {
		return nil, &hostapi.Error{
			Code: hostapi.CodeInvalidArgument, Op: op, Name: e.conn.Name, Message: "this connection has a user name and password, not a token",
			Hint: fmt.Sprintf("use authSetting(%q)", e.conn.Name),
		}
	}
	return e.token(ctx, op, minTTL)
}
