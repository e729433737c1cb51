package connection

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"golang.org/x/oauth2"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/hostapi"
)

// renew obtains a token to replace seen. It runs once at a time in this process, for
// all callers that wait, so it must not end with the context of the first one.
//
// It is the first call on its goroutine, where a panic would crash the process.
func (e *entry) renew(ctx context.Context, seen *cached, f *fetch) (c *cached, err error) {
	defer func() {
		if x := recover(); x != nil {
			c, err = nil, e.internal("getting a token failed", &hostapi.PanicError{Value: x, Stack: debug.Stack()})
		}
		if broken := e.health.trouble(); broken != nil {
			c, err = nil, e.hostFailed(broken)
		}
	}()
	if !e.renewals.begin() {
		return nil, e.closed()
	}
	defer e.renewals.end()
	if c := e.current.Load(); c != nil && c != seen {
		return c, nil // renewed in the meantime
	}
	ctx, cancel := detached(e.renewals.closing, ctx)
	defer cancel()
	if f := e.recentFailure(); f != nil && !e.changedSince(ctx, f) {
		return nil, f.again(e.now())
	}
	if e.conn.Grant.Static {
		issued, err := e.obtain(ctx, new(tokenSet))
		if err != nil {
			return nil, e.failedWith(ctx, err)
		}
		return e.publish(ctx, new(tokenSet).next(e.conn, issued), e.now()), nil //nolint:contextcheck // what it calls ends by itself
	}
	f.begun.Store(true)
	start := time.Now()
	c, err = e.renewShared(ctx, seen)
	e.fetched(ctx, f.result(e, start, c, err))
	return c, err
}

// changedSince reports whether the record in the store has changed since f was
// remembered: a connection that needs to be authorized again may have been in another
// process.
func (e *entry) changedSince(ctx context.Context, f *remembered) bool {
	if !f.err.NeedsReauth || e.conn.Grant.Static {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, saveWait)
	defer cancel()
	h, err := e.load(ctx)
	return err == nil && h.generation != f.generation
}

func (e *entry) closed() *oauthclient.Error {
	return &oauthclient.Error{Err: hostapi.Error{
		Code: hostapi.CodeClosed, Name: e.name(), Message: "the connection manager is closed",
	}}
}

func (e *entry) internal(message string, cause error) *oauthclient.Error {
	return &oauthclient.Error{Err: hostapi.Error{Code: hostapi.CodeInternal, Name: e.name(), Message: message, Cause: cause}}
}

// failedWith remembers a failure, so that it is not repeated at once, and returns it as
// an [oauthclient.Error].
func (e *entry) failedWith(ctx context.Context, err error) *oauthclient.Error {
	f, ok := errors.AsType[*oauthclient.Error](err)
	if !ok {
		f = e.internal("no token could be obtained", err)
	}
	times := 1
	if last := e.failed.Load(); last != nil {
		times += last.times
	}
	e.failed.Store(&remembered{
		err: f, times: times, until: e.now() + max(backoff(times), f.Err.RetryAfter), generation: e.loaded.Load(),
	})
	e.health.failed(ctx, f)
	return f
}

// again returns the failure for a caller that comes later: what is left of the pause that
// the server asked for is shorter.
func (f *remembered) again(now time.Duration) *oauthclient.Error {
	again := *f.err
	if again.Err.RetryAfter > 0 {
		again.Err.RetryAfter = max(f.until-now, 0)
	}
	return &again
}

// backoff is the pause after so many failures in a row: a second, then twice as long
// each time, up to 16 s.
func backoff(times int) time.Duration { return failureMemory << min(times-1, 4) }

// publish makes h the token that tasks get. requested is the time of the token request,
// the earliest time at which the server may have issued it.
func (e *entry) publish(ctx context.Context, h *tokenSet, asked time.Duration) *cached {
	c := &cached{
		Token:      Token{TokenType: h.tokenType, Expiry: h.expiry, Scopes: h.scopes, Fields: shown(e.conn, h.fields), accessToken: h.accessToken},
		generation: h.generation, stored: h.stored, proofKey: h.proofKey, requested: asked, stale: forever, expires: forever,
	}
	if !h.expiry.IsZero() {
		lifetime := time.Until(h.expiry)
		c.expires = e.now() + lifetime
		c.stale = c.expires - skew(e.conn, lifetime) + jitter(e.conn, lifetime)
		c.margin = min(skew(e.conn, lifetime)/2, maxMargin)
	}
	e.hide(h) // before it can be sent
	e.current.Store(c)
	e.failed.Store(nil)
	e.health.ready(ctx)
	return c
}

// hide has the credentials in h removed from responses from now on.
func (e *entry) hide(h *tokenSet) {
	if e.conn.Grant.Static {
		e.held.add(fixedCredentials(e.conn)...)
		return
	}
	e.held.add(h.sendable()...)
	e.held.learned(h.generation)
}

// renewShared returns a token that all processes on the store share: one that another
// process has stored meanwhile, or a new one.
func (e *entry) renewShared(ctx context.Context, seen *cached) (*cached, error) {
	// A renewal by another process takes no longer, unless that process hangs.
	patient, cancel := context.WithTimeout(ctx, e.conn.Timeout+saveTime)
	defer cancel()
	if err := e.awaitSaving(patient); err != nil {
		return nil, e.failedWith(ctx, err)
	}
	var watch leaseWatch
	for {
		h, err := e.load(patient)
		if err != nil {
			return nil, e.failedWith(ctx, err)
		}
		if e.newer(h, seen) {
			c := e.publish(ctx, h, e.now())
			if h.refused {
				e.health.failed(ctx, e.ended(h)) // it cannot be renewed again
			}
			return c, nil
		}
		if h.changed != "" && e.conn.Grant.Interactive {
			return nil, e.failedWith(ctx, e.foreign(h))
		}
		if h.refused && e.forced.Load() == 0 {
			return nil, e.failedWith(ctx, e.ended(h))
		}
		if h.refreshToken == nil {
			return e.renewFreely(ctx, h, seen)
		}
		taken, err := e.tryLease(patient, h, &watch)
		if err != nil {
			return nil, e.failedWith(ctx, e.hostFailed(err))
		}
		if taken {
			return e.renewLeased(ctx, h, seen)
		}
		if oauthclient.Wait(patient, pollLease) != nil {
			if ctx.Err() != nil {
				return nil, e.closed()
			}
			return nil, e.failedWith(ctx, &oauthclient.Error{Err: hostapi.Error{
				Code: hostapi.CodeConnection, Name: e.name(), Message: "another process is renewing the token and has not finished",
				Hint: "check whether a process that uses this connection hangs",
			}})
		}
	}
}

// newer reports whether h holds a token that a caller who has seen that one can use.
func (e *entry) newer(h *tokenSet, seen *cached) bool {
	if h.accessToken == nil || h.refused && seen != nil || seen != nil && h.generation <= seen.generation || h.generation <= e.refusedGeneration.Load() {
		return false
	}
	if h.expiry.IsZero() {
		return true
	}
	left := time.Until(h.expiry)
	return left > min(skew(e.conn, left), maxMargin)
}

// ended is the error of a connection whose grant the server has ended.
func (e *entry) ended(h *tokenSet) *oauthclient.Error {
	return &oauthclient.Error{NeedsReauth: true, Err: hostapi.Error{
		Code: hostapi.CodeNeedsReauth, Name: e.name(), Message: h.reason, Hint: e.conn.Grant.Check,
	}}
}

func (e *entry) load(ctx context.Context) (*tokenSet, error) {
	record, err := e.store.Load(ctx, e.key)
	if err != nil {
		return nil, e.hostFailed(err)
	}
	h, err := open(record)
	if err != nil {
		return nil, e.unreadable()
	}
	e.loaded.Store(h.generation)
	if changes := bindingOf(e.conn).changes(h.bound); changes != "" {
		return h.without(changes), nil
	}
	return h, nil
}

// unreadable is the error of a record that was decrypted but has an unknown form.
func (e *entry) unreadable() *oauthclient.Error {
	return &oauthclient.Error{Err: hostapi.Error{
		Code: hostapi.CodeConfig, Name: e.name(), Message: "the stored record of this connection is damaged", Cause: ErrUnreadable,
		Hint: "postern connect NAME authorizes it again, postern connection revoke NAME deletes it; or restore a backup",
	}}
}

func (e *entry) hostFailed(err error) error {
	if he, ok := errors.AsType[*hostapi.Error](err); ok {
		reason := *he
		reason.Name = e.name()
		return &oauthclient.Error{Err: reason}
	}
	return e.internal("the token store failed", err)
}

// renewFreely requests a token without a refresh token. It needs no lease: if two
// processes do so at once, both get a token and one is stored.
func (e *entry) renewFreely(ctx context.Context, h *tokenSet, seen *cached) (*cached, error) {
	asked := e.now()
	asking, cancel := e.withTimeout(ctx)
	issued, err := e.obtain(asking, h)
	cancel()
	if err != nil && ctx.Err() != nil {
		return nil, e.closed()
	}
	// The lease is for storing the result. One on a record without a refresh token belongs
	// to another such operation, or to a dead process.
	storing, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveWait)
	defer cancel()
	taken, leaseErr := e.store.Lease(storing, e.key, h.generation, e.holder, h.lease)
	switch {
	case err == nil:
		next := h.next(e.conn, issued) //nolint:contextcheck // what it calls ends by itself
		return e.saved(ctx, e.save(ctx, h, next), seen, next, asked)
	case leaseErr != nil || !taken:
		return nil, e.failedWith(ctx, err)
	}
	return e.notRenewed(storing, h, err)
}

// renewLeased requests a token while holding the lease, with no database transaction
// open. The result is stored before it is used, unless the store is stalled.
func (e *entry) renewLeased(ctx context.Context, h *tokenSet, seen *cached) (*cached, error) {
	stop := e.keepLease(ctx)
	defer stop()
	asked := e.now()
	// Discovery uses up no refresh token, and may be cancelled by Close.
	asking, cancel := e.withTimeout(ctx)
	_, err := e.client.Discovery.Get(asking)
	cancel()
	var issued *oauth2.Token
	if err == nil && ctx.Err() == nil {
		spending := ctx
		if _, ok := e.store.(*memory); !ok {
			// The response may be the only copy of the next refresh token.
			var cancel context.CancelFunc
			spending, cancel = detached(e.renewals.over, ctx)
			defer cancel()
		}
		spending, cancel = e.withTimeout(spending)
		issued, err = e.obtain(spending, h)
		cancel()
	}
	if err == nil && issued != nil {
		next := h.next(e.conn, issued) //nolint:contextcheck // what it calls ends by itself
		return e.saved(ctx, e.save(ctx, h, next), seen, next, asked)
	}
	if f, ok := errors.AsType[*oauthclient.Error](err); ok && f.Rotated != nil {
		return nil, e.keepRotated(ctx, h, f)
	}
	storing, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	if ctx.Err() != nil && issued == nil {
		_ = e.store.Release(storing, e.key, e.holder, h.state, h.reason)
		return nil, e.closed()
	}
	return e.notRenewed(storing, h, err)
}

// commit stores next under the lease, and reports whether it did.
func (e *entry) commit(ctx context.Context, next *tokenSet) bool {
	record, err := next.record()
	if err != nil {
		return false
	}
	done, err := e.store.Commit(ctx, e.key, e.holder, record)
	return err == nil && done
}

// notRenewed releases a lease under which no token was issued.
func (e *entry) notRenewed(ctx context.Context, h *tokenSet, err error) (*cached, error) {
	f, ok := errors.AsType[*oauthclient.Error](err)
	if !ok {
		f = e.internal("no token could be obtained", err)
	}
	if f.Guessed && e.newer(h, nil) {
		// The refresh may have come too early: the current token stays in use.
		f.NeedsReauth, f.Err.Code, f.Err.Hint = false, hostapi.CodeConnection, ""
	}
	if f.NeedsReauth {
		// The grant may be valid and only this refresh token used up: by a process whose
		// lease was taken over, or by a new authorization.
		if now, err := e.load(ctx); err == nil && now.generation > h.generation && now.accessToken != nil && !now.refused {
			return e.publish(ctx, now, e.now()), nil
		}
		if !h.inFlight.IsZero() && h.refreshToken != nil {
			f.Err.Message += "; an earlier renewal, begun at " + h.inFlight.UTC().Format(time.RFC3339) +
				", was cut off before its outcome was known"
		}
	}
	state := StateFailing
	if f.NeedsReauth {
		state = StateNeedsReauth
		e.audit(ctx, ActionFail, f.Err.Message)
	}
	if f.Err.Code == hostapi.CodeNeedsReauth && !f.Guessed && h.refreshToken != nil {
		if ended := h.ended(f.Err.Message); e.commit(ctx, ended) {
			e.refusedGeneration.CompareAndSwap(h.generation, ended.generation) // the access token is the same
			e.loaded.Store(ended.generation)
			return nil, e.failedWith(ctx, f)
		}
	}
	if err := e.store.Release(ctx, e.key, e.holder, state, f.Err.Message); err != nil {
		f.Err.Cause = err
	}
	return nil, e.failedWith(ctx, f)
}
