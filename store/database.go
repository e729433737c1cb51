package store

import (
	"cmp"
	"context"
	"errors"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
)

// open returns a Store without keys. Of SQLite, it creates the file.
func open(cfg Config) (*Store, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	s, err := openPool(cfg)
	if err != nil {
		return nil, err
	}
	s.prefix, s.schema = cmp.Or(cfg.Prefix, defaultPrefix), cfg.Schema
	if s.schema != "" && s.db.Dialect == database.SQLite {
		_ = s.closePool() // nothing was written
		return nil, database.BadConfig(s.db.Name, "Schema is set for SQLite, which has none", "leave it out, or choose a Prefix")
	}
	s.auditKeep = cfg.AuditKeep
	s.audit.init()
	s.nameTables(s.prefix)
	return s, nil
}

// openPool returns a Store that has a pool and a name only.
func openPool(cfg Config) (*Store, error) {
	switch cfg.Dialect {
	case SQLite:
		return &Store{db: &database.DB{DB: cfg.DB, Dialect: database.SQLite, Name: "sqlite"}, shared: true}, nil
	case PostgreSQL:
		return &Store{db: &database.DB{DB: cfg.DB, Dialect: database.PostgreSQL, Name: "postgres"}, shared: true}, nil
	}
	db, err := database.Open(cfg.URL, cfg.MaxConns)
	if err != nil {
		return nil, err
	}
	return &Store{db: db}, nil
}

// failed returns the error for a failed statement, see [database.DB.Failed].
func (s *Store) failed(ctx context.Context, op, name string, err error) error {
	switch _, explained := errors.AsType[*hostapi.Error](err); {
	case explained || ctx.Err() != nil:
	case s.closed.Load():
		return s.closedError(op)
	case errors.Is(err, errDamaged):
		return &hostapi.Error{
			Code: hostapi.CodeConfig, Op: op, Name: cmp.Or(name, s.db.Name), Message: err.Error(), Hint: database.HintRestore,
		}
	}
	return s.db.Failed(ctx, op, name, err)
}

// postgresOnly returns the statement for PostgreSQL, and "" for SQLite, where every
// transaction locks the database.
func (s *Store) postgresOnly(statement string) string {
	if s.db.Dialect != database.PostgreSQL {
		return ""
	}
	return s.query(statement)
}
