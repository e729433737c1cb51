package store

import (
	"context"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/database"
)

// Lease implements [connection.Store]. The holder of a lease may take it again.
func (s *Store) Lease(
	ctx context.Context, key connection.Key, generation int64, holder string, dead connection.Lease,
) (bool, error) {
	const op = "lease record"
	if err := checkHolder(op, key, holder); err != nil {
		return false, err
	}
	if generation == 0 {
		_, err := s.exec(ctx, `
			INSERT INTO {records} AS present (namespace, connection, account, updated) VALUES ($1, $2, $3, {now})
			ON CONFLICT (namespace, connection, account) DO UPDATE SET generation = 0
			WHERE present.generation = -1`, key.Namespace, key.Connection, key.Account)
		if err != nil {
			return false, s.failed(ctx, op, nameOf(key), err)
		}
	}
	n, err := s.exec(ctx, `
		UPDATE {records} SET lease_holder = $1, lease_beat = lease_beat + 1, in_flight = {now}
		WHERE namespace = $2 AND connection = $3 AND account = $4 AND generation = $5
			AND (lease_holder = '' OR lease_holder = $1 OR lease_holder = $6 AND lease_beat = $7)`,
		holder, key.Namespace, key.Connection, key.Account, generation, dead.Holder, dead.Beat)
	if err != nil {
		return false, s.failed(ctx, op, nameOf(key), err)
	}
	return n > 0, nil
}

// Beat implements [connection.Store].
func (s *Store) Beat(ctx context.Context, key connection.Key, holder string) (bool, error) {
	const op = "keep lease"
	if err := checkHolder(op, key, holder); err != nil {
		return false, err
	}
	n, err := s.exec(ctx, `
		UPDATE {records} SET lease_beat = lease_beat + 1
		WHERE namespace = $1 AND connection = $2 AND account = $3 AND lease_holder = $4`,
		key.Namespace, key.Connection, key.Account, holder)
	if err != nil {
		return false, s.failed(ctx, op, nameOf(key), err)
	}
	return n > 0, nil
}

// Commit implements [connection.Store].
func (s *Store) Commit(ctx context.Context, key connection.Key, holder string, next *connection.Record) (bool, error) {
	const op = "commit record"
	if err := s.opened(); err != nil {
		return false, err
	}
	if err := checkHolder(op, key, holder); err != nil {
		return false, err
	}
	if next == nil || next.Generation < 1 {
		return false, invalid(op, nameOf(key), "the record has no generation")
	}
	return s.writeSealed(ctx, recordLocation(key, next.Generation), next.Secret, func(keyID int64, sealed []byte) (int64, error) {
		return s.exec(ctx, `
			UPDATE {records} SET
				generation = $1, newest = CASE WHEN newest < $1 THEN $1 ELSE newest END,
				state = $2, reason = $3, expiry = $4, scopes = $5,
				updated = {now}, in_flight = 0, lease_holder = '', key_id = $6, secret = $7
			WHERE namespace = $8 AND connection = $9 AND account = $10 AND generation = $11 AND lease_holder = $12
				AND $6 = (SELECT max(id) FROM {keys})`,
			next.Generation, string(next.State), database.Plain(next.Reason), database.Millis(next.Expiry), scopesText(next.Scopes),
			keyID, sealed, key.Namespace, key.Connection, key.Account, next.Generation-1, holder)
	})
}

// Release implements [connection.Store]. It has no effect if holder has no lease.
func (s *Store) Release(
	ctx context.Context, key connection.Key, holder string, state connection.State, reason string,
) error {
	const op = "release record"
	if err := checkHolder(op, key, holder); err != nil {
		return err
	}
	_, err := s.exec(ctx, `
		UPDATE {records} SET in_flight = 0, lease_holder = '', state = $1, reason = $2
		WHERE namespace = $3 AND connection = $4 AND account = $5 AND lease_holder = $6`,
		string(state), database.Plain(reason), key.Namespace, key.Connection, key.Account, holder)
	if err != nil {
		return s.failed(ctx, op, nameOf(key), err)
	}
	return nil
}

func checkHolder(op string, key connection.Key, holder string) error {
	if err := checkKey(op, key); err != nil {
		return err
	}
	if holder == "" {
		return invalid(op, nameOf(key), "the lease has no holder")
	}
	return nil
}
