package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// The file has secrets in it, so that it is for its owner alone, whatever was there.
func TestModeOfThePlaygroundsFile(t *testing.T) {
	t.Parallel()
	for name, old := range map[string]os.FileMode{"a file that all may read": 0o644, "no file": 0} {
		path := filepath.Join(t.TempDir(), "oauth.toml")
		if old != 0 {
			if err := os.WriteFile(path, []byte(playgroundMark), old); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, old); err != nil { // whatever the umask is
				t.Fatal(err)
			}
		}
		if status, _, stderr := run(t.Context(), "playground", "--listen", "127.0.0.1:0", "--write-config", path, "--", "true"); status != 0 {
			t.Fatalf("%s: status %d, %s", name, status, stderr)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 || info.Size() <= int64(len(playgroundMark)) {
			t.Errorf("%s: %v, %v; want a file of mode 0600", name, info, err)
		}
	}
}
