package connection

import (
	"context"
	"errors"
	"time"
)

// Store keeps what connections hold beyond the life of a process, and lets
// several processes share it: a refresh token that a server rotates is good once,
// and whoever uses an old one ends the grant for all. A [Manager] without a Store
// keeps everything in memory.
//
// A panic in a Store is an error of [hostapi.CodeInternal] to the Manager, with the
// panic as its cause.
//
// A Store is used by many goroutines and processes at once. Its methods end when
// their context does. Times are those of the store, not of the caller's clock; no
// decision depends on them. Package storetest tests what is promised here.
type Store interface {
	// Load returns the record of key, or nil if there is none. The error of one that
	// cannot be read is [ErrUnreadable].
	Load(ctx context.Context, key Key) (*Record, error)

	// Lease gives holder alone the right to replace the record of that generation,
	// and notes that a request to the server is under way. It makes an empty record of
	// generation 0 if there is none. It reports false if another holder has a lease,
	// or if the record is of another generation by now. A lease has no end: dead, if
	// it is not zero, is the lease of a process that has ended, as it was loaded last,
	// and is taken over.
	Lease(ctx context.Context, key Key, generation int64, holder string, dead Lease) (bool, error)

	// Beat tells the other processes that holder, which has the lease, is alive: it
	// adds one to the Beat of the lease. It reports false if holder has no lease.
	Beat(ctx context.Context, key Key, holder string) (bool, error)

	// Commit ends the lease of holder by storing the next record: its Generation is
	// one more than that of the record it replaces. It reports false, and changes
	// nothing, if holder has no lease on that one any more.
	Commit(ctx context.Context, key Key, holder string, next *Record) (bool, error)

	// Release ends the lease of holder without a new record. The note of a request
	// under way goes with it, and the state and reason are stored.
	Release(ctx context.Context, key Key, holder string, state State, reason string) error

	// Put stores a record that owes nothing to the one before, such as that of a
	// grant that somebody has just given, as the next generation. It ends any lease.
	Put(ctx context.Context, key Key, record *Record) error

	// Delete removes the record of key, if there is one.
	Delete(ctx context.Context, key Key) error

	// List returns the keys and records there are, by name, without their secrets.
	List(ctx context.Context) ([]Entry, error)

	// Audit adds a line to the record of who did what.
	Audit(ctx context.Context, event AuditEvent) error
}

// ErrUnreadable is what a [Store]'s error is, by [errors.Is], when a record is there
// and cannot be read, since its row or its key was damaged or changed. Put and
// Delete replace such a record.
var ErrUnreadable = errors.New("the record cannot be read")

// Key names a record: a connection, and one of its accounts.
type Key struct {
	Connection string
	Account    string // "" is the only one, or the first
}

// Record is what a connection holds.
type Record struct {
	Generation int64 // counts the records stored under a key, from 1; 0 is none yet
	State      State
	Reason     string    // why it is in that state, for people; no secret
	Expiry     time.Time // of the access token; zero: unknown
	Scopes     []string  // as granted
	Updated    time.Time // when it was stored

	// Lease is who is replacing the record; zero: no process is. Only Load fills it.
	Lease Lease

	// InFlight is when a request to replace the record began that nobody has told
	// the end of: zero if there is none. If its lease is over, its process ended
	// before it could say, and the server may have carried it out.
	InFlight time.Time

	// Secret is the tokens, in a form of the connection's own. A store encrypts it.
	Secret []byte
}

// Lease is the right of one holder to replace a record. It lasts until its holder
// gives it up, or another has watched it without seeing a beat.
type Lease struct {
	Holder string // one manager of one process
	Beat   int64  // counts up for as long as the holder is alive
}

// Entry is a record and its key.
type Entry struct {
	Key
	Record
}

// AuditEvent is something that was done with a connection. It holds no secret.
type AuditEvent struct {
	Time   time.Time // when; zero: now
	Action Action
	Key    Key
	Actor  string // who: a user, a task, or the process itself
	Detail string // such as the host that a token was used for
}

// Action is a kind of [AuditEvent].
type Action string

// The actions.
const (
	ActionAdd       Action = "add"       // a connection was added
	ActionAuthorize Action = "authorize" // somebody gave a grant
	ActionUse       Action = "use"       // a credential was sent to a host
	ActionRefresh   Action = "refresh"   // a token was renewed
	ActionRevoke    Action = "revoke"    // a grant was given back
	ActionFail      Action = "fail"      // a grant was refused for good
	ActionPrune     Action = "prune"     // old lines of the audit trail were deleted
)
