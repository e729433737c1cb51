package runtime_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/postern-dev/postern/runtime"
)

func TestWasmDir(t *testing.T) {
	t.Parallel()
	wasm, err := os.ReadFile("testdata/echo.wasm")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	use := func() {
		t.Helper()
		engine := runtime.New(runtime.Config{Cache: &runtime.Cache{WasmDir: dir}})
		script, err := engine.Compile(t.Context(), runtime.Source{Name: "echo.wasm", Code: wasm})
		if err != nil {
			t.Fatal(err)
		}
		result, err := engine.Run(t.Context(), runtime.Task{Script: script, Data: map[string]any{"q_in": "x"}})
		if err != nil || result.Data["q_out"] != "x" {
			t.Errorf("data = %v, error = %v", result.Data, err)
		}
		if err := engine.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
	use()
	kept := filesIn(t, dir)
	if len(kept) == 0 {
		t.Fatal("nothing was kept")
	}
	use()
	if again := filesIn(t, dir); len(again) != len(kept) {
		t.Errorf("compiled again: %q, then %q", kept, again)
	}

	// A cache that fails costs time, not the task.
	for _, name := range kept {
		if err := os.WriteFile(name, []byte("broken"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	use()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dir = file
	use()
}

func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
