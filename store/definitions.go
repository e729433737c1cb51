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
)

// Definition is a connection that the database has, rather than a file.
type Definition struct {
	Name    string
	Table   []byte // JSON of the keys that are no secret
	Secrets []byte // the other keys, in a form of the caller's; nil if there are none
}

// Definitions returns all definitions, by name. One whose Table was changed in the
// database does not open, since its secrets are bound to it: whoever could write
// there might send them to another host.
func (s *Store) Definitions(ctx context.Context) ([]Definition, error) {
	const tries = 3
	for try := 1; ; try++ {
		all, err := s.definitions(ctx)
		if errors.Is(err, errUnknownKey) && try < tries {
			continue // it has been sealed again since it was read, and the key dropped
		}
		return all, err
	}
}

func (s *Store) definitions(ctx context.Context) ([]Definition, error) {
	const op = "read definitions"
	if err := s.opened(); err != nil {
		return nil, err
	}
	rows, err := s.sealedBefore(ctx, op, sealedDefinitions, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	all := make([]Definition, 0, len(rows))
	for _, row := range rows {
		secrets, err := s.unseal(ctx, row.place, row.keyID, row.bytes)
		if isUnreadable(err) {
			return nil, unreadable(op, row.place, err)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, Definition{Name: row.connection, Table: []byte(row.settings), Secrets: secrets})
	}
	slices.SortFunc(all, func(a, b Definition) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// SaveDefinition stores a definition, in place of any of that name.
func (s *Store) SaveDefinition(ctx context.Context, d Definition) error {
	const op = "save definition"
	if err := s.opened(); err != nil {
		return err
	}
	if err := checkKey(op, connection.Key{Connection: d.Name}); err != nil {
		return err
	}
	settings := string(d.Table)
	if !utf8.ValidString(settings) || strings.Contains(settings, "\x00") {
		return invalid(op, d.Name, "its table is not text")
	}
	for {
		var generation int64
		err := s.db.QueryRowContext(ctx,
			"SELECT generation FROM connection_definitions WHERE connection = $1", d.Name).Scan(&generation)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return s.failed(ctx, op, d.Name, err)
		}
		at := place{
			table: sealedDefinitions.table, connection: d.Name, column: sealedDefinitions.column,
			generation: generation + 1, settings: settings,
		}
		ok, err := s.writeSealed(ctx, at, d.Secrets, func(keyID int64, sealed []byte) (int64, error) {
			return s.exec(ctx, `
				INSERT INTO connection_definitions (connection, settings, generation, updated, key_id, secret)
				SELECT $1, $2, $3, {now}, $4, $5
				WHERE $4 = (SELECT max(id) FROM keys)
				ON CONFLICT (connection) DO UPDATE SET
					settings = excluded.settings, generation = excluded.generation, updated = excluded.updated,
					key_id = excluded.key_id, secret = excluded.secret
				WHERE connection_definitions.generation = $6`,
				d.Name, settings, at.generation, keyID, sealed, generation)
		})
		if ok || err != nil {
			return err
		}
		// Another was saved between.
	}
}

// DeleteDefinition removes the definition of that name, if there is one. What the
// connection holds stays: see [Store.Delete].
func (s *Store) DeleteDefinition(ctx context.Context, name string) error {
	if _, err := s.exec(ctx, "DELETE FROM connection_definitions WHERE connection = $1", plain(name)); err != nil {
		return s.failed(ctx, "delete definition", name, err)
	}
	return nil
}
