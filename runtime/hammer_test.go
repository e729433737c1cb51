package runtime_test

import (
	"fmt"
	"net/http"
	"os"
	goruntime "runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi/hostapitest"
	"github.com/postern-dev/postern/runtime"
)

// TestHammer runs many concurrent tasks on one engine, in both languages, each with its
// own value that it passes through its sandbox, its log and an HTTP exchange. Tasks
// must not affect each other, and must leave nothing behind.
func TestHammer(t *testing.T) { //nolint:paralleltest // it counts goroutines
	const tasks, workers = 2000, 64
	before := goruntime.NumGoroutine()

	network := &hostapitest.Connector{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.FormValue("id")))
	})}
	engine := runtime.New(runtime.Config{Connector: network})
	wasm, err := os.ReadFile("testdata/echo.wasm")
	if err != nil {
		t.Fatal(err)
	}
	sources := []string{string(wasm), `
		if (globalThis.mine) throw "another task's global";
		mine = engine.findDataByVarName("q_in");
		const response = httpClient.begin().formParam("id", mine).post("http://h/");
		engine.log(mine);
		(async () => { await null; engine.setDataByVarName("q_out", response.getResponseAsString()) })()`}
	scripts := make([]*runtime.Script, len(sources))
	for i, source := range sources {
		if scripts[i], err = engine.Compile(t.Context(), runtime.Source{Name: fmt.Sprintf("task%d", i), Code: []byte(source)}); err != nil {
			t.Fatal(err)
		}
	}

	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				n := next.Add(1)
				if n > tasks {
					return
				}
				id := fmt.Sprintf("task-%d", n)
				result, err := engine.Run(t.Context(), runtime.Task{Script: scripts[n%2], Data: map[string]any{"q_in": id}})
				if err != nil {
					t.Errorf("%s: %v", id, err)
					return
				}
				if result.Data["q_out"] != id || len(result.Changed) != 1 {
					t.Errorf("%s: data = %v", id, result.Data)
				}
				if logs := fmt.Sprint(result.Logs); n%2 == 1 && (len(result.Logs) != 1 || !strings.Contains(logs, id+"}")) {
					t.Errorf("%s: logs = %s", id, logs)
				}
			}
		})
	}
	wg.Wait()
	if err := engine.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	noLeftovers(t, before)
}

// noLeftovers waits until no more goroutines are left than there were, which
// those that are just ending need a moment for.
func noLeftovers(t *testing.T, before int) {
	t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for range 10_000 {
		if goruntime.NumGoroutine() <= before {
			return
		}
		<-look.C
	}
	var stacks strings.Builder
	_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
	t.Fatalf("%d goroutines are left, there were %d\n%s", goruntime.NumGoroutine(), before, stacks.String())
}
