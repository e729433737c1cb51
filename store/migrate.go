package store

import (
	"context"
	"database/sql"
	_ "embed" // of migrations
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/postern-dev/postern/internal/database"
)

// versionTable records the applied migrations.
const versionTable = "store_version"

// prefixedVersion is the first version whose tables have a prefix. Those of versions 1
// and 2 had none, apart from the version table.
const prefixedVersion = 3

//go:embed migrations/00003_prefix.sql
var prefixedTables string

// migrationList returns all migrations. They are written in Go since the names of the
// tables are configured.
func (s *Store) migrationList() []*goose.Migration {
	return []*goose.Migration{
		goose.NewGoMigration(prefixedVersion, &goose.GoFunc{RunTx: s.createTables}, nil),
	}
}

// createTables makes the tables, and moves what tables of version 1 or 2 have into them.
func (s *Store) createTables(ctx context.Context, tx *sql.Tx) error {
	if err := database.ExecAll(ctx, tx, s.query(prefixedTables)); err != nil {
		return err
	}
	var older bool
	err := tx.QueryRowContext(ctx, s.query("SELECT count(*) > 0 FROM {version} WHERE version_id IN (1, 2)")).Scan(&older)
	if err != nil || !older {
		return err
	}
	return database.ExecAll(ctx, tx, s.query(strings.NewReplacer(
		"{old keys}", s.inSchema("keys"), "{old records}", s.inSchema("connection_records"),
		"{old definitions}", s.inSchema("connection_definitions"), "{old audit}", s.inSchema("audit_events"),
	).Replace(moveFromUnprefixed)))
}

// moveFromUnprefixed moves everything but leases, which belong to processes of the older
// release.
const moveFromUnprefixed = `
INSERT INTO {keys} (id, wrapped, created) SELECT id, wrapped, created FROM {old keys};

INSERT INTO {records} (namespace, connection, account, generation, newest, state, reason,
	expiry, scopes, updated, in_flight, key_id, secret)
SELECT '', connection, account, generation, newest, state, reason,
	expiry, scopes, updated, in_flight, key_id, secret FROM {old records};

INSERT INTO {definitions} (namespace, connection, settings, generation, updated, key_id, secret)
SELECT '', connection, settings, generation, updated, key_id, secret FROM {old definitions};

INSERT INTO {audit} (time, id, action, namespace, connection, account, tenant, actor, task, run, script, detail)
SELECT time, id, action, '', connection, account, '', actor, '', '', '', detail FROM {old audit};

DROP TABLE {old audit};

DROP TABLE {old definitions};

DROP TABLE {old records};

DROP TABLE {old keys};
`

// migrations returns the pending migrations, and refuses tables of a newer version. It
// changes nothing.
func (s *Store) migrations(ctx context.Context) (*database.Migrations, error) {
	if err := s.findSchema(ctx); err != nil {
		return nil, err
	}
	return s.db.Migrations(ctx, database.Tables{VersionTable: s.table(versionTable), Migrations: s.migrationList()})
}

// findSchema checks that the schema of the Config exists.
func (s *Store) findSchema(ctx context.Context) error {
	if s.schema == "" {
		return nil
	}
	var exists bool
	if err := s.queryRow(ctx, "SELECT to_regnamespace($1) IS NOT NULL", s.schema).Scan(&exists); err != nil {
		return s.failed(ctx, database.OpOpen, "", err)
	}
	if !exists {
		return database.BadConfig(s.db.Name, "there is no schema "+s.schema, "create it: CREATE SCHEMA "+s.schema)
	}
	return nil
}
