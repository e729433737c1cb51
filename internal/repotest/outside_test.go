package repotest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestOutsideModule copies the example of a whole service to a module outside of the
// repository, and runs its test there, without a network: a program needs no more than the
// public packages and what go.mod and go.sum say.
func TestOutsideModule(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	names, err := filepath.Glob(filepath.Join(root, "examples/6-service/*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, filepath.Join(root, "go.mod"), filepath.Join(root, "go.sum")) {
		text, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(name)), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	repository, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	const postern = "github.com/postern-dev/postern"
	for _, args := range [][]string{
		{"mod", "edit", "-module=example.com/service", "-require=" + postern + "@v0.0.0", "-replace=" + postern + "=" + repository},
		{"test", "-vet=off", "."},
	} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", cmd, err, out)
		}
	}
}
