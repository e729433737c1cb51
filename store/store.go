// Package store keeps what named connections hold, in SQLite or PostgreSQL.
//
// [Open] returns a [Store], which is a [connection.Store]: several processes may
// use one at once. It also keeps an audit trail, and the definitions of
// connections that no file has.
//
// Secrets are sealed with AES-256-GCM under a data key, and data keys under the
// master key of [Config]. Each is bound to its place, so that it opens nowhere
// else in the database. [Store.RotateKeys] and [Store.RotateMasterKey] change the
// keys while other processes go on.
package store

import (
	"context"
	"database/sql"
	"strings"
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// Config says which database a [Store] is, and what opens its secrets.
type Config struct {
	// URL is "sqlite:" and the path of a file, which is created with mode 0600 if
	// there is none, or a postgres:// URL of a database that exists. Required.
	URL string

	// Key is the master key: 32 random bytes, such as [ParseKey] returns. The first
	// to open an empty database decides which key it has. Required.
	Key []byte
}

// Store is an open database. Any number of goroutines may use it at once.
type Store struct {
	db   *sql.DB
	kind *kind
	name string // for errors: the URL without what is secret
	keys keyring

	closed atomic.Bool
}

var _ connection.Store = (*Store)(nil)

// Open opens the database of cfg, and creates or updates its tables. It fails
// with [hostapi.CodeConfig], and changes nothing, if the database is not to be
// had, its tables are those of a newer version, or the key is not its own.
//
// Close the Store when done.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	master, err := newMaster(cfg.Key)
	if err != nil {
		return nil, err
	}
	s, err := open(cfg.URL)
	if err != nil {
		return nil, err
	}
	s.keys.master = master
	if err := s.prepare(ctx); err != nil {
		_ = s.db.Close() // the first error is the one to tell
		return nil, err
	}
	return s, nil
}

// prepare brings the database to where it can be used. What refuses it comes
// before what changes it.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.db.PingContext(ctx); err != nil {
		return s.failed(ctx, opOpen, s.name, err)
	}
	migrations, err := s.migrations(ctx)
	if err != nil {
		return err
	}
	if migrations.current > 0 {
		if err := s.loadKeys(ctx); err != nil {
			return err
		}
	}
	if s.kind.setUp != "" {
		if _, err := s.exec(ctx, s.kind.setUp); err != nil {
			return s.failed(ctx, opOpen, s.name, err)
		}
	}
	if err := migrations.apply(ctx); err != nil {
		return err
	}
	if s.keys.canSeal() {
		return nil
	}
	return s.addKey(ctx, true) // the first, or one in place of a damaged one
}

// Close closes the database.
func (s *Store) Close() error {
	if s.db == nil {
		return nil // the zero Store has nothing open
	}
	s.closed.Store(true)
	if err := s.db.Close(); err != nil {
		return s.failed(context.Background(), "close store", "", err)
	}
	return nil
}

// opened returns an error for a Store that [Open] did not make.
func (s *Store) opened() error {
	if s == nil || s.db == nil {
		return &hostapi.Error{
			Code: hostapi.CodeInvalidArgument, Op: "store", Message: "the store.Store is nil or its zero value", Hint: "make it with store.Open",
		}
	}
	return nil
}

// query returns a statement in the dialect of the database.
func (s *Store) query(text string) string {
	return strings.ReplaceAll(text, "{now}", s.kind.now)
}

// exec runs a statement and returns how many rows it changed.
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

// invalid returns the error of a call with an argument that makes no sense.
func invalid(op, name, message string) error {
	return &hostapi.Error{Code: hostapi.CodeInvalidArgument, Op: op, Name: name, Message: message}
}

// millis is how the database keeps a time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func timeOf(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}

// plain returns text as both databases take it. What a server said about an error
// may be anything.
func plain(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}
