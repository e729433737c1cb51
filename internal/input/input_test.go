package input_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/postern-dev/postern/internal/input"
)

func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := input.Read(path, 5); string(got) != "12345" || err != nil {
		t.Errorf("a file of its bound: %q, %v", got, err)
	}
	_, err := input.Read(path, 4)
	e, ok := errors.AsType[*fs.PathError](err)
	if !ok || e.Path != path || e.Err != (input.TooLargeError{Most: 4}) { //nolint:errorlint // this very error
		t.Errorf("a file above its bound: %v", err)
	}
	if content, err := input.Read(dir, 4); err == nil {
		t.Errorf("a directory has %q", content)
	}
	if _, err := input.Read(filepath.Join(dir, "absent"), 4); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestReadPipe(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // a test
	if _, err := w.WriteString("12345"); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	if got, err := input.ReadAll(r, 5); string(got) != "12345" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestReadText checks that a file is read without a byte order mark, from a regular file
// or stdin, and that the error names it.
func TestReadText(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("\ufefftext"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := input.ReadText(path); string(got) != "text" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	got, file, err := input.ReadTextFrom("-", strings.NewReader("\ufeffpiped"))
	if string(got) != "piped" || file != "stdin" || err != nil {
		t.Errorf("stdin: %q, %q, %v", got, file, err)
	}
	for path, want := range map[string]string{
		dir:                          "read " + dir + ": not a regular file",
		filepath.Join(dir, "absent"): "read " + filepath.Join(dir, "absent") + ": there is no such file",
	} {
		if _, err := input.ReadFile(path); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
