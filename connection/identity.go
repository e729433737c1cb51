package connection

import (
	"cmp"
	"context"

	"github.com/postern-dev/postern/hostapi"
)

// actorKey is the context key of the actor.
type actorKey struct{}

// WithActor returns a context that carries actor, the caller whom the audit trail of a
// [Store] records for what is done with that context, such as an authorization:
//
//	ctx = connection.WithActor(ctx, "user:ada")
//	err := manager.Redeem(ctx, authorization, callback)
//
// For a task, the Actor of its [hostapi.Identity] overrides it. Default
// [Config].Actor. A caller that only waits for a token which is being fetched already
// is not recorded.
func WithActor(ctx context.Context, actor string) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

// ActorFrom returns the actor of [WithActor]; "" if ctx carries none.
func ActorFrom(ctx context.Context) string {
	actor, _ := ctx.Value(actorKey{}).(string)
	return actor
}

// defaultActor is recorded where neither an Identity, [WithActor] nor [Config] names an
// actor.
const defaultActor = "postern"

// grantContextKey is the context key of a *hostapi.Grant.
type grantContextKey struct{}

// withGrant returns a context that carries the identity of a task and its Trace.
func withGrant(ctx context.Context, grant *hostapi.Grant) context.Context {
	if !carriesGrant(grant) {
		return ctx
	}
	return context.WithValue(ctx, grantContextKey{}, grant)
}

// carriesGrant reports whether a context has to carry the grant.
func carriesGrant(grant *hostapi.Grant) bool {
	return grant != nil && (grant.Identity != (hostapi.Identity{}) || grant.Trace != nil)
}

func grantOf(ctx context.Context) *hostapi.Grant {
	grant, _ := ctx.Value(grantContextKey{}).(*hostapi.Grant)
	return grant
}

// identityOf returns the caller that audit trail and events record for what is done with
// ctx.
func identityOf(ctx context.Context, configured string) hostapi.Identity {
	var identity hostapi.Identity
	if grant := grantOf(ctx); grant != nil {
		identity = grant.Identity
	}
	identity.Actor = cmp.Or(identity.Actor, ActorFrom(ctx), configured, defaultActor)
	return identity
}
