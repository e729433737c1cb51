package store

import (
	"context"
	"crypto/cipher"
	"database/sql"
	"errors"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
)

// Rotation is what [Store.RotateKeys] has done.
type Rotation struct {
	Key     int64 // id of the new data key
	Sealed  int   // secrets sealed again
	Dropped int   // older data keys dropped
}

// RotateKeys makes a new data key and seals every secret again under it. Secrets
// are done one at a time: other processes go on meanwhile, and may even rotate
// too, and the database is sound wherever it is stopped; then call it again.
//
// Keys that no secret is under any more are dropped at the beginning, so those
// that this rotation frees are dropped by the next.
//
// A secret that cannot be decrypted stays as it is, and so does its key. The error
// joins one for each of them, when all others are done.
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

// dropKeys drops the older keys that no secret is under.
func (s *Store) dropKeys(ctx context.Context) (int, error) {
	for {
		n, err := s.exec(ctx, `
			DELETE FROM keys WHERE id < (SELECT max(id) FROM keys)
				AND NOT EXISTS (SELECT 1 FROM connection_records WHERE key_id = keys.id)
				AND NOT EXISTS (SELECT 1 FROM connection_definitions WHERE key_id = keys.id)`)
		switch {
		case s.kind.isMissingKey(err):
			continue // one of them came into use at the same moment
		case err != nil:
			return 0, s.failed(ctx, "rotate keys", s.name, err)
		}
		return int(n), nil
	}
}

// sealed is a secret as the database has it.
type sealed struct {
	place
	keyID int64
	bytes []byte
}

// sealedTable is a table that has secrets: how to read those under keys older than
// $1, and how to replace one, unless somebody else did.
type sealedTable struct{ table, column, read, replace string }

var sealedRecords = sealedTable{ //nolint:gochecknoglobals // a table, never changed
	table: "connection_records", column: "secret",
	read: `SELECT connection, account, generation, '', key_id, secret
		FROM connection_records WHERE key_id < $1`,
	replace: `UPDATE connection_records SET key_id = $1, secret = $2
		WHERE connection = $3 AND account = $4 AND generation = $5 AND key_id = $6
			AND $1 = (SELECT max(id) FROM keys)`,
}

var sealedDefinitions = sealedTable{ //nolint:gochecknoglobals // a table, never changed
	table: "connection_definitions", column: "secret",
	read: `SELECT connection, '', generation, settings, key_id, secret
		FROM connection_definitions WHERE key_id < $1`,
	replace: `UPDATE connection_definitions SET key_id = $1, secret = $2
		WHERE connection = $3 AND $4 = '' AND generation = $5 AND key_id = $6
			AND $1 = (SELECT max(id) FROM keys)`,
}

// sealAgain seals what is under older keys under the newest. What others have
// changed meanwhile, it looks at again: a process that does not know the newest
// key yet may have used another, and one that rotates too has made a newer one.
func (s *Store) sealAgain(ctx context.Context, t sealedTable, done *Rotation) error {
	const op = "rotate keys"
	for {
		old, err := s.sealedBefore(ctx, op, t, s.keys.newestID())
		if err != nil {
			return err
		}
		var unopened []error
		for _, row := range old {
			secret, err := s.unseal(ctx, row.place, row.keyID, row.bytes)
			if isUnreadable(err) {
				unopened = append(unopened, unreadable(op, row.place, err))
				continue
			}
			if err != nil {
				return err
			}
			id, again, ok := s.keys.seal(row.place, secret)
			if !ok {
				return s.noNewestKey(op)
			}
			n, err := s.exec(ctx, t.replace, id, again, row.connection, row.account, row.generation, row.keyID)
			if err != nil && !s.kind.isMissingKey(err) {
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

// sealedBefore returns what is sealed under keys older than that of the id.
func (s *Store) sealedBefore(ctx context.Context, op string, t sealedTable, id int64) ([]sealed, error) {
	rows, err := s.db.QueryContext(ctx, t.read, id)
	if err != nil {
		return nil, s.failed(ctx, op, s.name, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells

	var all []sealed
	for rows.Next() {
		r := sealed{place: place{table: t.table, column: t.column}}
		if err := rows.Scan(&r.connection, &r.account, &r.generation, &r.settings, &r.keyID, &r.bytes); err != nil {
			return nil, s.failed(ctx, op, s.name, err)
		}
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return nil, s.failed(ctx, op, s.name, err)
	}
	return all, nil
}

func isUnreadable(err error) bool { return errors.Is(err, connection.ErrUnreadable) }

// unreadable returns the error of a secret that cannot be decrypted.
func unreadable(op string, at place, err error) error {
	hint := "postern connect NAME authorizes it again, postern connection revoke NAME deletes it; or restore a backup"
	if at.table == sealedDefinitions.table {
		hint = "save the definition again, or restore a backup"
	}
	return &hostapi.Error{
		Code: hostapi.CodeConfig, Op: op, Name: at.name(), Message: "its secret cannot be decrypted",
		Cause: err, Hint: hint,
	}
}

// RotateMasterKey wraps the data keys under a new master key of 32 bytes, all of
// them or none. Processes that were opened with the old one go on until they meet a
// data key made since; then they fail with [hostapi.CodeConfig].
func (s *Store) RotateMasterKey(ctx context.Context, key []byte) error {
	master, err := newMaster(key)
	if err != nil {
		return err
	}
	err = s.changeKeys(ctx, "rotate master key", func(tx *sql.Tx, keys map[int64][]byte) error {
		return rewrap(ctx, tx, keys, master)
	})
	if err != nil {
		return err
	}
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	s.keys.master = master
	return nil
}

func rewrap(ctx context.Context, tx *sql.Tx, keys map[int64][]byte, master cipher.AEAD) error {
	for id, key := range keys {
		if key == nil {
			continue // what is sealed under it cannot be decrypted anyway
		}
		wrapped := sealWith(master, nil, key, wrappedAt(id))
		if _, err := tx.ExecContext(ctx, "UPDATE keys SET wrapped = $1 WHERE id = $2", wrapped, id); err != nil {
			return err
		}
	}
	return nil
}
