package database_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// A database of SQLite has one server, by whatever path, and can be used by others meanwhile.
func TestExclusive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := databasetest.Open(t, "sqlite:"+filepath.Join(dir, "postern.db"))
	if err := os.Symlink("postern.db", filepath.Join(dir, "link.db")); err != nil {
		t.Fatal(err)
	}
	second := databasetest.Open(t, "sqlite:"+filepath.Join(dir, "link.db"))
	release, err := first.Exclusive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, db := range []*database.DB{first, second} {
		if _, err := db.Exclusive(t.Context()); hostapi.CodeOf(err) != hostapi.CodeConfig {
			t.Errorf("a second server: %v", err)
		}
	}
	if _, err := second.ExecContext(t.Context(), "CREATE TABLE pets (name TEXT)"); err != nil {
		t.Errorf("a command: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	release, err = second.Exclusive(t.Context())
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
}
