package runs_test

import (
	"context"
	"testing"
	"time"

	"github.com/postern-dev/postern/internal/database"
	"github.com/postern-dev/postern/internal/database/databasetest"
	"github.com/postern-dev/postern/internal/runs"
	"github.com/postern-dev/postern/internal/testservers"
)

// onEach runs a benchmark with a node on each database.
func onEach(b *testing.B, execute executor, do func(b *testing.B, r *runs.Runs)) {
	with := func(b *testing.B, db *database.DB) {
		b.Helper()
		r, err := runs.Open(b.Context(), db, runs.Config{Execute: execute})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			if err := r.Stop(context.Background()); err != nil {
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
