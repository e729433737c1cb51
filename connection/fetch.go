package connection

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/connection/internal/oauthclient"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/callback"
)

// fetch is a token fetch that a caller wants.
type fetch struct {
	reason hostapi.FetchReason
	begun  atomic.Bool // the caller's own renewal has begun; else it shares that of another
}

// fetchReason returns why a caller that has seen that token, or none, needs another.
func (e *entry) fetchReason(seen *cached) hostapi.FetchReason {
	switch {
	case e.forced.Load() > 0:
		return hostapi.FetchForced
	case seen != nil:
		return hostapi.FetchExpired
	case e.refusedGeneration.Load() > 0:
		return hostapi.FetchRefused
	}
	return hostapi.FetchFirst
}

// result describes the fetch that began at start, once it has ended.
func (f *fetch) result(e *entry, start time.Time, c *cached, err error) hostapi.TokenFetch {
	r := hostapi.TokenFetch{
		Connection: e.key.Connection, Account: e.key.Account, Reason: f.reason, Start: start, Duration: time.Since(start),
	}
	switch failed, ok := errors.AsType[*oauthclient.Error](err); {
	case ok:
		r.Code = failed.Err.Code
	case err != nil:
		r.Code = hostapi.CodeOf(err)
	case c != nil:
		r.FromStore = c.stored
	}
	return r
}

// traceOf returns the Trace of the task in ctx if it listens to token fetches, or nil.
func traceOf(ctx context.Context) *hostapi.Trace {
	if grant := grantOf(ctx); grant != nil && grant.Trace != nil && grant.Trace.TokenFetch != nil {
		return grant.Trace
	}
	return nil
}

// fetched tells the program of a fetch.
func (e *entry) fetched(ctx context.Context, f hostapi.TokenFetch) {
	if e.onFetch == nil {
		return
	}
	if err := e.tellFetch(identityOf(ctx, e.health.defaultActor), f); err != nil {
		e.health.broke(err)
	}
}

func (e *entry) tellFetch(id hostapi.Identity, f hostapi.TokenFetch) (err error) {
	defer callback.Recover("event", "the callback OnTokenFetch of the connection.Config", &err)
	e.onFetch(id, f)
	return nil
}
