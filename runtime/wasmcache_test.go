package runtime_test

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/postern-dev/postern/hostapi"
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

// A module that is large for the limit of memory is refused before anything reads it.
func TestLargeModule(t *testing.T) {
	t.Parallel()
	data := make([]byte, 17<<20)
	wasm := []byte("\x00asm\x01\x00\x00\x00\x0b") // a section with data segments, of which there are none
	wasm = append(binary.AppendUvarint(wasm, uint64(len(data))), data...)
	engine := runtime.New(runtime.Config{})
	_, err := engine.Compile(t.Context(), runtime.Source{Name: "big.wasm", Code: wasm})
	const want = "compile big.wasm: the module has 17825805 bytes, more than a quarter of the memory limit of 64 MiB"
	if !errors.Is(err, hostapi.CodeLimit) || err.Error() != want {
		t.Errorf("%v", err)
	}
	engine = runtime.New(runtime.Config{Limits: hostapi.Limits{Memory: 128 << 20}})
	_, err = engine.Compile(t.Context(), runtime.Source{Name: "big.wasm", Code: wasm})
	if !errors.Is(err, hostapi.CodeScript) {
		t.Errorf("with more memory: %v", err)
	}
}
