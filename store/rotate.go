package store

import (
	"context"
	"crypto/cipher"
	"database/sql"
	"errors"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// Rotation counts what [Store.RotateKeys] has done.
type Rotation struct {
	Key     int64 // ID of the new data key
	Sealed  int   // secrets encrypted again
	Dropped int   // older data keys dropped
}

// RotateKeys creates a new data key and encrypts every secret again under it, one at a
// time. Other processes can use the store meanwhile, and even rotate its keys too. If
// it is interrupted, the store stays consistent; call it again.
//
// Keys that encrypt no secret any more are dropped at the beginning, so those that this
// rotation replaces are dropped by the next one.
//
// A secret that cannot be decrypted is kept, and so is its key. The error joins one for
// each, after all others are done.
func (s *Store) RotateKeys(ctx context.Context) (Rotation, error) {
	if err := s.opened(); err != nil {
		return Rotation{}, err
	}
	var done Rotation
	var err error
	if done.Dropped, err = s.dropKeys(ctx); err != nil {
		return done, err
	}
	if err := s.addKey(ctx, false); err != nil {
		return done, err
	}
	done.Key = s.keys.newestID()
	return done, errors.Join(
		s.sealAgain(ctx, sealedRecords, &done),
		s.sealAgain(ctx, sealedDefinitions, &done),
	)
}

// dropKeys drops the older keys that encrypt no secret.
func (s *Store) dropKeys(ctx context.Context) (int, error) {
	for {
		n, err := s.exec(ctx, `
			DELETE FROM {keys} AS older WHERE id < (SELECT max(id) FROM {keys})
				AND NOT EXISTS (SELECT 1 FROM {records} WHERE key_id = older.id)
				AND NOT EXISTS (SELECT 1 FROM {definitions} WHERE key_id = older.id)`)
		switch {
		case s.db.Dialect.IsForeignKeyViolation(err):
			continue // another process has just used one of them
		case err != nil:
			return 0, s.failed(ctx, "rotate keys", s.db.Name, err)
		}
		return int(n), nil
	}
}

// sealed is an encrypted secret in the database.
type sealed struct {
	location
	keyID int64
	bytes []byte
}

// sealedTable is a table with secrets: its name without a prefix, with the SQL to read those under keys older than
// $1, and to replace one unless another process has changed it.
type sealedTable struct{ table, column, read, replace string }

var sealedRecords = sealedTable{ //nolint:gochecknoglobals // a table, never changed
	table: "connection_records", column: "secret",
	read: `SELECT namespace, connection, account, generation, '', key_id, secret
		FROM {records} WHERE key_id < $1`,
	replace: `UPDATE {records} SET key_id = $1, secret = $2
		WHERE namespace = $3 AND connection = $4 AND account = $5 AND generation = $6 AND key_id = $7
			AND $1 = (SELECT max(id) FROM {keys})`,
}

var sealedDefinitions = sealedTable{ //nolint:gochecknoglobals // a table, never changed
	table: "connection_definitions", column: "secret",
	read: `SELECT namespace, connection, '', generation, settings, key_id, secret
		FROM {definitions} WHERE key_id < $1`,
	replace: `UPDATE {definitions} SET key_id = $1, secret = $2
		WHERE namespace = $3 AND connection = $4 AND $5 = '' AND generation = $6 AND key_id = $7
			AND $1 = (SELECT max(id) FROM {keys})`,
}

// sealAgain encrypts secrets under older keys with the newest one. It looks again at
// rows that other processes have changed meanwhile: a process may not know the newest
// key yet, or may have rotated too and created a newer one.
func (s *Store) sealAgain(ctx context.Context, t sealedTable, done *Rotation) error {
	const op = "rotate keys"
	for {
		old, err := s.sealedBefore(ctx, op, t, s.keys.newestID())
		if err != nil {
			return err
		}
		var unopened []error
		for _, row := range old {
			secret, err := s.unseal(ctx, row.location, row.keyID, row.bytes)
			if isUnreadable(err) {
				unopened = append(unopened, unreadable(op, row.location, err))
				continue
			}
			if err != nil {
				return err
			}
			id, again, ok := s.keys.seal(row.location, secret)
			if !ok {
				return s.noNewestKey(op)
			}
			n, err := s.exec(ctx, t.replace, id, again, row.namespace, row.connection, row.account, row.generation, row.keyID)
			if err != nil && !s.db.Dialect.IsForeignKeyViolation(err) {
				return s.failed(ctx, op, row.name(), err)
			}
			done.Sealed += int(n)
			if n > 0 {
				continue
			}
			if err := s.loadKeys(ctx); err != nil {
				return err
			}
		}
		if len(unopened) == len(old) {
			return errors.Join(unopened...)
		}
	}
}

// sealedBefore returns the secrets under keys older than that ID. The other arguments
// are those of t.read.
func (s *Store) sealedBefore(ctx context.Context, op string, t sealedTable, id int64, others ...any) ([]sealed, error) {
	rows, err := s.db.QueryContext(ctx, s.query(t.read), append([]any{id}, others...)...)
	if err != nil {
		return nil, s.failed(ctx, op, s.db.Name, err)
	}
	defer func() { _ = rows.Close() }() // see rows.Err

	var all []sealed
	for rows.Next() {
		r := sealed{location: location{table: t.table, column: t.column}}
		if err := rows.Scan(&r.namespace, &r.connection, &r.account, &r.generation, &r.settings, &r.keyID, &r.bytes); err != nil {
			return nil, s.failed(ctx, op, s.db.Name, err)
		}
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return nil, s.failed(ctx, op, s.db.Name, err)
	}
	return all, nil
}

func isUnreadable(err error) bool { return errors.Is(err, connection.ErrUnreadable) }

// unreadable is the error of a secret that cannot be decrypted.
func unreadable(op string, at location, err error) error {
	hint := "postern connect NAME authorizes it again, postern connection revoke NAME deletes it; or restore a backup"
	if at.table == sealedDefinitions.table {
		hint = "save the definition again, or restore a backup"
	}
	return &hostapi.Error{
		Code: hostapi.CodeConfig, Op: op, Name: at.name(), Message: "its secret cannot be decrypted",
		Cause: err, Hint: hint,
	}
}

// RotateMasterKey wraps all data keys under a new master key of 32 bytes, in one
// transaction. Processes that were opened with the old one continue until they
// encounter a data key created since; then they fail with [hostapi.CodeConfig].
func (s *Store) RotateMasterKey(ctx context.Context, key []byte) error {
	master, err := newMaster(key)
	if err != nil {
		return err
	}
	err = s.changeKeys(ctx, "rotate master key", func(tx *sql.Tx, keys map[int64][]byte) error {
		return s.rewrap(ctx, tx, keys, master)
	})
	if err != nil {
		return err
	}
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	s.keys.master = master
	return nil
}

func (s *Store) rewrap(ctx context.Context, tx *sql.Tx, keys map[int64][]byte, master cipher.AEAD) error {
	for id, key := range keys {
		if key == nil {
			continue // its secrets cannot be decrypted anyway
		}
		wrapped := sealWith(master, nil, key, wrappedAt(id))
		if _, err := tx.ExecContext(ctx, s.query("UPDATE {keys} SET wrapped = $1 WHERE id = $2"), wrapped, id); err != nil {
			return err
		}
	}
	return nil
}
