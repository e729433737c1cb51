//go:build unix

package cli

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/postern-dev/postern/connection"
	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/internal/taskfile"
)

// What waits for a pipe ends with the context.
func TestInterruptedPipe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	stdin, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // a test
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := openConnections(ctx, []string{path}, connection.ParseOptions{}); hostapi.CodeOf(err) != hostapi.CodeCanceled {
		t.Errorf("connections: %v", err)
	}
	if err := setFile(ctx, &taskfile.Task{}, "-", stdin); hostapi.CodeOf(err) != hostapi.CodeCanceled {
		t.Errorf("data: %v", err)
	}
}

// Connections that a shell passes by a pipe are read once.
func TestShownFromPipe(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString("[connections.crm]\ngrant = \"static\"\ntoken = \"env:CRM\"\nhosts = [\"crm.test\"]\n"); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	path := filepath.Join("/dev/fd", strconv.Itoa(int(r.Fd())))
	status, stdout, stderr := run(t.Context(), "connection", "list", "--connections", path)
	if status != 0 || !strings.Contains(stdout, "crm ") {
		t.Errorf("%d %s%s", status, stdout, stderr)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
