package runs_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/testservers"
)

// onEach runs a benchmark with a node on each database.
func onEach(b *testing.B, execute executor, do func(b *testing.B, r *runs.Runs)) {
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
		do(b, r)
	}
	b.Run("sqlite", func(b *testing.B) { with(b, databasetest.Open(b, databasetest.SQLiteURL(b))) })
	b.Run("postgres", func(b *testing.B) {
		if url, ok := testservers.Postgres(b); ok {
			with(b, databasetest.Open(b, url))
		}
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
	onEach(b, execute, func(b *testing.B, r *runs.Runs) {
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
	onEach(b, execute, func(b *testing.B, r *runs.Runs) {
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
	onEach(b, execute, func(b *testing.B, r *runs.Runs) {
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
