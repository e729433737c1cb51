package database

import (
	"errors"
	"sync"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// Outage is why the database as a whole cannot be used at present: the Reason of such errors of [DB.Failed]. They
// say nothing about what was asked for, which can be done once the cause has gone.
type Outage string //nolint:errname // it is what errors say, and not one of them

// The outages.
//
//nolint:errname // as above
const (
	Full        Outage = "full"        // there is no space; reading goes on
	ReadOnly    Outage = "read_only"   // nothing may be written; reading goes on
	Locked      Outage = "locked"      // by another process, or by a transaction
	Unreachable Outage = "unreachable" // PostgreSQL does not respond, or refuses to
	Gone        Outage = "gone"        // the file was removed or replaced: until the process is started again
	IOError     Outage = "io_error"    // the disk failed, or a quota is used up
)

// Error implements error.
func (o Outage) Error() string { return "the database cannot be used: " + string(o) }

// passes reports whether any transaction that succeeds shows that the outage is over. On a disk that is full, a
// small one may succeed where a larger one does not.
func (o Outage) passes() bool { return o == Unreachable || o == Locked }

// OutageOf returns the outage that err says; "" for another error.
func OutageOf(err error) Outage {
	o, _ := errors.AsType[Outage](err)
	return o
}

// ErrDamaged is the Reason of errors about tables, or data in them, that are damaged.
var ErrDamaged = errors.New("the database is damaged")

// IsLost reports whether err says that this process cannot use the database any more, however long it waits: its file
// is gone, or the database is damaged.
func IsLost(err error) bool { return OutageOf(err) == Gone || errors.Is(err, ErrDamaged) }

// NoResponse is why a context ends that bounds what uses the database, see [context.WithTimeoutCause].
func NoResponse(after time.Duration) error {
	return &hostapi.Error{
		Code: hostapi.CodeTimeout, Message: "the database has not responded for " + after.String(), Hint: "look at the database and at the network",
		Reason: Unreachable,
	}
}

// outageLasts is how long an outage is taken to last after the last failure: longer than one attempt and the pause
// after it.
const outageLasts = 15 * time.Second

// RetryAfter is how long those whose request was refused for an outage are asked to wait.
const RetryAfter = 10 * time.Second

// outages remembers the last failure by an outage. It is safe for concurrent use.
type outages struct {
	mu   sync.Mutex
	last *hostapi.Error
	at   time.Time
}

func (o *outages) note(e *hostapi.Error) {
	if OutageOf(e) == "" {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last, o.at = e, time.Now()
}

// committed notes that a transaction has succeeded.
func (o *outages) committed() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last != nil && OutageOf(o.last).passes() {
		o.last = nil
	}
}

// Outage returns the error by which the database cannot be used at present, as the last statements have shown; nil if
// there is none.
func (db *DB) Outage() *hostapi.Error {
	db.outages.mu.Lock()
	defer db.outages.mu.Unlock()
	if db.outages.last == nil || time.Since(db.outages.at) > outageLasts {
		return nil
	}
	return db.outages.last
}
