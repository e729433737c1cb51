package store

import (
	"context"
	"crypto/cipher"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/atomicfile"
	"github.com/postern-dev/postern/internal/database"
)

// Backup writes a consistent copy of the store to a new SQLite file of mode 0600, also
// if the store is in PostgreSQL. The store can be used meanwhile. The copy has the same
// master key and the default prefix; [Store.Restore] restores it.
func (s *Store) Backup(ctx context.Context, path string) error {
	const op = "backup"
	if err := s.opened(); err != nil {
		return err
	}
	exists := &hostapi.Error{
		Code: hostapi.CodeConfig, Op: op, Name: path, Message: "the file already exists", Hint: "choose another path, or remove it",
	}
	if _, err := os.Lstat(path); err == nil {
		return exists
	}
	temp := atomicfile.TempName(path)
	defer removeSQLite(temp) // it has been renamed if all went well
	if err := database.CreateFile(op, temp); err != nil {
		if e, ok := errors.AsType[*hostapi.Error](err); ok {
			e.Name = path // the caller does not know temp
		}
		return err
	}
	if err := s.backUp(ctx, temp, path); err != nil {
		return err
	}
	err := syncFile(temp)
	if err == nil {
		err = atomicfile.Publish(temp, path)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return exists
	case err != nil:
		return &hostapi.Error{Code: hostapi.CodeConfig, Op: op, Name: path, Message: "cannot be written: " + database.FileErrorText(err), Hint: "check the disk"}
	}
	return nil
}

// backUp writes to the empty file temp, which errors call path.
func (s *Store) backUp(ctx context.Context, temp, path string) error {
	if err := s.Flush(ctx); err != nil {
		return err
	}
	if s.db.Dialect == database.SQLite && !s.shared && s.prefix == defaultPrefix { // the file has nothing else
		absolute, err := filepath.Abs(temp) // SQLite would interpret file:x as a URI
		if err == nil {
			_, err = s.db.ExecContext(ctx, "VACUUM INTO $1", absolute)
		}
		if err != nil {
			return s.failed(ctx, "backup", path, err)
		}
		return nil
	}
	to, err := openFile(ctx, temp, path, s.keys.wrapper(), false)
	if err != nil {
		return err
	}
	_, err = s.CopyTo(ctx, to, CopyOptions{})
	return errors.Join(err, to.Close()) //nolint:contextcheck // closing merges the log into the file
}

// RestoreOptions configures [Store.Restore].
type RestoreOptions struct {
	CopyOptions

	// Key is the master key of the backup. Default nil: that of the store.
	Key []byte
}

// Restore copies a backup of [Store.Backup] into the store, as [Store.CopyTo] does. The
// backup is not changed; it may be from an older release.
func (s *Store) Restore(ctx context.Context, path string, opts RestoreOptions) (Copied, error) {
	const op = "restore"
	if err := s.opened(); err != nil {
		return Copied{}, err
	}
	master := s.keys.wrapper()
	if opts.Key != nil {
		var err error
		if master, err = newMaster(opts.Key); err != nil {
			return Copied{}, err
		}
	}
	fail := func(message, hint string) (Copied, error) {
		return Copied{}, &hostapi.Error{Code: hostapi.CodeConfig, Op: op, Name: path, Message: message, Hint: hint}
	}
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return fail("there is no such file", "give a file that postern store backup has written")
	case err != nil:
		return fail(database.FileErrorText(err), "check the permissions of the file")
	case !info.Mode().IsRegular():
		return fail("is not a file", "give a file that postern store backup has written")
	}
	dir, err := os.MkdirTemp("", "postern-restore-")
	if err != nil {
		return fail("cannot create a temporary folder: "+database.FileErrorText(err), "set TMPDIR to a folder that can be written")
	}
	defer func() { _ = os.RemoveAll(dir) }() // anything left over is encrypted
	// Opening a database changes its file. A copy of one in use has its log in another
	// file.
	temp := filepath.Join(dir, "backup.db")
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(temp+suffix, path+suffix); err != nil && (suffix == "" || !errors.Is(err, fs.ErrNotExist)) {
			return fail("cannot be copied: "+database.FileErrorText(err), "check the permissions of the file, and the space in "+os.TempDir())
		}
	}
	from, err := openFile(ctx, temp, path, master, true)
	if err != nil {
		return Copied{}, err
	}
	defer func() { _ = from.Close() }() //nolint:contextcheck // only read
	return from.CopyTo(ctx, s, opts.CopyOptions)
}

// openFile opens the SQLite file at path, which errors call name, with a master key.
// With filled, it must already be a store.
func openFile(ctx context.Context, path, name string, master cipher.AEAD, filled bool) (*Store, error) {
	s, err := open(Config{URL: "sqlite:" + path})
	if err != nil {
		return nil, err
	}
	s.db.Name, s.keys.master = name, master
	if filled {
		var m *database.Migrations
		if m, err = s.migrations(ctx); err == nil && m.Current == 0 {
			err = database.BadConfig(name, "the file is not a backup of a store", "give a file that postern store backup has written")
		}
	}
	if err == nil {
		err = s.prepare(ctx)
	}
	if err != nil {
		_ = s.db.Close() // the first error is returned
		return nil, err
	}
	return s, nil
}

func copyFile(to, from string) error {
	source, err := os.Open(from) //nolint:gosec // chosen by the operator
	if err != nil {
		return err
	}
	defer source.Close()                                                     //nolint:errcheck // only read
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // in our own folder
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // just written
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// removeSQLite removes a database file and the auxiliary files of SQLite.
func removeSQLite(path string) {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		_ = os.Remove(path + suffix)
	}
}
