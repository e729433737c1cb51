package runs_test

import (
	"context"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/testservers"
)

// onEach runs a benchmark with a node on each database.
func onEach(b *testing.B, execute executor, do func(b *testing.B, db *database.DB, r *runs.Runs)) {
	b.Helper()
	with := func(b *testing.B, db *database.DB) {
		b.Helper()
		r, err := runs.Open(b.Context(), db, runs.Config{Execute: execute})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			if err := r.Stop(b.Context()); err != nil {
				b.Error(err)
			}
		})
		do(b, db, r)
	}
	b.Run("sqlite", func(b *testing.B) { with(b, databasetest.Open(b, databasetest.SQLiteURL(b))) })
	b.Run("postgres", func(b *testing.B) {
		with(b, databasetest.Open(b, testservers.Postgres(b)))
	})
}

// BenchmarkRuns submits runs from several goroutines to a node with 16 workers, and waits for
// the end of all.
func BenchmarkRuns(b *testing.B) {
	ended := make(chan struct{}, 1000)
	execute := func(context.Context, *runs.Run, *runs.Progress) runs.Outcome {
		ended <- struct{}{}
		return runs.Outcome{Result: []byte("x")}
	}
	onEach(b, execute, func(b *testing.B, _ *database.DB, r *runs.Runs) {
		b.Helper()
		b.ReportAllocs()
		b.SetParallelism(4)
		all := make(chan struct{})
		go func() {
			for range b.N {
				<-ended
			}
			close(all)
		}()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := r.Submit(b.Context(), runs.Request{Task: "task"}, ""); err != nil {
					b.Error(err)
				}
			}
		})
		<-all
	})
}

// BenchmarkStart is the time from the call of Submit to that of Execute, on an idle node.
func BenchmarkStart(b *testing.B) {
	began := make(chan time.Time)
	execute := func(context.Context, *runs.Run, *runs.Progress) runs.Outcome {
		began <- time.Now()
		return runs.Outcome{}
	}
	onEach(b, execute, func(b *testing.B, _ *database.DB, r *runs.Runs) {
		b.Helper()
		for b.Loop() {
			run, err := r.Submit(b.Context(), runs.Request{Task: "task"}, "")
			if err != nil {
				b.Fatal(err)
			}
			<-began
			b.StopTimer()
			if _, err := r.Wait(b.Context(), run.ID); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
	})
}

// BenchmarkOtherNode is the time of a run that one idle node accepts and waits for, and another one executes.
func BenchmarkOtherNode(b *testing.B) {
	execute := func(context.Context, *runs.Run, *runs.Progress) runs.Outcome { return runs.Outcome{} }
	onEach(b, execute, func(b *testing.B, db *database.DB, _ *runs.Runs) {
		b.Helper()
		client, err := runs.Open(b.Context(), db, runs.Config{})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			if err := client.Stop(b.Context()); err != nil {
				b.Error(err)
			}
		})
		for b.Loop() {
			run, err := client.Submit(b.Context(), runs.Request{Task: "task"}, "")
			if err == nil {
				_, err = client.Wait(b.Context(), run.ID)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkBacklog is the time of a run, from Submit to the end, while 9,000 others are queued
// whose task is bounded.
func BenchmarkBacklog(b *testing.B) {
	began := make(chan struct{}, 1)
	execute := func(ctx context.Context, run *runs.Run, _ *runs.Progress) runs.Outcome {
		if run.Task == "bounded" {
			began <- struct{}{}
			<-ctx.Done()
			return runs.Outcome{Err: ctx.Err()}
		}
		return runs.Outcome{}
	}
	onEach(b, execute, func(b *testing.B, _ *database.DB, r *runs.Runs) {
		b.Helper()
		var clients sync.WaitGroup
		for range 10 {
			clients.Go(func() {
				for range 900 {
					if _, err := r.Submit(b.Context(), runs.Request{Task: "bounded", Concurrency: 1, Priority: 1}, ""); err != nil {
						b.Error(err)
					}
				}
			})
		}
		clients.Wait()
		<-began
		for b.Loop() {
			run, err := r.Submit(b.Context(), runs.Request{Task: "task"}, "")
			if err != nil {
				b.Fatal(err)
			}
			if _, err := r.Wait(b.Context(), run.ID); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkKept is the time of a run, from Submit to the end, on an idle node with that many ended runs in its
// database. Neither it nor the CPU time of this process for a run depends on them.
func BenchmarkKept(b *testing.B) {
	execute := func(context.Context, *runs.Run, *runs.Progress) runs.Outcome {
		return runs.Outcome{Result: []byte("x")}
	}
	for _, kept := range []int{0, 100_000} {
		b.Run(strconv.Itoa(kept), func(b *testing.B) {
			onEach(b, execute, func(b *testing.B, db *database.DB, r *runs.Runs) {
				b.Helper()
				keep(b, db, kept)
				used := processTime(b)
				for b.Loop() {
					run, err := r.Submit(b.Context(), runs.Request{Task: "task"}, "")
					if err == nil {
						_, err = r.Wait(b.Context(), run.ID)
					}
					if err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64((processTime(b)-used).Microseconds())/float64(b.N), "cpu-µs/run")
			})
		})
	}
}

// keep adds runs that have ended, of ten tasks.
func keep(b *testing.B, db *database.DB, n int) {
	b.Helper()
	if _, err := db.ExecContext(b.Context(), `
		WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < $1)
		INSERT INTO postern_runs (id, tenant, task, version, actor, priority, timeout, slots, rate_runs, rate_per, queue, attempts, safe, started_by,
			schedule, tick, retry_of, fingerprint, state, created, started, finished)
		SELECT 'kept ' || i, '', 'task ' || (i % 10), '1', 'ada', 2, 3600000, 0, 0, 0, '{}', 1, 0, 'api', '', 0, '', '', 'succeeded', i, i, i
		FROM numbers WHERE $1 > 0`, n); err != nil {
		b.Fatal(err)
	}
}

// processTime returns the CPU time of this process.
func processTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
