package database_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

func tables(versions ...string) database.Tables {
	return database.SQL("pets_version", versions...)
}

const (
	first  = "CREATE TABLE pets (name TEXT NOT NULL PRIMARY KEY);\n\nINSERT INTO pets (name) VALUES ('Rex');\n"
	second = "ALTER TABLE pets ADD COLUMN owner TEXT REFERENCES pets (name);\n"
)

// Several programs that start at once update the tables once, and the newer version stays.
func TestUpdate(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := db.Update(t.Context(), tables(first)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if err := db.Update(t.Context(), tables(first, second)); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM pets WHERE owner IS NULL").Scan(&n); err != nil || n != 1 {
			t.Errorf("%d rows, %v, want the one of the first version", n, err)
		}
		err := db.Update(t.Context(), tables(first))
		if hostapi.CodeOf(err) != hostapi.CodeConfig || !strings.Contains(err.Error(), "its tables have version 2, and this program supports only up to 1") {
			t.Errorf("an older program: %v", err)
		}
	})
}

// A migration that fails leaves nothing of itself.
func TestFailedUpdate(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		broken := tables("CREATE TABLE pets (name TEXT);\n\nCREATE TABLE pets (name TEXT);\n")
		if err := db.Update(t.Context(), broken); err == nil {
			t.Fatal("no error")
		}
		if err := db.Update(t.Context(), tables(first)); err != nil {
			t.Errorf("the correct one afterwards: %v", err)
		}
	})
}

// A transaction is committed only if it has succeeded, and its own error is returned.
func TestInTx(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		if err := db.Update(t.Context(), tables(first)); err != nil {
			t.Fatal(err)
		}
		insert := func(name string, then error) error {
			return db.InTx(t.Context(), "add a pet", func(tx *sql.Tx) error {
				_, err := tx.ExecContext(t.Context(), "INSERT INTO pets (name) VALUES ($1)", name)
				return errors.Join(err, then)
			})
		}
		refused := errors.New("refused")
		if err := insert("Bello", refused); !errors.Is(err, refused) {
			t.Errorf("%v, want the error of the function", err)
		}
		if err := insert("Bello", nil); err != nil {
			t.Errorf("again: %v", err)
		}
		err := insert("Rex", nil)
		if !db.Dialect.IsUniqueViolation(err) || db.Dialect.IsForeignKeyViolation(err) {
			t.Errorf("%v, want a unique violation", err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		err = db.InTx(ended, "add a pet", func(*sql.Tx) error { return nil })
		if !errors.Is(err, hostapi.CodeCanceled) {
			t.Errorf("%v, want %s", err, hostapi.CodeCanceled)
		}
	})
}

// A reference to a row that does not exist is told apart from other errors.
func TestForeignKeys(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		if err := db.Update(t.Context(), tables(first, second)); err != nil {
			t.Fatal(err)
		}
		_, err := db.ExecContext(t.Context(), "INSERT INTO pets (name, owner) VALUES ('Bello', 'Hasso')")
		if !db.Dialect.IsForeignKeyViolation(err) || db.Dialect.IsUniqueViolation(err) {
			t.Errorf("%v, want a foreign key violation", err)
		}
	})
}

// The clock of the database is that of now, in milliseconds.
func TestNow(t *testing.T) {
	t.Parallel()
	databasetest.OnEach(t, func(t *testing.T, db *database.DB) {
		var now int64
		if err := db.QueryRowContext(t.Context(), "SELECT "+db.Dialect.Now).Scan(&now); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(database.Time(now)).Abs(); d > time.Minute {
			t.Errorf("%v from this clock", d)
		}
	})
}
