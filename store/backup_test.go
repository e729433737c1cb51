package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/postern-dev/postern/store"
)

func TestBackup(t *testing.T) {
	t.Parallel()
	s := open(t, sqliteURL(t))
	fill(t, s, 3)
	path := filepath.Join(t.TempDir(), "backup.db")
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wantConfigError(t, s.Backup(t.Context(), path), "already exists")
	wantConfigError(t, s.Backup(t.Context(), filepath.Join(path, "x")), "cannot create")
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Error("the second backup changed the first")
	}
	_, err = store.Open(t.Context(), store.Config{URL: "sqlite:" + path, Key: make([]byte, 32)})
	wantConfigError(t, err, "is not that of this store")
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Error("a refused key changed the backup")
	}
	put(t, s, crm(), "later")
	copied := open(t, "sqlite:"+path)
	wantFilled(t, copied, 3)
	if r := load(t, copied, crm()); r != nil {
		t.Errorf("the backup has %+v, which is younger", r)
	}
}

func TestBackupCanceled(t *testing.T) {
	t.Parallel()
	s := open(t, sqliteURL(t))
	path := filepath.Join(t.TempDir(), "backup.db")
	if err := s.Backup(canceled(t), path); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("a failed backup left its file: %v", err)
	}
}
