package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/postern-dev/postern/hostapi"
)

// kind has what differs between the databases.
type kind struct {
	dialect  goose.Dialect
	now      string             // SQL: current time of the database, in milliseconds since 1970
	hasTable string             // SQL: whether table $1 exists
	elements string             // SQL: FROM clause for the elements, named value, of the JSON array $1
	setUp    string             // SQL: run before the first use; it may change the database permanently
	lockKeys string             // SQL: no other transaction may change the keys
	lockAll  string             // SQL: no other transaction may change anything
	snapshot sql.IsolationLevel // of a transaction with a consistent snapshot
	explain  func(err error) explanation

	// isMissingKey reports whether a statement failed since it used a data key that
	// another process had just dropped, or dropped one that another had just used.
	isMissingKey func(err error) bool
}

// explanation is an error of the database in terms for the operator.
type explanation struct {
	code          hostapi.Code
	message, hint string
}

const opOpen = "open store"

const hintRestore = "restore a backup: postern store restore FILE"

// open returns a Store without keys. Of SQLite, it creates the file.
func open(cfg Config) (*Store, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	s, err := openPool(cfg)
	if err != nil {
		return nil, err
	}
	s.prefix, s.schema = cmp.Or(cfg.Prefix, defaultPrefix), cfg.Schema
	if s.schema != "" && s.kind == sqliteKind {
		_ = s.closePool() // nothing was written
		return nil, badConfig(s.name, "Schema is set for SQLite, which has none", "leave it out, or choose a Prefix")
	}
	s.auditKeep = cfg.AuditKeep
	s.audit.init()
	s.nameTables(s.prefix)
	return s, nil
}

// openPool returns a Store that has a pool and a name only.
func openPool(cfg Config) (*Store, error) {
	switch cfg.Dialect {
	case SQLite:
		return &Store{db: cfg.DB, shared: true, kind: sqliteKind, name: "sqlite"}, nil
	case PostgreSQL:
		return &Store{db: cfg.DB, shared: true, kind: postgresKind, name: "postgres"}, nil
	}
	scheme, path, _ := strings.Cut(cfg.URL, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(path, cfg.MaxConns)
	case "postgres", "postgresql":
		return openPostgres(cfg.URL, cfg.MaxConns)
	}
	// The text may have a password at any position.
	return nil, badConfig("", "the URL is neither sqlite: nor postgres:", "write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE")
}

func badConfig(name, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeConfig, Op: opOpen, Name: name, Message: message, Hint: hint}
}

// failed returns the error for a failed statement. Of the driver's error, which may
// contain its configuration, only the database's own message is used.
func (s *Store) failed(ctx context.Context, op, name string, err error) error {
	if e, ok := errors.AsType[*hostapi.Error](err); ok {
		return e // already explained
	}
	e := &hostapi.Error{Op: op, Name: name}
	switch cause := ended(ctx); {
	case cause != nil:
		e.Code, e.Message = hostapi.CodeOf(cause), cause.Error()
	case s.closed.Load():
		e.Code, e.Message = hostapi.CodeClosed, "the store is closed"
	case errors.Is(err, errDamaged):
		e.Code, e.Message, e.Hint = hostapi.CodeConfig, err.Error(), hintRestore
	default:
		why := s.kind.explain(err)
		e.Code, e.Message, e.Hint = why.code, why.message, why.hint
	}
	if name == "" {
		e.Name = s.name
	}
	return e
}

// ended is ctx.Err that also compares the clock: a socket has the deadline of the
// context and may notice it first.
func ended(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// errorText returns the text of a file error without the path, which is shown
// separately.
func errorText(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return err.Error()
}
