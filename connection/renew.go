package connection

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// renew gets a new token in place of seen. It runs once at a time in this
// process, for everyone who waits, so it must not end with the task that happened
// to come first.
//
// It is the first call on a goroutine of its own, where a panic would end the
// process.
func (e *entry) renew(ctx context.Context, seen *cached) (c *cached, err error) {
	defer func() {
		if x := recover(); x != nil {
			c, err = nil, e.internal("getting a token failed", &hostapi.PanicError{Value: x, Stack: debug.Stack()})
		}
	}()
	if !e.renewals.begin() {
		return nil, &tokenError{reason: hostapi.Error{
			Code: hostapi.CodeCanceled, Name: e.name(), Message: "the manager of connections is closed",
		}}
	}
	defer e.renewals.end()
	if c := e.current.Load(); c != nil && c != seen {
		return c, nil // renewed between the look at it and now
	}
	if f := e.recentFailure(); f != nil {
		return nil, f
	}
	ctx = context.WithoutCancel(ctx)
	if e.conn.grant.fixed {
		issued, err := e.wire.obtain(ctx, new(held))
		if err != nil {
			return nil, e.failedWith(err)
		}
		return e.publish(new(held).next(e.conn, issued), e.now()), nil
	}
	return e.renewShared(ctx, seen)
}

func (e *entry) internal(message string, cause error) *tokenError {
	return &tokenError{reason: hostapi.Error{Code: hostapi.CodeInternal, Name: e.name(), Message: message, Cause: cause}}
}

// failedWith notes a failure, so that it is not repeated at once, and returns it
// as a *tokenError.
func (e *entry) failedWith(err error) *tokenError {
	f, ok := errors.AsType[*tokenError](err)
	if !ok {
		f = e.internal("no token could be had", err)
	}
	times := 1
	if last := e.failed.Load(); last != nil {
		times += last.times
	}
	e.failed.Store(&remembered{err: f, times: times, until: e.now() + max(backoff(times), f.retryAfter)})
	e.health.failed(f)
	return f
}

// backoff is how long a server is left alone that has failed so many times in a
// row: a second, then twice as long each time, up to 16.
func backoff(times int) time.Duration { return failureMemory << min(times-1, 4) }

// publish makes what is held the token that tasks get. asked is when it was asked
// for: it may have been issued at once.
func (e *entry) publish(h *held, asked time.Duration) *cached {
	c := &cached{
		Token:      Token{TokenType: h.tokenType, Expiry: h.expiry, Scopes: h.scopes, Fields: e.conn.shown(h.fields), accessToken: h.accessToken},
		generation: h.generation, proofKey: h.proofKey, asked: asked, stale: forever, expires: forever,
	}
	if !h.expiry.IsZero() {
		lifetime := time.Until(h.expiry)
		c.expires = asked + lifetime
		c.stale = c.expires - skew(lifetime) + jitter(lifetime)
		c.margin = min(skew(lifetime)/2, maxMargin)
	}
	e.keepBack(c.accessToken) // before anyone can send it
	e.current.Store(c)
	e.failed.Store(nil)
	e.health.ready()
	return c
}

// pollLease is how often a process looks whether another has ended the renewal it
// is waiting for.
const pollLease = 20 * time.Millisecond

// renewShared gets a token that all processes on the store share: what another
// has stored meanwhile, or else a new one, for which it holds the lease.
func (e *entry) renewShared(ctx context.Context, seen *cached) (*cached, error) {
	// Whoever has died under a lease keeps it that long.
	lease := e.conn.timeout + leaseMargin
	ctx, cancel := context.WithTimeout(ctx, lease+leaseMargin)
	defer cancel()
	for {
		h, err := e.load(ctx)
		if err != nil {
			return nil, e.failedWith(err)
		}
		if e.newer(h, seen) {
			c := e.publish(h, e.now())
			if h.refused {
				e.health.failed(e.ended(h)) // it is the last one
			}
			return c, nil
		}
		if h.refused && e.insists.Load() == 0 {
			return nil, e.failedWith(e.ended(h))
		}
		taken, err := e.store.Lease(ctx, e.key, h.generation, e.holder, lease)
		if err != nil {
			return nil, e.failedWith(e.storeFailed(err))
		}
		if taken {
			return e.renewLeased(ctx, h)
		}
		if err := wait(ctx, pollLease); err != nil {
			return nil, e.failedWith(&tokenError{reason: hostapi.Error{
				Code: hostapi.CodeConnection, Name: e.name(), Message: "another process is renewing the token and has not come to an end",
				Hint: "is one of them stuck?",
			}})
		}
	}
}

// leaseMargin is how much longer a lease lasts than the request it is for.
const leaseMargin = 5 * time.Second

// newer reports whether h holds a token that is of use to somebody who has seen
// that one.
func (e *entry) newer(h *held, seen *cached) bool {
	if h.accessToken == nil || h.refused && seen != nil || seen != nil && h.generation <= seen.generation || h.generation <= e.refusedGeneration.Load() {
		return false
	}
	if h.expiry.IsZero() {
		return true
	}
	left := time.Until(h.expiry)
	return left > min(skew(left), maxMargin)
}

// ended is the failure of a connection whose grant the server has ended.
func (e *entry) ended(h *held) *tokenError {
	return &tokenError{needsReauth: true, reason: hostapi.Error{
		Code: hostapi.CodeNeedsReauth, Name: e.name(), Message: h.reason, Hint: e.conn.grant.check,
	}}
}

func (e *entry) load(ctx context.Context) (*held, error) {
	record, err := e.store.Load(ctx, e.key)
	if err != nil {
		return nil, e.storeFailed(err)
	}
	h, err := open(record)
	if err != nil {
		return nil, e.internal("what the store has of this connection cannot be read", nil)
	}
	return h, nil
}

func (e *entry) storeFailed(err error) error {
	if he, ok := errors.AsType[*hostapi.Error](err); ok {
		reason := *he
		reason.Name = e.name()
		return &tokenError{reason: reason}
	}
	return e.internal("the store of tokens failed", err)
}

// renewLeased asks the server for a token while nobody else may, with no
// transaction open. What it issues is stored before anyone uses it.
func (e *entry) renewLeased(ctx context.Context, h *held) (*cached, error) {
	asked := e.now()
	ctx = context.WithoutCancel(ctx)
	asking, cancel := e.bounded(ctx)
	issued, err := e.wire.obtain(asking, h)
	cancel()
	// The server has answered, or not: from here on the time of the request no
	// longer counts.
	ctx, cancel = context.WithTimeout(ctx, storeTime)
	defer cancel()
	if err != nil {
		return e.notRenewed(ctx, h, err)
	}
	next := h.next(e.conn, issued)
	if err := e.commit(ctx, next); err != nil {
		return nil, e.failedWith(err)
	}
	e.audit(ctx, ActionRefresh, "")
	return e.publish(next, asked), nil
}

// storeTime bounds what storing a token may take. It is long, because a rotated
// refresh token exists nowhere else.
const storeTime = 20 * time.Second

// commit stores next. It tries again for as long as ctx lasts.
func (e *entry) commit(ctx context.Context, next *held) error {
	record, err := next.record()
	if err != nil {
		return err
	}
	for pause := 50 * time.Millisecond; ; pause *= 2 {
		done, err := e.store.Commit(ctx, e.key, e.holder, record)
		switch {
		case err == nil && done:
			return nil
		case err == nil:
			// Somebody has given a new grant meanwhile, or this process stood still
			// for longer than its lease.
			return &tokenError{reason: hostapi.Error{
				Code: hostapi.CodeConnection, Name: e.name(), Message: "the connection was changed while its token was renewed", Hint: "try again",
			}}
		}
		if wait(ctx, pause) != nil {
			return e.storeFailed(err)
		}
	}
}

// notRenewed ends a lease under which no token was issued.
func (e *entry) notRenewed(ctx context.Context, h *held, err error) (*cached, error) {
	f, ok := errors.AsType[*tokenError](err)
	if !ok {
		f = e.internal("no token could be had", err)
	}
	if f.needsReauth {
		// The grant may be fine and only this token of it used up: by a process
		// whose lease had ended, or by somebody who has just connected anew.
		if now, err := e.load(ctx); err == nil && now.generation > h.generation && now.accessToken != nil && !now.refused {
			return e.publish(now, e.now()), nil
		}
		if !h.inFlight.IsZero() && h.refreshToken != nil {
			f.reason.Message += "; an earlier renewal, begun at " + h.inFlight.UTC().Format(time.RFC3339) +
				", was cut off before its outcome was known"
		}
	}
	state := StateFailing
	if f.needsReauth {
		state = StateNeedsReauth
		e.audit(ctx, ActionFail, f.reason.Message)
	}
	if f.reason.Code == hostapi.CodeNeedsReauth && !f.guessed && h.refreshToken != nil {
		if e.commit(ctx, h.ended(f.reason.Message)) == nil {
			e.refusedGeneration.CompareAndSwap(h.generation, h.generation+1) // it is the same access token
			return nil, e.failedWith(f)
		}
	}
	if err := e.store.Release(ctx, e.key, e.holder, state, f.reason.Message); err != nil {
		f.reason.Cause = err
	}
	return nil, e.failedWith(f)
}

// wait waits, unless ctx ends first.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
