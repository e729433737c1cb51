package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// newIsolated returns an engine with worker processes.
func newIsolated(t *testing.T, cfg runtime.Config) *runtime.Engine {
	t.Helper()
	if !runtime.WorkersSupported() {
		t.Skip("this system has no workers")
	}
	if cfg.Isolation == nil {
		cfg.Isolation = new(runtime.Workers)
	}
	engine := runtime.New(cfg)
	t.Cleanup(func() { _ = engine.Close() })
	return engine
}

// What a script does in a worker ends in an error of its own task, with the same words as in
// this process where it ends there too, and the next task runs.
func TestScriptsThatAWorkerEnds(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		source string
		code   hostapi.Code
		text   string
	}{
		"endless loop":        {"while (true);", hostapi.CodeTimeout, "time limit of 300ms reached"},
		"endless built-in":    {`/^(a|aa)+\1$/.test("a".repeat(70) + "b")`, hostapi.CodeTimeout, "time limit of 300ms reached"},
		"recursion":           {"(function f() { f() })()", hostapi.CodeLimit, "call depth limit of 2000 reached"},
		"huge array":          {"new Uint8Array(2 ** 33)", hostapi.CodeLimit, "run: memory limit of 16 MiB reached"},
		"growing text":        {"let s = 'x'; while (true) s = s + s", hostapi.CodeLimit, "run: memory limit of 16 MiB reached"},
		"recursion inside Go": {"const p = new Proxy({}, {}); Object.setPrototypeOf(p, p); p.x", hostapi.CodeLimit, "run: memory limit of 16 MiB reached"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := newIsolated(t, runtime.Config{Limits: hostapi.Limits{Time: time.Minute, Memory: 16 << 20}})
			task := runtime.Task{Script: compile(t, engine, tt.source), Data: map[string]any{"q": "kept"}}
			if tt.code == hostapi.CodeTimeout {
				task.Limits.Time = 300 * time.Millisecond
			}
			result, err := engine.Run(t.Context(), task)
			wantCode(t, err, tt.code, tt.text)
			if result.Data["q"] != "kept" {
				t.Errorf("data %v", result.Data)
			}
			result, err = engine.Run(t.Context(), runtime.Task{Script: compile(t, engine, "engine.setDataByVarName('q', 'next')")})
			if err != nil || result.Data["q"] != "next" {
				t.Errorf("the next task: %v, %v", result.Data, err)
			}
		})
	}
}

// Garbage, and what regular expressions keep to be faster the next time, do not count as memory of a script.
func TestGarbageInAWorker(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"objects": `const kept = []
			for (let i = 0; i < 20000; i++) kept.push({ a: i, b: "x" + i })
			for (let i = 0; i < 200000; i++) [i, { c: i }]`,
		"regular expressions": `const text = "x".repeat(30000) + ","
			globalThis.kept = []
			for (let i = 0; i < 40; i++) {
				const pattern = new RegExp("(?:[^\"" + i + "]|\"\")*(?=,)")
				if (pattern.exec(text)[0].length != 30000) throw new Error("no match")
				kept.push(pattern)
			}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := newIsolated(t, runtime.Config{Limits: hostapi.Limits{Time: time.Minute}})
			task := runtime.Task{Script: compile(t, engine, source)}
			for range 2 { // the second time, the worker has the garbage of the first
				if _, err := engine.Run(t.Context(), task); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A source that goja compiles for longer than the time of the engine ends with it.
func TestCompilationThatAWorkerEnds(t *testing.T) {
	t.Parallel()
	engine := newIsolated(t, runtime.Config{Limits: hostapi.Limits{Time: 300 * time.Millisecond}})
	_, err := engine.Compile(t.Context(), runtime.Source{Name: "a.js", Code: []byte("var x;" + strings.Repeat("x = 1;", 1_300_000))})
	if code := hostapi.CodeOf(err); code != hostapi.CodeTimeout && code != hostapi.CodeLimit {
		t.Errorf("error %v, want one of a limit", err)
	}
	_, err = newIsolated(t, runtime.Config{}).Compile(t.Context(), runtime.Source{Name: "a.js", Code: []byte("let a\nlet a;\nlet b = ;")})
	here := runtime.New(runtime.Config{})
	_, want := here.Compile(t.Context(), runtime.Source{Name: "a.js", Code: []byte("let a\nlet a;\nlet b = ;")})
	if err == nil || err.Error() != want.Error() {
		t.Errorf("error %v, in this process %v", err, want)
	}
}

// The Script is the same thing wherever it was compiled, and the engine that runs it decides
// where it runs.
func TestScriptsOfOtherEngines(t *testing.T) {
	t.Parallel()
	apart := newIsolated(t, runtime.Config{Limits: hostapi.Limits{Memory: 16 << 20}})
	here := runtime.New(runtime.Config{})
	const source = "\ufefffunction main(n) { return typeof n + n }"
	for name, compiler := range map[string]*runtime.Engine{"in a worker": apart, "here": here} {
		script := compile(t, compiler, source)
		if !script.Declares("main") || !script.OnlyDeclares("main") || script.Declares("other") || script.Name() != "bench.js" {
			t.Errorf("compiled %s, it declares something else", name)
		}
		for where, engine := range map[string]*runtime.Engine{"in a worker": apart, "here": here} {
			result, err := engine.Run(t.Context(), runtime.Task{Script: script, Call: "main", Args: []any{7}})
			if err != nil || result.Value != "number7" {
				t.Errorf("compiled %s and run %s: %v, %v", name, where, result.Value, err)
			}
		}
	}
	_, err := apart.Run(t.Context(), runtime.Task{Script: compile(t, here, "new Uint8Array(2 ** 33)")})
	wantCode(t, err, hostapi.CodeLimit, "run: memory limit of 16 MiB reached")
}

// The error of a function of the program is the same value after a worker has seen it.
func TestErrorsKeepTheirIdentity(t *testing.T) {
	t.Parallel()
	own := errors.New("secret reason")
	engine := newIsolated(t, runtime.Config{Modules: []runtime.Module{{Name: "tool", Functions: map[string]runtime.Function{
		"fail":  func(context.Context, runtime.Call) (any, error) { return nil, own },
		"crash": func(context.Context, runtime.Call) (any, error) { panic("secret") },
	}}}})
	_, err := engine.Run(t.Context(), runtime.Task{Script: compile(t, engine, "let a;\n  tool.fail()")})
	wantCode(t, err, hostapi.CodeInternal, "tool.fail: the function failed: an unknown error")
	e, _ := errors.AsType[*hostapi.Error](err)
	if !errors.Is(err, own) || e.Line != 2 || e.File != "bench.js" {
		t.Errorf("error %+v", e)
	}
	_, err = engine.Run(t.Context(), runtime.Task{Script: compile(t, engine, "tool.crash()")})
	if p, ok := errors.AsType[*hostapi.PanicError](err); !ok || p.Value != "secret" {
		t.Errorf("error %v", err)
	}
}

// Log lines arrive while the script runs, and are not lost if it is killed.
func TestLogOfAWorker(t *testing.T) {
	t.Parallel()
	engine := newIsolated(t, runtime.Config{Limits: hostapi.Limits{Time: time.Minute}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var events []string
	task := runtime.Task{
		Script: compile(t, engine, `console.log("now"); /^(a|aa)+\1$/.test("a".repeat(70) + "b")`),
		OnEvent: func(e runtime.Event) {
			if e.Log != nil {
				events = append(events, e.Log.Message)
				cancel()
			}
		},
	}
	result, err := engine.Run(ctx, task)
	wantCode(t, err, hostapi.CodeCanceled, "run: the task was cancelled")
	if !slices.Equal(events, []string{"now"}) || len(result.Logs) != 1 {
		t.Errorf("events %q, logs %v", events, result.Logs)
	}
}

// A large file in memory stays here, too, and comes back as what it is.
func TestLargeFilesOfAWorker(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<17) // 2 MiB
	engine := newIsolated(t, runtime.Config{Limits: hostapi.Limits{DataBytes: 3 << 20}})
	result, err := engine.Run(t.Context(), runtime.Task{
		Script: compile(t, engine, `
			const f = engine.findDataByVarName("q_in")[0];
			engine.setDataByVarName("q_length", fileRepository.readFile(f, "UTF-8").length);
			engine.setDataByVarName("q_out", [f]);`),
		Data: map[string]any{"q_in": []*hostapi.File{{Name: "a.txt", ContentType: "text/plain", Content: content}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	out, _ := result.Data["q_out"].([]any)
	if len(out) != 1 || result.Data["q_length"] != float64(len(content)) {
		t.Fatalf("q_out is %v, q_length %v", result.Data["q_out"], result.Data["q_length"])
	}
	if f, ok := out[0].(*hostapi.File); !ok || f.Open != nil || f.Size != 0 || !bytes.Equal(f.Content, content) {
		t.Error("the file came back as another one")
	}
}

// The content of a file stays here: a worker reads what the script reads, and passes the
// file on.
func TestFilesOfAWorker(t *testing.T) {
	t.Parallel()
	const text = "first line\nsecond line\n"
	closed := make(chan struct{}, 10)
	file := &hostapi.File{Name: "a.txt", ContentType: "text/plain", Size: int64(len(text)), Open: func(context.Context) (io.ReadSeekCloser, error) {
		return struct {
			*strings.Reader
			closer
		}{strings.NewReader(text), func() { closed <- struct{}{} }}, nil
	}}
	engine := newIsolated(t, runtime.Config{})
	result, err := engine.Run(t.Context(), runtime.Task{
		Script: compile(t, engine, `
			const f = engine.findDataByVarName("q_in")[0];
			engine.setDataByVarName("q_text", fileRepository.readFile(f, "UTF-8"));
			engine.setDataByVarName("q_out", [f]);`),
		Data: map[string]any{"q_in": []*hostapi.File{file}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if result.Data["q_text"] != text {
		t.Errorf("the script read %q", result.Data["q_text"])
	}
	out, _ := result.Data["q_out"].([]any)
	if len(out) != 1 {
		t.Fatalf("q_out is %v", result.Data["q_out"])
	}
	passed, _ := out[0].(*hostapi.File)
	content, err := passed.ReadAll(t.Context(), 100)
	if err != nil || string(content) != text || passed.Name != "a.txt" {
		t.Errorf("the file that was passed on: %+v, %q, %v", passed, content, err)
	}
	<-closed
}

type closer func()

func (c closer) Close() error { c(); return nil }

// Engines share workers, and the last one that is closed leaves no process and no
// goroutine.
func TestWorkersAreShared(t *testing.T) { //nolint:paralleltest // it counts goroutines
	if !runtime.WorkersSupported() {
		t.Skip("this system has no workers")
	}
	before := goruntime.NumGoroutine()
	workers := &runtime.Workers{Max: 2, Spare: 2}
	a, b := runtime.New(runtime.Config{Isolation: workers}), runtime.New(runtime.Config{Isolation: workers})
	script := compile(t, a, "engine.setDataByVarName('q', 1)")
	var group sync.WaitGroup
	for _, engine := range []*runtime.Engine{a, b, a, b, a, b} {
		group.Go(func() {
			if _, err := engine.Run(t.Context(), runtime.Task{Script: script}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if _, err := b.Run(t.Context(), runtime.Task{Script: script}); err != nil {
		t.Errorf("after the other engine was closed: %v", err)
	}
	if len(children(t)) == 0 {
		t.Error("no process ran the tasks")
	}
	if _, err := workers.Protection(t.Context()); err != nil {
		t.Errorf("their protection: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if left := children(t); len(left) > 0 {
		t.Errorf("processes are left: %q", left)
	}
	noLeftovers(t, before)
	if _, err := b.Run(t.Context(), runtime.Task{Script: script}); !errors.Is(err, hostapi.ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
}

// children returns the worker processes of this process.
func children(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, file := range files {
		pids, _ := os.ReadFile(file) // a thread may have ended
		for pid := range strings.FieldsSeq(string(pids)) {
			args, _ := os.ReadFile("/proc/" + pid + "/cmdline") // a process may have
			if strings.HasPrefix(string(args), "postern-worker") {
				out = append(out, pid)
			}
		}
	}
	return out
}
