package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/postern-dev/postern/hostapi"
)

// kind is what differs between the databases.
type kind struct {
	dialect  goose.Dialect
	now      string // the time of the database, in milliseconds since 1970
	hasTable string // whether table $1 exists
	setUp    string // run before the first use; it may change the database for good
	lockKeys string // in a transaction: no other may change the keys
}

var sqliteKind = &kind{ //nolint:gochecknoglobals // a table, never changed
	dialect:  goose.DialectSQLite3,
	now:      "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
	hasTable: "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = $1)",
	setUp:    "PRAGMA journal_mode = WAL", // readers need not wait for the writer
	lockKeys: "",                          // every transaction has the only lock there is, by _txlock
}

// clock_timestamp, not now: that is when the transaction began.
var postgresKind = &kind{ //nolint:gochecknoglobals // a table, never changed
	dialect:  goose.DialectPostgres,
	now:      "CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)",
	hasTable: "SELECT to_regclass($1) IS NOT NULL",
	lockKeys: "LOCK TABLE keys IN SHARE ROW EXCLUSIVE MODE",
}

const opOpen = "open store"

// open returns a Store without keys. It only creates the file of SQLite.
func open(text string) (*Store, error) {
	scheme, rest, _ := strings.Cut(text, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(rest)
	case "postgres", "postgresql":
		return openPostgres(text)
	}
	// The text may have a password anywhere.
	return nil, badConfig("", "the URL is neither sqlite: nor postgres:", "write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE")
}

func badConfig(name, message, hint string) error {
	return &hostapi.Error{Code: hostapi.CodeConfig, Op: opOpen, Name: name, Message: message, Hint: hint}
}

func openSQLite(path string) (*Store, error) {
	if path == "" {
		return nil, badConfig("", "the URL names no file", "write sqlite:PATH")
	}
	if err := createFile(opOpen, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, badConfig(path, err.Error(), "")
	}
	// A URI of its own, so that no character of the path means anything.
	absolute = filepath.ToSlash(absolute)
	if !strings.HasPrefix(absolute, "/") {
		absolute = "/" + absolute // a drive of Windows
	}
	dsn := url.URL{Scheme: "file", Path: absolute, RawQuery: url.Values{
		"_txlock": {"immediate"},
		"_pragma": {
			"busy_timeout(10000)", "foreign_keys(1)",
			"synchronous(FULL)", // a token that a server has rotated must outlive a power cut
		},
	}.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, badConfig(path, err.Error(), "")
	}
	// Only one can write at a time, and each has a page cache of its own.
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	return &Store{db: db, kind: sqliteKind, name: path}, nil
}

// createFile creates an empty file that nobody else may read. If there is a file,
// the error is [fs.ErrExist], and the file is not even opened: closing it again
// would take away the locks that this process has on it, as POSIX has it.
func createFile(op, path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator's own path
	switch {
	case errors.Is(err, fs.ErrExist):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return &hostapi.Error{
			Code: hostapi.CodeConfig, Op: op, Name: path, Message: "there is no such folder", Hint: "mkdir -p " + filepath.Dir(path),
		}
	case err != nil:
		return &hostapi.Error{
			Code: hostapi.CodeConfig, Op: op, Name: path, Message: "cannot create the file", Hint: "check who may write there", Cause: err,
		}
	}
	return f.Close()
}

func openPostgres(text string) (*Store, error) {
	config, err := pgx.ParseConfig(text)
	if err != nil {
		// The error repeats the URL, and cannot tell the password in one that is wrong.
		return nil, badConfig("", "the postgres URL is not valid", "write postgres://USER:PASSWORD@HOST/DATABASE; write %40 for an @ in the password")
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(10)
	db.SetMaxIdleConns(10)
	db.SetConnMaxIdleTime(5 * time.Minute)
	address := net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	return &Store{db: db, kind: postgresKind, name: "postgres://" + address + "/" + config.Database}, nil
}

// cannotOpen is the error of a database that cannot be used at all.
func (s *Store) cannotOpen(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return s.failed(ctx, opOpen, s.name, err)
	}
	if refusal, ok := errors.AsType[*pgconn.PgError](err); ok {
		return badConfig(s.name, refusal.Message, "check the user, the password and the database of the URL")
	}
	if s.kind == postgresKind {
		text := strings.Join(strings.Fields(err.Error()), " ")
		if e, ok := errors.AsType[*pgconn.ConnectError](err); ok && e.Config.Password != "" {
			text = strings.ReplaceAll(text, e.Config.Password, "[password]") // it should not be there
		}
		return &hostapi.Error{
			Code: hostapi.CodeNetwork, Op: opOpen, Name: s.name, Message: text, Hint: "is the server running there?",
		}
	}
	return badConfig(s.name, err.Error(), "is it a database file, and may this user read and write it and its folder?")
}
