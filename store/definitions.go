package store

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/internal/database"
)

// Definition is a connection that is defined in the database rather than in a file.
type Definition struct {
	Namespace string // as in [connection.Config]; default "": the usual one
	Name      string // of the connection; required
	Table     []byte // the keys without secrets, in JSON; required
	Secrets   []byte // the other keys, in a format of the caller; nil: none
}

// Definitions returns all definitions of a namespace, sorted by name. Secrets are bound to their
// Table: one whose Table was changed in the database is an error, since an attacker
// with write access could otherwise send the secrets to another host.
func (s *Store) Definitions(ctx context.Context, namespace string) ([]Definition, error) {
	const tries = 3
	for try := 1; ; try++ {
		all, err := s.definitions(ctx, namespace)
		if errors.Is(err, errUnknownKey) && try < tries {
			continue // it was encrypted again after it was read, and its key dropped
		}
		return all, err
	}
}

func (s *Store) definitions(ctx context.Context, namespace string) ([]Definition, error) {
	const op = "read definitions"
	if err := s.opened(); err != nil {
		return nil, err
	}
	table := sealedDefinitions
	table.read += " AND namespace = $2"
	rows, err := s.sealedBefore(ctx, op, table, math.MaxInt64, namespace)
	if err != nil {
		return nil, err
	}
	all := make([]Definition, 0, len(rows))
	for _, row := range rows {
		secrets, err := s.unseal(ctx, row.location, row.keyID, row.bytes)
		if isUnreadable(err) {
			return nil, unreadable(op, row.location, err)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, Definition{Namespace: namespace, Name: row.connection, Table: []byte(row.settings), Secrets: secrets})
	}
	slices.SortFunc(all, func(a, b Definition) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// SaveDefinition stores a definition, replacing any of that namespace and name.
func (s *Store) SaveDefinition(ctx context.Context, d Definition) error {
	const op = "save definition"
	if err := s.opened(); err != nil {
		return err
	}
	if err := checkKey(op, connection.Key{Namespace: d.Namespace, Connection: d.Name}); err != nil {
		return err
	}
	settings := string(d.Table)
	if !utf8.ValidString(settings) || strings.Contains(settings, "\x00") {
		return invalid(op, d.Name, "its table is not text")
	}
	for {
		var generation int64
		err := s.queryRow(ctx,
			"SELECT generation FROM {definitions} WHERE namespace = $1 AND connection = $2", d.Namespace, d.Name).Scan(&generation)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return s.failed(ctx, op, d.Name, err)
		}
		at := location{
			table: sealedDefinitions.table, namespace: d.Namespace, connection: d.Name, column: sealedDefinitions.column,
			generation: generation + 1, settings: settings,
		}
		ok, err := s.writeSealed(ctx, at, d.Secrets, func(keyID int64, sealed []byte) (int64, error) {
			return s.exec(ctx, `
				INSERT INTO {definitions} AS present (namespace, connection, settings, generation, updated, key_id, secret)
				SELECT $1, $2, $3, $4, {now}, $5, $6
				WHERE $5 = (SELECT max(id) FROM {keys})
				ON CONFLICT (namespace, connection) DO UPDATE SET
					settings = excluded.settings, generation = excluded.generation, updated = excluded.updated,
					key_id = excluded.key_id, secret = excluded.secret
				WHERE present.generation = $7`,
				d.Namespace, d.Name, settings, at.generation, keyID, sealed, generation)
		})
		if ok || err != nil {
			return err
		}
		// Another process saved one in the meantime.
	}
}

// DeleteDefinition removes the definition of that namespace and name, if there is one.
// The tokens of the connection are kept: see [Store.Delete].
func (s *Store) DeleteDefinition(ctx context.Context, namespace, name string) error {
	const text = "DELETE FROM {definitions} WHERE namespace = $1 AND connection = $2"
	if _, err := s.exec(ctx, text, database.Plain(namespace), database.Plain(name)); err != nil {
		return s.failed(ctx, "delete definition", name, err)
	}
	return nil
}
