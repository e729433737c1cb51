//go:build unix

package input_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/postern-dev/postern/internal/input"
)

// TestReadEndless checks that a device that does not end is read up to the bound.
func TestReadEndless(t *testing.T) {
	t.Parallel()
	_, err := input.Read("/dev/zero", 1<<20)
	if _, ok := errors.AsType[input.TooLargeError](err); !ok || !strings.Contains(err.Error(), "is larger than 1 MiB") {
		t.Errorf("error %v", err)
	}
}

// TestReadFileInDev checks that devices are read, and that neither a folder nor a pipe in /dev is, which would
// block.
func TestReadFileInDev(t *testing.T) {
	t.Parallel()
	if got, err := input.ReadFile(os.DevNull); len(got) > 0 || err != nil {
		t.Errorf("%s: %q, %v", os.DevNull, got, err)
	}
	if _, err := input.ReadFile("/dev/fd"); err == nil || err.Error() != "read /dev/fd: not a regular file" {
		t.Errorf("/dev/fd: %v", err)
	}
	pipe := filepath.Join("/dev/shm", rand.Text())
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		return // this system has no such folder
	}
	defer os.Remove(pipe) //nolint:errcheck // a test
	if _, err := input.ReadFile(pipe); err == nil || err.Error() != "read "+pipe+": not a regular file" {
		t.Errorf("%s: %v", pipe, err)
	}
}
