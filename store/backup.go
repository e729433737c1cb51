package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/postern-dev/postern/hostapi"
)

// Backup writes a copy of the database, as it is at this moment, to a new file of
// mode 0600. Others go on using the database meanwhile. The copy needs the same
// master key. Only SQLite has it: PostgreSQL has pg_dump.
func (s *Store) Backup(ctx context.Context, path string) error {
	const op = "backup"
	if s.kind != sqliteKind {
		return &hostapi.Error{
			Code: hostapi.CodeConfig, Op: op, Name: s.name, Message: "only SQLite is copied into a file", Hint: "use pg_dump",
		}
	}
	err := createFile(op, path)
	if errors.Is(err, fs.ErrExist) {
		return &hostapi.Error{
			Code: hostapi.CodeConfig, Op: op, Name: path, Message: "there is a file already", Hint: "name another, or remove it",
		}
	}
	if err != nil {
		return err
	}
	absolute, err := filepath.Abs(path) // SQLite would take file:x for a URI
	if err == nil {
		_, err = s.db.ExecContext(ctx, "VACUUM INTO $1", absolute)
	}
	if err != nil {
		_ = os.Remove(path) // the first error is the one to tell
		return s.failed(ctx, op, path, err)
	}
	return nil
}
