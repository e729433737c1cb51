package wasmvm

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// rewritten returns what is compiled in place of a module that need not be a task.
func rewritten(wasm []byte) ([]byte, bool) {
	s := screening{host: offers{}, size: len(wasm), exports: exports{functions: map[string]signature{}}}
	out, err := s.rewrite(wasm)
	return out, err == nil
}

// suite returns the folder of the specification's tests, which wazero's module has.
func suite(tb testing.TB) string {
	tb.Helper()
	dir, err := exec.CommandContext(tb.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil {
		tb.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(dir)), "internal/integration_test/spectest/v2/testdata")
}

// command is a step of a test of the suite.
type command struct {
	Type     string
	Line     int
	Filename string
	Action   struct {
		Module, Field string
		Args          []struct {
			Type  string
			Value any // digits, or those of each lane
		}
	}
}

// TestSpecification runs the specification's tests on modules as they are and
// rewritten: the same are valid, and the same comes out of each call.
func TestSpecification(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	files, err := filepath.Glob(filepath.Join(suite(t), "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no tests", err)
	}
	modules, calls := 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var test struct{ Commands []command }
		if err := json.Unmarshal(text, &test); err != nil {
			t.Fatal(err)
		}
		// What a module means is the same for an interpreter, which does not compile it.
		plain := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
		stoppable := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithCloseOnContextDone(true))
		var before, after api.Module
		for _, c := range test.Commands {
			at := filepath.Base(file) + ":" + strconv.Itoa(c.Line)
			switch c.Type {
			case "module", "assert_invalid", "assert_malformed", "assert_uninstantiable":
				if !strings.HasSuffix(c.Filename, ".wasm") {
					continue
				}
				before, after = nil, nil
				wasm, err := os.ReadFile(filepath.Join(filepath.Dir(file), c.Filename))
				if err != nil {
					t.Fatal(err)
				}
				changed, ok := rewritten(wasm)
				if !ok {
					if _, err := plain.CompileModule(ctx, wasm); err == nil && !hasImports(wasm) {
						t.Errorf("%s: a valid module is refused", at)
					}
					continue
				}
				modules++
				var errBefore, errAfter error
				before, errBefore = plain.InstantiateWithConfig(ctx, wasm, wazero.NewModuleConfig().WithName(""))
				after, errAfter = stoppable.InstantiateWithConfig(ctx, changed, wazero.NewModuleConfig().WithName(""))
				if errAfter == nil {
					if start := after.ExportedFunction(startExport); start != nil {
						_, errAfter = start.Call(ctx)
					}
				}
				if ended(errBefore) != ended(errAfter) {
					t.Errorf("%s: %v, rewritten %v", at, errBefore, errAfter)
				}
			case "assert_return", "assert_trap", "action":
				if before == nil || after == nil || c.Action.Module != "" || before.ExportedFunction(c.Action.Field) == nil {
					continue
				}
				args, ok := arguments(c)
				if !ok {
					continue
				}
				calls++
				want, errBefore := before.ExportedFunction(c.Action.Field).Call(ctx, args...)
				got, errAfter := after.ExportedFunction(c.Action.Field).Call(ctx, args...)
				for i, result := range before.ExportedFunction(c.Action.Field).Definition().ResultTypes() {
					if result == funcref && errBefore == nil && errAfter == nil { // an address
						want[i], got[i] = min(want[i], 1), min(got[i], 1)
					}
				}
				if !slices.Equal(got, want) || ended(errBefore) != ended(errAfter) {
					t.Errorf("%s: %s gave %v, %v; rewritten %v, %v", at, c.Action.Field, want, errBefore, got, errAfter)
				}
			}
		}
		_ = plain.Close(context.WithoutCancel(ctx))
		_ = stoppable.Close(context.WithoutCancel(ctx))
	}
	if modules < 1000 || calls < 10000 {
		t.Errorf("only %d modules and %d calls were tried", modules, calls)
	}
}

// hasImports reports whether a module has an import section.
func hasImports(wasm []byte) bool {
	for r := (reader{b: wasm[len(preamble):]}); !r.empty(); r.take(r.u32()) {
		if r.byte() == 2 {
			return true
		}
	}
	return false
}

// ended tells how a call ended, without the functions it was in.
func ended(err error) string {
	if err == nil {
		return ""
	}
	reason, _, _ := strings.Cut(err.Error(), "\n")
	if _, after, found := strings.Cut(reason, " failed: "); found && strings.HasPrefix(reason, "start ") {
		return after
	}
	return reason
}

// arguments returns the arguments of a call, if they are numbers.
func arguments(c command) (args []uint64, ok bool) {
	for _, a := range c.Action.Args {
		digits, ok := a.Value.(string)
		if !ok {
			return nil, false
		}
		n, err := strconv.ParseUint(digits, 10, 64)
		if err != nil {
			return nil, false
		}
		args = append(args, n)
	}
	return args, true
}

// FuzzRewrite rewrites any bytes. What comes out is valid if, and only if, what
// went in was.
func FuzzRewrite(f *testing.F) {
	files, err := filepath.Glob("testdata/*.wasm")
	if err != nil || len(files) == 0 {
		f.Fatal("no fixtures", err)
	}
	for _, name := range files {
		wasm, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(wasm)
	}
	// Each section whose content is replaced, with a byte after its last element.
	for _, sections := range []string{
		"\x04\x02\x00\x00",
		"\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00\x0a\x05\x01\x02\x00\x0b\x00",
		"\x05\x03\x01\x00\x01\x0b\x08\x01\x00\x41\x00\x0b\x01a\x00",
	} {
		f.Add([]byte(preamble + sections))
	}
	ctx := context.WithoutCancel(f.Context())
	vm := openVM(f)
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithDebugInfoEnabled(false))
	f.Cleanup(func() { _ = runtime.Close(ctx) })
	valid := func(wasm []byte) bool {
		compiled, err := runtime.CompileModule(ctx, wasm)
		if err == nil {
			_ = compiled.Close(ctx)
		}
		return err == nil
	}
	f.Fuzz(func(t *testing.T, wasm []byte) {
		s := screening{host: vm.offers, size: len(wasm), exports: exports{functions: map[string]signature{}}}
		changed, err := s.rewrite(wasm)
		if err == nil && valid(wasm) != valid(changed) {
			t.Errorf("valid %v, rewritten %v", valid(wasm), valid(changed))
		}
	})
}
