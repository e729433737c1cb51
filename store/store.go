// Package store is a [connection.Store] in SQLite or PostgreSQL, which several
// processes can share. It also keeps an audit trail, and definitions of connections
// that are in no file. Start with [Open].
//
// Secrets are encrypted with AES-256-GCM under a data key, and data keys are wrapped
// under the master key of [Config]. Each secret is bound to its row and column, so that
// it cannot be decrypted elsewhere in the database. [Store.RotateKeys] and
// [Store.RotateMasterKey] change the keys while other processes use the store.
package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
)

// Store is an open database. It is safe for concurrent use. Errors of its methods are
// *[hostapi.Error], with [hostapi.CodeConfig] and a hint if the database is damaged.
type Store struct {
	db     *database.DB
	shared bool              // the pool is the program's, see Config.DB
	prefix string            // of the tables
	schema string            // of the tables; "": the default one
	tables *strings.Replacer // puts the dialect and the names of tables into a statement
	keys   keyring

	audit     auditQueue
	auditKeep time.Duration // see Config.AuditKeep

	closed atomic.Bool
}

var _ connection.Store = (*Store)(nil)

// Open opens the database of cfg, and creates or updates its tables. It fails with
// [hostapi.CodeConfig], and changes nothing, if the database cannot be opened, its
// tables have a newer version, or it has another master key.
//
// Close the Store when done.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	master, err := newMaster(cfg.Key)
	if err != nil {
		return nil, err
	}
	s, err := open(cfg)
	if err != nil {
		return nil, err
	}
	s.keys.master = master
	if err := s.prepare(ctx); err != nil {
		_ = s.closePool() // the first error is returned
		return nil, err
	}
	if s.auditKeep > 0 {
		s.audit.mu.Lock()
		defer s.audit.mu.Unlock()
		s.startWriter() //nolint:contextcheck // deletes old events, after the call
	}
	return s, nil
}

// prepare makes the database ready for use. Checks come before changes.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.db.PingContext(ctx); err != nil {
		return s.failed(ctx, database.OpOpen, s.db.Name, err)
	}
	migrations, err := s.migrations(ctx)
	if err != nil {
		return err
	}
	if migrations.Current > 0 && migrations.Current < prefixedVersion {
		s.nameTables("")
		err := s.loadKeys(ctx)
		s.nameTables(s.prefix)
		if err != nil {
			// Another process may have moved the tables since.
			moved, again := s.migrations(ctx)
			if again != nil || moved.Current < prefixedVersion {
				return err
			}
			migrations = moved
		}
	}
	if migrations.Current >= prefixedVersion {
		if err := s.loadKeys(ctx); err != nil {
			return err
		}
	}
	if !s.shared {
		if err := s.db.SetUp(ctx); err != nil {
			return s.failed(ctx, database.OpOpen, s.db.Name, err)
		}
	}
	if err := migrations.Apply(ctx); err != nil {
		return err
	}
	if s.keys.canSeal() {
		return nil
	}
	return s.addKey(ctx, true) // the first, or one to replace a damaged one
}

// Close stores the events that [Store.Audit] has taken, and closes the database unless it
// is [Config].DB. If the database takes no event for 5 s, the error says how many are
// lost. Close the connection.Manager first, which may have a renewed token to store.
// After Close, every method fails with an error that matches [hostapi.ErrClosed].
func (s *Store) Close() error {
	if s.db == nil {
		return nil // the zero Store is not open
	}
	unstored := s.closeQueue()
	s.closed.Store(true)
	if err := s.closePool(); err != nil {
		return errors.Join(unstored, s.failed(context.Background(), "close store", "", err))
	}
	return unstored
}

func (s *Store) closePool() error {
	if s.shared {
		return nil
	}
	return s.db.Close()
}

// opened returns an error for a Store that was not made by [Open].
func (s *Store) opened() error {
	switch {
	case s == nil || s.db == nil:
		return &hostapi.Error{
			Code: hostapi.CodeInvalidArgument, Op: "store", Message: "the store.Store is nil or its zero value", Hint: "make it with store.Open",
		}
	case s.shared && s.closed.Load():
		return s.closedError("store")
	}
	return nil
}

func (s *Store) closedError(op string) error {
	return &hostapi.Error{Code: hostapi.CodeClosed, Op: op, Name: s.db.Name, Message: "the store is closed"}
}

// query returns a statement in the dialect of the database, with the names of its tables.
func (s *Store) query(text string) string { return s.tables.Replace(text) }

// queryRow executes a statement that returns one row.
func (s *Store) queryRow(ctx context.Context, text string, args ...any) *sql.Row {
	return s.db.QueryRowContext(ctx, s.query(text), args...)
}

// exec executes a statement and returns the number of rows it changed.
func (s *Store) exec(ctx context.Context, text string, args ...any) (int64, error) {
	if err := s.opened(); err != nil {
		return 0, err
	}
	result, err := s.db.ExecContext(ctx, s.query(text), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// invalid is the error of a call with an invalid argument.
func invalid(op, name, message string) error {
	return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: op, Name: name, Message: message}
}
