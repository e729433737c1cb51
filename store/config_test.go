package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	neturl "net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/connection/storetest"
	"github.com/postern-dev/postern/internal/testservers"
	"github.com/postern-dev/postern/store"
)

// pool returns a pool as a program has one, of one connection, and its dialect.
func pool(tb testing.TB, url string) (*sql.DB, store.Dialect) {
	tb.Helper()
	driver, name, dialect := "pgx", url, store.PostgreSQL
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		options := neturl.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(10000)", "foreign_keys(1)", "journal_mode(WAL)"}}
		driver, name, dialect = "sqlite", (&neturl.URL{Scheme: "file", Path: path, RawQuery: options.Encode()}).String(), store.SQLite
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		tb.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	tb.Cleanup(func() { _ = db.Close() })
	return db, dialect
}

func openConfig(tb testing.TB, cfg store.Config) *store.Store {
	tb.Helper()
	cfg.Key = testKey()
	s, err := store.Open(tb.Context(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// A store on a pool of the program passes the suite, even where the pool has one
// connection.
func TestStoreOnAPoolOfTheProgram(t *testing.T) {
	t.Parallel()
	suite := func(t *testing.T, newURL func(testing.TB) string) {
		t.Helper()
		storetest.Run(t, func(t *testing.T) (a, b connection.Store) {
			t.Helper()
			url := newURL(t)
			db, dialect := pool(t, url)
			other, _ := pool(t, url)
			return openConfig(t, store.Config{DB: db, Dialect: dialect}), openConfig(t, store.Config{DB: other, Dialect: dialect})
		})
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		suite(t, sqliteURL)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		suite(t, testservers.Postgres)
	})
}

// The store leaves the program's pool open and its journal mode unchanged, and fails once
// it is closed.
func TestPoolOfTheProgramStaysOpen(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		db, dialect := pool(t, t.url)
		s := openConfig(t, store.Config{DB: db, Dialect: dialect})
		put(t, s, crm(), "token")
		backup := filepath.Join(t.TempDir(), "backup.db")
		mustExec(t, db, "CREATE TABLE private (text TEXT)")
		if err := s.Backup(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		if got := queryInt(t, raw(t, "sqlite:"+backup), "SELECT count(*) FROM sqlite_schema WHERE name = 'private'"); got != 0 {
			t.Error("the backup has a table of the program")
		}
		if got := string(load(t, open(t, "sqlite:"+backup), crm()).Secret); got != "token" {
			t.Errorf("the backup has %q, want token", got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for name, call := range calls(s) {
			if err := call(t.Context()); err == nil {
				t.Errorf("%s after Close: no error", name)
			}
		}
		if err := db.PingContext(t.Context()); err != nil {
			t.Errorf("the pool was closed: %v", err)
		}
	})
}

// Stores with different prefixes, or in different schemas, share a database and nothing
// else.
func TestPrefixesAndSchemasAreApart(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		configs := []store.Config{{}, {Prefix: "a_"}, {Prefix: "b"}}
		db := raw(t, t.url)
		if strings.HasPrefix(t.url, "postgres:") {
			mustExec(t, db, "CREATE SCHEMA tokens")
			configs = append(configs, store.Config{Schema: "tokens"}, store.Config{Schema: "tokens", Prefix: "a_"})
			t.Cleanup(func() {
				_, err := db.ExecContext(context.WithoutCancel(t.Context()), "DROP SCHEMA tokens CASCADE")
				if err != nil {
					t.Error(err)
				}
			})
		}
		for i := range configs {
			configs[i].URL = t.url
			s := openConfig(t, configs[i])
			if entries, err := s.List(t.Context(), ""); err != nil || len(entries) != 0 {
				t.Errorf("%d: list %v, %v of a new store", i, entries, err)
			}
			put(t, s, crm(), fmt.Sprint(i))
		}
		for i := range configs {
			s := openConfig(t, configs[i])
			if got := string(load(t, s, crm()).Secret); got != fmt.Sprint(i) {
				t.Errorf("%d: secret %q", i, got)
			}
			rotate(t, s)
		}
		if strings.HasPrefix(t.url, "postgres:") {
			if got := queryInt(t, db, "SELECT count(*) FROM pg_tables WHERE schemaname = 'tokens' AND tablename LIKE 'postern%'"); got != 5 {
				t.Errorf("%d tables in the schema, want 5", got)
			}
		}
		to := openConfig(t, store.Config{URL: sqliteURL(t)})
		if _, err := openConfig(t, configs[1]).CopyTo(t.Context(), to, store.CopyOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := string(load(t, to, crm()).Secret); got != "1" {
			t.Errorf("the copy has %q, want 1", got)
		}
	})
}

// The store never has more than MaxConns connections open.
func TestMaxConns(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		s := openConfig(t, store.Config{URL: t.url, MaxConns: 2})
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() { put(t, s, connection.Key{Connection: fmt.Sprint(i)}, "token") })
		}
		wg.Wait()
		if strings.HasPrefix(t.url, "postgres:") {
			const text = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
			if got := queryInt(t, raw(t, t.url), text); got < 1 || got > 2 {
				t.Errorf("%d connections, want 1 or 2", got)
			}
		}
	})
}

func TestConfigRefuses(t *testing.T) {
	t.Parallel()
	db, dialect := pool(t, sqliteURL(t))
	url := sqliteURL(t)
	for name, test := range map[string]struct {
		cfg     store.Config
		message string
	}{
		"both":              {store.Config{URL: url, DB: db, Dialect: dialect}, "both URL and DB"},
		"no dialect":        {store.Config{DB: db}, "DB is set without its Dialect"},
		"unknown dialect":   {store.Config{DB: db, Dialect: "mysql"}, "DB is set without its Dialect"},
		"dialect alone":     {store.Config{URL: url, Dialect: dialect}, "Dialect is set without DB"},
		"conns of the pool": {store.Config{DB: db, Dialect: dialect, MaxConns: 3}, "MaxConns is set with DB"},
		"negative conns":    {store.Config{URL: url, MaxConns: -1}, "MaxConns is negative"},
		"prefix in capitals": {
			store.Config{URL: url, Prefix: "Postern_"}, "Prefix is not a prefix",
		},
		"injection":       {store.Config{URL: url, Prefix: "x; DROP TABLE keys; --"}, "Prefix is not a prefix"},
		"long prefix":     {store.Config{URL: url, Prefix: strings.Repeat("p", 33)}, "Prefix is not a prefix"},
		"reserved prefix": {store.Config{URL: url, Prefix: "sqlite_x"}, "reserved"},
		"bad schema":      {store.Config{URL: url, Schema: `a"b`}, "Schema is not a name"},
		"schema":          {store.Config{URL: url, Schema: "tokens"}, "Schema is set for SQLite"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.cfg.Key = testKey()
			_, err := store.Open(t.Context(), test.cfg)
			wantConfigError(t, err, test.message)
		})
	}
}

func TestSchemaThatDoesNotExist(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		if strings.HasPrefix(t.url, "sqlite:") {
			return // it has no schemas, see TestConfigRefuses
		}
		_, err := store.Open(t.Context(), store.Config{URL: t.url, Schema: "nowhere", Key: testKey()})
		wantConfigError(t, err, "there is no schema nowhere")
	})
}

// A statement on a pool of the program ends with its context, too.
func TestPoolOfTheProgramThatIsBusy(t *testing.T) {
	t.Parallel()
	onEach(t, func(t dbTest) {
		db, dialect := pool(t, t.url)
		s := openConfig(t, store.Config{DB: db, Dialect: dialect})
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := s.Load(ctx, crm()); !errors.Is(context.Cause(ctx), context.DeadlineExceeded) || err == nil {
			t.Errorf("load without a free connection: %v", err)
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		put(t, s, crm(), "token")
	})
}
