package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
)

const (
	maxQueued     = 4096                   // events that wait to be stored
	maxBatch      = 256                    // events in one statement; a power of two
	writeTime     = 10 * time.Second       // upper bound for one statement
	firstPause    = 100 * time.Millisecond // after a statement that failed, doubled each time
	longPause     = 5 * time.Second
	closeTime     = 5 * time.Second // without progress before Close gives up
	pruneEvery    = 10 * time.Minute
	prunedAtATime = 1000 // events that one statement deletes
)

// auditQueue holds events until they are stored. One goroutine at a time stores them,
// many in one statement, and ends when there are none: a task waits for the database
// only while the queue is full.
type auditQueue struct {
	mu       sync.Mutex
	waiting  []queuedEvent // oldest first
	added    int64         // events that were ever added
	stored   int64         // and of these, those that are stored
	changed  chan struct{} // closed and replaced after each attempt to store, and at the end of the writer
	running  bool          // there is a writer
	failed   error         // of the last attempt, if it has failed
	failures int64         // attempts that have failed
	closed   bool

	closing context.Context // ends the writer's pauses
	close   context.CancelFunc
	over    context.Context // ends its statements
	giveUp  context.CancelFunc

	pruned time.Time // last time; used by the writer alone
	last   int64     // the time that an event got last
}

// queuedEvent is an event that waits.
type queuedEvent struct {
	connection.AuditEvent

	id    string
	since time.Time // when it was added
	at    int64     // its time in the database, which a second attempt must not change; 0: not known yet
}

func (q *auditQueue) init() {
	q.changed = make(chan struct{})
	q.closing, q.close = context.WithCancel(context.Background())
	q.over, q.giveUp = context.WithCancel(context.Background())
}

// Audit implements [connection.Store]. It adds the event to a queue of 4096, from which
// one goroutine stores many at once. If the queue is full it waits, until ctx ends at
// the latest, or not at all while the database does not accept events; then the error
// says that the event is not recorded. An event that was added is stored by [Store.Close]
// at the latest, and is lost only if the process is killed or Close returns an error.
func (s *Store) Audit(ctx context.Context, event connection.AuditEvent) error {
	const op = "audit"
	if err := s.opened(); err != nil {
		return err
	}
	now := time.Now()
	// The time of the database is too coarse to order the events of one process.
	e := queuedEvent{AuditEvent: event, id: fmt.Sprintf("%016x%s", now.UnixNano(), rand.Text()), since: now, at: database.Millis(event.Time)}
	for {
		if err := ctx.Err(); err != nil {
			return s.failed(ctx, op, nameOf(event.Key), err)
		}
		added, changed, err := s.addEvent(e) //nolint:contextcheck // the writer outlives the call
		if added || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// addEvent adds an event, unless the queue is full; then changed is closed when it may
// not be any more.
func (s *Store) addEvent(e queuedEvent) (added bool, changed <-chan struct{}, err error) {
	q := &s.audit
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return false, nil, s.closedError("audit")
	case len(q.waiting) < maxQueued:
		q.waiting = append(q.waiting, e)
		q.added++
		s.startWriter()
		return true, nil, nil
	case q.failed != nil:
		return false, nil, q.failed
	}
	return false, q.changed, nil
}

// startWriter starts the writer unless it runs. The queue must be locked.
func (s *Store) startWriter() {
	if q := &s.audit; !q.running && !q.closed {
		q.running = true
		go s.writeQueue()
	}
}

// writeQueue stores events until there are none, and deletes old ones.
func (s *Store) writeQueue() {
	q := &s.audit
	pause := firstPause
	for {
		n := min(q.length(), maxBatch)
		if n == 0 {
			if !s.prune() && q.stop() {
				return
			}
			continue
		}
		err := s.writeBatch(n)
		q.done(n, err)
		if err == nil {
			pause = firstPause
			s.prune()
			continue
		}
		select {
		case <-q.over.Done():
			q.end()
			return
		case <-q.closing.Done():
			pause = firstPause
		default:
		}
		if !q.sleep(pause) {
			q.end()
			return
		}
		pause = min(2*pause, longPause)
	}
}

// sleep waits for d, or for the beginning of closing. It reports false if the writer has
// to end.
func (q *auditQueue) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	closing := q.closing.Done()
	if q.closing.Err() != nil {
		closing = nil // it ends with over
	}
	select {
	case <-timer.C:
	case <-closing:
	case <-q.over.Done():
		return false
	}
	return true
}

// stop ends the writer if no event waits.
func (q *auditQueue) stop() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) > 0 {
		return false
	}
	q.running = false
	q.wake()
	return true
}

// end ends the writer, whether or not events wait.
func (q *auditQueue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running = false
	q.wake()
}

// wake tells all who wait that something has changed. The queue must be locked.
func (q *auditQueue) wake() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// done removes the n oldest events if err is nil.
func (q *auditQueue) done(n int, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.failed = err; err != nil {
		q.failures++
	} else {
		clear(q.waiting[:n])
		q.waiting = q.waiting[n:]
		q.stored += int64(n)
	}
	q.wake()
}

// length returns how many events wait.
func (q *auditQueue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

// oldest returns the n oldest events, with their times. These are those of the database,
// which it had now, less the time for which they have waited. They never change again,
// since a statement that has failed may have stored its events all the same.
func (q *auditQueue) oldest(n int, clock int64) []queuedEvent {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for i := range n {
		if e := &q.waiting[i]; e.at == 0 {
			q.last = max(q.last, clock-now.Sub(e.since).Milliseconds()) // in the order in which they were added
			e.at = q.last
		}
	}
	return slices.Clone(q.waiting[:n])
}

// writeBatch stores the n oldest events in one statement, as one parameter in JSON.
func (s *Store) writeBatch(n int) error {
	ctx, cancel := context.WithTimeout(s.audit.over, writeTime)
	defer cancel()
	var clock int64
	if err := s.queryRow(ctx, "SELECT {now}").Scan(&clock); err != nil {
		return s.failed(ctx, "audit", s.db.Name, err)
	}
	rows := make([][]any, n)
	for i, e := range s.audit.oldest(n, clock) {
		by := &e.Identity
		rows[i] = []any{
			e.at, e.id, string(e.Action), database.Plain(e.Key.Namespace), database.Plain(e.Key.Connection), database.Plain(e.Key.Account),
			database.Plain(by.Tenant), database.Plain(by.Actor), database.Plain(by.Task), database.Plain(by.Run), database.Plain(by.Script), database.Plain(e.Detail),
		}
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return s.failed(ctx, "audit", s.db.Name, err) // never: it has numbers and text
	}
	_, err = s.exec(ctx, `
		INSERT INTO {audit} (time, id, action, namespace, connection, account, tenant, actor, task, run, script, detail)
		SELECT CAST(value ->> 0 AS BIGINT), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
			value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11
		FROM `+s.db.Dialect.Elements+` WHERE true ON CONFLICT (time, id) DO NOTHING`, string(text))
	if err != nil {
		return s.failed(ctx, "audit", s.db.Name, err)
	}
	return nil
}

// prune deletes some of the events that are older than AuditKeep, if it is time to. It
// reports whether there may be more.
func (s *Store) prune() bool {
	q := &s.audit
	if s.auditKeep <= 0 || time.Since(q.pruned) < pruneEvery {
		return false
	}
	ctx, cancel := context.WithTimeout(q.over, writeTime)
	defer cancel()
	n, err := s.exec(ctx, `
		DELETE FROM {audit} WHERE (time, id) IN
			(SELECT time, id FROM {audit} WHERE time < {now} - $1 ORDER BY time LIMIT $2)`,
		s.auditKeep.Milliseconds(), prunedAtATime)
	if err == nil && n == prunedAtATime {
		return true
	}
	q.pruned = time.Now() // after an error, too: it is tried again later
	return false
}

// Flush waits until all events that were added before are stored. It fails if the next
// attempt to store them does, or if ctx ends first; the events stay in the queue.
func (s *Store) Flush(ctx context.Context) error {
	if err := s.opened(); err != nil {
		return err
	}
	if s.closed.Load() {
		return s.closedError("flush")
	}
	q := &s.audit
	q.mu.Lock()
	defer q.mu.Unlock()
	last, failures := q.added, q.failures
	for q.stored < last && q.running && q.failures == failures {
		changed := q.changed
		q.mu.Unlock()
		select {
		case <-changed:
			q.mu.Lock()
		case <-ctx.Done():
			q.mu.Lock()
			return s.failed(ctx, "flush", s.db.Name, ctx.Err())
		}
	}
	if q.stored < last {
		return s.unstored()
	}
	return nil
}

// closeQueue lets no event be added, and stores those that wait, until none has been
// stored for closeTime, or it is certain that none can be.
func (s *Store) closeQueue() error {
	q := &s.audit
	defer q.giveUp()
	late := time.AfterFunc(closeTime, q.giveUp)
	defer late.Stop()
	q.mu.Lock()
	q.closed = true
	q.close()
	for q.running {
		changed, stored := q.changed, q.stored
		q.mu.Unlock()
		<-changed
		q.mu.Lock()
		switch {
		case q.stored > stored:
			late.Reset(closeTime)
		case database.IsLost(q.failed):
			q.giveUp()
		}
	}
	defer q.mu.Unlock()
	if len(q.waiting) > 0 {
		return s.unstored()
	}
	return nil
}

// unstored is the error of events that were added and could not be stored. The queue must
// be locked.
func (s *Store) unstored() error {
	e := &hostapi.Error{
		Code: hostapi.CodeOf(s.audit.failed), Op: "audit", Name: s.db.Name,
		Message: fmt.Sprintf("events of the audit trail that could not be stored: %d", len(s.audit.waiting)), Cause: s.audit.failed,
	}
	if why, ok := errors.AsType[*hostapi.Error](s.audit.failed); ok {
		e.Hint = why.Hint
	}
	return e
}
