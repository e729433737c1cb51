package runtime_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// A module that a worker compiles is run here, and only the first engine compiles it.
func TestModulesAreCompiledInWorkers(t *testing.T) {
	t.Parallel()
	wasm, err := os.ReadFile("testdata/echo.wasm")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for range 2 {
		engine := newIsolated(t, runtime.Config{Cache: &runtime.Cache{WasmDir: dir}})
		script, err := engine.Compile(t.Context(), runtime.Source{Name: "echo.wasm", Code: wasm})
		if err != nil {
			t.Fatal(err)
		}
		result, err := engine.Run(t.Context(), runtime.Task{Script: script, Data: map[string]any{"q_in": "x"}})
		if err != nil || result.Data["q_out"] != "x" {
			t.Errorf("data %v, error %v", result.Data, err)
		}
	}
	if kept := filesIn(t, dir); len(kept) != 2 {
		t.Errorf("%q were kept, want a key and a module", kept)
	}
}

// What a module takes to compile ends its worker. The next module has another.
func TestModuleThatAWorkerCannotCompile(t *testing.T) {
	t.Parallel()
	engine := newIsolated(t, runtime.Config{Limits: hostapi.Limits{Memory: 4 << 20}})
	_, err := engine.Compile(t.Context(), runtime.Source{Name: "long.wasm", Code: longFunction(15_000)})
	wantCode(t, err, hostapi.CodeLimit, "compile: the module takes more than 28 MiB to compile")
	data := append([]byte{1, 1}, binary.AppendUvarint(nil, 900_000)...) // one segment, passive
	padded := append(longFunction(15_000), section(11, append(data, make([]byte, 900_000)...))...)
	_, err = engine.Compile(t.Context(), runtime.Source{Name: "padded.wasm", Code: padded})
	wantCode(t, err, hostapi.CodeLimit, "compile: the module takes more than 28 MiB to compile")
	_, err = engine.Compile(t.Context(), runtime.Source{Name: "short.wasm", Code: longFunction(1)})
	if err != nil {
		t.Error(err)
	}
	_, err = engine.Compile(t.Context(), runtime.Source{Name: "cut.wasm", Code: longFunction(1)[:20]})
	wantCode(t, err, hostapi.CodeScript, "the module is cut short")
}

func section(id byte, content []byte) []byte {
	return append(binary.AppendUvarint([]byte{id}, uint64(len(content))), content...)
}

// longFunction returns a module whose function reads memory n times.
func longFunction(n int) []byte {
	body := []byte{0}
	body = append(body, bytes.Repeat([]byte{0x41, 0, 0x28, 2, 0, 0x1a}, n)...)
	body = append(body, 0x41, 0, 0x0b)
	code := append(binary.AppendUvarint([]byte{1}, uint64(len(body))), body...)
	return bytes.Join([][]byte{
		[]byte("\x00asm\x01\x00\x00\x00"),
		section(1, []byte{1, 0x60, 0, 1, 0x7f}),
		section(3, []byte{1, 0}),
		section(5, []byte{1, 0, 1}),
		section(7, []byte("\x02\x03run\x00\x00\x06memory\x02\x00")),
		section(10, code),
	}, nil)
}

// Machine code that something else has put into the folder is not used, nor is a key that others
// can read.
func TestWasmDirOfOthers(t *testing.T) {
	t.Parallel()
	code := func(dir string) string {
		t.Helper()
		for _, name := range filesIn(t, dir) {
			if filepath.Base(name) != "key" {
				return name
			}
		}
		t.Fatal("nothing was kept")
		return ""
	}
	run := func(dir string, wasm []byte) error {
		t.Helper()
		engine := runtime.New(runtime.Config{Cache: &runtime.Cache{WasmDir: dir}})
		defer engine.Close() //nolint:errcheck // no task is in progress
		script, err := engine.Compile(t.Context(), runtime.Source{Name: "a.wasm", Code: wasm})
		if err == nil {
			_, err = engine.Run(t.Context(), runtime.Task{Script: script})
		}
		return err
	}
	const head, key = 60, 32
	succeeds, fails := longFunction(1), longFunction(1)
	fails[len(fails)-2] = 1 // what run returns
	ours, theirs := t.TempDir(), t.TempDir()
	if err := run(ours, succeeds); err != nil {
		t.Fatal(err)
	}
	if err := run(theirs, fails); hostapi.CodeOf(err) != hostapi.CodeScript {
		t.Fatalf("error %v", err)
	}
	good, err := os.ReadFile(code(ours))
	if err != nil {
		t.Fatal(err)
	}
	bad, err := os.ReadFile(code(theirs))
	if err != nil {
		t.Fatal(err)
	}
	file := code(ours)
	if err := run(ours, fails); hostapi.CodeOf(err) != hostapi.CodeScript {
		t.Fatalf("error %v", err)
	}
	var other []byte // sealed with the same key
	for _, name := range filesIn(t, ours) {
		if name != file && filepath.Base(name) != "key" {
			if other, err = os.ReadFile(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, planted := range map[string][]byte{
		"from another folder": bad, "with the head of this": append(bytes.Clone(good[:head]), bad[head:]...), "of another module": other,
	} {
		if err := os.WriteFile(file, planted, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := run(ours, succeeds); err != nil {
			t.Errorf("code %s was run: %v", name, err)
		}
		if again, err := os.ReadFile(file); err != nil || !bytes.Equal(again[head:], good[head:]) {
			t.Errorf("code %s was not replaced: %v", name, err)
		}
	}

	shared := t.TempDir()
	if err := os.WriteFile(filepath.Join(shared, "key"), make([]byte, key), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(shared, "key"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(shared, succeeds); err != nil {
		t.Error(err)
	}
	if kept := filesIn(t, shared); len(kept) != 1 && os.PathSeparator == '/' {
		t.Errorf("%q were kept with a key that others know", kept)
	}
}
