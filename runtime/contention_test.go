package runtime_test

import (
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/postern-dev/postern/runtime"
)

// BenchmarkManyAtOnce runs tasks that do nothing from 64 goroutines, which are all watched
// for their deadlines. "lock-cycles/task" is for how many cycles a task waits for locks,
// "watch-%" the share of those that the watching uses.
func BenchmarkManyAtOnce(b *testing.B) {
	engine := runtime.New(runtime.Config{})
	task := runtime.Task{Script: compile(b, engine, "1 + 1")}
	defer goruntime.SetMutexProfileFraction(goruntime.SetMutexProfileFraction(1))
	beforeWatch, before := contended()
	b.SetParallelism(64 / goruntime.GOMAXPROCS(0))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := engine.Run(b.Context(), task); err != nil {
				b.Error(err)
				return
			}
		}
	})
	watch, all := contended()
	watch, all = watch-beforeWatch, all-before
	b.ReportMetric(100*float64(watch)/float64(max(all, 1)), "watch-%")
	b.ReportMetric(float64(all)/float64(b.N), "lock-cycles/task")
}

// contended returns for how many cycles goroutines have waited for locks of the watching,
// and for any lock.
func contended() (watch, all int64) {
	records := make([]goruntime.BlockProfileRecord, 10_000)
	n, _ := goruntime.MutexProfile(records)
	for _, r := range records[:n] {
		all += r.Cycles
		frames := goruntime.CallersFrames(r.Stack())
		for more := true; more; {
			var f goruntime.Frame
			if f, more = frames.Next(); strings.Contains(f.Function, "jsvm.(*Watch)") {
				watch += r.Cycles
				break
			}
		}
	}
	return watch, all
}
