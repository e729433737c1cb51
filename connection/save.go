package connection

import (
	"context"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/hostapi"
)

const (
	saveWait = 2 * time.Second  // how long tasks wait for a renewed token to be stored before they get it anyway
	saveTime = 20 * time.Second // how long storing is retried after the manager was closed
)

// saving is a renewed token that is being stored. It may be the only copy of a rotated
// refresh token, so storing is retried until it succeeds.
type saving struct {
	done   chan struct{}
	cancel context.CancelFunc
	stored *tokenSet // what the store holds in the end: the token, or one that replaced it; nil: err
	err    error
}

// save starts storing next, which the server issued to replace h.
func (e *entry) save(ctx context.Context, h, next *tokenSet) *saving {
	ctx, cancel := detached(e.renewals.over, ctx)
	s := &saving{done: make(chan struct{}), cancel: cancel}
	e.renewals.more()
	go func() {
		defer e.renewals.end()
		defer close(s.done)
		defer cancel()
		defer e.keepLease(ctx)()
		defer context.AfterFunc(e.renewals.closing, func() { time.AfterFunc(saveTime, cancel) })() //nolint:contextcheck // what it calls ends by itself
		if s.stored, s.err = e.saveUntil(ctx, h, next); s.stored == next {
			e.audit(ctx, ActionRefresh, "")
		} else if s.stored == nil && next.refreshToken != nil {
			e.renewals.lose(e.name())
		}
	}()
	return s
}

// saveUntil retries until ctx ends.
func (e *entry) saveUntil(ctx context.Context, h, next *tokenSet) (*tokenSet, error) {
	var watch leaseWatch
	for pause := pollLease; ; pause = min(2*pause, time.Second) {
		now, err := e.trySave(ctx, h, next, &watch)
		if now != nil {
			return now, nil
		}
		if err == nil {
			pause = pollLease // another process has the lease: watch it
		}
		if oauthclient.Wait(ctx, pause) != nil {
			if err == nil {
				err = ctx.Err()
			}
			return nil, e.hostFailed(err)
		}
	}
}

// trySave returns what the store holds now; nil if that is not settled yet.
func (e *entry) trySave(ctx context.Context, h, next *tokenSet, watch *leaseWatch) (*tokenSet, error) {
	record, err := next.record()
	if err != nil {
		return nil, err
	}
	done, err := e.store.Commit(ctx, e.key, e.holder, record)
	switch {
	case err != nil:
		return nil, err
	case done:
		return next, nil
	}
	// This process was stalled for so long that another took the lease, or a user has
	// authorized the connection again or revoked it.
	now, err := e.load(ctx)
	switch {
	case err != nil:
		return nil, err
	case now.generation == h.generation:
	case now.refused && now.generation > h.generation && now.refreshToken.Reveal() == h.refreshToken.Reveal():
		// The other process sent the refresh token that this one had used up, and was
		// refused. Its successor is in next.
		h.generation, next.generation = now.generation, now.generation+1
	default:
		return now, nil
	}
	taken, err := e.tryLease(ctx, now, watch)
	if err != nil || !taken {
		return nil, err
	}
	return e.trySave(ctx, h, next, watch)
}

// saved returns the token that tasks get, once s has ended or has taken longer than
// they can wait.
func (e *entry) saved(ctx context.Context, s *saving, seen *cached, next *tokenSet, asked time.Duration) (*cached, error) {
	timer := time.NewTimer(saveWait)
	defer timer.Stop()
	select {
	case <-timer.C:
		if next.refreshToken == nil {
			s.cancel() // it can be requested again
		} else {
			e.saving = s
		}
		return e.publish(ctx, next, asked), nil
	case <-s.done:
	}
	switch {
	case s.stored == nil:
		return nil, e.failedWith(ctx, s.err)
	case s.stored == next:
		return e.publish(ctx, next, asked), nil
	case e.newer(s.stored, seen):
		return e.publish(ctx, s.stored, e.now()), nil
	case s.stored.changed != "" && next.refreshToken == nil:
		return e.publish(ctx, next, asked), nil // what the store has is of other settings, see Replace
	}
	return nil, e.failedWith(ctx, &oauthclient.Error{Err: hostapi.Error{
		Code: hostapi.CodeConnection, Name: e.name(), Message: "the connection was changed while its token was renewed", Hint: "try again",
	}})
}

// keepRotated stores the refresh token of a response that is otherwise unusable, and
// returns f, the reason why.
func (e *entry) keepRotated(ctx context.Context, h *tokenSet, f *oauthclient.Error) *oauthclient.Error {
	next := h.rotated(f.Rotated, f.Err.Message)
	e.refusedGeneration.CompareAndSwap(h.generation, next.generation) // it is the same access token
	s := e.save(ctx, h, next)
	timer := time.NewTimer(saveWait)
	defer timer.Stop()
	select {
	case <-timer.C:
		e.saving = s
	case <-s.done:
	}
	e.loaded.Store(next.generation)
	return e.failedWith(ctx, f)
}

// awaitSaving waits until a token that could not be stored in time is stored: renewing
// before would use a refresh token that has been replaced.
func (e *entry) awaitSaving(ctx context.Context) error {
	if e.saving == nil {
		return nil
	}
	select {
	case <-e.saving.done:
		e.saving = nil
		return nil
	case <-ctx.Done():
		return e.hostFailed(ctx.Err())
	}
}
