package runtime_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/postern-dev/postern/hostapi"
	"github.com/postern-dev/postern/runtime"
)

// BenchmarkWorkers compares the CPU time of a task in a worker, user and system of both
// processes, with that of the same task in this process, in rounds that alternate.
func BenchmarkWorkers(b *testing.B) {
	cfg := runtime.Config{Connector: stub{header: http.Header{"Content-Type": {"application/json"}}}}
	here := runtime.New(cfg)
	cfg.Isolation = &runtime.Workers{Spare: -1}
	apart := runtime.New(cfg)
	defer apart.Close() //nolint:errcheck // no task is running
	for _, c := range []struct{ name, source string }{{"trivial", "1 + 1"}, {"script", passwordScript}} {
		b.Run(c.name, func(b *testing.B) {
			const tasks, rounds = 2000, 7
			engines := []*runtime.Engine{here, apart}
			ratios, spent := make([]float64, 0, rounds), make([]float64, 0, rounds)
			for b.Loop() {
				for range rounds {
					var ns [2]float64
					for i, engine := range engines {
						task := runtime.Task{Script: compile(b, engine, c.source)}
						before := cpuWithWorkers(b)
						for range tasks {
							if _, err := engine.Run(b.Context(), task); err != nil {
								b.Fatal(err)
							}
						}
						ns[i] = float64(cpuWithWorkers(b)-before) / tasks
					}
					ratios, spent = append(ratios, ns[1]/ns[0]), append(spent, ns[1])
				}
			}
			b.ReportMetric(median(ratios), "worker/inprocess")
			b.ReportMetric(median(spent), "worker-cpu-ns")
		})
	}
}

// BenchmarkReplacement is the first task after one whose worker was killed, in wall time,
// with a spare worker. It is to be compared with "usual".
func BenchmarkReplacement(b *testing.B) {
	engine := runtime.New(runtime.Config{Isolation: new(runtime.Workers)})
	defer engine.Close() //nolint:errcheck // no task is running
	killer, task := compile(b, engine, "new Uint8Array(2 ** 36)"), runtime.Task{Script: compile(b, engine, "1 + 1")}
	run := func(b *testing.B) {
		b.Helper()
		if _, err := engine.Run(b.Context(), task); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("usual", func(b *testing.B) {
		for b.Loop() {
			run(b)
		}
	})
	b.Run("after a kill", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			time.Sleep(100 * time.Millisecond) //nolint:forbidigo // the spare worker starts meanwhile
			if _, err := engine.Run(b.Context(), runtime.Task{Script: killer}); hostapi.CodeOf(err) != hostapi.CodeLimit {
				b.Fatal(err)
			}
			b.StartTimer()
			run(b)
		}
	})
}

// BenchmarkIdleWorker is the memory of a worker that has run a script and waits, and the CPU
// time that its start takes.
func BenchmarkIdleWorker(b *testing.B) {
	var private, cpu []float64
	for b.Loop() {
		engine := runtime.New(runtime.Config{Connector: stub{}, Isolation: &runtime.Workers{Spare: -1}})
		before := cpuWithWorkers(b)
		if _, err := engine.Run(b.Context(), runtime.Task{Script: compile(b, engine, passwordScript)}); err != nil {
			b.Fatal(err)
		}
		cpu = append(cpu, float64(cpuWithWorkers(b)-before))
		for _, pid := range children(b) {
			private = append(private, float64(privateBytes(b, pid))/(1<<20))
		}
		if err := engine.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(median(private), "private-MiB")
	b.ReportMetric(median(cpu), "start-cpu-ns")
}

// cpuWithWorkers returns the CPU time of this process and of its workers.
func cpuWithWorkers(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	total := time.Duration(u.Utime.Nano() + u.Stime.Nano())
	for _, pid := range children(b) {
		files, err := filepath.Glob("/proc/" + pid + "/task/*/schedstat")
		if err != nil {
			b.Fatal(err)
		}
		for _, file := range files {
			text, _ := os.ReadFile(file) // a thread may have ended
			first, _, _ := strings.Cut(string(text), " ")
			ns, _ := strconv.ParseInt(first, 10, 64)
			total += time.Duration(ns)
		}
	}
	return total
}

// privateBytes returns the memory of a process that no other one shares.
func privateBytes(b *testing.B, pid string) int64 {
	b.Helper()
	text, err := os.ReadFile("/proc/" + pid + "/smaps_rollup")
	if err != nil {
		b.Skipf("the memory of another user's process cannot be read: %v", err)
	}
	var total int64
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && strings.HasPrefix(fields[0], "Private_") {
			kib, _ := strconv.ParseInt(fields[1], 10, 64)
			total += kib << 10
		}
	}
	return total
}
