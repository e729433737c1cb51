//go:build unix

package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern-dev/postern/connection"
)

func TestWritableByOthers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		owner, user int
		mode        fs.FileMode
		want        bool
	}{
		{1000, 1000, 0o600, false},
		{1000, 1000, 0o664, false},
		{1000, 1000, 0o666, true},
		{0, 1000, 0o644, false},
		{0, 1000, 0o646, true},
		{1001, 1000, 0o644, true},
		{1000, 0, 0o600, true},
	} {
		if got := writableByOthers(tt.owner, tt.user, tt.mode); got != tt.want {
			t.Errorf("%d, as %d, mode %o: %t", tt.owner, tt.user, tt.mode, got)
		}
	}
}

// An oauth.toml that is only found in the folder is not trusted if others can write it.
func TestDefaultConnectionsOfOthers(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	path := filepath.Join(dir, defaultConnections)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := openConnections(t.Context(), nil, connection.ParseOptions{})
	if e, ok := asHost(err); !ok || !strings.Contains(e.Hint, "--connections oauth.toml") {
		t.Errorf("error %v", err)
	}
	if _, err := openConnections(t.Context(), []string{defaultConnections}, connection.ParseOptions{}); err != nil {
		t.Errorf("named: %v", err)
	}
}
