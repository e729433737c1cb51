package connection

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/connection/internal/oauthtoml"
	"github.com/postern-dev/postern/connection/internal/secret"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/redact"
)

// Token is a real access token. Nothing prints it: formatting, logging and JSON
// leave its text out, wherever the Token stands.
type Token struct {
	TokenType string    // "Bearer" unless the server said otherwise
	Expiry    time.Time // zero: the server named none
	Scopes    []string  // as granted, or as asked for if the server named none

	// Fields are those of the token answer that response.fields of the connection
	// names, by path: text, a [hostapi.Decimal] or a bool.
	Fields map[string]any

	accessToken secret.Text
}

// AccessToken returns the text of the token: the secret itself.
func (t Token) AccessToken() string { return t.accessToken.Reveal() }

// String returns "[secret.Text]".
func (t Token) String() string { return secret.Hidden }

// GoString returns "[secret.Text]".
func (t Token) GoString() string { return secret.Hidden }

// Format writes "[secret.Text]" whatever the verb.
func (t Token) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, secret.Hidden) }

// LogValue returns "[secret.Text]".
func (t Token) LogValue() slog.Value { return slog.StringValue(secret.Hidden) }

// MarshalJSON writes everything but the token.
func (t Token) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		TokenType string         `json:"token_type"`
		Expiry    time.Time      `json:"expires_at,omitzero"`
		Scopes    []string       `json:"scopes,omitempty"`
		Fields    map[string]any `json:"fields,omitempty"`
	}{t.TokenType, t.Expiry, t.Scopes, t.Fields})
}

const (
	forever       = time.Duration(math.MaxInt64)
	minSkew       = time.Second
	maxSkew       = time.Minute
	maxMargin     = 10 * time.Second
	failureMemory = time.Second // how long a first failure is remembered, and a new token trusted
)

// cached is a token with its times on the manager's clock.
type cached struct {
	Token
	generation int64      // of the record it is from
	proofKey   secret.Key // that the token is bound to; nil: none

	requested   time.Duration // when it was asked for
	stale   time.Duration // from then on it is renewed in the background
	expires time.Duration
	margin  time.Duration // before expires, in which it is served only if there is no other: requests take time
}

// entry is a connection in use: its token, and how to get another.
type entry struct {
	conn    *oauthtoml.Connection
	hosts  []*hostEntry // of the connection's hosts
	client  *oauthclient.Client
	standIn string    // empty unless sealed
	start   time.Time // when the manager's clock began

	store  Store
	key    Key
	holder string // of leases: this process

	current atomic.Pointer[cached]
	failed  atomic.Pointer[remembered]
	flight  singleflight.Group // one renewal at a time, under the key ""
	renewing  atomic.Bool        // a renewal in the background is under way
	health  health
	kept    atomic.Pointer[redact.Set] // what is taken out of answers; nil: nothing
	recent  []secret.Text              // the credentials that kept is made of

	lastUsed   atomic.Int64 // when an account was asked for last, on the manager's clock
	forced atomic.Int32 // how many times at once a person wants a grant to be tried that the server has ended

	renewals     *renewals    // of the whole manager
	saving       *saving      // a token that could not be stored in time; used by one renewal at a time
	loaded       atomic.Int64 // generation of the record when it was loaded last
	storedState         atomic.Value // State that the store has of a fixed credential, as far as is known
	defaultActor string       // see Config.Actor

	// refusedGeneration is that of the last token that an API did not take: it is
	// not to be had from the store again.
	refusedGeneration atomic.Int64
	lastReplaced          atomic.Int64 // when a token was replaced for that reason, on the manager's clock
}

// name returns what errors call the connection.
func (e *entry) name() string { return e.conn.Name }

// now reads the manager's clock. A duration costs half of what a time does, and
// fits in the word that the usual way through compares.
func (e *entry) now() time.Duration { return time.Since(e.start) }

// remembered is a failure that is not to be repeated until then.
type remembered struct {
	err   *oauthclient.Error
	times int // in a row
	until time.Duration

	generation int64 // of the record at that time
}

// token returns a token that is good for at least minTTL, or, where the server
// issues none as long-lived as that, a new one. The usual way through, a fresh
// token, takes no lock.
func (e *entry) token(ctx context.Context, op string, minTTL time.Duration) (*cached, error) {
	c := e.current.Load()
	if c != nil {
		if c.stale == forever { // saves reading the clock
			return c, nil
		}
		if now := e.now(); now < c.expires-max(minTTL, c.margin) {
			if now >= c.stale {
				e.renewInBackground(ctx, c)
			}
			return c, nil
		}
	}
	if ctx.Err() != nil {
		return nil, e.waitEnded(ctx, op)
	}
	// One renewal serves all who wait, and each leaves when its own time is up.
	renewed := e.flight.DoChan("", func() (any, error) { return e.renew(ctx, c) })
	select {
	case <-ctx.Done():
		return nil, e.waitEnded(ctx, op)
	case r := <-renewed:
		if renewed, ok := r.Val.(*cached); ok && r.Err == nil {
			return renewed, nil
		}
		if c != nil && e.now() < c.expires-minTTL && c.generation > e.refusedGeneration.Load() {
			return c, nil // it cannot be renewed, and is still good
		}
		return nil, withOp(r.Err, op)
	}
}

// waitEnded tells why ctx ended. Whoever cancels a task may give a timeout as the
// cause.
func (e *entry) waitEnded(ctx context.Context, op string) error {
	code := hostapi.CodeOf(ctx.Err())
	if hostapi.CodeOf(context.Cause(ctx)) == hostapi.CodeTimeout {
		code = hostapi.CodeTimeout
	}
	return &hostapi.Error{
		Code: code, Op: op, Name: e.conn.Name, Message: "gave up waiting for a token", Cause: ctx.Err(),
	}
}

// withOp returns err, a *tokenError, as the error of one operation.
func withOp(err error, op string) error {
	f, ok := errors.AsType[*oauthclient.Error](err)
	if !ok {
		return &hostapi.Error{Code: hostapi.CodeInternal, Op: op, Message: "a renewal ended without token or reason"}
	}
	e := f.Err
	e.Op = op
	return &e
}

// renewInBackground renews c while it is still good, so that nobody has to wait. What
// becomes of it shows in the connection's state.
func (e *entry) renewInBackground(ctx context.Context, c *cached) {
	if e.recentFailure() != nil || !e.renewing.CompareAndSwap(false, true) {
		return
	}
	go func() {
		defer e.renewing.Store(false)
		_, _, _ = e.flight.Do("", func() (any, error) { return e.renew(ctx, c) })
	}()
}

func (e *entry) recentFailure() *remembered {
	if f := e.failed.Load(); f != nil && e.now() < f.until {
		return f
	}
	return nil
}

// replace gets another token in place of c, which an API did not take: it may have
// been revoked before its time. All who were refused with c wait for the same one. It
// reports false if it has done so just now: an API that takes no token at all would
// cost a token request each time. The error says why there is no other token.
func (e *entry) replace(ctx context.Context, op string, c *cached) (bool, error) {
	if e.conn.Grant.Static {
		return false, nil
	}
	if now := e.current.Load(); now != nil && now.AccessToken() != c.AccessToken() {
		return true, nil // another task came first
	}
	if refused := e.refusedGeneration.Load(); refused < c.generation {
		now, last := e.now(), e.lastReplaced.Load()
		if last != 0 && now < time.Duration(last)+failureMemory {
			return false, nil
		}
		if e.refusedGeneration.CompareAndSwap(refused, c.generation) {
			e.lastReplaced.Store(int64(now))
			e.current.CompareAndSwap(c, nil)
		}
	}
	other, err := e.token(ctx, op, 0)
	if err != nil {
		return false, err
	}
	return other.AccessToken() != c.AccessToken(), nil
}

// skew is how long before its end a token of that lifetime is renewed: as long as
// refresh_before says, by default a tenth, at least 1 s and at most 60 s. It is never
// more than half.
func skew(c *oauthtoml.Connection, lifetime time.Duration) time.Duration {
	before := c.RefreshBefore
	if before == 0 {
		before = min(max(lifetime/10, minSkew), maxSkew)
	}
	return min(before, lifetime/2)
}

// jitter is how much later than that, at random: up to a quarter of the skew. The
// processes that share a grant would all come at once otherwise, only to wait for
// one of them.
func jitter(c *oauthtoml.Connection, lifetime time.Duration) time.Duration {
	return rand.N(max(skew(c, lifetime)/4, 0) + 1) //nolint:gosec // not a secret
}
