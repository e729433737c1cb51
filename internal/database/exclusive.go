package database

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"

	"modernc.org/sqlite"

	"github.com/postern-dev/postern/hostapi"
)

// Exclusive makes this process the only server of a database of SQLite until release is called or
// the process ends, however it does; commands can use the database meanwhile. It fails with
// [hostapi.CodeConfig] if there is another one. Several servers can share PostgreSQL, for which this is not.
//
// The lock is that of SQLite on an empty database beside this one: a lock on the database itself would keep
// commands out.
func (db *DB) Exclusive(ctx context.Context) (release func() error, err error) {
	path := db.path + ".lock"
	if err := CreateFile(OpOpen, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	connector, err := sqlite.NewConnector(sqliteDSN(path))
	if err != nil {
		return nil, BadConfig(path, err.Error(), "")
	}
	lock := sql.OpenDB(connector)
	conn, err := lock.Conn(ctx)
	if err == nil {
		_, err = conn.ExecContext(ctx, "BEGIN EXCLUSIVE")
	}
	if err == nil {
		return func() error { return errors.Join(conn.Close(), lock.Close()) }, nil
	}
	e := db.Failed(ctx, OpOpen, path, err)
	if isBusy(err) {
		e = &hostapi.Error{
			Code: hostapi.CodeConfig, Op: OpOpen, Name: db.Name, Message: "another server uses this database",
			Hint: "stop it first; several servers can share a database of PostgreSQL",
		}
	}
	if conn != nil {
		e = errors.Join(e, conn.Close())
	}
	return nil, errors.Join(e, lock.Close())
}
