package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/database"
)

// Load implements [connection.Store].
func (s *Store) Load(ctx context.Context, key connection.Key) (*connection.Record, error) {
	const op = "load record"
	if err := s.opened(); err != nil {
		return nil, err
	}
	if err := checkKey(op, key); err != nil {
		return nil, err
	}
	const tries = 3
	for try := 1; ; try++ {
		r, keyID, err := s.read(ctx, key)
		if errors.Is(err, sql.ErrNoRows) {
			return nil, nil //nolint:nilnil // there is none, as the interface says
		}
		if isUnreadable(err) {
			return nil, unreadable(op, recordLocation(key, 0), err)
		}
		if err != nil {
			return nil, s.failed(ctx, op, nameOf(key), err)
		}
		if r.Generation == 0 { // it has no secret yet; all later ones have
			if len(r.Secret) > 0 {
				return nil, unreadable(op, recordLocation(key, 0), errNotSealed)
			}
			return r, nil
		}
		secret, err := s.unseal(ctx, recordLocation(key, r.Generation), keyID, r.Secret)
		if errors.Is(err, errUnknownKey) && try < tries {
			continue // it was encrypted again after it was read, and its key dropped
		}
		if isUnreadable(err) {
			return nil, unreadable(op, recordLocation(key, r.Generation), err)
		}
		if err != nil {
			return nil, err
		}
		r.Secret = secret
		return r, nil
	}
}

// read returns the record of key with its encrypted secret, and the ID of its data key.
func (s *Store) read(ctx context.Context, key connection.Key) (*connection.Record, int64, error) {
	row := s.queryRow(ctx, `
		SELECT `+recordColumns+`, key_id, secret FROM {records}
		WHERE namespace = $1 AND connection = $2 AND account = $3 AND generation >= 0`,
		key.Namespace, key.Connection, key.Account)
	var r connection.Record
	var keyID sql.NullInt64
	err := scanRecord(row, &r, &keyID, &r.Secret)
	return &r, keyID.Int64, err
}

// List implements [connection.Store].
func (s *Store) List(ctx context.Context, namespace string) ([]connection.Entry, error) {
	const op = "list records"
	if err := s.opened(); err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, s.query(`
		SELECT `+recordColumns+`, connection, account FROM {records} WHERE namespace = $1 AND generation >= 0`), namespace)
	if err != nil {
		return nil, s.failed(ctx, op, s.db.Name, err)
	}
	defer func() { _ = rows.Close() }() // see rows.Err

	var entries []connection.Entry
	for rows.Next() {
		e := connection.Entry{Key: connection.Key{Namespace: namespace}}
		if err := scanRecord(rows, &e.Record, &e.Connection, &e.Account); err != nil {
			return nil, s.failed(ctx, op, s.db.Name, err)
		}
		entries = append(entries, e)
	}
	if err := rows.Err(); err != nil {
		return nil, s.failed(ctx, op, s.db.Name, err)
	}
	// Each database would sort in its own way.
	slices.SortFunc(entries, func(a, b connection.Entry) int {
		return cmp.Or(strings.Compare(a.Connection, b.Connection), strings.Compare(a.Account, b.Account))
	})
	return entries, nil
}

const recordColumns = "generation, state, reason, expiry, scopes, updated, in_flight, lease_holder, lease_beat"

// scanRecord reads recordColumns into r, and the columns after them into more.
func scanRecord(row interface{ Scan(dest ...any) error }, r *connection.Record, more ...any) error {
	var expiry, updated, inFlight int64
	var scopes string
	into := append([]any{&r.Generation, &r.State, &r.Reason, &expiry, &scopes, &updated, &inFlight, &r.Lease.Holder, &r.Lease.Beat}, more...)
	if err := row.Scan(into...); err != nil {
		return err
	}
	r.Expiry, r.Updated, r.InFlight = database.Time(expiry), database.Time(updated), database.Time(inFlight)
	if json.Unmarshal([]byte(scopes), &r.Scopes) != nil {
		return fmt.Errorf("%w: its scopes are not a list", errDamaged)
	}
	return nil
}

// Put implements [connection.Store]. Generation, times and lease are those of the
// database, not of the record.
func (s *Store) Put(ctx context.Context, key connection.Key, record *connection.Record) error {
	const op = "put record"
	if err := s.opened(); err != nil {
		return err
	}
	if err := checkKey(op, key); err != nil {
		return err
	}
	if record == nil {
		return invalid(op, nameOf(key), "the record is nil")
	}
	for {
		newest, err := s.newestGeneration(ctx, key)
		if err != nil {
			return s.failed(ctx, op, nameOf(key), err)
		}
		generation := newest + 1
		ok, err := s.writeSealed(ctx, recordLocation(key, generation), record.Secret, func(keyID int64, sealed []byte) (int64, error) {
			return s.exec(ctx, `
				INSERT INTO {records} AS present
					(namespace, connection, account, generation, newest, state, reason, expiry, scopes, updated, key_id, secret)
				SELECT $1, $2, $3, $4, $4, $5, $6, $7, $8, {now}, $9, $10
				WHERE $9 = (SELECT max(id) FROM {keys})
				ON CONFLICT (namespace, connection, account) DO UPDATE SET
					generation = excluded.generation, newest = excluded.newest,
					state = excluded.state, reason = excluded.reason, expiry = excluded.expiry, scopes = excluded.scopes,
					updated = excluded.updated, in_flight = 0, lease_holder = '',
					key_id = excluded.key_id, secret = excluded.secret
				WHERE present.newest = $11`,
				key.Namespace, key.Connection, key.Account, generation,
				string(record.State), database.Plain(record.Reason), database.Millis(record.Expiry), scopesText(record.Scopes),
				keyID, sealed, newest)
		})
		if ok || err != nil {
			return err
		}
		// Another generation was stored in the meantime.
	}
}

// newestGeneration returns the highest generation that key has had; 0 if none.
func (s *Store) newestGeneration(ctx context.Context, key connection.Key) (newest int64, err error) {
	err = s.queryRow(ctx,
		"SELECT newest FROM {records} WHERE namespace = $1 AND connection = $2 AND account = $3",
		key.Namespace, key.Connection, key.Account).Scan(&newest)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return newest, err
}

// Delete implements [connection.Store]. Generations of key continue to count: a process
// that has loaded the deleted record must not mistake the next one for it.
func (s *Store) Delete(ctx context.Context, key connection.Key) error {
	const op = "delete record"
	if err := checkKey(op, key); err != nil {
		return err
	}
	_, err := s.exec(ctx, `
		UPDATE {records} SET
			generation = -1, state = 'unused', reason = '', expiry = 0, scopes = 'null', updated = {now},
			in_flight = 0, lease_holder = '', key_id = NULL, secret = NULL
		WHERE namespace = $1 AND connection = $2 AND account = $3`, key.Namespace, key.Connection, key.Account)
	if err != nil {
		return s.failed(ctx, op, nameOf(key), err)
	}
	return nil
}

// recordLocation returns the location of the secret of a record.
func recordLocation(key connection.Key, generation int64) location {
	return location{
		table: sealedRecords.table, namespace: key.Namespace, connection: key.Connection, account: key.Account,
		column: sealedRecords.column, generation: generation,
	}
}

func nameOf(key connection.Key) string { return recordLocation(key, 0).name() }

// checkKey refuses names that one of the databases cannot store.
func checkKey(op string, key connection.Key) error {
	name := key.Namespace + key.Connection + key.Account
	switch {
	case key.Connection == "":
		return invalid(op, "", "the connection has no name")
	case !utf8.ValidString(name) || strings.Contains(name, "\x00"):
		return invalid(op, "", "the name of the namespace, connection or account is not text")
	}
	return nil
}

// scopesText encodes scopes in JSON, since a server may use any characters in them. Nil
// differs from empty.
func scopesText(scopes []string) string {
	text, err := json.Marshal(scopes)
	if err != nil {
		return "null" // never: every string can be encoded
	}
	return string(text)
}
