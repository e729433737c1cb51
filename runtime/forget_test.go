package runtime_test

import (
	"bytes"
	"fmt"
	"os"
	goruntime "runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"weak"

	"github.com/postern-dev/postern/runtime"
)

// Engines that share a Cache compile a script once, under one budget.
func TestSharedCache(t *testing.T) {
	t.Parallel()
	shared := new(runtime.Cache)
	first, second := runtime.New(runtime.Config{Cache: shared}), runtime.New(runtime.Config{Cache: shared})
	wasm, err := os.ReadFile("testdata/echo.wasm")
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{"1", string(wasm)} {
		before := shared.Bytes()
		script := compile(t, first, source)
		size := shared.Bytes() - before
		if compile(t, second, source) != script || size <= 0 || shared.Bytes() != before+size {
			t.Errorf("compiled twice, or counted twice: %d bytes, then %d", size, shared.Bytes()-before)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		if compile(t, second, source) != script {
			t.Error("closing one engine dropped a script of the other")
		}
		second.Forget(script)
		if shared.Bytes() != before {
			t.Errorf("%d bytes after Forget, want %d", shared.Bytes(), before)
		}
		if _, err := second.Run(t.Context(), runtime.Task{Script: script, Data: map[string]any{"q_in": ""}}); source == "1" && err != nil {
			t.Errorf("a forgotten script that is still held: %v", err)
		}
		if compile(t, second, source) == script {
			t.Error("a forgotten script was compiled again to the same Script")
		}
		first = runtime.New(runtime.Config{Cache: shared})
	}
}

// Programs are replaced many times in a process that lives long: what is forgotten
// takes no memory, on the heap or as machine code outside of it.
func TestForgottenScriptsAreFreed(t *testing.T) { //nolint:paralleltest // it measures the process
	wasm, err := os.ReadFile("testdata/echo.wasm")
	if err != nil {
		t.Fatal(err)
	}
	engine := runtime.New(runtime.Config{})
	const scripts = 40
	held := make([]weak.Pointer[runtime.Script], 0, 2*scripts)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for range 10 { // what earlier tests have left is freed first
		goruntime.GC()
		<-look.C
	}
	code := mappedCode(t)
	for i := range scripts {
		// A name makes each module another one.
		module := fmt.Appendf(bytes.Clone(wasm), "\x00\x0b\x04name\x00\x04\x03m%02d", i)
		for _, source := range []string{string(module), "1 + " + fmt.Sprint(i)} {
			held = append(held, weak.Make(compile(t, engine, source)))
		}
	}
	if kept := mappedCode(t); kept < code+scripts*os.Getpagesize() && goruntime.GOOS == "linux" {
		t.Fatalf("%d bytes of code are mapped after compiling %d modules, %d before: this measures nothing", kept, scripts, code)
	}
	for _, p := range held {
		engine.Forget(p.Value())
	}
	left, mapped := 0, 0
	for range 500 {
		goruntime.GC() // finalizers of one round free what the next collects
		left = 0
		for _, p := range held {
			if p.Value() != nil {
				left++
			}
		}
		if mapped = mappedCode(t); left == 0 && mapped <= code+8*os.Getpagesize() { // the engine has some itself
			return
		}
		<-look.C
	}
	t.Errorf("%d of %d scripts are left, and %d bytes of code are mapped, %d before", left, len(held), mapped, code)
}

// mappedCode returns the bytes of machine code that are mapped into the process, apart
// from the program itself; 0 if that is unknown.
func mappedCode(t *testing.T) int {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return 0
	}
	total := 0
	for line := range strings.Lines(string(maps)) {
		var from, to uint64
		var mode string
		// An anonymous mapping has no path, the sixth field.
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); n == 3 && strings.Contains(mode, "x") && len(strings.Fields(line)) < 6 {
			total += int(to - from)
		}
	}
	return total
}

// Scripts are reloaded again and again while tasks run, each to another engine on one
// Cache: every task has the result of the source that it was compiled from, and what was
// replaced is freed.
func TestReloadWhileTasksRun(t *testing.T) { //nolint:paralleltest // it measures the heap
	const programs, reloads, workers = 8, 1000, 4
	shared := new(runtime.Cache)
	engines := make([]*runtime.Engine, workers)
	for i := range engines {
		engines[i] = runtime.New(runtime.Config{Cache: shared})
	}
	padding := strings.Repeat("// a comment that makes the source larger\n", 50)
	compileRound := func(program, round int) *runtime.Script {
		return compile(t, engines[round%workers], fmt.Sprintf("engine.setDataByVarName('q', '%d %d')\n%s", program, round, padding))
	}
	type loaded struct {
		script *runtime.Script
		want   string
	}
	var current [programs]atomic.Pointer[loaded]
	load := func(program, round int) {
		next := &loaded{compileRound(program, round), fmt.Sprint(program, " ", round)}
		if old := current[program].Swap(next); old != nil {
			engines[0].Forget(old.script)
		}
	}
	for p := range programs {
		load(p, 0)
	}
	reload := func(from, to int) {
		var over atomic.Bool
		var tasks sync.WaitGroup
		for _, engine := range engines {
			tasks.Go(func() {
				for n := 0; !over.Load(); n++ {
					l := current[n%programs].Load()
					if result, err := engine.Run(t.Context(), runtime.Task{Script: l.script}); err != nil || result.Data["q"] != l.want {
						t.Errorf("%v, %v; want %q", err, result.Data, l.want)
						return
					}
				}
			})
		}
		for round := from; round < to; round++ {
			load(round%programs, round)
		}
		over.Store(true)
		tasks.Wait()
	}
	reload(1, 100)
	before := inUse()
	reload(100, reloads)
	if grown := inUse() - before; grown > reloads<<11 {
		t.Errorf("%d reloads keep %d KiB", reloads, grown>>10)
	}
	for p := range programs {
		engines[1].Forget(current[p].Load().script)
	}
	if n := shared.Bytes(); n != 0 {
		t.Errorf("%d bytes are kept of scripts that were all forgotten", n)
	}
}
