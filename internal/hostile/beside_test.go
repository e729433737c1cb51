//go:build linux

package hostile

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// BenchmarkBeside tells how long a harmless task takes alone, and beside eight attacks at a time on
// the same engine: when tasks arrive one after the other, and when one arrives 2 ms after the last
// has ended, so that attacks can take the worker that it used.
func BenchmarkBeside(b *testing.B) {
	files, err := filepath.Glob("testdata/js/*.js")
	if err != nil || len(files) == 0 {
		b.Fatal("there are no attacks", err)
	}
	engine := runtime.New(runtime.Config{Isolation: new(runtime.Workers)})
	b.Cleanup(func() { _ = engine.Close() })
	ctx := b.Context()
	script, err := engine.Compile(ctx, runtime.Source{Name: "harmless.js", Code: []byte(`
		const rows = JSON.parse(engine.findDataByVarName('rows'))
		engine.setDataByVarName('sum', rows.reduce((sum, row) => sum + row.amount, 0))`)})
	if err != nil {
		b.Fatal(err)
	}
	task := runtime.Task{Script: script, Data: map[string]any{"rows": `[{"amount":1},{"amount":2},{"amount":3}]`}}
	const pause = 2 * time.Millisecond
	for _, bm := range []struct {
		name    string
		attacks int
		limit   time.Duration // of an attack; nearly all exceed it, and each that does takes a new process
		pause   time.Duration
	}{
		{"busy/alone", 0, 0, 0},
		{"busy/attacked/2s", 8, 2 * time.Second, 0},
		{"busy/attacked/200ms", 8, 200 * time.Millisecond, 0},
		{"paused/alone", 0, 0, pause},
		{"paused/attacked/2s", 8, 2 * time.Second, pause},
		{"paused/attacked/200ms", 8, 200 * time.Millisecond, pause},
	} {
		b.Run(bm.name, func(b *testing.B) {
			stop, cancel := context.WithCancel(ctx)
			var attackers sync.WaitGroup
			for i := range bm.attacks {
				attackers.Go(func() {
					for n := i; stop.Err() == nil; n += bm.attacks {
						attackOnce(stop, engine, files[n%len(files)], bm.limit)
					}
				})
			}
			var took []time.Duration
			for b.Loop() {
				time.Sleep(bm.pause) //nolint:forbidigo // of a benchmark
				start := time.Now()
				if _, err := engine.Run(ctx, task); err != nil {
					b.Error(err)
				}
				took = append(took, time.Since(start))
			}
			cancel()
			attackers.Wait()
			slices.Sort(took)
			b.ReportMetric(0, "ns/op") // with the pauses
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-p50")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs-p99")
		})
	}
}

// attackOnce runs an attack for at most limit. How it ends is what the other tests are for.
func attackOnce(ctx context.Context, engine *runtime.Engine, file string, limit time.Duration) {
	code, err := os.ReadFile(file)
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	script, err := engine.Compile(ctx, runtime.Source{Name: file, Code: code})
	if err == nil {
		_, _ = engine.Run(ctx, runtime.Task{Script: script, Limits: hostapi.Limits{Time: limit}})
		engine.Forget(script)
	}
}
