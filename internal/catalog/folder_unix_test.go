//go:build unix

package catalog_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/postern-dev/postern/internal/database/databasetest"
)

// A named pipe in the folder is told, and does not keep the other files from being read.
func TestFolderPipe(t *testing.T) {
	t.Parallel()
	f := newFolder(t, newCatalog(t, databasetest.Open(t, databasetest.SQLiteURL(t))))
	if err := syscall.Mkfifo(filepath.Join(f.reader.Path, "pipe.js"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.write("a.js", "1")
	f.write("b.toml", `script = "pipe.js"`)
	got := f.read()
	for _, want := range []string{"a 1", "pipe.js: not a regular file", "b: read pipe.js: not a regular file"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
