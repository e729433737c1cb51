package database

import (
	"cmp"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/postern-dev/postern/hostapi"
)

// SQLite is the dialect of SQLite. Every transaction locks the database, by _txlock.
var SQLite = &Dialect{ //nolint:gochecknoglobals // a table, never changed
	Now:      "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
	Elements: "json_each($1)",
	IsForeignKeyViolation: func(err error) bool {
		e, ok := errors.AsType[*sqlite.Error](err)
		return ok && e.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
	},
	IsUniqueViolation: func(err error) bool {
		e, ok := errors.AsType[*sqlite.Error](err)
		return ok && (e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE)
	},
	goose:    goose.DialectSQLite3,
	hasTable: "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = $1)",
	setUp:    "PRAGMA journal_mode = WAL", // readers do not wait for a writer
	explain:  explainSQLite,
}

func openSQLite(path string, maxConns int) (*DB, error) {
	if path == "" {
		return nil, BadConfig("", "the URL names no file", "write sqlite:PATH")
	}
	if err := CreateFile(OpOpen, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, BadConfig(path, err.Error(), "")
	}
	file, err := os.Stat(absolute)
	switch {
	case err != nil:
		return nil, BadConfig(path, FileErrorText(err), "check the permissions of the file and of its folder")
	case file.IsDir():
		return nil, BadConfig(path, "is a folder, not a file", "write sqlite:PATH with the path of a file")
	}
	base, err := sqlite.NewConnector(sqliteDSN(absolute))
	if err != nil {
		return nil, BadConfig(path, err.Error(), "")
	}
	whole, err := filepath.EvalSymlinks(absolute)
	if err != nil {
		return nil, BadConfig(path, FileErrorText(err), "")
	}
	db := sql.OpenDB(&retryingConnector{base, dbFile{absolute, file}})
	const usual = 4 // only one can write at a time, and each has its own page cache
	maxConns = cmp.Or(maxConns, usual)
	db.SetMaxOpenConns(maxConns)
	db.SetMaxIdleConns(maxConns)
	return &DB{DB: db, Dialect: SQLite, Name: path, path: whole}, nil
}

// sqliteDSN returns the URI of a database file, in which special characters of the path
// are escaped.
func sqliteDSN(absolute string) string {
	absolute = filepath.ToSlash(absolute)
	if !strings.HasPrefix(absolute, "/") {
		absolute = "/" + absolute // a Windows drive letter
	}
	dsn := url.URL{Scheme: "file", Path: absolute, RawQuery: url.Values{
		"_txlock": {"immediate"},
		"_pragma": {
			"busy_timeout(0)", // retryingConn waits instead, since SQLite would not stop when the context ends
			"foreign_keys(1)",
			"synchronous(FULL)", // a rotated refresh token must survive a power failure
		},
	}.Encode()}
	return dsn.String()
}

// CreateFile creates an empty file that only its owner can read. If the file exists,
// the error is [fs.ErrExist] and the file is not opened: closing it would release the
// locks that this process has on it, as POSIX requires.
func CreateFile(op, path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // chosen by the operator
	switch {
	case errors.Is(err, fs.ErrExist):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return &hostapi.Error{
			Code: hostapi.CodeConfig, Op: op, Name: path, Message: "there is no such folder", Hint: "mkdir -p " + filepath.Dir(path),
		}
	case err != nil:
		return &hostapi.Error{
			Code: hostapi.CodeConfig, Op: op, Name: path, Message: "cannot create the file: " + FileErrorText(err), Hint: "check the permissions of the folder",
		}
	}
	return f.Close()
}

const hintPermissions = "check the permissions of the file, of its -wal and -shm files and of its folder, and whether the disk is read-only"

// explainSQLite explains an error of SQLite, https://www.sqlite.org/rescode.html.
func explainSQLite(err error) hostapi.Error {
	if errors.Is(err, ErrFileGone) {
		return hostapi.Error{
			Code: hostapi.CodeConfig, Message: err.Error(), Reason: Gone,
			Hint: "nothing more is written; put the file back or restore a backup, then restart this process",
		}
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok { // a value of a wrong type, which SQLite allows in any column
		return hostapi.Error{Code: hostapi.CodeConfig, Message: "the stored data is damaged: " + err.Error(), Hint: HintRestore, Reason: ErrDamaged}
	}
	code := e.Code()
	if code != sqlite3.SQLITE_IOERR_SHMSIZE { // otherwise there is no space for the -shm file
		const primary = 0xff
		code &= primary
	}
	switch code {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE:
		return hostapi.Error{Code: hostapi.CodeConfig, Message: "the disk is full", Hint: "free some space; what was stored before is still there", Reason: Full}
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return hostapi.Error{
			Code: hostapi.CodeNetwork, Message: "the database is locked by another process",
			Hint: "try again; if it stays locked, find the process that holds the file", Reason: Locked,
		}
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return hostapi.Error{Code: hostapi.CodeConfig, Message: "the database cannot be written", Hint: hintPermissions, Reason: ReadOnly}
	case sqlite3.SQLITE_CANTOPEN:
		return hostapi.Error{Code: hostapi.CodeConfig, Message: "the database file cannot be opened", Hint: hintPermissions, Reason: ReadOnly}
	case sqlite3.SQLITE_IOERR:
		return hostapi.Error{
			Code: hostapi.CodeConfig, Message: "the disk failed", Cause: errors.New(err.Error()), // whose code is not that of the error
			Hint: "check the disk, and the quota of the user; if the store was damaged, " + HintRestore, Reason: IOError,
		}
	case sqlite3.SQLITE_NOTADB:
		return hostapi.Error{
			Code: hostapi.CodeConfig, Message: "the file is not a database", Hint: "check url of [store]; if the store was damaged, " + HintRestore, Reason: ErrDamaged,
		}
	case sqlite3.SQLITE_CORRUPT:
		return hostapi.Error{Code: hostapi.CodeConfig, Message: "the database is damaged", Hint: HintRestore, Reason: ErrDamaged}
	case sqlite3.SQLITE_ERROR, sqlite3.SQLITE_SCHEMA, sqlite3.SQLITE_MISMATCH:
		return hostapi.Error{
			Code: hostapi.CodeConfig, Message: "its tables are damaged, or not those of a store: " + err.Error(), Hint: HintRestore, Reason: ErrDamaged,
		}
	}
	return hostapi.Error{Code: hostapi.CodeInternal, Message: err.Error()}
}
