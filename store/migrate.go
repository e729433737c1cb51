package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/postern-dev/postern/hostapi"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// versionTable records the applied migrations. The name differs from goose's default,
// since a PostgreSQL database may be shared with other programs.
const versionTable = "postern_store_version"

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
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, s.failed(ctx, opOpen, s.name, err)
	}
	options := []goose.ProviderOption{goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true)}
	if s.kind == postgresKind {
		// It tries once a second for a minute.
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
		if err != nil {
			return nil, s.failed(ctx, opOpen, s.name, err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(s.kind.dialect, s.db, files, options...)
	if err != nil {
		return nil, s.failed(ctx, opOpen, s.name, err)
	}
	m := &migrations{store: s, provider: provider}
	for _, source := range provider.ListSources() {
		m.target = max(m.target, source.Version)
	}
	var exists bool
	if err := s.db.QueryRowContext(ctx, s.kind.hasTable, versionTable).Scan(&exists); err != nil {
		return nil, s.failed(ctx, opOpen, s.name, err)
	}
	if !exists {
		return m, nil
	}
	// Not Provider.GetDBVersion, which tries a damaged table again for 3 s.
	err = s.db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM "+versionTable).Scan(&m.current)
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
