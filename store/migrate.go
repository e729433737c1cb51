package store

import (
	"context"
	"database/sql"
	_ "embed" // of migrations
	"fmt"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/postern-dev/postern/hostapi"
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
	if err := s.execAll(ctx, tx, prefixedTables); err != nil {
		return err
	}
	var older bool
	err := tx.QueryRowContext(ctx, s.query("SELECT count(*) > 0 FROM {version} WHERE version_id IN (1, 2)")).Scan(&older)
	if err != nil || !older {
		return err
	}
	return s.execAll(ctx, tx, strings.NewReplacer(
		"{old keys}", s.inSchema("keys"), "{old records}", s.inSchema("connection_records"),
		"{old definitions}", s.inSchema("connection_definitions"), "{old audit}", s.inSchema("audit_events"),
	).Replace(moveFromUnprefixed))
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

// execAll executes statements, each of which ends with a semicolon and a line break.
func (s *Store) execAll(ctx context.Context, tx *sql.Tx, statements string) error {
	for statement := range strings.SplitSeq(statements, ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, s.query(statement)); err != nil {
			return err
		}
	}
	return nil
}

// migrations updates the tables of a database to the version that this program needs.
type migrations struct {
	store    *Store
	provider *goose.Provider
	current  int64 // version of the existing tables; 0: there are none
	target   int64 // version that this program needs
}

// migrations returns the pending migrations, and refuses tables of a newer version. It
// changes nothing.
func (s *Store) migrations(ctx context.Context) (*migrations, error) {
	if err := s.findSchema(ctx); err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{
		goose.WithTableName(s.table(versionTable)), goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(s.migrationList()...),
	}
	if s.kind == postgresKind {
		// It tries once a second for a minute.
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
		if err != nil {
			return nil, s.failed(ctx, opOpen, s.name, err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(s.kind.dialect, s.db, nil, options...)
	if err != nil {
		return nil, s.failed(ctx, opOpen, s.name, err)
	}
	m := &migrations{store: s, provider: provider}
	for _, source := range provider.ListSources() {
		m.target = max(m.target, source.Version)
	}
	var exists bool
	if err := s.queryRow(ctx, s.kind.hasTable, s.table(versionTable)).Scan(&exists); err != nil {
		return nil, s.failed(ctx, opOpen, s.name, err)
	}
	if !exists {
		return m, nil
	}
	// Not Provider.GetDBVersion, which tries a damaged table again for 3 s.
	err = s.queryRow(ctx, "SELECT coalesce(max(version_id), 0) FROM {version}").Scan(&m.current)
	if err != nil {
		return nil, s.failed(ctx, opOpen, s.name, err)
	}
	if m.current > m.target {
		return nil, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: opOpen, Name: s.name,
			Message: fmt.Sprintf("its tables have version %d, and this program supports only up to %d", m.current, m.target),
			Hint:    "a newer release has used it: run that one, or restore a backup",
		}
	}
	return m, nil
}

// findSchema checks that the schema of the Config exists.
func (s *Store) findSchema(ctx context.Context) error {
	if s.schema == "" {
		return nil
	}
	var exists bool
	if err := s.queryRow(ctx, "SELECT to_regnamespace($1) IS NOT NULL", s.schema).Scan(&exists); err != nil {
		return s.failed(ctx, opOpen, s.name, err)
	}
	if !exists {
		return badConfig(s.name, "there is no schema "+s.schema, "create it: CREATE SCHEMA "+s.schema)
	}
	return nil
}

// apply applies the pending migrations. With SQLite, where goose has no lock, all but
// one of several processes that apply the same migration fail, and then find it
// applied.
func (m *migrations) apply(ctx context.Context) error {
	for m.current < m.target {
		_, upErr := m.provider.Up(ctx)
		version, err := m.provider.GetDBVersion(ctx)
		if err != nil {
			return m.store.failed(ctx, opOpen, m.store.name, err)
		}
		if upErr != nil && version == m.current {
			return m.store.failed(ctx, opOpen, m.store.name, upErr)
		}
		m.current = version
	}
	return nil
}
