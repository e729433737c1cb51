package server_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/testservers"
)

// A backup that is made while the server runs has all that it has: users, tokens, tasks,
// connections with their secrets, and runs.
func TestBackup(t *testing.T) {
	t.Parallel()
	for name, copied := range map[string]func(t *testing.T) (db *database.DB, backup func() *database.DB){"sqlite": sqliteBackup, "postgres": postgresBackup} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, backup := copied(t)
			checkBackup(t, db, backup)
		})
	}
}

// sqliteBackup returns a database, and what docs/SERVER.md does with it: sqlite3 copies it, and restores the
// copy over the files that a server which was killed leaves.
func sqliteBackup(t *testing.T) (db *database.DB, backup func() *database.DB) {
	t.Helper()
	testservers.Programs(t, "sqlite3")
	file := filepath.Join(t.TempDir(), "postern.db")
	db = databasetest.Open(t, "sqlite:"+file)
	return db, func() *database.DB {
		backup, restored := filepath.Join(t.TempDir(), "backup.db"), filepath.Join(t.TempDir(), "postern.db")
		command(t, "sqlite3", file, "VACUUM INTO '"+backup+"'")
		for _, suffix := range []string{"", "-wal"} {
			content, err := os.ReadFile(file + suffix)
			if err == nil {
				err = os.WriteFile(restored+suffix, content, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		command(t, "sqlite3", restored, ".restore "+backup)
		return databasetest.Open(t, "sqlite:"+restored)
	}
}

// postgresBackup is sqliteBackup with pg_dump and pg_restore.
func postgresBackup(t *testing.T) (db *database.DB, backup func() *database.DB) {
	t.Helper()
	url := testservers.Postgres(t)
	testservers.Programs(t, "pg_dump", "pg_restore")
	return databasetest.Open(t, url), func() *database.DB {
		file := filepath.Join(t.TempDir(), "backup.dump")
		empty := testservers.Postgres(t)
		command(t, "pg_dump", "--format", "custom", "--file", file, url)
		command(t, "pg_restore", "--single-transaction", "--no-owner", "--dbname", empty, file)
		return databasetest.Open(t, empty)
	}
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if output, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, output)
	}
}

func checkBackup(t *testing.T, db *database.DB, backup func() *database.DB) {
	t.Helper()
	s := start(t, db, "", "")
	s.setUp()
	token := s.token(authserver.ScopeAll)
	s.api(token, http.MethodPut, "/v1/tasks/greet", map[string]any{"main": "greet.js", "files": map[string]any{"greet.js": []byte(greeting)}}, nil)
	s.api(token, http.MethodPut, "/v1/connections/crm", map[string]any{
		"grant": "client_credentials", "token_endpoint": "https://id.example.com/token", "client_id": "demo", "client_secret": "SEKRET",
	}, nil)
	greet := map[string]any{"task": "greet", "data": map[string]any{"q_name": "Ada"}}
	var run, restored struct {
		ID, State string
		Outcome   struct{ Data map[string]any }
	}
	s.api(token, http.MethodPost, "/v1/runs?wait=30", greet, &run)
	copied := backup()
	s.api(token, http.MethodPost, "/v1/runs?wait=30", greet, nil) // it goes on

	again := start(t, copied, "", "")
	again.api(token, http.MethodGet, "/v1/runs/"+run.ID, nil, &restored)
	if restored.State != "succeeded" || restored.Outcome.Data["q_out"] != "Hello, Ada" {
		t.Errorf("the run: %+v", restored)
	}
	var c struct {
		Settings map[string]any
		Failure  any
	}
	again.api(token, http.MethodGet, "/v1/connections/crm", nil, &c)
	if c.Settings["client_secret"] != "stored:client_secret" || c.Failure != nil {
		t.Errorf("the connection: %+v", c)
	}
	again.api(token, http.MethodPost, "/v1/runs?wait=30", greet, &run)
	if run.State != "succeeded" {
		t.Errorf("another run: %+v", run)
	}
}
