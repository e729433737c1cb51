package cli

import (
	"os"
	"path/filepath"
	goruntime "runtime"
	"testing"
)

func TestWasmCacheDir(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := wasmCacheDir(root)
	if dir != filepath.Join(root, "postern", "wasm") || wasmCacheDir(root) != dir {
		t.Fatalf("dir = %q", dir)
	}
	if got := wasmCacheDir(""); got != "" {
		t.Errorf("without a cache folder: %q", got)
	}
	if goruntime.GOOS == "windows" {
		return
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if got := wasmCacheDir(root); got != "" {
		t.Errorf("a folder that others can write to is used: %q", got)
	}

	other := t.TempDir()
	if err := os.Symlink(t.TempDir(), filepath.Join(other, "postern")); err != nil {
		t.Fatal(err)
	}
	if got := wasmCacheDir(other); got != "" {
		t.Errorf("a link is followed: %q", got)
	}

	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := wasmCacheDir(file); got != "" {
		t.Errorf("a file is used as a folder: %q", got)
	}
}
