package connection

import (
	"context"
	"errors"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// Store keeps the tokens of connections beyond the life of a process, and lets several
// processes share them: a refresh token that a server rotates can be used once, and
// reuse of an old one ends the grant for all (RFC 9700 §4.14.2). A [Manager] without a
// Store keeps everything in memory.
//
// A panic in a Store is an error of [hostapi.CodeInternal] to the Manager, with the
// panic as its cause.
//
// A Store is used by many goroutines and processes at once. Its methods return when
// their context ends. Times are those of the store, not of the caller's clock; no
// decision depends on them. Package storetest tests these requirements.
type Store interface {
	// Load returns the record of key, or nil if there is none. The error for one that
	// cannot be read is [ErrUnreadable].
	Load(ctx context.Context, key Key) (*Record, error)

	// Lease gives holder the exclusive right to replace the record of that generation, and
	// records that a request to the server is in progress. It creates an empty record of
	// generation 0 if there is none. It reports false if another holder has a lease, or if
	// the record has another generation by now. The holder may call it again. A lease does
	// not expire: dead, if it is not zero, is the lease of a process that has ended, as
	// last loaded, and is taken over.
	Lease(ctx context.Context, key Key, generation int64, holder string, dead Lease) (bool, error)

	// Beat is the heartbeat of holder, which has the lease: it adds one to the Beat of the
	// lease. It reports false if holder has no lease.
	Beat(ctx context.Context, key Key, holder string) (bool, error)

	// Commit stores the next record and ends the lease of holder. The Generation of next
	// is one more than that of the record it replaces. It reports false, and changes
	// nothing, if holder no longer has a lease on that record.
	Commit(ctx context.Context, key Key, holder string, next *Record) (bool, error)

	// Release ends the lease of holder without a new record. It clears the request in
	// progress and stores state and reason.
	Release(ctx context.Context, key Key, holder string, state State, reason string) error

	// Put stores a record independent of the previous one, such as that of a new
	// authorization, as the next generation. It ends any lease.
	Put(ctx context.Context, key Key, record *Record) error

	// Delete removes the record of key, if there is one.
	Delete(ctx context.Context, key Key) error

	// List returns the keys and records of a namespace, sorted by name, without their
	// secrets.
	List(ctx context.Context, namespace string) ([]Entry, error)

	// Audit appends an event to the audit trail, now or later: it may return before the
	// event is stored. An error says that the event is not, and will not be, recorded.
	Audit(ctx context.Context, event AuditEvent) error

	// Flush waits until the events of earlier calls of Audit are stored.
	Flush(ctx context.Context) error
}

// ErrUnreadable matches, by [errors.Is], the error of a [Store] for a record that
// exists but cannot be read: its row or its key was damaged or changed. Put and Delete
// replace such a record.
var ErrUnreadable = errors.New("the record cannot be read")

// Key identifies a record: a connection, and one of its accounts. Records with different
// keys have nothing in common.
type Key struct {
	Namespace  string // see [Config].Namespace
	Connection string
	Account    string // "": the connection itself
}

// Record is the stored state of a connection.
type Record struct {
	Generation int64 // number of the record under its key, from 1; 0: none was stored yet
	State      State
	Reason     string    // of the state, for the user; it holds no secret
	Expiry     time.Time // of the access token; zero: unknown
	Scopes     []string  // as granted
	Updated    time.Time // time at which it was stored

	// Lease is that of the process that is replacing the record; zero: there is none. Only
	// Load fills it.
	Lease Lease

	// InFlight is the time at which a request to replace the record began whose outcome is
	// not recorded; zero: there is none. If its lease is dead, its process ended before it
	// could record the outcome, and the server may have carried the request out.
	InFlight time.Time

	// Secret is the tokens, in a private format of this package. A store encrypts it.
	Secret []byte
}

// Lease is the right of one holder to replace a record. It lasts until its holder
// releases it, or another process has seen no heartbeat for long enough.
type Lease struct {
	Holder string // a random ID of one connection in one Manager
	Beat   int64  // counter of heartbeats, in
}

// Entry is a record and its key.
type Entry struct {
	Key
	Record
}

// AuditEvent is one event in the audit trail. It holds no secret.
type AuditEvent struct {
	Time     time.Time // zero: now
	Action   Action
	Key      Key
	Identity hostapi.Identity // the caller. A Manager always fills in its Actor: a user, a service, or the process itself
	Detail   string           // such as the host that a token was sent to
}

// Action is a kind of [AuditEvent].
type Action string

// The actions.
const (
	ActionAdd       Action = "add"       // a connection was added
	ActionAuthorize Action = "authorize" // a user authorized a connection
	ActionUse       Action = "use"       // a credential was sent to a host
	ActionRefresh   Action = "refresh"   // a token was renewed
	ActionRevoke    Action = "revoke"    // a grant was revoked
	ActionFail      Action = "fail"      // a grant was refused permanently
	ActionPrune     Action = "prune"     // old events were deleted
	ActionMissed    Action = "missed"    // events that the store did not take; Detail has their number
)
