package store

import (
	"database/sql"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/postern-dev/postern/internal/database"
)

// Config configures [Open]. Either URL or DB is required.
type Config struct {
	// URL is "sqlite:" and the path of a file, created with mode 0600 if it does not
	// exist, or a postgres:// URL of an existing database.
	//
	//   URL: "sqlite:/var/lib/postern/postern.db"
	//   URL: "postgres://postern:PASSWORD@db.internal/postern"
	URL string

	// DB is a pool that the program already has, instead of URL. The Store neither closes
	// it nor changes its settings. Its driver is github.com/jackc/pgx/v5/stdlib, or
	// modernc.org/sqlite with the options below in its DSN, and a file that only its user
	// can read; docs/STORE.md lists what another driver has to do. Default nil: URL is
	// opened.
	//
	//   DB: pool, Dialect: store.PostgreSQL
	//
	//   db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=foreign_keys(1)"+
	//   	"&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)")
	DB *sql.DB

	// Dialect is the kind of database that DB is. Required with DB, and not allowed without.
	Dialect Dialect

	// Key is the master key: 32 random bytes, as [ParseKey] returns. The first Open of an
	// empty database sets its key. Required.
	Key []byte

	// Prefix begins the names of all tables: at most 32 lower-case letters, digits and
	// underscores. Stores with different prefixes are independent of each other. Default
	// "postern_".
	Prefix string

	// Schema is the PostgreSQL schema of the tables, which must exist: a name of lower-case
	// letters, digits and underscores. Default "": the first one of search_path.
	Schema string

	// MaxConns is the maximum number of open connections of the Store to the database that
	// URL names. The pool of DB has its own bound, see [sql.DB.SetMaxOpenConns]; one
	// connection is enough. Default 10 for PostgreSQL, 4 for SQLite.
	MaxConns int

	// AuditKeep is how long events of the audit trail are kept. Older ones are deleted in
	// the background, at Open and while events are recorded. Default 0: they are kept until
	// [Store.PruneAudit] deletes them.
	AuditKeep time.Duration
}

// Dialect is a kind of database.
type Dialect string

// The dialects.
const (
	SQLite     Dialect = "sqlite"
	PostgreSQL Dialect = "postgres"
)

// defaultPrefix is that of Config.Prefix.
const defaultPrefix = "postern_"

var (
	prefixForm = sync.OnceValue(func() *regexp.Regexp { //nolint:gochecknoglobals // compiled once, never changed
		return regexp.MustCompile(`^[a-z_][a-z0-9_]{0,31}$`)
	})
	schemaForm = sync.OnceValue(func() *regexp.Regexp { //nolint:gochecknoglobals // compiled once, never changed
		return regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)
	})
)

// check refuses settings that contradict each other or cannot be used in SQL.
func (c *Config) check() error {
	switch {
	case c.URL == "" && c.DB == nil:
		return database.BadConfig("", "neither URL nor DB is set", "set one of them")
	case c.URL != "" && c.DB != nil:
		return database.BadConfig("", "both URL and DB are set", "set one of them")
	case c.DB == nil && c.Dialect != "":
		return database.BadConfig("", "Dialect is set without DB", "leave it out: URL says which database it is")
	case c.DB != nil && c.Dialect != SQLite && c.Dialect != PostgreSQL:
		return database.BadConfig("", "DB is set without its Dialect", "set Dialect to store.SQLite or store.PostgreSQL")
	case c.MaxConns < 0:
		return database.BadConfig("", "MaxConns is negative", "leave it out for the default")
	case c.DB != nil && c.MaxConns != 0:
		return database.BadConfig("", "MaxConns is set with DB", "call SetMaxOpenConns of the DB")
	case c.AuditKeep < 0:
		return database.BadConfig("", "AuditKeep is negative", "leave it out to keep all events")
	case c.Prefix != "" && !prefixForm().MatchString(c.Prefix):
		return database.BadConfig("", "Prefix is not a prefix of table names",
			"use at most 32 lower-case letters, digits and underscores, and begin with a letter or underscore")
	case strings.HasPrefix(c.Prefix, "sqlite_") || strings.HasPrefix(c.Prefix, "pg_"):
		return database.BadConfig("", "Prefix is reserved by the database", "begin it with something other than sqlite_ and pg_")
	case c.Schema != "" && !schemaForm().MatchString(c.Schema):
		return database.BadConfig("", "Schema is not a name of a schema",
			"use at most 63 lower-case letters, digits and underscores, and begin with a letter or underscore")
	}
	return nil
}

// tableNames are the names of the tables without their prefix, by the placeholder for
// them in statements.
var tableNames = map[string]string{ //nolint:gochecknoglobals // a table, never changed
	"{keys}":        "keys",
	"{records}":     "connection_records",
	"{definitions}": "connection_definitions",
	"{audit}":       "audit_events",
	"{version}":     versionTable,
}

// nameTables makes statements use the tables with that prefix.
func (s *Store) nameTables(prefix string) {
	pairs := []string{"{now}", s.db.Dialect.Now, "{prefix}", prefix}
	for placeholder, name := range tableNames {
		pairs = append(pairs, placeholder, s.inSchema(prefix+name))
	}
	s.tables = strings.NewReplacer(pairs...)
}

// inSchema returns the name of a table with that of its schema.
func (s *Store) inSchema(table string) string {
	if s.schema == "" {
		return table
	}
	return s.schema + "." + table
}

// table returns the full name of a table.
func (s *Store) table(name string) string { return s.inSchema(s.prefix + name) }
