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
	"github.com/postern-dev/postern/internal/limit"
)

// Token is a real access token. Formatting, logging and JSON never show its text, even
// inside another value. It is immutable, but for the map that it may have.
type Token struct {
	TokenType string    // "Bearer", or "DPoP" for one that is bound to a key
	Expiry    time.Time // zero: unknown
	Scopes    []string  // as granted, or as requested if the server named none

	// Fields are the values of the token response that response.fields of the connection
	// lists, by path. A value is a string, a [hostapi.Decimal] or a bool.
	Fields map[string]any

	accessToken secret.Text
}

// AccessToken returns the text of the token: the secret itself.
func (t Token) AccessToken() string { return t.accessToken.Reveal() }

// String returns "[secret]".
func (t Token) String() string { return secret.Hidden }

// GoString returns "[secret]".
func (t Token) GoString() string { return secret.Hidden }

// Format writes "[secret]" for every verb.
func (t Token) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, secret.Hidden) }

// LogValue returns "[secret]".
func (t Token) LogValue() slog.Value { return slog.StringValue(secret.Hidden) }

// MarshalJSON writes all fields but the token.
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
	failureMemory = time.Second // how long the first failure is remembered, and a new token is not replaced
)

// cached is a token with its times on the manager's clock.
type cached struct {
	Token
	generation int64      // of its record
	stored     bool       // another process had stored it
	proofKey   secret.Key // that the token is bound to; nil: none

	requested time.Duration // time of the token request
	stale     time.Duration // time from which it is renewed in the background
	expires   time.Duration
	margin    time.Duration // before expires; served in it only if it cannot be renewed, since requests take time
}

// entry is a connection in use: its token, and the state of renewing it.
type entry struct {
	conn    *oauthtoml.Connection
	slot    *slot
	client  *oauthclient.Client
	way     *way      // of client; nil: the common one
	standIn string    // empty unless sealed
	start   time.Time // of the manager's clock

	store  Store
	key    Key
	holder string // of leases: this entry. After Replace there may be two for a connection

	current  atomic.Pointer[cached]
	failed   atomic.Pointer[remembered]
	flight   singleflight.Group // one renewal at a time, under the key ""
	renewing atomic.Bool        // a background renewal is in progress
	health   health
	held     *credentials // removed from responses

	lastUsed atomic.Int64 // time of the last use of an account, on the manager's clock
	forced   atomic.Int32 // calls of Refresh in progress: they also try a grant that the server has ended

	onFetch     func(hostapi.Identity, hostapi.TokenFetch) // may be nil
	renewals    *renewals                                  // of the whole manager
	trail       *trail                                     // likewise
	saving      *saving                                    // of a token that could not be stored in time; only the renewal in progress uses it
	loaded      atomic.Int64                               // generation of the record last loaded
	storedState atomic.Value                               // State of a static credential in the store, as far as known

	// refusedGeneration is that of the last token that an API refused: it is not loaded
	// from the store again.
	refusedGeneration atomic.Int64
	lastReplaced      atomic.Int64 // time of the last replacement for that reason, on the manager's clock
}

// name is the connection's name in errors.
func (e *entry) name() string { return e.conn.Name }

// now reads the manager's clock. A time.Duration costs half of a time.Time, and fits in
// the word that the fast path compares.
func (e *entry) now() time.Duration { return time.Since(e.start) }

// remembered is a failure that is not repeated before until.
type remembered struct {
	err   *oauthclient.Error
	times int // in a row
	until time.Duration

	generation int64 // of the record at that time
}

// inHand returns the current token if it is valid for at least minTTL, or nil, and whether it
// is time to renew it.
func (e *entry) inHand(minTTL time.Duration) (c *cached, stale bool) {
	c = e.current.Load()
	if c == nil || c.stale == forever { // saves reading the clock
		return c, false
	}
	now := e.now()
	if now >= c.expires-max(minTTL, c.margin) {
		return nil, false
	}
	return c, now >= c.stale
}

// token returns a token that is valid for at least minTTL, or a new one if the server
// issues only shorter ones. The fast path, a fresh token, takes no lock.
func (e *entry) token(ctx context.Context, op string, minTTL time.Duration) (token *cached, err error) {
	if c, stale := e.inHand(minTTL); c != nil {
		if stale {
			e.renewInBackground(ctx, c)
		}
		return c, nil
	}
	c := e.current.Load()
	if ctx.Err() != nil {
		return nil, e.waitEnded(ctx, op)
	}
	f := &fetch{reason: e.fetchReason(c)}
	if trace := traceOf(ctx); trace != nil && !e.conn.Grant.Static {
		start := time.Now()
		defer func() {
			result := f.result(e, start, token, err)
			result.Shared = !f.begun.Load()
			trace.TokenFetch(result)
		}()
	}
	// One renewal serves all callers; each stops waiting when its context ends.
	renewed := e.flight.DoChan("", func() (any, error) { return e.renew(ctx, c, f) })
	select {
	case <-ctx.Done():
		return nil, e.waitEnded(ctx, op)
	case r := <-renewed:
		if renewed, ok := r.Val.(*cached); ok && r.Err == nil {
			return renewed, nil
		}
		if c != nil && e.now() < c.expires-minTTL && c.generation > e.refusedGeneration.Load() {
			return c, nil // it cannot be renewed, but is still valid
		}
		return nil, withOp(r.Err, op)
	}
}

// waitEnded is the error for ctx. A task that is cancelled because of its time limit
// has that limit as the cause.
func (e *entry) waitEnded(ctx context.Context, op string) error {
	code := hostapi.CodeOf(ctx.Err())
	if hostapi.CodeOf(context.Cause(ctx)) == hostapi.CodeTimeout {
		code = hostapi.CodeTimeout
	}
	return &hostapi.Error{
		Code: code, Op: op, Name: e.conn.Name, Message: "gave up waiting for a token", Cause: limit.Cause(ctx),
	}
}

// withOp returns err, an [oauthclient.Error], as the error of one operation.
func withOp(err error, op string) error {
	f, ok := errors.AsType[*oauthclient.Error](err)
	if !ok {
		return &hostapi.Error{Code: hostapi.CodeInternal, Op: op, Message: "a renewal returned neither a token nor an error"}
	}
	e := f.Err
	e.Op = op
	return &e
}

// renewInBackground renews c while it is still valid, so that callers do not wait. A
// failure shows in the connection's state.
func (e *entry) renewInBackground(ctx context.Context, c *cached) {
	if e.recentFailure() != nil || !e.renewing.CompareAndSwap(false, true) {
		return
	}
	go func() {
		defer e.renewing.Store(false)
		_, _, _ = e.flight.Do("", func() (any, error) { return e.renew(ctx, c, &fetch{reason: hostapi.FetchEarly}) })
	}()
}

func (e *entry) recentFailure() *remembered {
	if f := e.failed.Load(); f != nil && e.now() < f.until {
		return f
	}
	return nil
}

// replace obtains another token in place of c, which an API refused: it may have been
// revoked before it expired. All callers that were refused with c share one renewal. It
// reports false if it has replaced a token just now: an API that refuses every token
// would cost a token request each time. The error says why there is no other token.
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

// skew is how long before its expiry a token of that lifetime is renewed:
// refresh_before, by default a tenth, at least 1 s and at most 60 s. It is never more
// than half.
func skew(c *oauthtoml.Connection, lifetime time.Duration) time.Duration {
	before := c.RefreshBefore
	if before == 0 {
		before = min(max(lifetime/10, minSkew), maxSkew)
	}
	return min(before, lifetime/2)
}

// jitter is a random delay of up to a quarter of the skew. Otherwise processes that
// share a grant would all renew at once, only to wait for one of them.
func jitter(c *oauthtoml.Connection, lifetime time.Duration) time.Duration {
	return rand.N(max(skew(c, lifetime)/4, 0) + 1) //nolint:gosec // not a secret
}
