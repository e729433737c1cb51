package database

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/postern-dev/postern/hostapi"
)

// Tables are tables that change together from release to release.
type Tables struct {
	// VersionTable is the table that records the applied migrations, in the form of goose,
	// with its schema if it is not in the default one.
	VersionTable string

	// Migrations are in Go where the names of tables are configured.
	Migrations []*goose.Migration
}

// Migrations updates tables of a database to the version that this program needs.
type Migrations struct {
	Current int64 // version of the existing tables; 0: there are none
	Target  int64 // version that this program needs

	db       *DB
	provider *goose.Provider
}

// Migrations returns the pending migrations of tables, and refuses tables of a newer version with
// [hostapi.CodeConfig]. It changes nothing.
func (db *DB) Migrations(ctx context.Context, tables Tables) (*Migrations, error) {
	options := []goose.ProviderOption{
		goose.WithTableName(tables.VersionTable), goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(tables.Migrations...),
	}
	if db.Dialect == PostgreSQL {
		// It tries once a second for a minute.
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
		if err != nil {
			return nil, db.Failed(ctx, OpOpen, "", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(db.Dialect.goose, db.DB, nil, options...)
	if err != nil {
		return nil, db.Failed(ctx, OpOpen, "", err)
	}
	m := &Migrations{db: db, provider: provider}
	for _, source := range provider.ListSources() {
		m.Target = max(m.Target, source.Version)
	}
	var exists bool
	if err := db.QueryRowContext(ctx, db.Dialect.hasTable, tables.VersionTable).Scan(&exists); err != nil {
		return nil, db.Failed(ctx, OpOpen, "", err)
	}
	if !exists {
		return m, nil
	}
	// Not Provider.GetDBVersion, which tries a damaged table again for 3 s.
	err = db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM "+tables.VersionTable).Scan(&m.Current)
	if err != nil {
		return nil, db.Failed(ctx, OpOpen, "", err)
	}
	if m.Current > m.Target {
		return nil, &hostapi.Error{
			Code: hostapi.CodeConfig, Op: OpOpen, Name: db.Name,
			Message: fmt.Sprintf("its tables have version %d, and this program supports only up to %d", m.Current, m.Target),
			Hint:    "a newer release has used it: run that one, or restore a backup",
		}
	}
	return m, nil
}

// Apply applies the pending migrations. With SQLite, where goose has no lock, all but
// one of several processes that apply the same migration fail, and then find it
// applied.
func (m *Migrations) Apply(ctx context.Context) error {
	for m.Current < m.Target {
		_, upErr := m.provider.Up(ctx)
		version, err := m.provider.GetDBVersion(ctx)
		if err != nil {
			return m.db.Failed(ctx, OpOpen, "", err)
		}
		if upErr != nil && version == m.Current {
			return m.db.Failed(ctx, OpOpen, "", upErr)
		}
		m.Current = version
	}
	return nil
}

// Update brings tables to the version that this program needs, and refuses those of a newer
// one.
func (db *DB) Update(ctx context.Context, tables Tables) error {
	m, err := db.Migrations(ctx, tables)
	if err != nil {
		return err
	}
	return m.Apply(ctx)
}

// SQL returns tables whose versions are made by SQL statements for both dialects: versions are what leads from one to
// the next, see [Statements].
func SQL(versionTable string, versions ...string) Tables {
	t := Tables{VersionTable: versionTable}
	for i, statements := range versions {
		t.Migrations = append(t.Migrations, Statements(int64(i+1), statements))
	}
	return t
}

// Statements returns a migration to that version by SQL statements for both dialects, each
// of which ends with a semicolon and a line break. It runs in one transaction.
func Statements(version int64, statements string) *goose.Migration {
	return goose.NewGoMigration(version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		return ExecAll(ctx, tx, statements)
	}}, nil)
}

// ExecAll executes statements, each of which ends with a semicolon and a line break.
func ExecAll(ctx context.Context, tx *sql.Tx, statements string) error {
	for statement := range strings.SplitSeq(statements, ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
