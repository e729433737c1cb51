package atomicfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/atomicfile"
)

// want checks a file, and that nothing temporary is beside it.
func want(tb testing.TB, path, content string, mode fs.FileMode) {
	tb.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != content {
		tb.Errorf("%s has %q, %v; want %q", path, got, err, content)
	}
	info, err := os.Stat(path)
	if err != nil {
		tb.Fatal(err)
	}
	if goruntime.GOOS != "windows" && info.Mode().Perm() != mode {
		tb.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), mode)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		tb.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".postern-") {
			tb.Errorf("%s is left behind", e.Name())
		}
	}
}

func put(tb testing.TB, path, content string, mode fs.FileMode) {
	tb.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		tb.Fatal(err)
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a")
	if err := atomicfile.Create(path, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, path, "one", 0o600)
	if err := atomicfile.Create(path, []byte("two"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v, want ErrExist", err)
	}
	want(t, path, "one", 0o600)
	err := atomicfile.Create(filepath.Join(path, "b"), nil, 0o600)
	if e, ok := errors.AsType[*fs.PathError](err); !ok || e.Path != filepath.Join(path, "b") {
		t.Errorf("error %v, want one that names the file", err)
	}
}

func TestWriteKeepsModeAndLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, link := filepath.Join(dir, "a"), filepath.Join(dir, "link")
	if err := atomicfile.Write(path, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, path, "one", 0o600)
	put(t, path, "two", 0o640)
	if err := os.Symlink("a", link); err != nil {
		if goruntime.GOOS == "windows" {
			return // creating one may need privileges
		}
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Write(link, []byte("three"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, path, "three", 0o640)
	if target, err := os.Readlink(link); err != nil || target != "a" {
		t.Errorf("the link leads to %q, %v", target, err)
	}
	// It was renamed into place, and not written where a crash would cut it off.
	if after, err := os.Stat(path); err != nil || os.SameFile(before, after) {
		t.Errorf("it is the same file, %v", err)
	}
	nowhere := filepath.Join(dir, "nowhere")
	if err := os.Symlink("made", nowhere); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Write(nowhere, []byte("four"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, filepath.Join(dir, "made"), "four", 0o600)
}

func TestWriteModeTakesModeAway(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a")
	put(t, path, "one", 0o644)
	if err := atomicfile.WriteMode(path, []byte("two"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(t, path, "two", 0o600)
}

func TestWriteToWhatIsNoFile(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(os.DevNull); err == nil {
		if err := atomicfile.Write(os.DevNull, []byte("x"), 0o600); err != nil {
			t.Error(err)
		}
		if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
			t.Fatalf("the device was replaced: %v", err)
		}
	}
	if err := atomicfile.Write(t.TempDir(), []byte("x"), 0o600); err == nil {
		t.Error("a folder was written to")
	}
}
