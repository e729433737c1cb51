// Package databasetest gives tests an empty database of each kind.
package databasetest

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/testservers"
)

// OnEach runs test with an empty database of each kind. The test with PostgreSQL may be
// skipped, see [testservers.Postgres].
func OnEach(t *testing.T, test func(t *testing.T, db *database.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, Open(t, SQLiteURL(t)))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, Open(t, testservers.Postgres(t)))
	})
}

// SQLiteURL returns the URL of a file that does not exist yet.
func SQLiteURL(tb testing.TB) string {
	tb.Helper()
	return "sqlite:" + filepath.Join(tb.TempDir(), "postern.db")
}

// Open opens a database until the end of the test.
func Open(tb testing.TB, url string) *database.DB {
	tb.Helper()
	db, err := database.Open(url, 0)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	if err := db.SetUp(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return db
}

// Fill makes a database of SQLite refuse whatever needs more space, as on a disk that is full, until free is called.
func Fill(tb testing.TB, db *database.DB) (free func()) {
	tb.Helper()
	var pages int
	if err := db.QueryRowContext(tb.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		tb.Fatal(err)
	}
	const most = 1<<32 - 2
	set(tb, db, fmt.Sprintf("PRAGMA max_page_count = %d", pages))
	return func() { set(tb, db, fmt.Sprintf("PRAGMA max_page_count = %d", most)) }
}

// Protect makes a database of SQLite refuse whatever writes, as on a disk that is read-only, until allow is called.
func Protect(tb testing.TB, db *database.DB) (allow func()) {
	tb.Helper()
	set(tb, db, "PRAGMA query_only = 1")
	return func() { set(tb, db, "PRAGMA query_only = 0") }
}

// set executes a pragma on each connection of the pool.
func set(tb testing.TB, db *database.DB, pragma string) {
	tb.Helper()
	conns := make([]*sql.Conn, db.Stats().MaxOpenConnections)
	for i := range conns {
		var err error
		if conns[i], err = db.Conn(tb.Context()); err != nil {
			tb.Fatal(err)
		}
		if _, err := conns[i].ExecContext(tb.Context(), pragma); err != nil {
			tb.Fatal(err)
		}
	}
	for _, c := range conns {
		if err := c.Close(); err != nil {
			tb.Error(err)
		}
	}
}
