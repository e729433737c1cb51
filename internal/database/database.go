// Package database opens the SQLite or PostgreSQL database that Postern keeps its state
// in, brings tables to the version that this program needs, and explains errors of the
// database to operators. What the tables are for is known by the packages that use it.
package database

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/postern-dev/postern/hostapi"
)

// DB is a pool of connections to a database. It is safe for concurrent use.
type DB struct {
	*sql.DB

	Dialect *Dialect
	Name    string // for errors: the URL without its secrets

	outages outages
	path    string                                       // of the file of SQLite, without symbolic links
	connect func(ctx context.Context) (*pgx.Conn, error) // to PostgreSQL
}

// OpOpen is the operation of errors of [Open] and of [Tables.Migrations].
const OpOpen = "open store"

// HintRestore is the hint of errors about damaged data.
const HintRestore = "restore a backup: postern store restore FILE"

// Open returns a pool for a URL, sqlite:PATH or postgres://…, with at most maxConns
// connections, 0 for the default of the dialect: 4 and 10. The file of SQLite is created.
// Errors are *[hostapi.Error] with [hostapi.CodeConfig].
func Open(url string, maxConns int) (*DB, error) {
	scheme, path, _ := strings.Cut(url, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(path, maxConns)
	case "postgres", "postgresql":
		return openPostgres(url, maxConns)
	}
	// The text may have a password at any position.
	return nil, BadConfig("", "the URL is neither sqlite: nor postgres:", "write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE")
}

// SetUp changes lasting settings of the database, such as the journal mode of SQLite.
func (db *DB) SetUp(ctx context.Context) error {
	if db.Dialect.setUp == "" {
		return nil
	}
	_, err := db.ExecContext(ctx, db.Dialect.setUp)
	return err
}

// InTx runs do in a transaction, which is committed unless do returns an error. That error
// is returned as it is, one of the database by [DB.Failed] with op. In SQLite, one
// transaction runs at a time.
func (db *DB) InTx(ctx context.Context, op string, do func(tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return db.Failed(ctx, op, "", err)
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback() // the first error is returned
		return err
	}
	if err := tx.Commit(); err != nil {
		return db.Failed(ctx, op, "", err)
	}
	db.outages.committed()
	return nil
}

// BadConfig is the error for a database that cannot be used as configured.
func BadConfig(name, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeConfig, Op: OpOpen, Name: name, Message: message, Hint: hint}
}

// Failed returns the error for a failed statement, whose name is that of the database if
// name is empty. Of the driver's error, which may contain its configuration, only the
// database's own message is used. An [Outage] is remembered, see [DB.Outage].
func (db *DB) Failed(ctx context.Context, op, name string, err error) error {
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		return e // already explained
	}
	e := db.explained(ctx, op, name, err)
	if !errors.Is(e, ErrRolledBack) { // which the next transaction need not be
		db.outages.note(e)
	}
	return e
}

func (db *DB) explained(ctx context.Context, op, name string, err error) *hostapi.Error {
	e := &hostapi.Error{}
	end := ended(ctx)
	why, explains := errors.AsType[*hostapi.Error](context.Cause(ctx))
	switch {
	case end == nil:
		*e = db.Dialect.explain(err)
	case explains && OutageOf(why) != "":
		*e = *why
	case errors.Is(end, context.Canceled):
		e.Code, e.Message = hostapi.CodeCanceled, "was cancelled"
	default:
		e.Code, e.Message = hostapi.CodeOf(end), end.Error()
	}
	e.Op, e.Name = op, name
	if name == "" && e.Code != hostapi.CodeInvalidArgument { // which is not the database's fault
		e.Name = db.Name
	}
	e.Transient = OutageOf(e) != ""
	return e
}

// ended is ctx.Err that also compares the clock: a socket has the deadline of the
// context and may notice it first.
func ended(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		<-ctx.Done() // at once, and then it has its cause
	}
	return ctx.Err()
}

// FileErrorText returns the text of a file error without the path, which is shown
// separately.
func FileErrorText(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return err.Error()
}

// Millis encodes a time for the database: milliseconds since 1970, 0 for none.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Time decodes what [Millis] returned, in UTC.
func Time(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}

// Plain returns text that both databases accept. A server's error message may have any
// bytes.
func Plain(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}
