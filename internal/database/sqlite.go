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
func explainSQLite(err error) explanation {
	if errors.Is(err, ErrFileGone) {
		return explanation{
			hostapi.CodeConfig, err.Error(),
			"nothing more is written; put the file back or restore a backup, then restart this process",
		}
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok { // a value of a wrong type, which SQLite allows in any column
		return explanation{hostapi.CodeConfig, "the stored data is damaged: " + err.Error(), HintRestore}
	}
	full := explanation{hostapi.CodeConfig, "the disk is full", "free some space; what was stored before is still there"}
	if e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE { // there is no space for the -shm file
		return full
	}
	const primary = 0xff
	switch e.Code() & primary {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return explanation{hostapi.CodeNetwork, "the database is locked by another process", "try again; if it stays locked, find the process that holds the file"}
	case sqlite3.SQLITE_FULL:
		return full
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return explanation{hostapi.CodeConfig, "the database cannot be written", hintPermissions}
	case sqlite3.SQLITE_CANTOPEN:
		return explanation{hostapi.CodeConfig, "the database file cannot be opened", hintPermissions}
	case sqlite3.SQLITE_NOTADB:
		return explanation{hostapi.CodeConfig, "the file is not a database", "check url of [store]; if the store was damaged, " + HintRestore}
	case sqlite3.SQLITE_CORRUPT:
		return explanation{hostapi.CodeConfig, "the database is damaged", HintRestore}
	case sqlite3.SQLITE_IOERR:
		return explanation{hostapi.CodeConfig, "the disk failed: " + err.Error(), "check the disk; if the store was damaged, " + HintRestore}
	case sqlite3.SQLITE_ERROR, sqlite3.SQLITE_SCHEMA, sqlite3.SQLITE_MISMATCH:
		return explanation{hostapi.CodeConfig, "its tables are damaged, or not those of a store: " + err.Error(), HintRestore}
	}
	return explanation{hostapi.CodeInternal, err.Error(), ""}
}
