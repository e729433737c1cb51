package repotest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestOutsideModule copies the code of the guide for embedding, with the whole service, to
// another module, and runs its tests there, without a network: a program needs no more than the
// public packages and what go.mod and go.sum say. The folder is always the same one, so that what
// has not changed is not built again.
func TestOutsideModule(t *testing.T) {
	t.Parallel()
	repository, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(repository, "build", "outside")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for to, pattern := range map[string]string{"service": "examples/6-service/*", "embedding": "examples/embedding/*", ".": "go.[ms]*"} {
		names, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(names) < 2 {
			t.Fatalf("found %v, %v", names, err)
		}
		if err := os.MkdirAll(filepath.Join(dir, to), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, to, filepath.Base(name)), text, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	const postern = "github.com/postern-dev/postern"
	for _, args := range [][]string{
		{"mod", "edit", "-module=example.com/service", "-require=" + postern + "@v0.0.0", "-replace=" + postern + "=" + repository},
		{"test", "./..."},
	} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v: %v\n%s", cmd, err, out)
		}
		t.Logf("%v\n%s", cmd, out)
	}
}
