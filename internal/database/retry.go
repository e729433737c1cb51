package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"os"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// busyTimeout is how long a statement waits for a locked database, unless its context
// ends before.
const busyTimeout = 10 * time.Second

// ErrFileGone is the error of every statement after the database file was removed or
// replaced. SQLite would continue with the unlinked file, and all writes would be lost.
var ErrFileGone = errors.New("the file was removed or replaced while it was in use")

// dbFile identifies the database file that was opened.
type dbFile struct {
	path string
	info os.FileInfo
}

// check fails if the path leads to another file or to none.
func (f *dbFile) check() error {
	now, err := os.Stat(f.path)
	if err != nil || !os.SameFile(f.info, now) {
		return ErrFileGone
	}
	return nil
}

// retryingConnector makes connections to SQLite that wait for locks until the context
// ends, at most busyTimeout. SQLite's own busy handler ignores the context, and does
// not cover everything: neither setting the journal mode of a new file nor the recovery
// of the log by another process.
type retryingConnector struct {
	driver.Connector
	file dbFile
}

// Connect implements [driver.Connector].
func (c *retryingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := retryWhileBusy(ctx, &c.file, func() (driver.Conn, error) { return c.Connector.Connect(ctx) })
	if err != nil {
		return nil, err
	}
	whole, ok := conn.(sqliteConn)
	if !ok {
		_ = conn.Close() // the error below is returned
		return nil, errors.New("the SQLite driver lacks a method")
	}
	return &retryingConn{whole, &c.file}, nil
}

// sqliteConn has the methods of a connection to SQLite that database/sql uses.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type retryingConn struct {
	sqliteConn
	file *dbFile
}

// Ping implements [driver.Pinger].
func (c *retryingConn) Ping(ctx context.Context) error {
	_, err := retryWhileBusy(ctx, c.file, func() (struct{}, error) { return struct{}{}, c.sqliteConn.Ping(ctx) })
	return err
}

// BeginTx implements [driver.ConnBeginTx].
func (c *retryingConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return retryWhileBusy(ctx, c.file, func() (driver.Tx, error) { return c.sqliteConn.BeginTx(ctx, opts) })
}

// ExecContext implements [driver.ExecerContext].
func (c *retryingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return retryWhileBusy(ctx, c.file, func() (driver.Result, error) { return c.sqliteConn.ExecContext(ctx, query, args) })
}

// QueryContext implements [driver.QueryerContext].
func (c *retryingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return retryWhileBusy(ctx, c.file, func() (driver.Rows, error) { return c.sqliteConn.QueryContext(ctx, query, args) })
}

// retryWhileBusy calls do until the database is not locked.
func retryWhileBusy[T any](ctx context.Context, file *dbFile, do func() (T, error)) (T, error) {
	if err := file.check(); err != nil {
		var none T
		return none, err
	}
	const longest = 50 * time.Millisecond
	var began time.Time // when it was first locked
	for pause := time.Millisecond; ; pause = min(2*pause, longest) {
		result, err := do()
		if err == nil || !isBusy(err) {
			return result, err
		}
		if began.IsZero() {
			began = time.Now()
		}
		if time.Since(began) > busyTimeout {
			return result, err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return result, ctx.Err()
		}
	}
}

func isBusy(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	const primary = 0xff
	code := e.Code() & primary
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_PROTOCOL
}
