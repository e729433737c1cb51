package store

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
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

	// Generation increases with each change. A definition that is new has a random one, so that it differs
	// from those of a definition of that name before. 0: it is not stored yet.
	Generation int64

	Table   []byte // the keys without secrets, in JSON; required
	Secrets []byte // the other keys, in a format of the caller; nil: none
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
		all = append(all, Definition{Namespace: namespace, Name: row.connection, Generation: row.generation, Table: []byte(row.settings), Secrets: secrets})
	}
	slices.SortFunc(all, func(a, b Definition) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// SaveDefinition stores a definition in place of the one of that namespace and name that has d.Generation, or
// as a new one if that is 0. It returns false if there is another Generation, or none: read it again.
func (s *Store) SaveDefinition(ctx context.Context, d Definition) (bool, error) {
	const op = "save definition"
	if err := s.opened(); err != nil {
		return false, err
	}
	if err := checkKey(op, connection.Key{Namespace: d.Namespace, Connection: d.Name}); err != nil {
		return false, err
	}
	settings := string(d.Table)
	if !utf8.ValidString(settings) || strings.Contains(settings, "\x00") {
		return false, invalid(op, d.Name, "its table is not text")
	}
	generation := d.Generation + 1
	if d.Generation == 0 {
		generation += rand.Int64N(math.MaxInt64 / 2) //nolint:gosec // it has to be another one, and may be guessed
	}
	at := location{
		table: sealedDefinitions.table, namespace: d.Namespace, connection: d.Name, column: sealedDefinitions.column,
		generation: generation, settings: settings,
	}
	return s.writeSealed(ctx, at, d.Secrets, func(keyID int64, sealed []byte) (int64, error) {
		return s.exec(ctx, `
			INSERT INTO {definitions} AS present (namespace, connection, settings, generation, updated, key_id, secret)
			SELECT $1, $2, $3, $4, {now}, $5, $6
			WHERE $5 = (SELECT max(id) FROM {keys})
				AND (CAST($7 AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM {definitions} WHERE namespace = $1 AND connection = $2))
			ON CONFLICT (namespace, connection) DO UPDATE SET
				settings = excluded.settings, generation = excluded.generation, updated = excluded.updated,
				key_id = excluded.key_id, secret = excluded.secret
			WHERE present.generation = $7`,
			d.Namespace, d.Name, settings, at.generation, keyID, sealed, d.Generation)
	})
}

// DeleteDefinition removes the definition of that namespace and name that has d.Generation. It returns false if
// there is another Generation, or none. The tokens of the connection are kept: see [Store.Delete].
func (s *Store) DeleteDefinition(ctx context.Context, d Definition) (bool, error) {
	const text = "DELETE FROM {definitions} WHERE namespace = $1 AND connection = $2 AND generation = $3"
	n, err := s.exec(ctx, text, database.Plain(d.Namespace), database.Plain(d.Name), d.Generation)
	if err != nil {
		return false, s.failed(ctx, "delete definition", d.Name, err)
	}
	return n > 0, nil
}
