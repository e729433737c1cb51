package runs

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/postern-dev/postern/internal/database"
)

// writer commits what several goroutines write at the same moment in one transaction: a commit
// waits for the disk, and SQLite has one writer. What a writer is given must not wait for
// rows of other nodes.
type writer struct {
	db      *database.DB
	changes chan change
	closed  <-chan struct{}
	turn    chan struct{} // holds one element while a transaction is open; nil for PostgreSQL
}

// change is one change. done gets its error once it is committed.
type change struct {
	ctx  context.Context // of the caller, without its end
	op   string
	do   func(ctx context.Context, tx *sql.Tx) error
	done chan error
}

// maxTransaction bounds a transaction, or a look, with a database that does not respond.
const maxTransaction = 30 * time.Second

// inTime returns a context that ends with the time that a database has to respond.
func inTime(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, maxTransaction, database.NoResponse(maxTransaction))
}

// maxBatch bounds how much is done again when one change of a batch fails.
const maxBatch = 100

func (w *writer) start(db *database.DB, closed <-chan struct{}) {
	w.db, w.closed, w.changes = db, closed, make(chan change)
	if db.Dialect == database.SQLite {
		w.turn = make(chan struct{}, 1)
	}
	go w.loop()
}

// write commits a change, with those of others at the same time. It may run more than once, and
// must change nothing but the database. It is committed even if ctx ends meanwhile.
func (w *writer) write(ctx context.Context, op string, do func(ctx context.Context, tx *sql.Tx) error) error {
	c := change{context.WithoutCancel(ctx), op, do, make(chan error, 1)}
	select {
	case w.changes <- c:
		return <-c.done
	case <-ctx.Done():
		return w.db.Failed(ctx, op, "", ctx.Err())
	case <-w.closed:
		return closedError(op)
	}
}

func (w *writer) loop() {
	for {
		select {
		case first := <-w.changes:
			w.commit(w.batch(first))
		case <-w.closed:
			return
		}
	}
}

// batch returns first and the changes that wait already.
func (w *writer) batch(first change) []change {
	batch := []change{first}
	for len(batch) < maxBatch {
		select {
		case next := <-w.changes:
			batch = append(batch, next)
		default:
			return batch
		}
	}
	return batch
}

func (w *writer) commit(batch []change) {
	if len(batch) > 1 {
		err := w.alone(context.Background(), "write runs", func(ctx context.Context, tx *sql.Tx) error {
			for _, c := range batch {
				if err := c.do(ctx, tx); err != nil {
					return err
				}
			}
			return nil
		})
		// Where no change can be committed, each would only wait as long as all of them did.
		if o := database.OutageOf(err); err == nil || o == database.Unreachable || o == database.Locked {
			for _, c := range batch {
				c.done <- err
			}
			return
		}
	}
	for _, c := range batch {
		c.done <- w.alone(c.ctx, c.op, c.do)
	}
}

// deadlocks is how often a transaction is tried that PostgreSQL rolls back, since others hold what it needs and
// need what it holds: those that change several runs lock them in any order.
const deadlocks = 5

// alone runs do in a separate transaction. It may run more than once, as in write.
func (w *writer) alone(ctx context.Context, op string, do func(ctx context.Context, tx *sql.Tx) error) error {
	select {
	case <-w.closed:
		return closedError(op)
	default:
	}
	if w.turn != nil { // waiting here is fair, and waiting for SQLite's lock is not
		select {
		case w.turn <- struct{}{}:
			defer func() { <-w.turn }()
		case <-ctx.Done():
			return w.db.Failed(ctx, op, "", ctx.Err())
		}
	}
	ctx, cancel := inTime(ctx)
	defer cancel()
	var err error
	for range deadlocks {
		if err = w.db.InTx(ctx, op, func(tx *sql.Tx) error { return do(ctx, tx) }); !errors.Is(err, database.ErrRolledBack) {
			break
		}
	}
	return err
}
