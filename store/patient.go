package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"os"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// busyPatience is how long a statement waits for other processes and goroutines to
// unlock the database, unless its context ends before.
const busyPatience = 10 * time.Second

// errFileGone is the error of every statement once the file of the database was
// removed or replaced. SQLite would go on with a file that has no name any more,
// and all that it writes would be lost.
var errFileGone = errors.New("the file was removed or replaced while it was in use")

// dbFile is the file of a database, as it was when it was opened.
type dbFile struct {
	path string
	info os.FileInfo
}

// check fails if the path leads to another file, or to none.
func (f *dbFile) check() error {
	now, err := os.Stat(f.path)
	if err != nil || !os.SameFile(f.info, now) {
		return errFileGone
	}
	return nil
}

// patientConnector makes connections to SQLite that wait for its locks for as long
// as the context lasts, at most busyPatience. What SQLite itself offers does not
// end with the context, and does not wait everywhere: not where a new file gets its
// journal mode, nor while another process recovers the log.
type patientConnector struct {
	driver.Connector
	file dbFile
}

// Connect implements [driver.Connector].
func (c *patientConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := patiently(ctx, &c.file, func() (driver.Conn, error) { return c.Connector.Connect(ctx) })
	if err != nil {
		return nil, err
	}
	whole, ok := conn.(sqliteConn)
	if !ok {
		_ = conn.Close() // the error below is the one to tell
		return nil, errors.New("the SQLite driver lacks a method")
	}
	return &patientConn{whole, &c.file}, nil
}

// sqliteConn is what database/sql uses of a connection to SQLite.
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

type patientConn struct {
	sqliteConn
	file *dbFile
}

// Ping implements [driver.Pinger].
func (c *patientConn) Ping(ctx context.Context) error {
	_, err := patiently(ctx, c.file, func() (struct{}, error) { return struct{}{}, c.sqliteConn.Ping(ctx) })
	return err
}

// BeginTx implements [driver.ConnBeginTx].
func (c *patientConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return patiently(ctx, c.file, func() (driver.Tx, error) { return c.sqliteConn.BeginTx(ctx, opts) })
}

// ExecContext implements [driver.ExecerContext].
func (c *patientConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return patiently(ctx, c.file, func() (driver.Result, error) { return c.sqliteConn.ExecContext(ctx, query, args) })
}

// QueryContext implements [driver.QueryerContext].
func (c *patientConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return patiently(ctx, c.file, func() (driver.Rows, error) { return c.sqliteConn.QueryContext(ctx, query, args) })
}

// patiently calls do until the database is not locked.
func patiently[T any](ctx context.Context, file *dbFile, do func() (T, error)) (T, error) {
	if err := file.check(); err != nil {
		var none T
		return none, err
	}
	const longest = 50 * time.Millisecond
	var began time.Time // when it was first found locked
	for pause := time.Millisecond; ; pause = min(2*pause, longest) {
		result, err := do()
		if err == nil || !isBusy(err) {
			return result, err
		}
		if began.IsZero() {
			began = time.Now()
		}
		if time.Since(began) > busyPatience {
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
