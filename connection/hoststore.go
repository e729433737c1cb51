package connection

import (
	"context"

	"github.com/postern-dev/postern/internal/callback"
)

// hostStore wraps the Store of the embedding program. A panic in it becomes an error,
// so that operations end as they do when the store is down, and no background goroutine
// crashes the process.
type hostStore struct{ host Store }

const storeName = "the connection.Store"

func (s hostStore) Load(ctx context.Context, key Key) (record *Record, err error) {
	defer callback.Recover("store", storeName, &err)
	return s.host.Load(ctx, key)
}

func (s hostStore) Lease(ctx context.Context, key Key, generation int64, holder string, dead Lease) (taken bool, err error) {
	defer callback.Recover("store", storeName, &err)
	return s.host.Lease(ctx, key, generation, holder, dead)
}

func (s hostStore) Beat(ctx context.Context, key Key, holder string) (leased bool, err error) {
	defer callback.Recover("store", storeName, &err)
	return s.host.Beat(ctx, key, holder)
}

func (s hostStore) Commit(ctx context.Context, key Key, holder string, next *Record) (done bool, err error) {
	defer callback.Recover("store", storeName, &err)
	return s.host.Commit(ctx, key, holder, next)
}

func (s hostStore) Release(ctx context.Context, key Key, holder string, state State, reason string) (err error) {
	defer callback.Recover("store", storeName, &err)
	return s.host.Release(ctx, key, holder, state, reason)
}

func (s hostStore) Put(ctx context.Context, key Key, record *Record) (err error) {
	defer callback.Recover("store", storeName, &err)
	return s.host.Put(ctx, key, record)
}

func (s hostStore) Delete(ctx context.Context, key Key) (err error) {
	defer callback.Recover("store", storeName, &err)
	return s.host.Delete(ctx, key)
}

func (s hostStore) List(ctx context.Context, namespace string) (all []Entry, err error) {
	defer callback.Recover("store", storeName, &err)
	return s.host.List(ctx, namespace)
}

func (s hostStore) Audit(ctx context.Context, event AuditEvent) (err error) {
	defer callback.Recover("store", storeName, &err)
	return s.host.Audit(ctx, event)
}

func (s hostStore) Flush(ctx context.Context) (err error) {
	defer callback.Recover("store", storeName, &err)
	return s.host.Flush(ctx)
}
