// Package databasetest gives tests an empty database of each kind.
package databasetest

import (
	"path/filepath"
	"testing"

	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/testservers"
)

// OnEach runs test with an empty database of each kind. PostgreSQL may be missing, except
// in CI, see [testservers.Postgres].
func OnEach(t *testing.T, test func(t *testing.T, db *database.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, Open(t, SQLiteURL(t)))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		if url, ok := testservers.Postgres(t); ok {
			test(t, Open(t, url))
		}
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
