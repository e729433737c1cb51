package wasmvm

import (
	"context"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
)

// Types of functions, as task declares them.
const (
	typeI32 = iota + 1 // (i32) -> (), after () -> ()
	typeTwo            // (i32, i32) -> (i32)
)

func i32(n int) string { return "\x41" + string(appendSigned(nil, int32(n))) }

// task returns a module with 1000 pages of memory and a table of the most
// entries. Function 0 is imported from WASI, function 1 is run.
func task(importName string, importType byte, functions ...[2]string) []byte {
	var types, code []string
	for _, f := range functions {
		types = append(types, f[0])
		code = append(code, sized(f[1]))
	}
	return []byte(preamble +
		section(1, vector("\x60\x00\x00", "\x60\x01\x7f\x00", "\x60\x02\x7f\x7f\x01\x7f")) +
		section(2, vector(sized("wasi_snapshot_preview1")+sized(importName)+"\x00"+string(importType))) +
		section(3, vector(types...)) +
		section(4, vector("\x70\x00"+uleb(maxTableEntries))) +
		section(5, vector("\x00"+uleb(1000))) +
		section(7, vector(sized("memory")+"\x02\x00", sized("run")+"\x00\x01")) +
		section(10, vector(code...)))
}

// row returns a task that is the same instructions many times over.
func row(instructions, importName string, importType byte) []byte {
	return task(importName, importType, [2]string{"\x00", "\x00" + strings.Repeat(instructions, 2000) + "\x0b"})
}

// TestEndlessGuestsStop runs guests that take minutes, or years, without a loop,
// while the collector runs: it must neither wait for them nor keep the deadline
// from them.
func TestEndlessGuestsStop(t *testing.T) {
	t.Parallel()
	const whole = 1000 << 16 // bytes of memory
	guests := map[string][]byte{
		"a row of memory.fill": row(i32(0)+i32(1)+i32(whole)+"\xfc\x0b\x00", "proc_exit", typeI32),
		"a row of memory.copy": row(i32(0)+i32(1)+i32(whole-1)+"\xfc\x0a\x00\x00", "proc_exit", typeI32),
		"a row of random_get":  row(i32(0)+i32(whole)+"\x10\x00\x1a", "random_get", typeTwo),
		"random_get while a recursion unwinds": task("random_get", typeTwo,
			[2]string{"\x00", "\x00" + i32(10_000) + "\x10\x02\x0b"},
			[2]string{"\x01", "\x00" + "\x20\x00\x04\x40" + "\x20\x00" + i32(1) + "\x6b\x10\x02" + // if n { f(n-1); random_get(0, 16<<20) }
				i32(0) + i32(16<<20) + "\x10\x00\x1a" + "\x0b" + "\x0b"}),
		"work while a recursion unwinds": task("proc_exit", typeI32,
			[2]string{"\x00", "\x00" + i32(100_000) + "\x10\x02\x0b"},
			[2]string{"\x01", "\x00" + "\x20\x00\x04\x40" + "\x20\x00" + i32(1) + "\x6b\x10\x02" + "\x0b" + // if n { f(n-1) }
				// memory[0] = sqrt(memory[0] / memory[8])
				strings.Repeat(i32(0)+i32(0)+"\x2b\x03\x00"+i32(0)+"\x2b\x03\x08"+"\xa3\x9f\x39\x03\x00", 7000) + "\x0b"}),
	}
	files, err := filepath.Glob("testdata/endless_*.wasm")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, name := range files {
		if guests[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	for name, wasm := range guests {
		t.Run(name, func(t *testing.T) {
			vm := openVM(t)
			program, err := vm.Compile(t.Context(), "endless.wasm", wasm, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			stopped := make(chan struct{})
			go func() {
				for {
					select {
					case <-stopped:
						return
					default:
						goruntime.GC()
					}
				}
			}()
			start := time.Now()
			_, err = program.Run(ctx, new(host), hostapi.DefaultLimits())
			took := time.Since(start)
			close(stopped)
			if hostapi.CodeOf(err) != hostapi.CodeTimeout {
				t.Errorf("error = %v, want a timeout", err)
			}
			if took > 8*time.Second {
				t.Errorf("stopped after %v", took)
			}
		})
	}
}
