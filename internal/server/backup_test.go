package server_test

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/postern-dev/postern/internal/authserver"
	"github.com/postern-dev/postern/internal/database/databasetest"
)

// A backup that is made while the server runs has all that it has: users, tokens, tasks,
// connections with their secrets, and runs.
func TestBackup(t *testing.T) {
	t.Parallel()
	db := databasetest.Open(t, databasetest.SQLiteURL(t))
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
	backup := filepath.Join(t.TempDir(), "backup.db")
	if _, err := db.ExecContext(t.Context(), "VACUUM INTO $1", backup); err != nil {
		t.Fatal(err)
	}
	s.api(token, http.MethodPost, "/v1/runs?wait=30", greet, nil) // it goes on

	again := start(t, databasetest.Open(t, "sqlite:"+backup), "", "")
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
